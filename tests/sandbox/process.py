#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""lobby-sandbox as a process, against a webhook of our own: what it sends is what Meta would.

Knows nothing of lobbyd. Usage: process.py LOBBY_SANDBOX [TEST...]; writes TAP.
"""
import hashlib
import hmac
import http.client
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
import urllib.parse

SECRET = b"sandbox-secret"
TOKEN = "sandbox-token"
PNID = "106540352242922"
WABA = "102290129340398"
CUSTOMER = "16505551234"


class Receiver:
    """A webhook that keeps every delivery, raw."""

    def __init__(self):
        self.deliveries = []  # (headers, raw, answered, when)
        self.answers = []  # statuses to answer with first
        self.verify_token = "verify-me"
        self.changed = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def do_GET(self):
                query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
                good = query.get("hub.mode") == "subscribe" and query.get("hub.verify_token") == receiver.verify_token
                self.answer(200 if good else 403, query.get("hub.challenge", "").encode() if good else b"")

            def do_POST(self):
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.changed:
                    status = receiver.answers.pop(0) if receiver.answers else 200
                    receiver.deliveries.append((dict(self.headers), raw, status, time.monotonic()))
                    receiver.changed.notify_all()
                self.answer(status, b"")

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/hook" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def items(self, kind, taken_only=True):
        """Every message or status told, in the order of arrival, with its change's value."""
        found = []
        for _, raw, status, _ in list(self.deliveries):
            if taken_only and status != 200:
                continue
            for entry in json.loads(raw)["entry"]:
                for change in entry["changes"]:
                    found += [(item, change["value"]) for item in change["value"].get(kind, [])]
        return found

    def wait(self, condition, what, seconds=20):
        end = time.monotonic() + seconds
        with self.changed:
            while not condition():
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError("waited in vain for " + what)
                self.changed.wait(min(left, 0.2))


class Sandbox:
    def __init__(self, program, *arguments):
        self.process = subprocess.Popen([program, "--listen", "127.0.0.1:0", *arguments],
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        match = re.fullmatch(r"Listening on (http://127\.0\.0\.1:(\d+))\n", line)
        assert match, line
        self.url, self.port = match[1], int(match[2])
        self.receiver = Receiver()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert self.process.wait(10) == 0
        assert time.monotonic() - began < 5
        self.receiver.server.shutdown()
        self.receiver.server.server_close()

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = dict(headers or {})
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        raw = answer.read()
        connection.close()
        self.answer_headers = dict(answer.getheaders())
        try:
            return answer.status, json.loads(raw)
        except ValueError:
            return answer.status, raw

    def control(self, path, body=None):
        status, answer = self.request("POST" if body is not None else "GET", "/sandbox/" + path, body)
        assert status == 200, (path, status, answer)
        return answer

    def graph(self, method, path, body=None, token=TOKEN, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            headers["Authorization"] = "Bearer " + token
        return self.request(method, "/v23.0/" + path, body, headers)

    def send(self, message):
        whole = {"messaging_product": "whatsapp", "to": "+" + CUSTOMER}
        whole.update(message)
        return self.graph("POST", PNID + "/messages", whole)

    def text(self, body, **more):
        return self.send({"type": "text", "text": {"body": body}, **more})

    def subscribe(self):
        self.control("webhook", {"url": self.receiver.url, "verify_token": self.receiver.verify_token})

    def greeted(self):
        """Subscribed, and the customer's window is open."""
        self.subscribe()
        return self.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "hello"})["ids"][0]

    def idle(self, seconds=20):
        end = time.monotonic() + seconds
        while not self.control("idle")["idle"]:
            assert time.monotonic() < end, self.control("idle")
            time.sleep(0.02)


def is_error(answer, code, status=None):
    assert isinstance(answer[1], dict) and "error" in answer[1], answer
    error = answer[1]["error"]
    assert error["code"] == code, error
    assert error["fbtrace_id"] and error["type"] in ("OAuthException", "GraphMethodException"), error
    assert status is None or answer[0] == status, answer
    return error


def test_verification(s):
    s.receiver.verify_token = "right"
    status, answer = s.request("POST", "/sandbox/webhook", {"url": s.receiver.url, "verify_token": "wrong"})
    assert status == 400 and "403" in answer["error"], answer
    s.control("webhook", {"url": s.receiver.url, "verify_token": "right"})
    error = is_error(s.graph("POST", WABA + "/subscribed_apps",
                             {"override_callback_uri": s.receiver.url, "verify_token": "wrong"}), 2200)
    assert "403" in json.dumps(error)
    assert s.graph("POST", WABA + "/subscribed_apps",
                   {"override_callback_uri": s.receiver.url, "verify_token": "right"}) == (200, {"success": True})


def test_inbound_signed_and_escaped(s):
    s.subscribe()
    text = "ñ 😀 नमस्ते </a> \"\\"
    s.control("customers", {"wa_id": CUSTOMER, "name": "Zoë"})
    ids = s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": text})["ids"]
    s.receiver.wait(lambda: s.receiver.deliveries, "a delivery")
    headers, raw, _, _ = s.receiver.deliveries[0]
    assert headers["Content-Type"] == "application/json", headers
    assert headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(SECRET, raw, hashlib.sha256).hexdigest()
    assert raw.isascii() and rb"\u00f1 \ud83d\ude00" in raw and rb"<\/a>" in raw, raw
    whole = json.loads(raw)
    assert whole["object"] == "whatsapp_business_account" and whole["entry"][0]["id"] == WABA
    change = whole["entry"][0]["changes"][0]
    assert change["field"] == "messages"
    value = change["value"]
    assert value["messaging_product"] == "whatsapp"
    assert value["metadata"] == {"display_phone_number": "15550783881", "phone_number_id": PNID}
    contact = value["contacts"][0]
    assert contact["profile"]["name"] == "Zoë" and contact["wa_id"] == CUSTOMER and contact["user_id"].startswith("US.")
    message = value["messages"][0]
    assert message["text"]["body"] == text and message["id"] == ids[0] and message["from"] == CUSTOMER
    assert abs(int(message["timestamp"]) - time.time()) < 10


def test_text_and_statuses(s):
    s.greeted()
    status, answer = s.text("Your bread is ready", biz_opaque_callback_data="key-1")
    assert status == 200 and answer["contacts"] == [{"input": "+" + CUSTOMER, "wa_id": CUSTOMER}], answer
    wamid = answer["messages"][0]["id"]
    assert wamid.startswith("wamid.")
    s.idle()
    s.control("read", {"wa_id": CUSTOMER})
    s.idle()
    told = [item for item, _ in s.receiver.items("statuses")]
    assert [t["status"] for t in told] == ["sent", "delivered", "read"], told
    assert all(t["id"] == wamid and t["recipient_id"] == CUSTOMER and t["biz_opaque_callback_data"] == "key-1" for t in told)
    sent = s.control("sent")["sent"]
    assert len(sent) == 1 and sent[0]["n"] == 1 and sent[0]["body"] == "Your bread is ready" and sent[0]["id"] == wamid
    assert sent[0]["to"] == CUSTOMER and sent[0]["biz_opaque_callback_data"] == "key-1" and sent[0]["status"] == "read"
    assert s.control("sent?after=1")["sent"] == []


TESTS = [value for name, value in list(globals().items()) if name.startswith("test_")]


def main():
    program = sys.argv[1]
    wanted = sys.argv[2:]
    tests = [t for t in TESTS if not wanted or t.__name__ in wanted]
    print("1..%d" % len(tests), flush=True)
    failures = 0
    for number, test in enumerate(tests, 1):
        sandbox = None
        try:
            sandbox = Sandbox(program, *getattr(test, "arguments", ("--no-script", "--speed", "20")))
            test(sandbox)
            sandbox.stop()
            print("ok %d %s" % (number, test.__name__), flush=True)
        except Exception:
            failures += 1
            print("not ok %d %s" % (number, test.__name__))
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()), flush=True)
            if sandbox:
                sandbox.process.kill()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

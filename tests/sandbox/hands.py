# SPDX-License-Identifier: GPL-3.0-or-later
"""lobby-sandbox as a process, a webhook of our own that it tells, and TAP. Knows nothing of lobbyd."""
import http.client
import http.server
import json
import re
import signal
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
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
                    "a5f645400000000049454e44ae426082")
# For what is wrong only: nobody waits longer than needed.
PATIENCE = 60


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

            def handle_error(self, *arguments):
                pass  # a connection broke off: the sandbox was told to stop

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

    def wait(self, condition, what):
        end = time.monotonic() + PATIENCE
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
        assert self.process.wait(PATIENCE) == 0
        assert time.monotonic() - began < 10, "it waited for something"
        self.receiver.server.shutdown()
        self.receiver.server.server_close()

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
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

    def idle(self):
        end = time.monotonic() + PATIENCE
        while not self.control("idle")["idle"]:
            assert time.monotonic() < end, self.control("idle")
            time.sleep(0.02)


def main(tests, kind):
    program = sys.argv[1]
    wanted = sys.argv[2:]
    tests = [t for t in tests if not wanted or t.__name__ in wanted]
    print("1..%d" % len(tests), flush=True)
    failures = 0
    for number, test in enumerate(tests, 1):
        sandbox = None
        try:
            sandbox = kind(program, *getattr(test, "arguments", ("--no-script", "--speed", "20")))
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

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""lobby-sandbox as a gateway, against a webhook of our own: what it answers and tells is what WAHA would.

Knows nothing of lobbyd. Usage: gateway.py LOBBY_SANDBOX [TEST...]; writes TAP.
"""
import base64
import hashlib
import hmac
import http.client
import json
import os
import struct
import sys
import time
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hands import CUSTOMER, PNG, Receiver, Sandbox, main  # noqa: E402

KEY = "sandbox-key"
SECRET = b"shared between the two"
CHAT = CUSTOMER + "@c.us"


class Gateway(Sandbox):
    """A sandbox whose receiver takes events of one session."""

    session = "shop"

    def api(self, method, path, body=None, key=KEY, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            headers["X-Api-Key"] = key
        return self.request(method, "/api/" + path, body, headers)

    def create(self, **more):
        hook = {"url": self.receiver.url, "events": ["*"], "hmac": {"key": SECRET.decode()},
                "retries": {"policy": "constant", "delaySeconds": 1, "attempts": 5}}
        status, answer = self.api("POST", "sessions", {"name": self.session, "config": {"webhooks": [{**hook, **more}], "metadata": {"shop": "1"}}})
        assert status == 201, answer
        return answer

    def status(self):
        return self.api("GET", "sessions/" + self.session)[1]["status"]

    def reach(self, status):
        self.receiver.wait(lambda: self.status() == status, status)

    def link(self, **more):
        self.create(**more)
        self.reach("SCAN_QR_CODE")
        self.control("gateway/scan", {"session": self.session})
        self.reach("WORKING")

    def send(self, path, **body):
        return self.api("POST", path, {"session": self.session, "chatId": CHAT, **body})

    def events(self, name):
        """Envelopes that were taken, in the order of arrival, each once."""
        found = {}
        for _, raw, status, _ in list(self.receiver.deliveries):
            envelope = json.loads(raw)
            if status == 200 and envelope["event"] == name:
                found.setdefault(envelope["id"], envelope)
        return list(found.values())

    def payloads(self, name, count=0):
        self.receiver.wait(lambda: len(self.events(name)) >= count, f"{count} of {name}")
        return [event["payload"] for event in self.events(name)]

    def statuses(self):
        return [payload["status"] for payload in self.payloads("session.status")]

    def say(self, text, **more):
        return self.control("say", {"wa_id": CUSTOMER, "type": "text", "text": text, **more})["ids"]


def test_key_and_sessions(s):
    assert s.request("GET", "/ping") == (200, {"message": "pong"})
    assert s.api("GET", "sessions", key=None)[0] == 401 and s.api("GET", "sessions", key="other")[0] == 401
    assert s.api("GET", "version")[1]["engine"] == "GOWS"
    assert s.api("GET", "sessions") == (200, [])
    assert s.api("GET", "sessions/shop")[0] == 404
    assert s.api("POST", "sessions", {"name": "shop", "start": False})[1]["status"] == "STOPPED"
    assert s.api("POST", "sessions", {"name": "shop"})[0] == 422
    assert s.api("POST", "sessions", {"name": "a b"})[0] == 400
    assert s.api("POST", "sessions", {"name": "x", "config": {"webhooks": [{"url": "nowhere"}]}})[0] == 400
    assert s.api("GET", "sessions")[1] == [] and [one["name"] for one in s.api("GET", "sessions?all=true")[1]] == ["shop"]
    status, answer = s.send("sendText", text="too early")
    assert status == 422 and answer["status"] == "STOPPED" and answer["expected"] == ["WORKING"], answer
    assert s.api("POST", "sessions/shop/start")[1]["status"] == "STARTING"
    s.reach("SCAN_QR_CODE")
    assert s.api("POST", "sessions/shop/stop")[1]["status"] == "STOPPED"
    assert s.api("DELETE", "sessions/shop")[0] == 200 and s.api("DELETE", "sessions/shop")[0] == 200
    assert s.api("GET", "sessions/shop")[0] == 404
    assert s.api("POST", "nothing")[0] == 404
    assert s.api("POST", "sessions", b"{")[0] == 400
    s.control("knobs", {"gateway_status": 500})
    assert s.api("GET", "sessions")[0] == 500


def picture_size(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, data, size = 8, b"", None
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        body = png[at + 8:at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length:at + 12 + length])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        elif kind == b"IDAT":
            data += body
        at += 12 + length
    assert len(zlib.decompress(data)) == size[1] * (size[0] + 1)
    return size


def test_qr_rotates_until_failed(s):
    s.control("knobs", {"qr_first_ms": 30000, "qr_next_ms": 20000, "qr_attempts": 3})
    s.create()
    s.reach("SCAN_QR_CODE")
    first = s.api("GET", "shop/auth/qr?format=raw")[1]["value"]
    assert first.startswith("2@") and first.count(",") == 3
    status, png = s.api("GET", "shop/auth/qr")
    assert status == 200 and s.answer_headers["Content-Type"] == "image/png" and picture_size(png)[0] > 100
    answer = s.api("GET", "shop/auth/qr", Accept="application/json")[1]
    assert answer["mimetype"] == "image/png" and base64.b64decode(answer["data"]) == png
    s.receiver.wait(lambda: s.api("GET", "shop/auth/qr?format=raw")[1].get("value", first) != first, "another code")
    assert s.request("POST", "/sandbox/gateway/scan", {"qr": first})[0] == 400
    s.reach("FAILED")
    status, answer = s.api("GET", "shop/auth/qr")
    assert status == 422 and "FAILED" in answer["message"], answer
    s.receiver.wait(lambda: s.statuses()[-1:] == ["FAILED"], "FAILED to be told")
    assert s.statuses() == ["STARTING", "SCAN_QR_CODE", "SCAN_QR_CODE", "SCAN_QR_CODE", "FAILED"], s.statuses()
    s.api("POST", "sessions/shop/restart")
    s.reach("SCAN_QR_CODE")
    qr = s.control("gateway/sessions")["sessions"][0]["qr"]
    s.control("gateway/scan", {"qr": qr})
    s.reach("WORKING")


def test_signed_envelopes(s):
    s.link(customHeaders=[{"name": "X-Shop", "value": "1"}])
    me = s.api("GET", "sessions/shop")[1]["me"]
    assert me["id"] == "15550783882@c.us" and me["lid"].endswith("@lid") and s.api("GET", "sessions/shop/me")[1] == me
    s.receiver.wait(lambda: s.statuses()[-1:] == ["WORKING"], "WORKING to be told")
    headers, raw, _, _ = s.receiver.deliveries[-1]
    assert headers["X-Webhook-Hmac"] == hmac.new(SECRET, raw, hashlib.sha512).hexdigest()
    assert headers["X-Webhook-Hmac-Algorithm"] == "sha512" and headers["X-Webhook-Request-Id"] and headers["X-Shop"] == "1"
    assert abs(int(headers["X-Webhook-Timestamp"]) / 1000 - time.time()) < 10
    envelope = json.loads(raw)
    assert envelope["session"] == "shop" and envelope["metadata"] == {"shop": "1"} and envelope["me"] == me and envelope["engine"] == "GOWS"
    assert envelope["id"].startswith("evt_") and envelope["id"] == envelope["id"].lower()
    assert [one["status"] for one in envelope["payload"]["statuses"]] == ["SCAN_QR_CODE", "STARTING", "WORKING"]
    s.control("knobs", {"bad_signature": 1})
    s.say("x")
    s.payloads("message", 1)
    headers, raw, _, _ = s.receiver.deliveries[-1]
    assert headers["X-Webhook-Hmac"] != hmac.new(SECRET, raw, hashlib.sha512).hexdigest()


def test_pairing_code_and_passkey(s):
    s.control("knobs", {"passkey": 2})
    s.create()
    s.reach("SCAN_QR_CODE")
    assert s.api("POST", "shop/auth/request-code", {"phoneNumber": "no"})[0] == 400
    code = s.api("POST", "shop/auth/request-code", {"phoneNumber": "15550783882"})[1]["code"]
    assert len(code) == 9 and code[4] == "-"
    assert s.request("POST", "/sandbox/gateway/scan", {"code": "AAAA-0000"})[0] == 400
    s.control("gateway/scan", {"code": code})
    assert s.status() == "PASSKEY_REQUIRED"
    assert s.api("GET", "shop/auth/passkey/challenge")[1]["publicKey"]["rpId"] == "whatsapp.com"
    assert s.api("GET", "shop/auth/passkey/confirmation")[0] == 422
    assert s.api("POST", "shop/auth/passkey", {"id": "x"})[0] == 400
    assert s.api("POST", "shop/auth/passkey", {"id": "x", "response": {}})[0] == 201
    assert s.status() == "PASSKEY_CONFIRMATION_REQUIRED" and s.api("GET", "shop/auth/passkey/confirmation")[1]["code"]
    assert s.api("POST", "shop/auth/passkey/confirm")[0] == 201
    s.reach("WORKING")
    assert s.api("POST", "sessions/shop/logout")[0] == 201
    s.reach("SCAN_QR_CODE")
    assert s.api("GET", "sessions/shop")[1]["me"] is None
    s.control("gateway/scan", {})
    s.control("gateway/passkey", {})
    s.control("gateway/passkey", {})
    s.reach("WORKING")


def test_inbound(s):
    s.link()
    s.control("customers", {"wa_id": CUSTOMER, "name": "Zoë"})
    ids = s.say("ñ 😀 hello")
    s.say("that", quoted=ids[0])
    s.control("say", {"wa_id": CUSTOMER, "type": "image", "data": base64.b64encode(PNG).decode(), "mime_type": "image/png", "caption": "dot"})
    s.control("say", {"wa_id": CUSTOMER, "type": "voice", "file": "voice-mateo.ogg"})
    s.control("say", {"wa_id": CUSTOMER, "message": {"type": "location", "location": {"latitude": 40.7, "longitude": -73.9, "name": "Shop"}}})
    s.control("say", {"wa_id": CUSTOMER, "message": {"type": "contacts", "contacts": [{"name": {"formatted_name": "Ada"}, "phones": [{"phone": "+1 555"}]}]}})
    s.control("say", {"wa_id": CUSTOMER, "type": "unsupported"})
    text, quote, picture, voice, place, card, strange = s.payloads("message", 7)
    assert text["id"] == ids[0] == f"false_{CHAT}_" + ids[0].split("_")[-1] and text["body"] == "ñ 😀 hello"
    assert any("ñ 😀 hello".encode() in raw for _, raw, _, _ in s.receiver.deliveries), "letters are themselves, unlike in Meta's bodies"
    assert text["from"] == CHAT and text["to"] is None and not text["fromMe"] and text["source"] == "app" and text["hasMedia"] is False
    assert text["_data"]["Info"]["PushName"] == "Zoë" and abs(text["timestamp"] - time.time()) < 10
    assert quote["replyTo"]["id"] == ids[0].split("_")[-1] and quote["replyTo"]["body"] == "ñ 😀 hello"
    assert picture["hasMedia"] and picture["body"] == "dot" and picture["media"]["mimetype"] == "image/png" and picture["media"]["error"] is None
    path = picture["media"]["url"].split("/api/")[1]
    assert s.api("GET", path) == (200, PNG) and s.api("GET", path, key=None)[0] == 401
    assert voice["media"]["mimetype"] == "audio/ogg; codecs=opus" and voice["_data"]["Message"]["audioMessage"]["PTT"] is True
    assert place["location"]["latitude"] == 40.7 and place["location"]["description"] == "Shop"
    assert "FN:Ada" in card["vCards"][0] and strange["body"] is None and not strange["hasMedia"]
    assert [m["id"] for m in s.payloads("message.any", 7)] == [m["id"] for m in s.payloads("message")]
    s.control("knobs", {"media_url_ms": 1, "gateway_media": 1})
    s.control("say", {"wa_id": CUSTOMER, "type": "image", "data": base64.b64encode(PNG).decode(), "mime_type": "image/png"})
    broken = s.payloads("message", 8)[-1]
    assert broken["hasMedia"] and broken["media"]["url"] is None and broken["media"]["error"]
    s.control("knobs", {"gateway_media": 0})
    found = s.api("GET", f"shop/chats/{CHAT}/messages?limit=1&downloadMedia=true")[1]
    assert found[0]["id"] == broken["id"] and found[0]["media"]["url"]
    time.sleep(0.05)
    assert s.api("GET", found[0]["media"]["url"].split("/api/")[1])[0] == 404


def test_actions_of_customers(s):
    s.link()
    first = s.say("tpyo")[0]
    short = first.split("_")[-1]
    s.control("react", {"wa_id": CUSTOMER, "message_id": first, "emoji": "❤️"})
    s.control("react", {"wa_id": CUSTOMER, "message_id": first, "emoji": ""})
    reactions = [payload["reaction"] for payload in s.payloads("message.reaction", 2)]
    assert reactions == [{"text": "❤️", "messageId": first}, {"text": "", "messageId": first}]
    s.control("say", {"wa_id": CUSTOMER, "message": {"type": "edit", "edit": {"original_message_id": first, "message": {"type": "text", "text": {"body": "typo"}}}}})
    edited = s.payloads("message.edited", 1)[0]
    assert edited["editedMessageId"] == short and edited["body"] == "typo" and edited["id"] != first
    s.control("say", {"wa_id": CUSTOMER, "message": {"type": "revoke", "revoke": {"original_message_id": first}}})
    revoked = s.payloads("message.revoked", 1)[0]
    assert revoked["revokedMessageId"] == short and revoked["before"] is None and revoked["after"]["id"] != first
    call = s.control("gateway/call", {"wa_id": CUSTOMER, "event": "received", "video": True})["ids"][0]
    s.control("gateway/call", {"wa_id": CUSTOMER, "event": "rejected", "id": call})
    assert s.payloads("call.received", 1)[0]["isVideo"] and s.payloads("call.rejected", 1)[0]["id"] == call


def test_sending(s):
    s.link()
    s.control("customers", {"wa_id": CUSTOMER, "reads_after_ms": 10})
    status, answer = s.send("sendText", text="bread is ready")
    assert status == 201 and answer["id"].startswith(f"true_{CHAT}_"), answer
    s.idle()
    echo = s.payloads("message.any", 1)[0]
    assert echo["id"] == answer["id"] and echo["fromMe"] and echo["source"] == "api" and echo["from"] == CHAT
    assert s.payloads("message") == []
    acks = s.payloads("message.ack", 2)
    assert [(a["ack"], a["ackName"]) for a in acks] == [(2, "DEVICE"), (3, "READ")] and all(a["id"] == answer["id"] and a["fromMe"] for a in acks), acks
    sent = s.control("sent")["sent"]
    assert len(sent) == 1 and sent[0]["body"] == "bread is ready" and sent[0]["via"] == "shop" and sent[0]["status"] == "read" and sent[0]["to"] == CUSTOMER
    picture = {"mimetype": "image/png", "filename": "dot.png", "data": base64.b64encode(PNG).decode()}
    for path, more in (("sendImage", {"file": picture, "caption": "dot"}), ("sendFile", {"file": picture}), ("sendVoice", {"file": picture}),
                       ("sendVideo", {"file": picture}), ("sendSticker", {"file": picture}), ("sendLocation", {"latitude": 1, "longitude": 2, "title": "x"}),
                       ("sendContactVcard", {"contacts": [{"vcard": "BEGIN:VCARD"}]}), ("sendText", {"text": "re", "reply_to": answer["id"]})):
        assert s.send(path, **more)[0] == 201, path
    kinds = [(m["type"], m["body"]) for m in s.control("sent?after=1")["sent"]]
    assert [k for k, _ in kinds] == ["image", "document", "audio", "video", "sticker", "location", "contacts", "text"], kinds
    assert kinds[0][1]["sha256"] == hashlib.sha256(PNG).hexdigest() and kinds[2][1]["voice"] is True
    assert s.control("sent")["sent"][-1]["context"] == {"message_id": answer["id"]}
    for path, bad in (("sendText", {}), ("sendImage", {}), ("sendImage", {"file": {"data": "!"}}), ("sendLocation", {"latitude": 1}), ("sendContactVcard", {"contacts": []})):
        assert s.send(path, **bad)[0] == 400, (path, bad)
    assert s.api("POST", "sendText", {"session": "shop", "chatId": "1203@g.us", "text": "x"})[0] == 422
    assert s.api("POST", "sendText", {"session": "other", "chatId": CHAT, "text": "x"})[0] == 404
    # An id of one's own makes a repetition harmless.
    once, twice = s.send("sendText", text="once", id="3EB0AA"), s.send("sendText", text="once", id="3EB0AA")
    assert once == twice and once[1]["id"].endswith("_3EB0AA") and len(s.control("sent?after=9")["sent"]) == 1
    assert s.api("POST", "sendText", {"session": "shop", "chatId": "19991310261@c.us", "text": "x"})[0] == 500
    s.api("POST", "sendText", {"session": "shop", "chatId": "19991310260@c.us", "text": "x"})
    # Receipts of what was sent before may come after it.
    s.receiver.wait(lambda: any(ack["ackName"] == "ERROR" for ack in s.payloads("message.ack")), "the failure")


def test_changes_of_ours(s):
    s.link()
    mine = s.send("sendText", text="tpyo")[1]["id"]
    theirs = s.say("hi")[0]
    status, answer = s.api("PUT", f"shop/chats/{CHAT}/messages/{mine}", {"text": "typo"})
    assert status == 200, answer
    assert s.payloads("message.edited", 1)[0]["editedMessageId"] == mine.split("_")[-1]
    assert s.api("PUT", f"shop/chats/{CHAT}/messages/{theirs}", {"text": "x"})[0] == 422
    assert s.api("PUT", f"shop/chats/{CHAT}/messages/true_x_none", {"text": "x"})[0] == 404
    assert s.api("DELETE", f"shop/chats/{CHAT}/messages/{mine}")[0] == 200
    assert s.payloads("message.revoked", 1)[0]["revokedMessageId"] == mine.split("_")[-1]
    sent = s.control("sent")["sent"][0]
    assert sent["edited"] and sent["revoked"] and sent["body"] == "typo"
    assert s.api("PUT", "reaction", {"session": "shop", "messageId": theirs, "reaction": "👍"})[0] == 201
    assert s.payloads("message.reaction", 1)[0]["fromMe"] and s.control("sent")["sent"][-1]["body"] == {"message_id": theirs, "emoji": "👍"}
    assert s.api("PUT", "reaction", {"session": "shop", "messageId": "false_x_none", "reaction": "👍"})[0] == 404


def test_the_phone_itself(s):
    s.link()
    mine = s.control("gateway/phone", {"to": CUSTOMER, "text": "from the phone"})["ids"][0]
    echo = s.payloads("message.any", 1)[0]
    assert echo["id"] == mine and echo["fromMe"] and echo["source"] == "app" and echo["body"] == "from the phone"
    s.control("gateway/phone", {"edit": mine, "text": "changed"})
    s.control("gateway/phone", {"revoke": mine})
    assert s.payloads("message.edited", 1)[0]["body"] == "changed" and s.payloads("message.revoked", 1)
    s.control("gateway/ack", {"message_id": mine, "ack": 3})
    assert s.payloads("message.ack", 1)[0]["ackName"] == "READ"
    assert s.control("sent")["sent"] == []


def test_presence(s):
    s.link()
    s.say("hi")
    s.control("doing", {"wa_id": CUSTOMER, "doing": "typing"})
    s.control("doing", {"wa_id": CUSTOMER, "doing": "nothing"})
    assert s.api("POST", "shop/presence", {"presence": "online"})[0] == 201
    assert s.api("POST", f"shop/presence/{CHAT}/subscribe")[0] == 201
    for word in ("typing", "recording", "nothing"):
        s.control("doing", {"wa_id": CUSTOMER, "doing": word})
    told = s.payloads("presence.update", 3)
    assert [p["presences"][0]["lastKnownPresence"] for p in told] == ["typing", "recording", "paused"] and told[0]["id"] == CHAT
    assert s.api("GET", f"shop/presence/{CHAT}")[1]["presences"][0]["lastKnownPresence"] == "paused"
    assert s.api("POST", "shop/presence", {"presence": "typing"})[0] == 400
    assert s.api("POST", "shop/presence", {"presence": "typing", "chatId": CHAT})[0] == 201
    s.send("startTyping")
    s.send("stopTyping")
    s.send("sendSeen", messageIds=["false_x_1"])
    s.api("POST", "shop/presence", {"presence": "offline"})
    s.control("doing", {"wa_id": CUSTOMER, "doing": "typing"})
    s.idle()
    assert len(s.payloads("presence.update")) == 3
    calls = [(c["kind"], c.get("wa_id")) for c in s.control("calls")["calls"]]
    assert calls == [("online", None), ("subscribe", CUSTOMER), ("typing", CUSTOMER), ("typing", CUSTOMER), ("paused", CUSTOMER), ("read", CUSTOMER), ("offline", None)], calls


def test_history(s):
    now = int(time.time())
    s.create()
    s.reach("SCAN_QR_CODE")
    for number in range(5):
        s.say(f"old {number}", timestamp=now - 5000 + number, via="shop")
    s.control("gateway/scan", {})
    s.reach("WORKING")
    s.say("new")
    assert [m["body"] for m in s.payloads("message", 1)] == ["new"]
    chats = s.api("GET", "shop/chats?limit=10")[1]
    assert [c["id"] for c in chats] == [CHAT] and chats[0]["conversationTimestamp"] >= now
    assert s.api("GET", "shop/chats/overview")[1][0]["lastMessage"]["body"] == "new"
    page = s.api("GET", f"shop/chats/{CHAT}/messages?limit=2&offset=1&downloadMedia=false")[1]
    assert [m["body"] for m in page] == ["old 4", "old 3"]
    late = s.api("GET", f"shop/chats/{CHAT}/messages?limit=100&sortOrder=asc&filter.timestamp.gte={now - 4998}")[1]
    assert [m["body"] for m in late] == ["old 2", "old 3", "old 4", "new"]
    assert len(s.api("GET", "shop/chats/all/messages?limit=100")[1]) == 6
    whole = s.api("GET", f"shop/chats/{CHAT}/messages/{late[0]['id']}")
    assert whole[0] == 200 and whole[1]["body"] == "old 2"
    assert s.api("GET", "shop/chats/1@c.us/messages")[1] == []


def test_lids(s):
    s.control("knobs", {"lid_only": 2})
    s.link()
    s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "who am I?"})
    message = s.payloads("message", 1)[0]
    lid = message["from"]
    assert lid.endswith("@lid") and CUSTOMER not in json.dumps(message) and message["id"].startswith(f"false_{lid}_")
    assert s.api("GET", f"shop/lids/{lid}")[1] == {"lid": lid, "pn": None}
    assert s.api("POST", "sendText", {"session": "shop", "chatId": lid, "text": "hello"})[0] == 201
    assert s.control("sent")["sent"][0]["to"] == CUSTOMER
    s.control("knobs", {"lid_only": 1})
    assert s.api("GET", f"shop/lids/{lid.split('@')[0]}")[1] == {"lid": lid, "pn": CHAT}
    assert s.api("GET", f"shop/lids/pn/{CHAT}")[1]["lid"] == lid and s.api("GET", "shop/lids")[1] == [{"lid": lid, "pn": CHAT}]
    s.control("knobs", {"lid_only": 0})
    s.say("now you know")
    assert s.payloads("message", 2)[1]["from"] == CHAT
    assert s.api("GET", f"contacts?session=shop&contactId={CHAT}")[1]["number"] == CUSTOMER
    assert s.api("GET", f"contacts/check-exists?session=shop&phone={CUSTOMER}")[1] == {"numberExists": True, "chatId": CHAT}


def test_lost_connections(s):
    s.control("knobs", {"flaps": 1})
    s.link()
    s.receiver.wait(lambda: s.statuses().count("WORKING") == 2, "the reconnection")
    assert s.statuses()[-4:] == ["STARTING", "WORKING", "STARTING", "WORKING"], s.statuses()
    # As slow as life, so that something can be said meanwhile.
    s.control("knobs", {"speed": 1})
    s.control("gateway/flap", {})
    assert s.status() == "STARTING"
    missed = s.say("are you there?")[0]
    s.reach("WORKING")
    assert [m["id"] for m in s.payloads("message", 1)] == [missed]
    s.control("knobs", {"lose_offline": 1})
    s.control("gateway/flap", {})
    lost = s.say("hello?")[0]
    s.reach("WORKING")
    s.control("knobs", {"speed": 20})
    s.idle()
    assert len(s.payloads("message")) == 1
    assert s.api("GET", f"shop/chats/{CHAT}/messages?limit=1")[1][0]["id"] == lost
    s.control("knobs", {"silent": 1})
    s.say("anybody?")
    s.idle()
    assert len(s.payloads("message")) == 1 and s.status() == "WORKING"
    s.control("knobs", {"silent": 0})
    s.control("gateway/unlink", {})
    s.reach("FAILED")
    assert s.api("GET", "sessions/shop")[1]["me"] is None


def test_troubles_of_webhooks(s):
    s.link()
    s.receiver.answers = [500, 503]
    s.say("stubborn")
    s.payloads("message", 1)
    s.idle()
    s.receiver.deliveries.clear()
    s.control("knobs", {"duplicate": 1, "repeat_acks": 1, "skip_delivered": 1})
    s.send("sendText", text="x")
    s.control("read", {"wa_id": CUSTOMER})
    s.idle()
    assert len(s.receiver.deliveries) == 2 * len({json.loads(raw)["id"] for _, raw, _, _ in s.receiver.deliveries})
    assert [a["ack"] for a in s.payloads("message.ack")] == [3, 3, 2], s.payloads("message.ack")
    s.control("knobs", {"duplicate": 0})
    s.receiver.answers = [500] * 6 + [200] * 100
    s.say("in vain")
    s.idle()
    assert not [m for m in s.payloads("message") if m["body"] == "in vain"]
    s.control("knobs", {"lose": 1})
    s.say("lost")
    s.idle()
    assert not [m for m in s.payloads("message") if m["body"] == "lost"]


def test_troubles_of_answers(s):
    s.link()
    s.control("knobs", {"http_status": 502, "fail_count": 1})
    assert s.send("sendText", text="1")[0] == 502 and s.send("sendText", text="2")[0] == 201
    s.control("knobs", {"close_mid_body": 1, "fail_count": 1})
    try:
        s.send("sendText", text="3")
        raise AssertionError("the answer was whole")
    except http.client.IncompleteRead as partial:
        assert partial.expected
    s.control("knobs", {"hang_ms": 300, "fail_count": 1})
    began = time.monotonic()
    assert s.send("sendText", text="4")[0] == 201 and time.monotonic() - began > 0.29
    s.control("knobs", {"fail_code": 1, "fail_count": 1})
    assert s.send("sendText", text="5")[0] == 500
    assert [m["body"] for m in s.control("sent")["sent"]] == ["2", "3", "4"]


def test_engines(s):
    s.control("knobs", {"gateway_engine": 2})
    s.link()
    answer = s.send("sendText", text="x")[1]
    assert answer["id"]["_serialized"] == f"true_{CHAT}_" + answer["id"]["id"]
    s.idle()
    mine = s.payloads("message.any", 1)[0]
    assert mine["from"] == "15550783882@c.us" and mine["to"] == CHAT
    assert [a["ackName"] for a in s.payloads("message.ack", 2)] == ["SERVER", "DEVICE"]
    s.control("knobs", {"gateway_engine": 1})
    assert s.send("sendText", text="y")[1]["key"]["fromMe"] is True
    assert s.events("message.any") and s.api("GET", "sessions/shop")[1]["engine"] == {"engine": "NOWEB"}


def test_what_engines_remember(s):
    """Of edits and deletions, in the chat: GOWS nothing but that something is gone, NOWEB edits, WEBJS both."""
    def chat():
        return {message["id"]: message for message in s.api("GET", f"shop/chats/{CHAT}/messages")[1]}
    s.link()
    for engine in (0, 1, 2):
        s.control("knobs", {"gateway_engine": engine})
        mine, theirs = s.send("sendText", text="tpyo")[1], s.say("gone soon")[0]
        mine = mine["id"]["_serialized"] if engine == 2 else f"true_{CHAT}_" + mine["key"]["id"] if engine == 1 else mine["id"]
        before = chat()[mine]
        assert s.api("PUT", f"shop/chats/{CHAT}/messages/{mine}", {"text": "typo"})[0] == 200
        s.control("say", {"wa_id": CUSTOMER, "message": {"type": "revoke", "revoke": {"original_message_id": theirs}}})
        s.receiver.wait(lambda: not chat().get(theirs, {}).get("body"), "the revocation")
        edited = chat()[mine]
        assert edited["body"] == ("tpyo" if engine == 0 else "typo"), edited
        if engine == 0:
            assert edited["_data"] == before["_data"]
        elif engine == 1:
            assert edited["_data"]["message"] == {"editedMessage": {"message": {"conversation": "typo"}}} and edited["timestamp"] >= before["timestamp"]
        else:
            assert edited["_data"]["latestEditSenderTimestampMs"] > 0
        assert (theirs in chat()) == (engine == 2)
    assert chat()[theirs]["_data"]["type"] == "revoked"
    # WEBJS knows a message by its whole id only.
    s.control("knobs", {"lid_only": 1})
    assert s.api("GET", f"shop/chats/{CHAT}/messages/{mine}")[0] == 404
    assert s.api("PUT", f"shop/chats/{CHAT}/messages/{mine}", {"text": "x"})[0] == 200
    s.control("knobs", {"lid_only": 0})
    assert chat()[mine]["body"] == "typo"


def test_both_channels(s):
    """One customer on both numbers: each message goes where it belongs."""
    s.link()
    s.say("to the linked number")
    meta = Receiver()
    s.control("webhook", {"url": meta.url, "verify_token": meta.verify_token})
    s.say("to the other", via="cloud")
    meta.wait(lambda: meta.items("messages"), "Meta's webhook")
    assert meta.items("messages")[0][0]["text"]["body"] == "to the other"
    assert [m["body"] for m in s.payloads("message", 1)] == ["to the linked number"]
    assert [m["via"] for m in s.control("said")["said"]] == ["shop", "cloud"]
    assert s.request("POST", "/sandbox/say", {"wa_id": CUSTOMER, "text": "x", "via": "nowhere"})[0] == 400


def test_script_on_the_gateway(s):
    """The default script plays here too, and is seen typing."""
    s.link()
    s.receiver.wait(lambda: len(s.events("message")) >= 1, "the script")
    assert s.api("GET", "shop/chats/all/messages?limit=1000")[1]
    s.api("POST", "shop/presence", {"presence": "online"})
    for customer in s.control("customers")["customers"]:
        chat = customer["wa_id"] + "@c.us" if "wa_id" in customer else None
        if chat:
            assert s.api("POST", f"shop/presence/{chat}/subscribe")[0] == 201
    s.payloads("presence.update", 2)
    s.receiver.wait(lambda: {p["presences"][0]["lastKnownPresence"] for p in s.payloads("presence.update")} >= {"typing", "paused"}, "typing")


test_script_on_the_gateway.arguments = ("--speed", "60", "--seed", "7")


TESTS = [value for name, value in list(globals().items()) if name.startswith("test_")]

if __name__ == "__main__":
    sys.exit(main(TESTS, Gateway))

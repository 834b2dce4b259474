#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""lobby-sandbox as a process, against a webhook of our own: what it sends is what Meta would.

Knows nothing of lobbyd. Usage: process.py LOBBY_SANDBOX [TEST...]; writes TAP.
"""
import base64
import hashlib
import hmac
import http.client
import json
import os
import socket
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hands import CUSTOMER, PNG, PNID, Sandbox, SECRET, TOKEN, WABA, main  # noqa: E402


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


def test_errors_on_the_wire(s):
    text = {"messaging_product": "whatsapp", "to": "+" + CUSTOMER, "type": "text", "text": {"body": "x"}}
    is_error(s.graph("POST", PNID + "/messages", text, token=None), 104, 401)
    error = is_error(s.graph("POST", PNID + "/messages", text, token="other"), 190, 401)
    assert "error_data" not in error and "Facebook Platform" in s.answer_headers["WWW-Authenticate"]
    assert s.answer_headers["x-fb-trace-id"] == error["fbtrace_id"]
    error = is_error(s.graph("POST", "999/messages", text), 100, 400)
    assert error["error_subcode"] == 33 and error["type"] == "GraphMethodException", error
    is_error(s.graph("GET", "12345678901"), 100, 400)
    is_error(s.request("POST", "/" + PNID + "/messages", text), 100, 400)
    is_error(s.text("x" * 4097), 100, 400)
    is_error(s.graph("POST", PNID + "/messages", b"{"), 100, 400)
    error = is_error(s.send({"type": "interactive", "interactive": {
        "type": "button", "body": {"text": "b"}, "action": {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "x" * 21}}]}}}), 131009, 400)
    assert error["message"] == "(#131009) Parameter value is not valid" and "Max length: 20" in error["error_data"]["details"]
    is_error(s.text("x", to="+15550783881"), 131021, 400)
    is_error(s.text("x", to="12ab"), 131009, 400)
    s.control("knobs", {"expire_token": 1})
    error = is_error(s.text("x"), 190, 401)
    assert error["error_subcode"] == 463 and "Session has expired" in error["message"]
    s.control("knobs", {"expire_token": 0})
    assert s.control("sent")["sent"] == []


def test_window(s):
    s.subscribe()
    is_error(s.text("hello?"), 131047, 400)
    s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "old", "timestamp": int(time.time()) - 25 * 3600})
    is_error(s.text("hello?"), 131047, 400)
    s.control("knobs", {"window_async": 1})
    status, answer = s.text("hello?")
    assert status == 200
    s.idle()
    told = [item for item, _ in s.receiver.items("statuses")]
    assert len(told) == 1 and told[0]["status"] == "failed" and told[0]["errors"][0]["code"] == 131047, told
    assert told[0]["id"] == answer["messages"][0]["id"] and "recipient_user_id" not in told[0]
    assert s.control("sent")["sent"][0]["status"] == "failed"
    s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "new"})
    assert s.text("hello!")[0] == 200
    s.control("customers", {"wa_id": CUSTOMER, "window_open": False})
    s.control("knobs", {"window_async": 0})
    is_error(s.text("hello?"), 131047)
    assert s.send({"type": "template", "template": {"name": "good_morning", "language": {"code": "en_US"}}})[0] == 200


def test_magic_numbers(s):
    s.subscribe()
    status, answer = s.text("x", to="+19991310260")
    assert status == 200 and answer["contacts"][0]["wa_id"] == "19991310260"
    is_error(s.text("x", to="+19991310491"), 131049)
    s.text("x", to="+19991304720")
    s.idle()
    told = [(item["status"], item["errors"][0]["code"]) for item, _ in s.receiver.items("statuses")]
    assert sorted(told) == [("failed", 130472), ("failed", 131026)], told


def test_rates(s):
    s.greeted()
    s.control("knobs", {"speed": 0.01})  # nothing is paid back meanwhile
    answers = [s.text(str(i)) for i in range(50)]
    refused = [a for a in answers if a[0] != 200]
    assert len(refused) == 5, len(refused)
    for answer in refused:
        is_error(answer, 131056, 400)
    s.control("knobs", {"rate_limits": 0})
    assert all(s.text(str(i))[0] == 200 for i in range(100))


def test_templates(s):
    def send(name, language, components=None):
        return s.send({"type": "template", "template": {"name": name, "language": {"code": language}, "components": components or []}})

    names = {(t["name"], t["language"], t["status"]) for t in s.graph("GET", WABA + "/message_templates?limit=100")[1]["data"]}
    assert ("order_ready", "hi", "APPROVED") in names
    approved = s.graph("GET", WABA + "/message_templates?status=APPROVED&fields=name")[1]["data"]
    assert approved and all(set(t) == {"name", "id"} for t in approved)
    body = [{"type": "body", "parameters": [{"type": "text", "text": "Grace"}, {"type": "text", "text": "214"}]}]
    status, answer = send("order_ready", "en_US", body)
    assert status == 200 and answer["messages"][0]["message_status"] == "accepted"
    is_error(send("order_ready", "en_US"), 132000)
    is_error(send("order_ready", "fr", body), 132001, 404)
    is_error(send("weekend_specials", "en_US"), 132015)
    name = [{"type": "body", "parameters": [{"type": "text", "text": "Priya"}]}]
    is_error(send("cake_photo", "en_US", name), 132012)
    assert send("cake_photo", "en_US", name + [{"type": "header", "parameters": [{"type": "image", "image": {"link": "https://a.example/b.jpg"}}]}])[0] == 200


def test_account(s):
    status, number = s.graph("GET", PNID + "?fields=display_phone_number,verified_name,throughput")
    assert status == 200 and number["id"] == PNID and number["throughput"] == {"level": "STANDARD"} and "quality_rating" not in number
    assert s.answer_headers["facebook-api-version"] == "v23.0"
    assert s.graph("GET", WABA + "/phone_numbers")[1]["data"][0]["id"] == PNID
    assert s.request("GET", "/v25.0/" + PNID, headers={"Authorization": "Bearer " + TOKEN})[0] == 200
    is_error(s.graph("POST", PNID + "/whatsapp_business_profile", {"messaging_product": "whatsapp", "about": "x" * 140}), 100)
    assert s.graph("POST", PNID + "/whatsapp_business_profile", {"messaging_product": "whatsapp", "about": "Ofen heiß"}) == (200, {"success": True})
    profile = s.graph("GET", PNID + "/whatsapp_business_profile?fields=about,websites")[1]["data"][0]
    assert profile["about"] == "Ofen heiß" and len(profile["websites"]) == 1 and "email" not in profile
    assert s.graph("GET", WABA + "/subscribed_apps")[1]["data"] == []
    assert s.graph("POST", WABA + "/subscribed_apps")[1] == {"success": True}
    assert len(s.graph("GET", WABA + "/subscribed_apps")[1]["data"]) == 1


def upload(s, contents, mime_type, product="whatsapp"):
    boundary = "----lobby"
    parts = b""
    for name, value, extra in (("messaging_product", product.encode(), ""), ("type", mime_type.encode(), ""),
                               ("file", contents, '; filename="a.bin"\r\nContent-Type: ' + mime_type)):
        parts += ('--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n' % (boundary, name, extra)).encode() + value + b"\r\n"
    return s.graph("POST", PNID + "/media", parts + ("--%s--\r\n" % boundary).encode(),
                   Content_Type="multipart/form-data; boundary=" + boundary)


def fetch(s, url, token=TOKEN):
    parsed = urllib.parse.urlsplit(url)
    return s.request("GET", parsed.path + "?" + parsed.query, headers={"Authorization": "Bearer " + token} if token else {})


def test_media(s):
    s.greeted()
    status, answer = upload(s, PNG, "image/png")
    assert status == 200, answer
    media_id = answer["id"]
    status, media = s.graph("GET", media_id + "?phone_number_id=" + PNID)
    assert media["mime_type"] == "image/png" and media["file_size"] == str(len(PNG)) and media["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert fetch(s, media["url"]) == (200, PNG) and s.answer_headers["Content-Type"] == "image/png"
    assert fetch(s, media["url"], None)[0] == 404 and fetch(s, media["url"], "other")[0] == 404
    s.control("knobs", {"media_url_ms": 1})
    url = s.graph("GET", media_id)[1]["url"]
    time.sleep(0.05)
    assert fetch(s, url)[0] == 404
    assert s.send({"type": "image", "image": {"id": media_id, "caption": "dot"}})[0] == 200
    assert s.graph("DELETE", media_id) == (200, {"success": True})
    is_error(s.graph("GET", media_id), 100)
    is_error(s.send({"type": "image", "image": {"id": media_id}}), 131009)
    is_error(upload(s, b"GIF89a", "image/gif"), 100)
    is_error(upload(s, PNG, "image/png", "sms"), 100)


def test_media_refused_later(s):
    s.greeted()
    media_id = upload(s, b"OggS" + bytes(60), "audio/opus")[1]["id"]
    assert s.send({"type": "audio", "audio": {"id": media_id, "voice": True}})[0] == 200
    webp = upload(s, b"RIFF" + bytes(40), "image/webp")[1]["id"]
    assert s.send({"type": "image", "image": {"id": webp}})[0] == 200
    s.idle()
    told = [(item["status"], item["errors"][0]["code"], item["errors"][0]["error_data"]["details"]) for item, _ in s.receiver.items("statuses")]
    assert len(told) == 2 and all(t[:2] == ("failed", 131053) for t in told), told
    assert any(t[2].startswith("Unsupported Audio mime type audio/opus.") for t in told), told


def test_inbound_kinds(s):
    s.subscribe()
    s.control("say", {"wa_id": CUSTOMER, "type": "image", "file": "conchas.jpg", "caption": "look"})
    s.control("say", {"wa_id": CUSTOMER, "type": "voice", "file": "voice-mateo.ogg"})
    s.control("say", {"wa_id": CUSTOMER, "type": "document", "file": "order.pdf", "filename": "Order.pdf"})
    s.control("say", {"wa_id": CUSTOMER, "type": "sticker", "file": "coffee.webp"})
    s.control("say", {"wa_id": CUSTOMER, "type": "unsupported"})
    s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "that one", "quoted": "wamid.unknown"})
    s.control("say", {"wa_id": CUSTOMER, "message": {"type": "order", "order": {"catalog_id": "1", "product_items": []}}})
    target = s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "last"})["ids"][0]
    s.control("react", {"wa_id": CUSTOMER, "message_id": target, "emoji": "❤️"})
    s.control("react", {"wa_id": CUSTOMER, "message_id": target, "emoji": ""})
    s.control("notify", {"field": "security", "value": {"event": "PIN_CHANGED"}})
    assert s.request("POST", "/sandbox/say", {"wa_id": CUSTOMER, "type": "image", "file": "../shop-morning.script"})[0] == 400
    s.idle()
    image, voice, document, sticker, unsupported, quote, order, _, reaction, unreaction = [m for m, _ in s.receiver.items("messages")]
    status, picture = fetch(s, image["image"]["url"])
    assert status == 200 and picture[:2] == b"\xff\xd8" and image["image"]["caption"] == "look"
    assert image["image"]["sha256"] == base64.b64encode(hashlib.sha256(picture).digest()).decode()
    assert s.graph("GET", image["image"]["id"])[1]["sha256"] == hashlib.sha256(picture).hexdigest()
    assert voice["type"] == "audio" and voice["audio"]["voice"] is True and voice["audio"]["mime_type"] == "audio/ogg; codecs=opus"
    assert fetch(s, voice["audio"]["url"])[1][28:36] == b"OpusHead"
    assert document["document"]["filename"] == "Order.pdf" and document["document"]["mime_type"] == "application/pdf"
    assert sticker["sticker"]["mime_type"] == "image/webp" and sticker["sticker"]["animated"] is False
    assert unsupported["errors"][0]["code"] == 131051
    assert quote["context"] == {"id": "wamid.unknown"}
    assert order["order"]["catalog_id"] == "1" and order["id"].startswith("wamid.")
    assert reaction["reaction"] == {"message_id": target, "emoji": "❤️"} and unreaction["reaction"] == {"message_id": target}
    fields = [c["field"] for _, raw, _, _ in s.receiver.deliveries for e in json.loads(raw)["entry"] for c in e["changes"]]
    assert fields.count("security") == 1


def test_username_only(s):
    s.subscribe()
    s.control("customers", {"bsuid": "US.42", "name": "Noor", "username": "@noor"})
    s.control("say", {"bsuid": "US.42", "type": "text", "text": "hi"})
    s.idle()
    message, value = s.receiver.items("messages")[0]
    assert "from" not in message and message["from_user_id"] == "US.42"
    assert value["contacts"] == [{"profile": {"name": "Noor", "username": "@noor"}, "user_id": "US.42"}]
    status, answer = s.graph("POST", PNID + "/messages", {"messaging_product": "whatsapp", "recipient": "US.42", "type": "text", "text": {"body": "hello"}})
    assert status == 200 and answer["contacts"] == [{"input": "US.42", "user_id": "US.42"}], answer
    s.idle()
    told = [t for t, _ in s.receiver.items("statuses")]
    assert [t["status"] for t in told] == ["sent", "delivered"] and "recipient_id" not in told[0]
    is_error(s.graph("POST", PNID + "/messages", {"messaging_product": "whatsapp", "recipient": "US.43", "type": "text", "text": {"body": "x"}}), 131009)


def test_normalisation(s):
    s.subscribe()
    s.control("say", {"wa_id": "551187654321", "type": "text", "text": "oi"})
    status, answer = s.text("x", to="+55 11 98765-4321")
    assert status == 200 and answer["contacts"] == [{"input": "+55 11 98765-4321", "wa_id": "551187654321"}], answer
    s.control("say", {"wa_id": "34655550142", "type": "text", "text": "hola"})
    is_error(s.text("x", to="34655550142"), 131047)
    assert s.text("x", to="+34 655-550-142")[0] == 200


def test_read_and_typing_calls(s):
    wamid = s.greeted()
    assert s.graph("POST", PNID + "/messages", {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}) == (200, {"success": True})
    assert s.graph("POST", PNID + "/messages", {"messaging_product": "whatsapp", "status": "read", "message_id": wamid,
                                                "typing_indicator": {"type": "text"}}) == (200, {"success": True})
    is_error(s.graph("POST", PNID + "/messages", {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.no"}), 131009)
    calls = s.control("calls")["calls"]
    assert [(c["kind"], c["message_id"], c["wa_id"]) for c in calls] == [("read", wamid, CUSTOMER), ("typing", wamid, CUSTOMER)]
    assert s.control("sent")["sent"] == []


def test_reading_voice_and_reactions(s):
    wamid = s.greeted()
    s.control("customers", {"wa_id": CUSTOMER, "reads_after_ms": 100})
    voice = upload(s, open(os.environ["LOBBY_SANDBOX_DATA"] + "/media/voice-camila.ogg", "rb").read(), "audio/ogg; codecs=opus")[1]["id"]
    sent = s.send({"type": "audio", "audio": {"id": voice, "voice": True}})[1]["messages"][0]["id"]
    reaction = s.send({"type": "reaction", "reaction": {"message_id": wamid, "emoji": "👍"}})[1]["messages"][0]["id"]
    astray = s.send({"type": "reaction", "reaction": {"message_id": "wamid.no", "emoji": "👍"}})[1]["messages"][0]["id"]
    s.idle()
    told = [(t["id"], t["status"]) for t, _ in s.receiver.items("statuses")]
    assert [x for i, x in told if i == sent] == ["sent", "delivered", "read", "played"], told
    assert [x for i, x in told if i == reaction] == ["sent"] and [x for i, x in told if i == astray] == ["failed"], told
    is_error(s.text("x", context={"message_id": "wamid.no"}), 131009)
    assert s.text("x", context={"message_id": wamid})[0] == 200


def test_failures_on_demand(s):
    s.greeted()
    s.control("knobs", {"fail_code": 131056, "fail_count": 2})
    is_error(s.text("1"), 131056)
    is_error(s.text("1"), 131056)
    assert s.text("1")[0] == 200
    s.control("knobs", {"http_status": 503, "fail_count": 1})
    assert s.text("2")[0] == 503 and s.text("2")[0] == 200
    s.control("knobs", {"async_fail_code": 131026, "fail_count": 1})
    failing = s.text("3")[1]["messages"][0]["id"]
    s.idle()
    assert [t["errors"][0]["code"] for t, _ in s.receiver.items("statuses") if t["id"] == failing] == [131026]
    s.control("knobs", {"close_mid_body": 1, "fail_count": 1})
    try:
        s.text("4")
        raise AssertionError("the answer was whole")
    except http.client.IncompleteRead as partial:
        assert partial.partial and partial.expected
    s.control("knobs", {"hang_ms": 600, "fail_count": 1})
    began = time.monotonic()
    assert s.text("5")[0] == 200 and time.monotonic() - began >= 0.59
    s.control("knobs", {"hang_ms": 60000, "fail_count": 1})
    with socket.create_connection(("127.0.0.1", s.port)) as impatient:
        body = json.dumps({"messaging_product": "whatsapp", "to": "+" + CUSTOMER, "type": "text", "text": {"body": "6"}}).encode()
        impatient.sendall(b"POST /v23.0/%s/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
                          % (PNID.encode(), TOKEN.encode(), len(body), body))
        time.sleep(0.2)
    assert [m["body"] for m in s.control("sent")["sent"]] == ["1", "2", "3", "4", "5", "6"]


def test_retries_until_taken(s):
    s.control("knobs", {"retry_ms": 2000, "speed": 20})
    s.subscribe()
    s.receiver.answers = [500, 404, 302, 204]
    ids = s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "{n}", "count": 3})["ids"]
    s.idle()
    deliveries = s.receiver.deliveries
    assert len(deliveries) == 7, len(deliveries)
    first = deliveries[:5]
    assert len({raw for _, raw, _, _ in first}) == 1 and len({h["X-Hub-Signature-256"] for h, _, _, _ in first}) == 1
    waits = [b[3] - a[3] for a, b in zip(first, first[1:])]
    assert all(wait > 0.099 * 2 ** number for number, wait in enumerate(waits)), waits
    assert [m["id"] for m, _ in s.receiver.items("messages")] == ids
    assert s.control("idle")["failed_attempts"] == 4


def test_unsubscribed_meanwhile(s):
    s.control("knobs", {"retry_ms": 20000})
    s.subscribe()
    s.receiver.answers = [500]
    ids = s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "{n}", "count": 2})["ids"]
    s.receiver.wait(lambda: s.receiver.deliveries, "the first try")
    assert s.graph("DELETE", WABA + "/subscribed_apps")[0] == 200
    time.sleep(1.3)  # past the second try
    assert len(s.receiver.deliveries) == 1
    s.subscribe()
    s.idle()
    assert [m["id"] for m, _ in s.receiver.items("messages")] == ids


def test_burst_in_order(s):
    s.subscribe()
    ids = s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "m{n}", "count": 300})["ids"]
    s.idle()
    got = s.receiver.items("messages")
    assert [m["id"] for m, _ in got] == ids and [m["text"]["body"] for m, _ in got] == ["m%d" % i for i in range(1, 301)]
    assert len(s.receiver.deliveries) == 300
    s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "slow", "count": 3, "interval_ms": 2000})
    s.idle()
    assert len(s.receiver.items("messages")) == 303
    said = s.control("said?after=1")["said"]
    assert [m["id"] for m in said[:299]] == ids[1:] and len(said) == 302
    assert said[0]["n"] == 2 and said[0]["from"] == CUSTOMER and said[0]["type"] == "text"


def test_duplicates(s):
    s.control("knobs", {"duplicate": 1})
    s.subscribe()
    ids = s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "{n}", "count": 20})["ids"]
    s.idle()
    got = [m["id"] for m, _ in s.receiver.items("messages")]
    assert len(got) == 40 and all(got.count(i) == 2 for i in ids)


def test_reorder(s):
    s.control("knobs", {"reorder": 0.3})
    s.subscribe()
    ids = s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "{n}", "count": 60})["ids"]
    s.idle()
    got = [m["id"] for m, _ in s.receiver.items("messages")]
    assert got != ids and sorted(got) == sorted(ids)


def test_drop(s):
    s.control("knobs", {"drop": 0.5, "retry_ms": 500})
    s.subscribe()
    ids = s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "{n}", "count": 40})["ids"]
    s.idle()
    got = [m["id"] for m, _ in s.receiver.items("messages")]
    assert got != ids and sorted(got) == sorted(ids)


def test_batches(s):
    s.control("knobs", {"batch": 100})
    ids = []
    for number in range(5):
        ids += s.control("say", {"wa_id": CUSTOMER + str(number), "type": "text", "text": "{n}", "count": 50})["ids"]
    s.subscribe()
    s.idle()
    sizes = [sum(len(c["value"]["messages"]) for c in json.loads(raw)["entry"][0]["changes"]) for _, raw, _, _ in s.receiver.deliveries]
    assert sorted(sizes) == [50, 100, 100], sizes
    assert sorted(m["id"] for m, _ in s.receiver.items("messages")) == sorted(ids)
    s.control("knobs", {"batch": 1000})
    s.receiver.deliveries.clear()
    s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "é" * 4096, "count": 300})
    s.idle()
    lengths = [len(raw) for _, raw, _, _ in s.receiver.deliveries]
    assert len(lengths) >= 3 and max(lengths) <= 3_000_000, lengths
    assert max(lengths) > 2_000_000, lengths


def test_unordered_and_concurrent(s):
    s.control("knobs", {"ordered": 0, "concurrency": 16})
    s.subscribe()
    ids = s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "{n}", "count": 200})["ids"]
    s.idle()
    assert sorted(m["id"] for m, _ in s.receiver.items("messages")) == sorted(ids)


def test_bad_signature(s):
    s.control("knobs", {"bad_signature": 1})
    s.greeted()
    s.receiver.wait(lambda: s.receiver.deliveries, "a delivery")
    headers, raw, _, _ = s.receiver.deliveries[0]
    right = "sha256=" + hmac.new(SECRET, raw, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] != right and len(headers["X-Hub-Signature-256"]) == len(right)
    s.control("knobs", {"no_signature": 1})
    s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "unsigned"})
    s.receiver.wait(lambda: "X-Hub-Signature-256" not in s.receiver.deliveries[-1][0], "an unsigned delivery")


def test_statuses_by_knobs(s):
    s.greeted()
    s.control("knobs", {"skip_delivered": 1, "status_delay_ms": 0})
    s.text("x")
    s.idle()
    assert s.control("read", {"wa_id": CUSTOMER}) == {"read": 1}
    s.idle()
    assert [t["status"] for t, _ in s.receiver.items("statuses")] == ["sent", "read"]
    s.control("knobs", {"skip_delivered": 0, "delay_ms": 20000})
    began = time.monotonic()
    s.text("y")
    assert not s.control("idle")["idle"]
    s.idle()
    assert time.monotonic() - began > 0.99
    assert [t["status"] for t, _ in s.receiver.items("statuses")] == ["sent", "read", "sent", "delivered"]


def test_knobs_refused(s):
    before = s.control("knobs")
    for bad in ({"duplicate": 2}, {"wings": 1}, {"batch": "x"}):
        status, answer = s.request("POST", "/sandbox/knobs", bad)
        assert status == 400 and answer["error"], answer
    assert s.control("knobs") == before
    assert s.request("GET", "/sandbox/nothing")[0] == 404 and s.request("GET", "/sandbox/say")[0] == 405
    assert s.request("POST", "/sandbox/say", b"no")[0] == 400


def test_stops_at_once_while_busy(s):
    s.greeted()
    s.receiver.answers = [500] * 1000
    s.control("say", {"wa_id": CUSTOMER, "type": "text", "text": "{n}", "count": 500})
    s.control("knobs", {"ordered": 0})
    time.sleep(0.2)


def test_busy_morning(s):
    """The default script: everybody speaks, and answers what the business writes."""
    portraits = s.control("portraits")["portraits"]
    assert len(portraits) >= 12
    for portrait in portraits:
        status, picture = fetch(s, portrait["url"], None)
        assert status == 200 and picture[:3] == b"\xff\xd8\xff" and portrait["name"], portrait
    s.subscribe()
    s.receiver.wait(lambda: len(s.receiver.items("messages")) >= 29, "the script")
    got = s.receiver.items("messages")
    kinds = {m["type"] for m, _ in got}
    assert {"text", "image", "audio", "document", "sticker", "unsupported"} <= kinds, kinds
    names = {v["contacts"][0]["profile"]["name"] for _, v in got}
    assert len(names) >= 12, names
    now = time.time()
    assert any(now - int(m["timestamp"]) > 12 * 3600 for m, _ in got) and any(now - int(m["timestamp"]) < 60 for m, _ in got)
    priya = next(m["from"] for m, v in got if v["contacts"][0]["profile"]["name"] == "Priya Sharma")
    s.control("knobs", {"rate_limits": 0})
    sent = s.text("कितने किलो?", to="+" + priya)[1]["messages"][0]["id"]
    s.receiver.wait(lambda: any(m.get("from") == priya and "किलो" in m.get("text", {}).get("body", "") for m, _ in s.receiver.items("messages")), "her answer")
    told = [t["status"] for t, _ in s.receiver.items("statuses") if t["id"] == sent]
    assert told == ["sent", "delivered", "read"], told
    # Life goes on when the script is over.
    count = len(s.receiver.items("messages"))
    s.control("knobs", {"speed": 2000})
    s.receiver.wait(lambda: len(s.receiver.items("messages")) >= count + 12, "the life after")


test_busy_morning.arguments = ("--speed", "100", "--seed", "7")


TESTS = [value for name, value in list(globals().items()) if name.startswith("test_")]

if __name__ == "__main__":
    sys.exit(main(TESTS, Sandbox))

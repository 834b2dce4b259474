# SPDX-License-Identifier: GPL-3.0-or-later
"""The least server that the app can be signed in at (docs/protocol.md): REST over HTTP, events over Socket.IO. It keeps nothing
but a counter; the talk is in the app's own seeded store. What it sends it sends at a known moment, with nothing in between."""

import base64
import datetime
import hashlib
import http.server
import json
import random
import struct
import threading
import time

BUSINESS = "seed-business"
WORDS = ("good morning is the bread ready do you have the blue one in size M thank you how much does it cost to send it "
         "tomorrow por favor gracias bom dia obrigado when will it arrive I paid yesterday perfect see you at five").split ()


class StandIn:
    """url: where it listens. join (): waits for a joined app. say (): messages to all joined apps."""

    def __init__ (self, port=0):
        self.random = random.Random (1)
        self.seq = 1
        self.lock = threading.Lock ()
        self.changed = threading.Condition (self.lock)
        self.joined = []
        self.server = Listener (("127.0.0.1", port), make_handler (self))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread (target=self.server.serve_forever, daemon=True).start ()

    def wait_joined (self, timeout=20):
        with self.changed:
            if not self.changed.wait_for (lambda: self.joined, timeout):
                raise TimeoutError ("the app did not join")

    def reset (self):
        """The next app comes with a fresh store."""
        with self.lock:
            self.seq, self.joined = 1, []

    def sentence (self):
        return " ".join (self.random.choice (WORDS) for _ in range (min (60, 2 + int (self.random.expovariate (1 / 9)))))

    def event (self, conversation):
        self.seq += 1
        number, now = self.seq, datetime.datetime.now (datetime.timezone.utc).isoformat (timespec="milliseconds").replace ("+00:00", "Z")
        contact = {"id": f"seed-contact-{conversation:06}", "business_id": BUSINESS, "name": f"Customer {conversation}", "phone_number": "+34600123456",
                   "created_at": now, "updated_at": now}
        conversation = {"id": f"seed-conversation-{conversation:06}", "business_id": BUSINESS, "contact_id": contact["id"],
                        "connection_id": "seed-number", "unread_count": 1, "last_activity_at": now, "message_count_in": number,
                        "message_count_out": 0, "seq": number}
        message = {"id": f"02{number:024}", "conversation_id": conversation["id"], "contact_id": contact["id"], "connection_id": "seed-number",
                   "direction": "inbound", "message_type": "text", "content": self.sentence (), "status": "delivered", "created_at": now,
                   "updated_at": now, "metadata": {}, "contactId": contact["id"], "contact": contact, "conversation": conversation,
                   "seq": number, "businessProfileId": BUSINESS}
        return frame ("42" + json.dumps (["message:new", message], separators=(",", ":"), ensure_ascii=False))

    def say (self, conversation=0, count=1, spread=1):
        """count messages into `spread` conversations from `conversation` on. The monotonic second just before the first byte leaves."""
        with self.lock:
            data = b"".join (self.event (conversation + n % spread) for n in range (count))
            sent = time.monotonic ()
            for one in self.joined:
                one.sendall (data)
        return sent

    def close (self):
        self.server.shutdown ()
        self.server.server_close ()


def frame (text, opcode=1):
    data = text.encode () if isinstance (text, str) else text
    if len (data) < 126:
        return struct.pack ("!BB", 0x80 | opcode, len (data)) + data
    if len (data) < 65536:
        return struct.pack ("!BBH", 0x80 | opcode, 126, len (data)) + data
    return struct.pack ("!BBQ", 0x80 | opcode, 127, len (data)) + data


def read_frame (stream):
    head = stream.read (2)
    if len (head) < 2:
        return None
    length = head[1] & 127
    if length >= 126:
        length = int.from_bytes (stream.read (2 if length == 126 else 8), "big")
    mask = stream.read (4)
    data = bytes (byte ^ mask[n % 4] for n, byte in enumerate (stream.read (length)))
    return None if head[0] & 15 == 8 else (head[0] & 15, data.decode (errors="replace"))


class Listener (http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error (self, request, client_address):
        """An app that was ended leaves broken connections behind."""


def make_handler (stand_in):
    agent = {"id": "agent-ana", "name": "Ana", "user": "ana", "role": "agent"}

    class Handler (http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message (self, *args):
            pass

        def answer (self, status, body=None):
            data = b"" if body is None else json.dumps (body).encode ()
            self.send_response (status)
            self.send_header ("Content-Type", "application/json")
            self.send_header ("Content-Length", str (len (data)))
            self.end_headers ()
            self.wfile.write (data)

        def do_POST (self):
            self.rfile.read (int (self.headers.get ("Content-Length", 0)))
            if self.path == "/api/session":
                self.answer (200, {"token": "bench-token", "agent": agent, "businesses": [{"id": BUSINESS, "name": "Bench"}]})
            elif self.path.endswith ("/read"):
                self.answer (200, {"conversations": []})
            else:
                self.answer (404, {"error": {"code": "not_found", "message": "No"}})

        def do_GET (self):
            if self.path.startswith ("/socket.io/"):
                self.talk ()
            elif self.path == "/api/session":
                self.answer (200, {"agent": agent, "businesses": [{"id": BUSINESS, "name": "Bench"}]})
            elif self.path == "/api/businesses":
                self.answer (200, {"businesses": [{"id": BUSINESS, "name": "Bench", "seq": stand_in.seq,
                                                   "agents": [{"id": "agent-ana", "name": "Ana"}, {"id": "agent-ben", "name": "Ben"}],
                                                   "connections": [{"id": "seed-number", "business_id": BUSINESS, "kind": "cloud", "name": "Shop",
                                                                    "phone_number": "+15550783881", "state": "connected", "capabilities": {}}]}]})
            else:
                self.answer (404, {"error": {"code": "not_found", "message": "No"}})

        def talk (self):
            key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            self.send_response (101)
            self.send_header ("Upgrade", "websocket")
            self.send_header ("Connection", "Upgrade")
            self.send_header ("Sec-WebSocket-Accept", base64.b64encode (hashlib.sha1 (key.encode ()).digest ()).decode ())
            self.end_headers ()
            self.close_connection = True
            # An hour between pings: they have no place in a measurement.
            self.connection.sendall (frame ("0" + json.dumps ({"sid": "bench", "upgrades": [], "pingInterval": 3600000, "pingTimeout": 20000,
                                                                   "maxPayload": 1000000})))
            try:
                while (packet := read_frame (self.rfile)) is not None:
                    self.take (*packet)
            except OSError:
                pass
            with stand_in.changed:
                if self.connection in stand_in.joined:
                    stand_in.joined.remove (self.connection)

        def take (self, opcode, text):
            if opcode == 9:
                self.connection.sendall (frame (text, 10))
            elif text.startswith ("40"):
                self.connection.sendall (frame ('40{"sid":"bench"}'))
            elif text.startswith ("42"):
                number = text[2:text.index ("[")]
                with stand_in.changed:
                    if '"join-business"' in text:
                        stand_in.joined.append (self.connection)
                        stand_in.changed.notify_all ()
                    if number:
                        self.connection.sendall (frame (f"43{number}" + json.dumps ([{"ok": True, "seq": stand_in.seq}])))

    return Handler

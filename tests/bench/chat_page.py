# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves chat-page.html, a seeded list of conversations and a stream of messages; collects the page's marks."""

import http.server
import json
import os
import queue
import random
import threading
import time

WORDS = ("good morning is the bread ready do you have the blue one in size M thank you how much does it cost to send it "
         "tomorrow por favor gracias bom dia obrigado when will it arrive I paid yesterday perfect see you at five").split ()


class ChatPage:
    """url: where the page is. marks: {name: [monotonic seconds, …]} in the order of arrival."""

    def __init__ (self, conversations=1000, seed=1):
        self.random = random.Random (seed)
        self.conversations = [{"name": f"Customer {n}", "last": self.sentence ()} for n in range (conversations)]
        self.marks = {}
        self.changed = threading.Condition ()
        self.events = queue.Queue ()
        page = self

        class Handler (http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message (self, *args):
                pass

            def answer (self, body, kind="application/json"):
                self.send_response (200)
                self.send_header ("Content-Type", kind)
                self.send_header ("Content-Length", str (len (body)))
                self.end_headers ()
                self.wfile.write (body)

            def do_GET (self):
                if self.path == "/":
                    with open (os.path.join (os.path.dirname (__file__), "chat-page.html"), "rb") as file:
                        self.answer (file.read (), "text/html; charset=utf-8")
                elif self.path == "/list":
                    self.answer (json.dumps (page.conversations).encode ())
                elif self.path.startswith ("/conversation/"):
                    self.answer (json.dumps ([page.message () for _ in range (50)]).encode ())
                elif self.path == "/events":
                    self.stream ()
                else:
                    self.send_error (404)

            def stream (self):
                self.send_response (200)
                self.send_header ("Content-Type", "text/event-stream")
                self.end_headers ()
                self.close_connection = True
                while (event := page.events.get ()) is not None:
                    self.wfile.write (f"event: {event[0]}\ndata: {event[1]}\n\n".encode ())
                    self.wfile.flush ()

            def do_POST (self):
                now = time.monotonic ()
                self.rfile.read (int (self.headers.get ("Content-Length", 0)))
                with page.changed:
                    page.marks.setdefault (self.path.removeprefix ("/mark/"), []).append (now)
                    page.changed.notify_all ()
                self.answer (b"{}")

        self.server = http.server.ThreadingHTTPServer (("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread (target=self.server.serve_forever, daemon=True).start ()

    def sentence (self):
        return " ".join (self.random.choice (WORDS) for _ in range (min (60, 2 + int (self.random.expovariate (1 / 9)))))

    def message (self):
        return {"text": self.sentence (), "out": self.random.random () < .45, "time": "10:24"}

    def wait_mark (self, name, count, timeout):
        """The monotonic second of the count-th mark of that name, or None."""
        with self.changed:
            self.changed.wait_for (lambda: len (self.marks.get (name, [])) >= count, timeout)
            marks = self.marks.get (name, [])
            return marks[count - 1] if len (marks) >= count else None

    def open_conversation (self, n):
        self.events.put (("open-conversation", str (n)))

    def send (self, count=1):
        self.events.put (("messages", json.dumps ([self.message () for _ in range (count)])))

    def close (self):
        self.events.put (None)
        self.server.shutdown ()

# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/bench server, inside the root: lobbyd beside a stock socket.io server that does the same work. Asserts nothing."""

import argparse
import hashlib
import hmac
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
TOP = os.path.abspath (os.path.join (os.path.dirname (__file__), "..", "..", ".."))
sys.path[:0] = [os.path.join (TOP, "tests", "bench"), os.path.join (TOP, "tests", "integration", "support")]

from measure import median, percentile, pss  # noqa: E402

NAMES = ("deliveries", "connections", "webhook", "latency")
SECRET = "sandbox-secret"


def say (words):
    print (words, file=sys.stderr, flush=True)


def cpu (pid):
    """Seconds of processor time of the process, threads that have ended included (its CPU clock, as clock_getcpuclockid makes it)."""
    return time.clock_gettime ((~pid << 3) | 2)


class Swarm:
    """Many agents of one server (swarm.c)."""

    def __init__ (self, server, business=None):
        self.process = subprocess.Popen ([os.path.join (server.build, "tests", "bench", "bench-swarm"), str (server.port), server.token,
                                          business or server.business],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell (self, line):
        self.process.stdin.write (line + "\n")
        self.process.stdin.flush ()
        return json.loads (self.process.stdout.readline ())

    def open (self, count):
        return self.tell (f"open {count}")

    def wait (self, events, seconds=60):
        answer = self.tell (f"wait {events} {seconds * 1000:.0f}")
        if answer["events"] < events:
            raise RuntimeError (f"{answer['events']:,} of {events:,} events came within {seconds} s")
        return answer

    def close (self):
        self.process.stdin.close ()
        self.process.wait ()


class Webhooks:
    """Posts signed webhooks of about 1 kB over connections that stay open, as WhatsApp does: messages, or (kind "nothing")
    bodies that are kept and have no consequence."""

    made = 0

    def __init__ (self, server, path, connections, kind="message"):
        self.server, self.path, self.kind = server, path, kind
        self.sockets = [socket.create_connection (("127.0.0.1", server.port)) for _ in range (connections)]
        for one in self.sockets:
            one.setsockopt (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def make (self):
        """One request; every time another message, of one of 50 customers."""
        Webhooks.made += 1
        customer = f"1555{1000000 + Webhooks.made % 50}"
        words = f"Do you still have number {Webhooks.made} in the blue one? " * 20
        if self.kind == "message":
            message = {"from": customer, "id": f"wamid.{os.getpid ()}{Webhooks.made:024}", "timestamp": str (int (time.time ())), "type": "text",
                       "text": {"body": words[:520]}}
            change = {"field": "messages", "value": {
                "messaging_product": "whatsapp", "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"},
                "contacts": [{"profile": {"name": f"Customer {customer}"}, "wa_id": customer}], "messages": [message]}}
        else:
            change = {"field": "messages", "value": {
                "messaging_product": "whatsapp", "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"},
                "statuses": [], "filling": words[:720]}}
        body = json.dumps ({"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [change]}]}).encode ()
        sign = hmac.new (SECRET.encode (), body, hashlib.sha256).hexdigest ()
        return (f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256={sign}\r\n"
                f"Content-Length: {len (body)}\r\n\r\n").encode () + body

    def post (self, requests):
        """One over each connection at the same time; returns when all are answered."""
        for one, request in zip (self.sockets, requests):
            one.sendall (request)
        for one in self.sockets[:len (requests)]:
            answer = one.recv (4096)
            while b"\r\n\r\n" not in answer:
                answer += one.recv (4096)
            if b" 200 " not in answer[:16]:
                raise RuntimeError (answer[:200])

    def close (self):
        for one in self.sockets:
            one.close ()


class Server:
    def __enter__ (self):
        self.folder = tempfile.mkdtemp (prefix="lobby-bench-server-", dir=self.build)
        self.start ()
        return self

    def __exit__ (self, *unused):
        self.stop ()
        shutil.rmtree (self.folder, ignore_errors=True)


class Lobbyd (Server):
    name, tells_sender = "lobbyd", 0   # it tells the sender sync:seq instead, so that its count has no hole

    def __init__ (self, build):
        self.build = build

    def start (self):
        import lobby_test
        self.world = lobby_test.World ()
        self.world.__enter__ ()
        server = self.world.server
        self.pid, self.port, self.token, self.business = server.process.pid, server.port, self.world.rest.token, self.world.rest.business
        self.webhook_path = self.store_path = f"/webhooks/cloud/{self.world.connection_id}"
        self.other_business = self.world.server.run ("business", "add", "--name", "Another").split ()[-1]

    def find_contact (self):
        return self.world.rest.contacts ()[0]["id"]

    def stop (self):
        self.world.__exit__ (None, None, None)


class Node (Server):
    name, tells_sender = "node", -1

    def __init__ (self, build):
        self.build, self.token, self.business, self.other_business = build, "token", "1", "2"
        self.webhook_path, self.store_path = "/webhook", "/store"

    def start (self):
        self.process = subprocess.Popen (["node", os.path.join (TOP, "tests", "bench", "server", "peer.mjs"), self.folder, SECRET], stdout=subprocess.PIPE, text=True)
        self.pid, self.port = self.process.pid, int (self.process.stdout.readline ().rpartition (":")[2])

    def find_contact (self):
        return "01KAN0000000000000000CONTACT"

    def stop (self):
        self.process.kill ()
        self.process.wait ()


class Bench:
    def __init__ (self, options):
        self.options, self.rows = options, []
        self.rounds = 1 if options.quick else 3
        self.load = os.getloadavg ()

    def both (self, measure):
        """{server: medians of what measure returns}, the servers in turn."""
        found = {Lobbyd.name: [], Node.name: []}
        for _ in range (self.rounds):
            for kind in (Lobbyd, Node):
                with kind (self.options.build) as server:
                    found[kind.name].append (measure (server))
        return {name: {key: median ([one[key] for one in values]) for key in values[0]} for name, values in found.items ()}

    def row (self, what, aim, lobbyd, node, ratio):
        self.rows.append ((what, lobbyd, node, ratio, aim))
        say (f"{what}: lobbyd {lobbyd}, node {node}: {ratio}")

    # --- fan-out

    def measure_deliveries (self):
        sockets, under_way = 1000, (1, 4, 16)

        def cost (server, swarm, begin, count, per_event):
            """CPU of one delivery, µs, when `count` events are begun at a time; and their size."""
            for rounds in (10, (60 if self.options.quick else 200) // (1 if count == 1 else 2 if count == 4 else 4)):   # the first warms up
                swarm.tell ("reset")
                before = cpu (server.pid)
                for n in range (rounds):
                    begin (n)
                    answer = swarm.wait ((n + 1) * count * per_event)
                used = cpu (server.pid) - before
            return used / answer["events"] * 1e6, answer["bytes"] / answer["events"]

        def measure (server):
            found = {}
            swarm = Swarm (server)
            swarm.open (sockets)
            webhooks = Webhooks (server, server.webhook_path, max (under_way))
            webhooks.post ([webhooks.make ()])
            swarm.wait (sockets)
            contact = server.find_contact ()
            for count in under_way:
                def typing (n):
                    swarm.tell (f"emit {count} 42" + json.dumps (["typing", {"contactId": contact, "isTyping": n % 2 == 0}], separators=(",", ":")))

                found[f"typing {count}"], found["typing bytes"] = cost (server, swarm, typing, count, sockets + server.tells_sender)
                found[f"message {count}"], found["message bytes"] = \
                    cost (server, swarm, lambda n: webhooks.post ([webhooks.make () for _ in range (count)]), count, sockets)
            webhooks.close ()
            swarm.close ()
            return found

        found = self.both (measure)
        for kind, words in (("typing", "somebody types"), ("message", "a message by webhook, stored")):
            sizes = " and ".join (f"{found[name][kind + ' bytes']:.0f}" for name in ("lobbyd", "node"))
            for count, aim in zip (under_way, ("≥ 1.5 ×", "≥ 7 ×", "≥ 15 ×")):
                lobbyd, node = (found[name][f"{kind} {count}"] for name in ("lobbyd", "node"))
                self.row (f"CPU of a delivery, 1,000 sockets in a room, {count} under way ({words}; {sizes} bytes)", aim,
                          f"{lobbyd:.2f} µs", f"{node:.2f} µs", f"{node / lobbyd:.1f} × as many")

    # --- sockets

    def measure_connections (self):
        count = 2000 if self.options.quick else 10000

        def measure (server):
            swarm = Swarm (server)
            swarm.open (200)
            time.sleep (1)
            memory, before = pss (server.pid), cpu (server.pid)
            swarm.open (count)
            used = cpu (server.pid) - before
            time.sleep (2)
            memory = pss (server.pid) - memory
            before, begin = cpu (server.pid), time.monotonic ()
            time.sleep (5)
            idle = (cpu (server.pid) - before) / (time.monotonic () - begin)
            swarm.close ()
            return {"cpu": used / count * 1e6, "memory": memory / count * 1024, "idle": idle * 100}

        found = self.both (measure)
        lobbyd, node = found["lobbyd"], found["node"]
        self.row (f"memory of an idle socket, {count:,} of them", "≤ 1 kB", f"{lobbyd['memory']:.2f} kB", f"{node['memory']:.1f} kB", f"{lobbyd['memory'] / node['memory']:.2f} ×")
        self.row ("CPU of a connection (upgrade, CONNECT, join)", "≤ 0.5 ×", f"{lobbyd['cpu']:.0f} µs", f"{node['cpu']:.0f} µs", f"{lobbyd['cpu'] / node['cpu']:.2f} ×")
        self.row (f"CPU while {count:,} sockets are idle", "", f"{lobbyd['idle']:.1f} %", f"{node['idle']:.1f} %", "")

    # --- webhooks

    def measure_webhook (self):
        idle, rounds = (2000, 200) if self.options.quick else (10000, 800)
        warm_up = 1600   # after fewer, Node compiles still

        def cost (server, path, kind, connections):
            """CPU and time of one webhook, µs."""
            webhooks = Webhooks (server, path, connections, kind)
            for _ in range (warm_up // connections):
                webhooks.post ([webhooks.make () for _ in range (connections)])
            requests = [[webhooks.make () for _ in range (connections)] for _ in range (rounds if connections == 1 else rounds // 4)]
            time.sleep (.5)
            before, begin = cpu (server.pid), time.monotonic ()
            for one in requests:
                webhooks.post (one)
            took = time.monotonic () - begin
            time.sleep (.5)   # what is worked in after the answer belongs to it
            used = cpu (server.pid) - before
            webhooks.close ()
            return used / len (requests) / connections * 1e6, took / len (requests) / connections * 1e6

        def measure (server):
            found, swarm = {}, Swarm (server, server.other_business)
            for sockets in (0, idle):
                swarm.open (sockets)
                time.sleep (1)
                for connections in (1, 16):
                    found[f"stored {connections} {sockets}"], found[f"took {connections} {sockets}"] = cost (server, server.store_path, "nothing", connections)
                    found[f"told {connections} {sockets}"], _ = cost (server, server.webhook_path, "message", connections)
            swarm.close ()
            return found

        found = self.both (measure)
        lobbyd, node = found["lobbyd"], found["node"]
        for connections, words in ((1, "one at a time"), (16, "16 at a time")):
            for key, what, aim in (("stored", "stored durably, to its answer", "≤ 0.5 ×"), ("told", "stored, worked in and told", "")):
                for sockets in (0, idle):
                    name = f"{key} {connections} {sockets}"
                    self.row (f"CPU of a webhook of 1 kB {what}; {words}, {sockets:,} idle sockets",
                              "flat" if sockets > 0 else aim if connections > 1 else "",
                              f"{lobbyd[name]:.0f} µs", f"{node[name]:.0f} µs", f"{lobbyd[name] / node[name]:.2f} ×")
            name = f"took {connections} 0"
            self.row (f"time of a webhook stored durably; {words}", "", f"{lobbyd[name]:.0f} µs", f"{node[name]:.0f} µs", f"{lobbyd[name] / node[name]:.2f} ×")

    # --- latency

    def measure_latency (self):
        sockets, pace, seconds = 200, 50, 4 if self.options.quick else 20

        def measure (server):
            swarm = Swarm (server)
            swarm.open (sockets)
            webhooks = Webhooks (server, server.webhook_path, 1)
            for n in range (50):
                webhooks.post ([webhooks.make ()])
            swarm.wait (50 * sockets)
            swarm.tell ("reset")
            posted, begin = [], time.monotonic () + .1
            waiting = threading.Thread (target=swarm.wait, args=(pace * seconds * sockets,))
            waiting.start ()
            before = cpu (server.pid)
            for n in range (pace * seconds):
                request = webhooks.make ()
                time.sleep (max (0, begin + n / pace - time.monotonic ()))
                posted.append (time.monotonic ())
                webhooks.post ([request])
            waiting.join ()
            used = (cpu (server.pid) - before) / seconds
            arrived = swarm.tell ("arrivals")["arrivals"]
            webhooks.close ()
            swarm.close ()
            delays = [there - here for here, there in zip (posted, arrived)]
            return {"p50": median (delays) * 1000, "p99": percentile (delays, .99) * 1000, "cpu": used * 100}

        found = self.both (measure)
        lobbyd, node = found["lobbyd"], found["node"]
        for key in ("p50", "p99"):
            self.row (f"webhook to the last of {sockets} sockets, {pace} events/s, {key}", "≤ 1 ×", f"{lobbyd[key]:.2f} ms", f"{node[key]:.2f} ms",
                      f"{lobbyd[key] / node[key]:.2f} ×")
        self.row ("CPU meanwhile", "", f"{lobbyd['cpu']:.1f} %", f"{node['cpu']:.1f} %", f"{lobbyd['cpu'] / node['cpu']:.2f} ×")

    def print_table (self):
        print ("\n| | lobbyd | Node, socket.io, better-sqlite3 | | aim |\n|---|---|---|---|---|")
        for row in self.rows:
            print ("| " + " | ".join (row) + " |")
        print (f"\n{os.cpu_count ()} cores; load of the machine {self.load[0]:.1f} before, {os.getloadavg ()[0]:.1f} after")


def main ():
    parser = argparse.ArgumentParser (prog="tools/bench server")
    parser.add_argument ("--quick", action="store_true")
    parser.add_argument ("--build", default=os.path.join (TOP, "build-bench"))
    parser.add_argument ("name", nargs="*", help=", ".join (NAMES))
    options = parser.parse_args ()
    if wrong := [name for name in options.name if name not in NAMES]:
        parser.error (f"no such measurement: {', '.join (wrong)} (there are {', '.join (NAMES)})")
    os.environ["LOBBY_BUILD"] = options.build
    bench = Bench (options)
    for name in options.name or NAMES:
        getattr (bench, "measure_" + name) ()
    bench.print_table ()


if __name__ == "__main__":
    main ()

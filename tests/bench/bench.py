# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/bench inside the root: measures, prints one table, asserts nothing."""

import argparse
import os
import shutil
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert (0, os.path.dirname (__file__))

import measure  # noqa: E402
import xmpp  # noqa: E402
from measure import median, percentile  # noqa: E402
from programs import Chromium, Dino, EmptyWindow, Lobby  # noqa: E402
from stand_in import StandIn  # noqa: E402
from surroundings import TOP, Surroundings, make_data_folder, make_store  # noqa: E402

FEW, MANY = 1000, 1000000
NOTES = {"¹": "It could not sign in: that needs Dino, prosody, the free port 5222 on loopback and Debian's private root (tools/root).",
         "²": "Half a second apart: the screen does not say which message was drawn."}
NAMES = ("start", "switch", "live", "burst", "scroll")


def say (words):
    print (words, file=sys.stderr, flush=True)


class Bench:
    def __init__ (self, surroundings, options):
        self.surroundings, self.options, self.build = surroundings, options, options.build
        self.stand_in = StandIn ()
        self.rows = []     # (what, {column: text}, aim)
        self.load = os.getloadavg ()
        self.fresh = 0
        self.has_chromium = not options.no_peers and shutil.which ("chromium") is not None
        self.has_dino = not options.no_peers and shutil.which ("dino-im") is not None

    def data_folder (self, messages):
        self.fresh += 1
        self.stand_in.reset ()
        return make_data_folder (self.surroundings, f"lobby-{self.fresh}", make_store (self.build, messages, say), self.stand_in.url)

    def row (self, what, aim, **columns):
        self.rows.append ((what, columns, aim))
        say (f"{what}: " + ", ".join (f"{name} {text}" for name, text in columns.items ()))

    # --- start and memory

    def start_once (self, make):
        """Seconds until drawn, CPU seconds until then, MiB when idle."""
        with make () as program:
            drawn = program.wait_drawn ()
            if drawn is None:
                return None
            used = measure.cpu (program.pid)
            time.sleep (3)
            measure.settle (program.pid)
            return drawn - program.started, used, measure.pss (program.pid)

    def measure_start (self):
        folders = {FEW: self.data_folder (FEW), MANY: self.data_folder (MANY)}
        makers = {"empty": lambda: EmptyWindow (self.surroundings, self.build),
                  "few": lambda: Lobby (self.surroundings, self.build, folders[FEW]),
                  "many": lambda: Lobby (self.surroundings, self.build, folders[MANY])}
        if self.has_chromium:
            makers["chromium"] = lambda: Chromium (self.surroundings, len (found["chromium"]))
        if self.has_dino:
            makers["dino"] = lambda: Dino (self.surroundings, MANY)
        found = {name: [] for name in makers}
        # The first round warms the page cache and the session's services.
        for turn in range (-1, 3 if self.options.quick else 7):
            for name, make in makers.items ():
                if name == "dino" and turn > 1:
                    continue
                self.stand_in.reset ()
                one = self.start_once (make)
                if one is not None and turn >= 0:
                    found[name].append (one)
        seconds, used, memory = ({name: median ([one[n] for one in values]) for name, values in found.items ()} for n in range (3))

        def times (values, unit, factor):
            def show (name):
                return f"{values[name] / values['empty']:.2f} × ({values[name] * factor:.0f} {unit})" if found.get (name) else "n/a"
            return show

        for what, values, unit, factor, aim in (("exec to list and conversation drawn", seconds, "ms", 1000, "≤ 1.8 ×"),
                                                ("CPU until then", used, "ms", 1000, ""), ("PSS when idle", memory, "MiB", 1, "≤ 1.25 ×")):
            show = times (values, unit, factor)
            self.row (f"{what}, 1,000 messages", aim, empty=f"{values['empty'] * factor:.0f} {unit}", lobby=show ("few"), chromium=show ("chromium"))
            extra = {"exec to list and conversation drawn": "the same", "CPU until then": "", "PSS when idle": "≤ 2 MiB more"}[what]
            self.row (f"{what}, 1,000,000 messages", extra, lobby=show ("many"), dino=show ("dino") if self.has_dino else "n/a")

    # --- the running app

    def running (self, messages=MANY):
        lobby = Lobby (self.surroundings, self.build, self.data_folder (messages))
        if lobby.wait_drawn () is None:
            raise RuntimeError ("Lobby did not start")
        self.stand_in.wait_joined ()
        measure.settle (lobby.pid)
        return lobby

    def running_page (self):
        page = Chromium (self.surroundings, "running")
        page.wait_listening ()
        measure.settle (page.pid)
        return page

    def running_dino (self):
        """Signed in at a server of its own with the newest conversation open, or None where it cannot be."""
        if not self.has_dino or not xmpp.available (self.build):
            return None
        dino = Dino (self.surroundings, MANY, xmpp.XmppServer (self.surroundings, self.build))
        dino.wait_drawn ()
        if not dino.server.present.wait (60):
            dino.__exit__ ()
            return None
        measure.settle (dino.pid)
        dino.open_conversation (0)
        dino.watch ()
        return dino

    def measure_switch (self):
        times = 12 if self.options.quick else 24

        def lobby (program):
            before = len (program.marks ("conversation-drawn"))
            opened = []
            for n in range (times):
                opened.append (program.open_conversation (1 + n * 7 % 40))
                time.sleep (.5)
            return [drawn - when for when, drawn in zip (opened, program.marks ("conversation-drawn")[before:])]

        def chromium (program):
            delays = []
            for n in range (times):
                before, when = len (program.page.marks.get ("conversation-drawn", [])), time.monotonic ()
                program.page.open_conversation (1 + n * 7 % 40)
                delays.append (program.page.wait_mark ("conversation-drawn", before + 1, 10) - when)
                time.sleep (.5)
            return delays

        def dino (program):
            return [program.open_conversation (1 + n * 7 % 9) for n in range (times)]

        def one (program, drive):
            with program:
                drive (program)   # once to warm up
                before = measure.cpu (program.pid)
                delays = drive (program)
                return (f"{(measure.cpu (program.pid) - before) / times * 1000:.0f} ms",
                        f"{median (delays) * 1000:.0f} / {percentile (delays, .95) * 1000:.0f} ms")

        used, drawn = one (self.running (), lobby)
        peer = one (self.running_page (), chromium) if self.has_chromium else ("n/a", "n/a")
        other = ("n/a", "n/a")
        if self.has_dino:
            program = Dino (self.surroundings, MANY)
            program.wait_drawn ()
            measure.settle (program.pid)
            other = one (program, dino)
        self.row ("switch conversation: CPU", "≤ 25 ms", lobby=used, chromium=peer[0], dino=other[0])
        self.row ("switch conversation: drawn, p50 / p95", "25 / 40 ms", lobby=drawn, chromium=peer[1], dino=other[1])

    def measure_live (self):
        seconds = 5 if self.options.quick else 15

        def at (rate, send, count):
            begin, sent = time.monotonic (), []
            for n in range (count):
                time.sleep (max (0, begin + n / rate - time.monotonic ()))
                sent.append (send ())
            time.sleep (max (0, begin + count / rate - time.monotonic ()))
            return sent

        def one (program, send, marks, apart=False):
            with program:
                at (10, send, 10)
                time.sleep (1)
                skip, before, begin = len (marks ()), measure.cpu (program.pid), time.monotonic ()
                sent = at (10, send, seconds * 10)
                used = (measure.cpu (program.pid) - before) / (time.monotonic () - begin)
                time.sleep (.5)
                if apart:
                    skip = len (marks ())
                    sent = at (2, send, seconds * 4)
                drawn = marks ()[skip:]
                delays = [next ((mark - when for mark in drawn if mark > when), float ("nan")) for when in sent]
                return f"{used * 100:.1f} %", f"{median (delays) * 1000:.1f} / {percentile (delays, .95) * 1000:.1f} ms"

        def page_send ():
            when = time.monotonic ()
            page.page.send ()
            return when

        program = self.running ()
        used, drawn = one (program, self.stand_in.say, lambda: program.marks ("message-drawn"))
        peer = ("n/a", "n/a")
        if self.has_chromium:
            page = self.running_page ()
            peer = one (page, page_send, lambda: list (page.page.marks.get ("message-drawn", [])))
        other = ("n/a¹", "n/a¹")
        if (dino := self.running_dino ()) is not None:
            used_there, drawn_there = one (dino, dino.say, lambda: list (dino.watcher.times), apart=True)
            other = used_there, drawn_there + "²"
        self.row ("10 messages/s into the open conversation: CPU", "≤ 8 %", lobby=used, chromium=peer[0], dino=other[0])
        self.row ("the same: sent to drawn, p50 / p95", "≤ 10 ms", lobby=drawn, chromium=peer[1], dino=other[1])

    def measure_burst (self):
        count = 5000

        def lobby (spread):
            times, longest, turns = [], [], []
            for _ in range (1 if self.options.quick else 3):
                with self.running () as program:
                    sent = self.stand_in.say (count=count, spread=spread)
                    last, end, stored = self.stand_in.seq, time.monotonic () + 120, None
                    while stored is None and time.monotonic () < end:
                        time.sleep (.02)
                        stored = next ((when for when, value in program.lines ("stored") if value >= last), None)
                    time.sleep (1)
                    if stored is None:
                        return "not within 120 s", "n/a"
                    done = next ((when for when in program.marks ("message-drawn") if when >= stored - .001), None) \
                        or next ((when for when in program.marks ("frame") if when >= stored), stored)
                    times.append (done - sent)
                    longest.append (max ((value for when, value in program.lines ("frame") if when >= sent), default=0) / 1000)
                    turns.append (max ((value for when, value in program.lines ("turn") if when >= sent), default=0) / 1000)
            return f"{median (times):.2f} s", f"{median (longest):.0f} / {median (turns):.0f} ms"

        def dino (program, limit=240):
            before = program.newest ()
            sent = program.say (count)
            while (come := program.newest () - before) < count:
                if time.monotonic () - sent > limit:
                    return f"not within {limit} s ({come:,} stored)"
                time.sleep (.1)
            stored = time.monotonic ()
            measure.settle (program.pid, limit=limit)
            return f"{max (stored, program.watcher.times[-1] if program.watcher.times else 0) - sent:.0f} s"

        together, frames = lobby (1)
        apart, frames_apart = lobby (200)
        peer = "n/a"
        if self.has_chromium:
            with self.running_page () as page:
                before, when = len (page.page.marks.get ("message-drawn", [])), time.monotonic ()
                page.page.send (count)
                drawn = page.page.wait_mark ("message-drawn", before + 1, 60)
                peer = f"{drawn - when:.2f} s, not stored" if drawn is not None else "n/a"
        other = "n/a¹"
        if (program := self.running_dino ()) is not None:
            with program:
                other = dino (program)
        self.row ("burst of 5,000 into the open conversation, stored and drawn", "≤ 1 s", lobby=together, chromium=peer, dino=other)
        self.row ("the same: longest frame / turn of the main loop", "≤ 50 ms", lobby=frames)
        self.row ("burst of 5,000 into 200 conversations, stored and drawn", "≤ 1 s", lobby=apart)
        self.row ("the same: longest frame / turn of the main loop", "≤ 50 ms", lobby=frames_apart)

    def measure_scroll (self):
        wanted = 2000
        with self.running () as program:
            program.page_up (5, 100)
            time.sleep (1)
            measure.settle (program.pid)
            memory, used, begin = measure.pss (program.pid), measure.cpu (program.pid), time.monotonic ()
            older = sum (value for when, value in program.lines ("older"))
            end, come = time.monotonic () + 180, 0
            while come < wanted and time.monotonic () < end:
                program.page_up (5, 60)
                come = sum (value for when, value in program.lines ("older")) - older
            used, took = measure.cpu (program.pid) - used, time.monotonic () - begin
            measure.settle (program.pid)
            memory = measure.pss (program.pid) - memory
            longest = max ((value for when, value in program.lines ("frame") if when >= begin), default=0) / 1000
        self.row (f"read back through {come:,} messages with Page Up: CPU", "≤ 2 s", lobby=f"{used:.2f} s (in {took:.0f} s, longest frame {longest:.0f} ms)")
        self.row ("the same: memory grown", "≤ 10 MiB", lobby=f"{memory:.1f} MiB")

    def print_table (self):
        columns = (("empty", "empty window"), ("lobby", "Lobby"), ("chromium", "Chromium, small chat page"), ("dino", "Dino"))
        print ("\n| | " + " | ".join (title for name, title in columns) + " | aim |")
        print ("|---" * (len (columns) + 2) + "|")
        for what, found, aim in self.rows:
            print (f"| {what} | " + " | ".join (found.get (name, "–") for name, title in columns) + f" | {aim} |")
        for sign, words in NOTES.items ():
            if any (sign in text for what, found, aim in self.rows for text in found.values ()):
                print (f"\n{sign} {words}")
        print (f"\n{os.cpu_count ()} cores; load of the machine {self.load[0]:.1f} before, {os.getloadavg ()[0]:.1f} after"
               " (well above 1: others use it too, and times are not worth much)")


def main ():
    parser = argparse.ArgumentParser (prog="tools/bench")
    parser.add_argument ("--quick", action="store_true")
    parser.add_argument ("--no-peers", action="store_true")
    parser.add_argument ("--build", default=os.path.join (TOP, "build-bench"))
    parser.add_argument ("name", nargs="*", help=", ".join (NAMES))
    options = parser.parse_args ()
    if wrong := [name for name in options.name if name not in NAMES]:
        parser.error (f"no such measurement: {', '.join (wrong)} (there are {', '.join (NAMES)})")
    with Surroundings () as surroundings:
        bench = Bench (surroundings, options)
        for name in options.name or NAMES:
            getattr (bench, "measure_" + name) ()
        bench.print_table ()


if __name__ == "__main__":
    main ()

# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on the screen, read from the memory that Xvfb shares (-fbdir): for programs that leave no marks."""

import mmap
import os
import struct
import threading
import time


class Framebuffer:
    def __init__ (self, folder):
        with open (os.path.join (folder, "Xvfb_screen0"), "r+b") as file:
            self.memory = mmap.mmap (file.fileno (), 0, access=mmap.ACCESS_READ)
        # An XWD file: header, colours, pixels.
        header = struct.unpack (">25I", self.memory[:100])
        self.width, self.height, self.line = header[4], header[5], header[12]
        self.pixels = header[0] + header[19] * 12

    def look (self, step=4, left=0):
        """Every step-th line, from the pixel `left` on."""
        return [self.memory[self.pixels + y * self.line + left * 4:self.pixels + y * self.line + self.width * 4] for y in range (0, self.height, step)]

    def wait_calm (self, calm=1.0, least=20, limit=60, interval=.004):
        """The monotonic second of the last change of at least `least` of the lines looked at, once nothing such has happened for `calm` s."""
        before, last, end = self.look (), time.monotonic (), time.monotonic () + limit
        changed = None
        while time.monotonic () < end and (changed is None or time.monotonic () - last < calm):
            time.sleep (interval)
            now = self.look ()
            if sum (a != b for a, b in zip (before, now)) >= least:
                changed = last = time.monotonic ()
            before = now
        return changed


class Watcher:
    """times: the monotonic second of each change of at least `least` of every fourth line, from the pixel `left` on, until close ()."""

    def __init__ (self, screen, left, least, interval=.004):
        self.times, self.ended = [], threading.Event ()
        self.thread = threading.Thread (target=self.watch, args=(screen, left, least, interval), daemon=True)
        self.thread.start ()

    def watch (self, screen, left, least, interval):
        before = screen.look (left=left)
        while not self.ended.wait (interval):
            now = screen.look (left=left)
            if sum (a != b for a, b in zip (before, now)) >= least:
                self.times.append (time.monotonic ())
            before = now

    def close (self):
        self.ended.set ()
        self.thread.join ()

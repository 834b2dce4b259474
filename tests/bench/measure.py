# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel says of a program and its children: processor time, memory; marks; medians."""

import os
import signal
import statistics
import subprocess
import tempfile
import time


def processes (pid):
    """pid and all its descendants."""
    children = {}
    for name in os.listdir ("/proc"):
        if name.isdigit ():
            try:
                with open (f"/proc/{name}/stat") as file:
                    parent = int (file.read ().rpartition (")")[2].split ()[1])
            except OSError:
                continue
            children.setdefault (parent, []).append (int (name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop ()
        found.append (one)
        waiting += children.get (one, [])
    return found


def cpu (pid):
    """Seconds of processor time of all threads alive, to the nanosecond (schedstat), children included."""
    total = 0
    for process in processes (pid):
        try:
            for task in os.listdir (f"/proc/{process}/task"):
                with open (f"/proc/{process}/task/{task}/schedstat") as file:
                    total += int (file.read ().split ()[0])
        except OSError:
            continue
    return total / 1e9


def pss (pid):
    """MiB of memory, shared pages counted in proportion, children included."""
    total = 0
    for process in processes (pid):
        try:
            with open (f"/proc/{process}/smaps_rollup") as file:
                total += next (int (line.split ()[1]) for line in file if line.startswith ("Pss:"))
        except (OSError, StopIteration):
            continue
    return total / 1024


def settle (pid, quiet=.02, span=1.0, limit=30):
    """Waits until the program uses less than `quiet` of a core over `span` seconds."""
    end = time.monotonic () + limit
    while time.monotonic () < end:
        before = cpu (pid)
        time.sleep (span)
        if cpu (pid) - before < quiet * span:
            return True
    return False


def median (values):
    return statistics.median (values) if values else float ("nan")


def percentile (values, share):
    ordered = sorted (values)
    return ordered[min (len (ordered) - 1, int (len (ordered) * share))] if ordered else float ("nan")


class Program:
    """One started program; `started` is the monotonic second just before exec. A context manager that ends it."""

    def __init__ (self, command, environment=None):
        self.trace = tempfile.NamedTemporaryFile (prefix="lobby-trace-", suffix=".txt")
        self.started = time.monotonic ()
        self.process = subprocess.Popen (command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                         env={**os.environ, **(environment or {}), "LOBBY_TRACE": self.trace.name})
        self.pid = self.process.pid

    def __enter__ (self):
        return self

    def __exit__ (self, *unused):
        for sign, wait in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            try:
                os.killpg (self.pid, sign)
                self.process.wait (wait)
                break
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue

    def lines (self, name):
        """(monotonic second, value or None) of every mark of that name so far."""
        with open (self.trace.name) as file:
            found = [line.split () for line in file.read ().split ("\n")[:-1]]
        return [(int (words[1]) / 1e6, int (words[2]) if len (words) > 2 else None) for words in found if words[0] == name]

    def marks (self, name):
        return [when for when, value in self.lines (name)]

    def wait_mark (self, name, count=1, timeout=60):
        """The count-th mark of that name, or None."""
        end = time.monotonic () + timeout
        while time.monotonic () < end:
            marks = self.marks (name)
            if len (marks) >= count:
                return marks[count - 1]
            if self.process.poll () is not None:
                return None
            time.sleep (.002)
        return None

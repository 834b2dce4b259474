# SPDX-License-Identifier: GPL-3.0-or-later
"""The one private display, session bus and keyring in which everything is measured, and the stores."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.abspath (os.path.join (os.path.dirname (__file__), "..", ".."))
sys.path.insert (0, os.path.join (TOP, "tests"))
import session  # noqa: E402
from window_manager import WindowManager  # noqa: E402

ACCOUNT = "01BENCH0000000000000000000"
APP_ID = "org.lobby.Lobby"


class Surroundings:
    """folder: a temporary one. env: for what is started. Ends what it started."""

    def __enter__ (self):
        session.libc.prctl (session.PR_SET_CHILD_SUBREAPER, 1)
        self.display = None
        self.folder = tempfile.mkdtemp (prefix="lobby-bench-")
        os.mkdir (os.path.join (self.folder, "session"))
        env = session.pinned_environment (os.path.join (self.folder, "session"))
        for name in ("MALLOC_PERTURB_", "NO_AT_BRIDGE", "G_DEBUG"):
            env.pop (name, None)
        self.env = env
        self.framebuffer = self.start_display ()
        self.bus = session.start_bus (env)
        self.start_keyring ()
        return self

    def __exit__ (self, *unused):
        session.kill_the_rest ()
        # Xvfb had no time to clear up.
        for path in (f"/tmp/.X{self.display}-lock", f"/tmp/.X11-unix/X{self.display}"):
            if self.display and os.path.exists (path):
                os.unlink (path)
        shutil.rmtree (self.folder, ignore_errors=True)

    def start_display (self):
        folder = os.path.join (self.folder, "screen")
        os.mkdir (folder)
        read, write = os.pipe ()
        # Xvfb takes the locks of servers outside of this process table for stale: a number that nobody has.
        number = next (number for number in range (200, 1000)
                       if not os.path.exists (f"/tmp/.X{number}-lock") and not os.path.exists (f"/tmp/.X11-unix/X{number}"))
        subprocess.Popen (["Xvfb", f":{number}", "-displayfd", str (write), "-screen", "0", "1400x900x24", "-fbdir", folder, "-nolisten", "tcp",
                           "-noreset"], env=self.env, pass_fds=[write], preexec_fn=session.die_with_parent, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close (write)
        with os.fdopen (read) as answer:
            self.display = answer.readline ().strip ()
        self.env["DISPLAY"] = ":" + self.display
        if self.env["DISPLAY"] == ":":
            sys.exit ("Xvfb did not start")
        os.environ["DISPLAY"] = self.env["DISPLAY"]
        self.window_manager = WindowManager (self.env["DISPLAY"])
        return folder

    def start_keyring (self):
        keyring = subprocess.Popen (["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"], env=self.env,
                                    preexec_fn=session.die_with_parent, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        keyring.stdin.write (b"bench")
        keyring.stdin.close ()
        subprocess.run (["gdbus", "wait", "--session", "--timeout", "20", "org.freedesktop.secrets"], env=self.env, check=True)
        subprocess.run (["secret-tool", "store", "--label", "Lobby", "xdg:schema", APP_ID + ".Token", "account", ACCOUNT], input=b"bench-token",
                        env=self.env, check=True)


def make_store (build, messages, say):
    """A cached store of 1,000 conversations; made anew when the schema or the generator is another."""
    sources = [os.path.join (TOP, "tests", "support", name) for name in ("lobby-store-seed.c", "lobby-store-seed.h")]
    folder = os.path.join (TOP, "resources", "sql", "client")
    sources += [os.path.join (folder, name) for name in sorted (os.listdir (folder))]
    mark = hashlib.sha256 (b"".join (open (path, "rb").read () for path in sources)).hexdigest ()[:12]
    path = os.path.join (build, "stores", f"{mark}-{messages}.db")
    if not os.path.exists (path):
        say (f"Making a store of {messages:,} messages …")
        os.makedirs (os.path.dirname (path), exist_ok=True)
        for name in os.listdir (os.path.dirname (path)):
            if not name.startswith (mark):
                os.unlink (os.path.join (os.path.dirname (path), name))
        subprocess.run ([os.path.join (build, "tests", "support", "lobby-store-seed"), path + ".part", "--messages", str (messages)],
                        check=True, stdout=subprocess.DEVNULL)
        os.rename (path + ".part", path)
    return path


def make_data_folder (surroundings, name, store, server_url):
    """What the app finds when it is signed in already."""
    folder = os.path.join (surroundings.folder, name)
    os.makedirs (folder)
    with open (os.path.join (folder, "accounts.ini"), "w", encoding="utf-8") as file:
        file.write (f"[{ACCOUNT}]\nserver={server_url}\nuser=ana\nagent-id=agent-ana\nagent=Ana\nbusiness=Bench\n")
    shutil.copyfile (store, os.path.join (folder, ACCOUNT + ".db"))
    return folder

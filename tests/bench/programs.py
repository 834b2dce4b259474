# SPDX-License-Identifier: GPL-3.0-or-later
"""Lobby and those that it is measured against, each started, watched and told what to do in its own way."""

import contextlib
import hashlib
import os
import sqlite3
import subprocess
import time

import gi

import xmpp
from chat_page import ChatPage
from framebuffer import Framebuffer, Watcher
from measure import Program
from stand_in import WORDS
from surroundings import ACCOUNT, APP_ID

gi.require_version ("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402


class Lobby (Program):
    """The real app, signed in at the stand-in, with a conversation open. It says itself what it has drawn."""

    def __init__ (self, surroundings, build, folder, conversation=0):
        self.env = surroundings.env
        name = APP_ID + ".Folder" + hashlib.sha256 (folder.encode ()).hexdigest ()[:16]
        self.bus_name, self.path = name, "/" + name.replace (".", "/")
        super ().__init__ ([os.path.join (build, "src", "desktop", "lobby"), "--data-folder", folder, "--conversation", identify (conversation)],
                           self.env)

    def wait_drawn (self):
        drawn, opened = self.wait_mark ("drawn"), self.wait_mark ("conversation-drawn")
        return None if drawn is None or opened is None else max (drawn, opened)

    def open_conversation (self, number):
        """The moment before it is told."""
        bus = Gio.DBusConnection.new_for_address_sync (self.env["DBUS_SESSION_BUS_ADDRESS"], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                                                       | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None) \
            if not hasattr (self, "bus") else self.bus
        self.bus = bus
        target = GLib.Variant ("(ss)", (ACCOUNT, identify (number)))
        when = time.monotonic ()
        bus.call_sync (self.bus_name, self.path, "org.gtk.Actions", "Activate",
                       GLib.Variant ("(sava{sv})", ("open-conversation", [target], {})), None, Gio.DBusCallFlags.NONE, 20000, None)
        return when

    def page_up (self, times, delay):
        """While the field for the answer has the focus, as one reads back; delay in ms."""
        subprocess.run (["xdotool", "key", "--delay", str (delay), "--repeat", str (times), "Page_Up"], env=self.env, check=True)


def identify (conversation):
    return f"seed-conversation-{conversation:06}"


class EmptyWindow (Program):
    def __init__ (self, surroundings, build):
        super ().__init__ ([os.path.join (build, "tests", "bench", "bench-empty-window")], surroundings.env)

    def wait_drawn (self):
        return self.wait_mark ("drawn")


class Chromium (Program):
    """A small chat page without a framework, served by chat_page.py. Nothing of it is stored."""

    def __init__ (self, surroundings, count):
        self.page = ChatPage ()
        super ().__init__ (["chromium", "--no-sandbox", "--password-store=basic", "--disable-gpu", "--disable-quic", "--no-first-run",
                            "--disable-background-networking", "--disable-component-update", "--disable-sync",
                            f"--user-data-dir={surroundings.folder}/chromium-{count}", "--window-size=1200,800", f"--app={self.page.url}"],
                           surroundings.env)

    def __exit__ (self, *unused):
        super ().__exit__ (*unused)
        self.page.close ()

    def wait_drawn (self):
        return self.page.wait_mark ("drawn", 1, 60)

    def wait_listening (self):
        return self.page.wait_mark ("listening", 1, 60)


class Dino (Program):
    """Without a server its account cannot connect. It leaves no marks: what counts are the changes of the screen."""

    def __init__ (self, surroundings, messages, server=None):
        self.server, self.watcher = server, None
        self.screen = Framebuffer (surroundings.framebuffer)
        home = os.path.join (surroundings.folder, f"dino-{messages}")
        env = {**surroundings.env, "XDG_DATA_HOME": os.path.join (home, "data"), "XDG_CONFIG_HOME": os.path.join (home, "config"),
               "XDG_CACHE_HOME": os.path.join (home, "cache")}
        self.database = os.path.join (home, "data", "dino", "dino.db")
        if not os.path.exists (self.database):
            self.make_database (env, messages)
        self.env = env
        super ().__init__ (["dino-im"], env)

    def __exit__ (self, *unused):
        super ().__exit__ (*unused)
        if self.watcher is not None:
            self.watcher.close ()
        if self.server is not None:
            self.server.close ()

    def wait_drawn (self):
        return self.screen.wait_calm (calm=3, limit=120)

    def watch (self):
        """From now on `watcher` notes when the messages in sight move: by then more changes than a scrollbar, a row or a label."""
        self.watcher = Watcher (self.screen, left=320, least=40)

    def say (self, count=1):
        return self.server.say (sentence, count)

    def newest (self):
        """The id of the newest message in its store; they are counted up."""
        with contextlib.closing (sqlite3.connect (f"file:{self.database}?mode=ro", uri=True)) as database:
            return database.execute ("SELECT max (id) FROM message").fetchone ()[0]

    def open_conversation (self, number):
        """Clicks the number-th row that is in sight. Seconds until the screen came to rest."""
        subprocess.run (["xdotool", "mousemove", "150", str (87 + 59 * number)], env=self.env, check=True)
        time.sleep (.5)
        when = time.monotonic ()
        subprocess.run (["xdotool", "click", "1"], env=self.env, check=True)
        drawn = self.screen.wait_calm (calm=.5, limit=10)
        return (drawn or when) - when

    def make_database (self, env, messages, conversations=1000):
        """Its own program makes the tables, we fill them: zipf over the conversations, as in Lobby's store."""
        for folder in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            os.makedirs (env[folder])
        with Program (["dino-im"], env):
            end = time.monotonic () + 20
            while time.monotonic () < end and not has_tables (self.database):
                time.sleep (.1)
            time.sleep (1)
        database = sqlite3.connect (self.database)
        database.execute ("INSERT INTO account (id, bare_jid, resourcepart, password, alias, enabled, roster_version) "
                          "VALUES (1, ?, 'bench', ?, 'Ana', 1, '')", (xmpp.ACCOUNT, xmpp.PASSWORD))
        database.execute ("INSERT INTO jid (id, bare_jid) VALUES (1, ?)", (xmpp.ACCOUNT,))
        shares = [1 / (n + 1) for n in range (conversations)]
        total, now, row = sum (shares), int (time.time ()), 0
        for n, share in enumerate (shares):
            jid, count = n + 2, max (1, int (messages * share / total))
            database.execute ("INSERT INTO jid (id, bare_jid) VALUES (?, ?)", (jid, xmpp.customer (n)))
            database.execute ("INSERT INTO roster (account_id, jid, name, subscription) VALUES (1, ?, ?, 'both')", (xmpp.customer (n), f"Customer {n}"))
            database.execute ("INSERT INTO conversation (id, account_id, jid_id, active, active_last_changed, last_active, type, encryption, notification, "
                              "send_typing, send_marker) VALUES (?, 1, ?, 1, ?, ?, 0, 0, 0, 0, 0)", (n + 1, jid, now, now - n * 60))
            rows = [(row + i + 1, f"s{row + i}", jid, i % 2, now - n * 60 - (count - i) * 30, sentence (row + i)) for i in range (count)]
            database.executemany ("INSERT INTO message (id, stanza_id, account_id, counterpart_id, our_resource, counterpart_resource, direction, type, time, "
                                  "local_time, body, encryption, marked) VALUES (?1, ?2, 1, ?3, 'bench', 'phone', ?4, 1, ?5, ?5, ?6, 0, 0)", rows)
            database.executemany ("INSERT INTO content_item (conversation_id, time, local_time, content_type, foreign_id, hide) VALUES (?1, ?2, ?2, 1, ?3, 0)",
                                  [(n + 1, one[4], one[0]) for one in rows])
            row += count
        database.commit ()
        database.close ()


def has_tables (path):
    try:
        with sqlite3.connect (path) as database:
            return database.execute ("SELECT count(*) FROM sqlite_master WHERE name = 'content_item'").fetchone ()[0] == 1
    except sqlite3.Error:
        return False


def sentence (number):
    return " ".join (WORDS[(number * 7 + i * 3) % len (WORDS)] for i in range (2 + number * 5 % 17))

# SPDX-License-Identifier: GPL-3.0-or-later
"""An XMPP server (Debian's prosody) with Dino's account, and all of Dino's customers as one component of it (XEP-0114): what they
say is written at a known moment. tools/bench makes the certificate, and its root trusts no other."""

import hashlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from surroundings import session

HOST = "localhost"
# Dino knows of no other port where the DNS names none.
PORT = 5222
CUSTOMERS = "customers." + HOST
USER, PASSWORD = "ana", "secret"
ACCOUNT = f"{USER}@{HOST}"

CONFIGURATION = """
run_as_root = true
daemonize = false
data_path = "{folder}/data"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
component_interfaces = {{ "127.0.0.1" }}
component_ports = {{ {component_port} }}
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "smacks" }}
modules_disabled = {{ "s2s", "http" }}
authentication = "internal_plain"
log = {{ warn = "{folder}/log" }}
VirtualHost "{host}"
  ssl = {{ key = "{key}", certificate = "{certificate}" }}
Component "{customers}"
  component_secret = "{password}"
"""


def customer (number):
    return f"customer{number}@{CUSTOMERS}"


def available (build):
    """Whether there is what a server needs, its port included."""
    if shutil.which ("prosody") is None or not all (os.path.exists (path) for path in certificate (build)):
        return False
    with socket.socket () as probe:
        probe.setsockopt (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind (("127.0.0.1", PORT))
        except OSError:
            return False
    return True


def certificate (build):
    return os.path.join (build, "xmpp-key.pem"), os.path.join (build, "xmpp-certificate.pem")


class XmppServer:
    """present: set once the account is signed in. say (): messages of the first customer to it. close () ends the server."""

    def __init__ (self, surroundings, build, customers=1000):
        self.folder = tempfile.mkdtemp (prefix="xmpp-", dir=surroundings.folder)
        self.number = 0
        self.present = threading.Event ()
        contacts = "".join (f'["{customer (n)}"] = {{ subscription = "{"none" if n else "from"}"; name = "Customer {n}"; groups = {{}}; }};\n'
                            for n in range (customers))
        self.write (f"data/{HOST}/accounts/{USER}.dat", f'return {{ ["password"] = "{PASSWORD}"; }};\n')
        self.write (f"data/{HOST}/roster/{USER}.dat", f"return {{\n{contacts}}};\n")
        with socket.socket () as probe:
            probe.bind (("127.0.0.1", 0))
            self.component_port = probe.getsockname ()[1]
        key, chain = certificate (build)
        self.write ("prosody.cfg.lua", CONFIGURATION.format (folder=self.folder, port=PORT, component_port=self.component_port, host=HOST, key=key,
                                                             certificate=chain, customers=CUSTOMERS, password=PASSWORD))
        self.process = subprocess.Popen (["prosody", "--config", os.path.join (self.folder, "prosody.cfg.lua"), "-F"], env=surroundings.env,
                                         preexec_fn=session.die_with_parent, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)
        try:
            self.connect ()
        except BaseException:
            self.process.kill ()
            raise

    def close (self):
        self.process.terminate ()
        self.process.wait ()
        self.socket.close ()

    def write (self, name, text):
        path = os.path.join (self.folder, name)
        os.makedirs (os.path.dirname (path), exist_ok=True)
        with open (path, "w", encoding="utf-8") as file:
            file.write (text)

    def connect (self):
        end = time.monotonic () + 30
        while True:
            try:
                self.socket = socket.create_connection (("127.0.0.1", self.component_port))
                self.socket.setsockopt (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                break
            except OSError:
                if time.monotonic () > end or self.process.poll () is not None:
                    raise
                time.sleep (.1)
        self.socket.sendall (f"<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='{CUSTOMERS}'>".encode ())
        stream = self.read_until (rb"<stream:stream[^>]*\bid='([^']*)'[^>]*>")
        self.socket.sendall (f"<handshake>{hashlib.sha1 (stream.group (1) + PASSWORD.encode ()).hexdigest ()}</handshake>".encode ())
        self.read_until (rb"<handshake\s*/>")
        threading.Thread (target=self.listen, daemon=True).start ()

    def read_until (self, pattern):
        data = b""
        self.socket.settimeout (30)
        while (found := re.search (pattern, data)) is None:
            more = self.socket.recv (65536)
            if not more:
                raise ConnectionError ("the XMPP server did not take the component")
            data += more
        self.socket.settimeout (None)
        return found

    def listen (self):
        """Reads all that comes. The account's presence is told to the one customer who follows it."""
        before = b""
        try:
            while more := self.socket.recv (65536):
                if re.search (rb"<presence[^>]*'" + ACCOUNT.encode () + rb"/[^>]*>", before + more):
                    self.present.set ()
                before = more[-1000:]
        except OSError:
            pass

    def say (self, sentence, count=1):
        """The monotonic second just before the first byte leaves."""
        numbers, name = range (self.number, self.number + count), os.path.basename (self.folder)
        data = "".join (f"<message type='chat' id='{name}-{n}' from='{customer (0)}/phone' to='{ACCOUNT}'><body>{sentence (n)}</body></message>"
                        for n in numbers).encode ()
        self.number += count
        sent = time.monotonic ()
        self.socket.sendall (data)
        return sent

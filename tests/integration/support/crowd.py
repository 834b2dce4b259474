# SPDX-License-Identifier: GPL-3.0-or-later
"""Many Socket.IO clients over WebSocket at once, in one thread; some of them can be told never to read again."""

import base64
import json
import os
import re
import selectors
import socket
import struct
import threading
import time
import urllib.parse

from lobby_test import PATIENCE, wait_until

NEW_MESSAGE = re.compile(rb'^42\["message:new",\{"id":"([^"]+)"')
SEQ = re.compile(rb'"seq":(\d+)')
UPGRADE = ('GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: lobby\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
           'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n\r\n')


class Client:
    """One of them. .new: the ids of message:new, in the order of arrival; .seqs of all events; .ended once the server hung up."""

    def __init__(self, crowd, since=None, receive_buffer=None):
        self.crowd, self.since = crowd, since
        self.buffer, self.open = b'', False
        self.new, self.seqs, self.joined, self.ended = [], [], False, False
        self.times = {}
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(20 * PATIENCE)
        self.socket.connect(crowd.address)
        self.socket.sendall(UPGRADE.format(base64.b64encode(os.urandom(16)).decode()).encode())
        self.socket.setblocking(False)
        crowd.selector.register(self.socket, selectors.EVENT_READ, self)

    def say(self, text):
        """A masked text frame (RFC 6455, 5.3)."""
        data, mask = text.encode(), os.urandom(4)
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b'\xfe' + struct.pack('>H', len(data))
        self.socket.sendall(b'\x81' + length + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(data)))

    def stop_reading(self):
        self.crowd.selector.unregister(self.socket)

    def read(self):
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b''
        if not data:
            self.ended = True
            self.crowd.selector.unregister(self.socket)
            self.socket.close()
            return
        self.buffer += data
        if not self.open:
            head, found, self.buffer = self.buffer.partition(b'\r\n\r\n')
            if not found:
                self.buffer = head
                return
            assert head.startswith(b'HTTP/1.1 101'), head
            self.open = True
        self.read_frames()

    def read_frames(self):
        at, buffer, now = 0, self.buffer, time.monotonic()
        while len(buffer) - at >= 2:
            length, start = buffer[at + 1] & 0x7f, at + 2
            if length == 126:
                length, start = int.from_bytes(buffer[at + 2:at + 4], 'big'), at + 4
            elif length == 127:
                length, start = int.from_bytes(buffer[at + 2:at + 10], 'big'), at + 10
            if len(buffer) < start + length:
                break
            self.take(buffer[start:start + length], now)
            at = start + length
        self.buffer = buffer[at:]

    def take(self, packet, now):
        found = NEW_MESSAGE.match(packet)
        if found:
            self.new.append(found[1])
            self.times[found[1]] = now
        if packet.startswith(b'42['):
            seq = SEQ.search(packet[-64:]) or SEQ.search(packet)
            if seq:
                self.seqs.append(int(seq[1]))
        elif packet == b'2':
            self.say('3')
        elif packet.startswith(b'0'):
            self.say('40' + json.dumps({'token': self.crowd.token}))
        elif packet.startswith(b'40'):
            since = [] if self.since is None else [{'since': self.since}]
            self.say('421' + json.dumps(['join-business', self.crowd.business, *since]))
        elif packet.startswith(b'431'):
            assert b'"ok":true' in packet, packet
            self.joined = True


class Crowd:
    def __init__(self, url, token, business):
        parsed = urllib.parse.urlparse(url)
        self.address, self.token, self.business = (parsed.hostname, parsed.port), token, business
        self.selector = selectors.DefaultSelector()
        self.lock, self.closing, self.error = threading.Lock(), False, None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while not self.closing:
                with self.lock:
                    ready = self.selector.select(0.05)
                    for key, _ in ready:
                        key.data.read()
                time.sleep(0)  # so that who waits for the lock gets it
        except Exception as error:  # told by whoever waits
            self.error = error

    def join(self, count=1, **more):
        """So many more clients, all of them in the room."""
        with self.lock:
            clients = [Client(self, **more) for _ in range(count)]
        self.wait(lambda: all(one.joined for one in clients), f'{count} clients to join')
        return clients

    def stop_reading(self, clients):
        with self.lock:
            for one in clients:
                one.stop_reading()

    def wait(self, check, what, timeout=20):
        def look():
            if self.error:
                raise RuntimeError('a client broke') from self.error
            with self.lock:
                return check()
        wait_until(look, what, timeout, every=0.05)

    def close(self):
        self.closing = True
        self.thread.join(10)
        self.selector.close()

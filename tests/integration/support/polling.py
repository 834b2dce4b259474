# SPDX-License-Identifier: GPL-3.0-or-later
"""A Socket.IO client over HTTP long-polling, in a few lines: for tests that ask for what no real client asks."""

import json

from lobby_test import OPENER, PATIENCE, request, wait_until

SEPARATOR = '\x1e'


class Refused(Exception):
    pass


class PollingSocket:
    """Signed in once made; Refused with CONNECT_ERROR's payload otherwise."""

    def __init__(self, url, token):
        self.base = url + '/socket.io/?EIO=4&transport=polling'
        self.packets, self.last_ack, self.ended = [], 0, False
        self.sid = json.loads(self._get()[0][1:])['sid']
        self.base += '&sid=' + self.sid
        self._post('40' + json.dumps({'token': token} if token is not None else {}))
        answer = self._wait(lambda packet: packet[:2] in ('40', '44'))
        if answer.startswith('44'):
            raise Refused(json.loads(answer[2:]))

    def _get(self):
        with OPENER.open(self.base, timeout=30 * PATIENCE) as answer:
            return answer.read().decode().split(SEPARATOR)

    def _post(self, packet):
        request('POST', self.base, packet.encode(), headers={'Content-Type': 'text/plain;charset=UTF-8'})

    def _poll(self):
        for packet in self._get():
            if packet == '2':
                self._post('3')
            elif packet in ('1', '41'):
                self.ended = True
            else:
                self.packets.append(packet)

    def _wait(self, wanted):
        def find():
            for packet in self.packets:
                if wanted(packet):
                    self.packets.remove(packet)
                    return packet
            self._poll()
            return None
        return wait_until(find, 'a packet')

    def ask(self, event, *arguments):
        """The ack of an event."""
        self.last_ack += 1
        self._post(f'42{self.last_ack}' + json.dumps([event, *arguments]))
        head = f'43{self.last_ack}['
        return json.loads(self._wait(lambda packet: packet.startswith(head))[len(head) - 1:])[0]

    def wait_end(self):
        """Until the server said DISCONNECT."""
        while not self.ended:
            self._poll()

    def wait_event(self, name):
        """The payload of the next event of that name."""
        head = f'42["{name}",'
        return json.loads(self._wait(lambda packet: packet.startswith(head))[2:])[1]

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on a small disk (a tmpfs) that fills up: what agents upload is refused and goes on later, what customers send comes later, the database
keeps room of its own."""

import base64
import hashlib
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'integration', 'support'))
from lobby_test import Tap, World, wait_until  # noqa: E402
from rest_shop import Client  # noqa: E402
import small_disk  # noqa: E402

SIZE = 64 << 20
MIB = 1 << 20
OCTETS = {'Tus-Resumable': '1.0.0', 'Content-Type': 'application/offset+octet-stream'}
tap = Tap()


def pdf(size, seed):
    return b'%PDF-1.7\n' + random.Random(seed).randbytes(size - 9)


class SmallWorld(World):
    """Its server is on a small disk."""

    def __enter__(self):
        super().__enter__()
        self.sandbox.knobs(retry_ms=100)
        self.server.stop()
        self.server.command = small_disk.command(self.server.data, str(SIZE), 0, self.server.command)
        self.server.start()
        self.client = Client(self.server.url, self.rest.token)
        return self

    def leave(self, free):
        small_disk.leave(self.server, SIZE, free)

    def announce(self, length):
        pairs = {'business': self.rest.business, 'kind': 'document', 'filetype': 'application/pdf'}
        metadata = ','.join(f'{name} {base64.b64encode(value.encode()).decode()}' for name, value in pairs.items())
        return self.client.ask('POST', '/api/uploads', b'', headers={**OCTETS, 'Upload-Length': str(length), 'Upload-Metadata': metadata})

    def patch(self, upload, offset, content):
        return self.client.ask('PATCH', '/api/uploads/{id}', content, id=upload, headers={**OCTETS, 'Upload-Offset': str(offset)})

    def stored(self, content):
        sha256 = hashlib.sha256(content).hexdigest()
        with open(os.path.join(small_disk.inside(self.server), 'media', sha256[:2], sha256), 'rb') as file:
            return file.read() == content


@tap.test
def uploads():
    small_disk.require()
    with SmallWorld() as world:
        content = pdf(6 * MIB, 1)
        # A twentieth of the disk is the database's.
        world.leave(8 * MIB)
        answer = world.announce(len(content))
        assert (answer.status, answer.code) == (507, 'storage_full'), answer.body
        world.leave(16 * MIB)
        upload = world.announce(len(content)).headers['Location'].split('/')[-1]
        world.leave(6 * MIB)
        answer = world.patch(upload, 0, content)
        assert (answer.status, answer.code) == (507, 'storage_full'), answer.body
        offset = world.client.ask('GET', '/api/uploads/{id}', id=upload).body['offset']
        assert 0 <= offset < len(content)
        status = os.statvfs(small_disk.inside(world.server))
        assert status.f_bavail * status.f_frsize > 2 * MIB, 'the room of the database'
        # There are other things than files, and they go on.
        ids = world.sandbox.say('34600111222', 'text {n}', count=20)
        wait_until(lambda: world.rest.conversations() and world.rest.conversations()[0]['unread_count'] == len(ids), 'the texts')
        world.leave(20 * MIB)
        assert world.patch(upload, offset, content[offset:]).status == 204
        assert world.client.ask('GET', '/api/uploads/{id}', id=upload).body['finished'] and world.stored(content)


@tap.test
def what_customers_send():
    small_disk.require()
    with SmallWorld() as world:
        world.sandbox.say('34600111222', 'hello')
        contact = wait_until(lambda: world.rest.contact_named('34600111222'), 'the contact')
        content = pdf(6 * MIB, 2)
        world.leave(7 * MIB)
        world.sandbox.say('34600111222', type='document', data=base64.b64encode(content).decode(), mime_type='application/pdf', filename='a.pdf')

        def document():
            return next((one for one in world.rest.messages(contact['id']) if one['message_type'] == 'document'), None)
        wait_until(document, 'the message')
        wait_until(lambda: 'could not be fetched yet' in world.server.read_log(), 'the first try')
        assert document()['metadata']['media_state'] == 'pending'
        left = [name for name in os.listdir(os.path.join(small_disk.inside(world.server), 'media')) if name.startswith('.fetch')]
        assert left == [], left
        world.leave(30 * MIB)
        wait_until(lambda: document()['metadata']['media_state'] == 'ready', 'the file', timeout=60)
        assert world.stored(content)


tap.run()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""npm's tus-js-client uploads to lobbyd: in one piece and in many, over a server that dies and connections that are cut, refused and
taken back."""

import hashlib
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'integration', 'support'))
from lobby_test import RestError, Skip, Tap, World, wait_until  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PDF = b'%PDF-1.7\n' + random.Random(1).randbytes(6_000_000)
tap = Tap()


class Uploader:
    """One run of uploader.mjs; its lines as they come."""

    def __init__(self, world, content=PDF, url=None, **more):
        modules = os.environ.get('LOBBY_NODE_MODULES')
        if not modules or not os.path.isdir(os.path.join(modules, 'tus-js-client')):
            raise Skip("no tus-js-client; tools/npm-modules loads it")
        self.file = tempfile.NamedTemporaryFile()
        self.file.write(content)
        self.file.flush()
        order = {'endpoint': f'{url or world.server.url}/api/uploads', 'token': world.rest.token, 'file': self.file.name,
                 'metadata': {'business': world.rest.business, 'kind': 'document', 'filename': 'prices ü.pdf', 'filetype': 'application/pdf'}, **more}
        self.process = subprocess.Popen(['node', os.path.join(HERE, 'uploader.mjs'), json.dumps(order)], stdout=subprocess.PIPE, text=True)
        self.lines = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def find(self, name):
        return next((line for line in self.lines if name in line), None)

    def wait(self, name):
        found = wait_until(lambda: self.find(name) or self.find('failed'), name, timeout=60)
        assert name in found, found
        return found[name]


def check_stored(world, url, content=PDF):
    upload = world.rest.get('/api/uploads/' + url.split('/')[-1])
    assert upload['finished'] and upload['file_name'] == 'prices ü.pdf', upload
    sha256 = hashlib.sha256(content).hexdigest()
    with open(os.path.join(world.server.data, 'media', sha256[:2], sha256), 'rb') as file:
        assert file.read() == content


@tap.test
def in_one_piece_in_many_and_with_the_announcement():
    with World() as world:
        for options in ({}, {'chunkSize': 700_000}, {'uploadDataDuringCreation': True}, {'uploadDataDuringCreation': True, 'chunkSize': 999_999},
                        {'uploadLengthDeferred': False, 'addRequestId': True}):
            check_stored(world, Uploader(world, options=options).wait('done'))


@tap.test
def gone_on_with_later():
    with World() as world:
        url = Uploader(world, stopAt=2_000_000, options={'chunkSize': 500_000}).wait('stopped')
        offset = world.rest.get('/api/uploads/' + url.split('/')[-1])['offset']
        assert 0 < offset < len(PDF)
        world.server.stop()
        world.server.start()
        # As a client that remembers where it was.
        check_stored(world, Uploader(world, options={'uploadUrl': url, 'chunkSize': 500_000}).wait('done'))


@tap.test
def over_a_server_that_dies():
    with World() as world:
        uploader = Uploader(world, options={'chunkSize': 100_000})
        for _ in range(3):
            seen = len(uploader.lines)
            wait_until(lambda seen=seen: len(uploader.lines) > seen + 5 or uploader.find('done'), 'some of it', timeout=30)
            world.server.kill()
            world.server.start()
        check_stored(world, uploader.wait('done'))


class Cutting:
    """A line that breaks after so many bytes, again and again."""

    def __init__(self, port, every):
        self.port, self.every, self.cuts = port, every, 0
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.url = f'http://127.0.0.1:{self.listener.getsockname()[1]}'
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near):
        far = socket.create_connection(('127.0.0.1', self.port))
        threading.Thread(target=self._back, args=(far, near), daemon=True).start()
        left = self.every
        try:
            while left > 0:
                data = near.recv(min(65536, left))
                if not data:
                    break
                far.sendall(data)
                left -= len(data)
        except OSError:
            pass
        self.cuts += left <= 0
        for one in (near, far):
            one.close()

    @staticmethod
    def _back(far, near):
        try:
            while data := far.recv(65536):
                near.sendall(data)
        except OSError:
            pass


@tap.test
def over_a_line_that_breaks():
    with World() as world:
        line = Cutting(world.server.port, 1_500_000)
        uploader = Uploader(world, url=line.url)
        check_stored(world, uploader.wait('done'))
        assert line.cuts >= 3, line.cuts
        line.listener.close()


@tap.test
def refused_and_taken_back():
    with World() as world:
        for content, metadata, status, code in ((b'x' * 6_000_000, {'kind': 'image', 'filetype': 'image/png'}, 413, 'media_too_large'),
                                                (PDF[:1000], {'kind': 'image', 'filetype': 'application/pdf'}, 415, 'media_type_refused'),
                                                (PDF[:1000], {'kind': 'image', 'filetype': 'image/png'}, 415, 'media_type_refused')):
            uploader = Uploader(world, content, metadata={'business': world.rest.business, **metadata})
            failed = wait_until(lambda uploader=uploader: uploader.find('failed'), 'the refusal', timeout=30)
            assert failed['failed'] == status and failed['body']['error']['code'] == code and failed['body']['error']['message'], failed
        uploader = Uploader(world, terminate=True)
        url = uploader.wait('done')
        uploader.wait('terminated')
        try:
            world.rest.get('/api/uploads/' + url.split('/')[-1])
            raise AssertionError('it is still there')
        except RestError as error:
            assert error.status == 404, error


tap.run()

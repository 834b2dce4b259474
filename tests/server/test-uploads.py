#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads by the tus protocol, by requests cut by hand: what a client, a dying connection, a killed server and a full disk do to them.
npm's tus-js-client is in tests/interop."""

import base64
import hashlib
import http.client
import json
import os
import random
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'integration', 'support'))
from lobby_test import PATIENCE, Server, Tap, wait_until  # noqa: E402
from openapi import Description  # noqa: E402

DESCRIPTION = Description()
OCTETS = 'application/offset+octet-stream'
MIB = 1024 * 1024
tap = Tap()


class Answer:
    def __init__(self, answer):
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()
        if 'json' in (self.headers.get('Content-Type') or '') and self.body:
            self.body = json.loads(self.body)

    @property
    def code(self):
        return self.body['error']['code']

    @property
    def offset(self):
        return int(self.headers['Upload-Offset'])


class Shop:
    """A server with an owner and a connection; its token sends everything."""

    def __init__(self, folder=None, kind='cloud'):
        self.folder = folder or tempfile.mkdtemp(prefix='lobby-uploads-')
        self.server = Server(self.folder)

    def __enter__(self):
        self.server.setup()
        self.connection = self.server.run('connection', 'add', '--name', 'Shop', '--number', '+1 555 078-3881', '--graph-url', 'http://127.0.0.1:1/v25.0',
                                          '--phone-number-id', '106540352242922', '--waba', '102290129340398', '--verify-token', 'verify-me',
                                          '--secrets-stdin', secrets='token\nsecret\n').split()[-1]
        self.server.start()
        self.server.keep_port()
        self.rest = self.server.rest()
        return self

    def __exit__(self, *error):
        self.server.kill()
        shutil.rmtree(self.folder)

    def ask(self, method, path, body=None, token=None, **headers):
        connection = http.client.HTTPConnection('127.0.0.1', self.server.port, timeout=30 * PATIENCE)
        headers = {'Authorization': f'Bearer {token or self.rest.token}', 'Tus-Resumable': '1.0.0',
                   **{name.replace('_', '-'): str(value) for name, value in headers.items()}}
        connection.request(method, path, body, {name: value for name, value in headers.items() if value != 'None'})
        answer = Answer(connection.getresponse())
        connection.close()
        template = '/api/uploads' if path == '/api/uploads' else '/api/uploads/{id}'
        DESCRIPTION.check('GET' if method == 'HEAD' else method, template, answer.status,
                          answer.body if answer.status >= 400 and method != 'HEAD' or method == 'GET' else
                          {'error': {'code': '', 'message': ''}} if answer.status >= 400 else
                          {'id': '', 'business_id': '', 'kind': 'image', 'length': 0, 'offset': 0, 'finished': True,
                           'expires_at': '2026-01-01T00:00:00.000Z'})
        return answer

    def metadata(self, **more):
        pairs = {'business': self.rest.business, 'kind': 'image', 'filename': 'a picture.png', 'filetype': 'image/png', **more}
        return ','.join(f'{name} {base64.b64encode(value.encode()).decode()}' for name, value in pairs.items() if value is not None)

    def announce(self, length, body=None, headers=None, **metadata):
        return self.ask('POST', '/api/uploads', body, Upload_Length=length, Upload_Metadata=self.metadata(**metadata), **(headers or {}))

    def create(self, length, **metadata):
        answer = self.announce(length, **metadata)
        assert answer.status == 201, answer.body
        return answer.headers['Location']

    def patch(self, path, offset, body, **headers):
        return self.ask('PATCH', path, body, Upload_Offset=offset, Content_Type=OCTETS, **headers)

    def head(self, path):
        return self.ask('HEAD', path)

    def open_patch(self, path, offset, length):
        """A PATCH whose head has gone out; what is sent of its body is the caller's."""
        raw = socket.create_connection(('127.0.0.1', self.server.port), timeout=30 * PATIENCE)
        raw.sendall(f'PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.rest.token}\r\nTus-Resumable: 1.0.0\r\n'
                    f'Upload-Offset: {offset}\r\nContent-Type: {OCTETS}\r\nContent-Length: {length}\r\n\r\n'.encode())
        return raw

    def rows(self, query, *arguments):
        with sqlite3.connect(os.path.join(self.server.data, 'lobby.db'), timeout=10) as database:
            return database.execute(query, arguments).fetchall()

    def shelf(self, content):
        sha256 = hashlib.sha256(content).hexdigest()
        return os.path.join(self.server.data, 'media', sha256[:2], sha256)

    def unfinished(self):
        return os.listdir(os.path.join(self.server.data, 'media', '.uploads'))


def png(size):
    """A picture of about that many bytes, all of them noise."""
    def chunk(kind, data):
        return len(data).to_bytes(4, 'big') + kind + data + zlib.crc32(kind + data).to_bytes(4, 'big')
    side = max(2, int((size / 3) ** 0.5))
    noise = random.Random(size).randbytes(side * side * 3)
    rows = b''.join(b'\0' + noise[row * side * 3:(row + 1) * side * 3] for row in range(side))
    header = side.to_bytes(4, 'big') * 2 + bytes([8, 2, 0, 0, 0])
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(rows, 0)) + chunk(b'IEND', b'')


def pdf(size):
    return b'%PDF-1.7\n' + random.Random(size).randbytes(size - 9)


@tap.test
def one_request_after_another():
    with Shop() as shop:
        content = png(700_000)
        path = shop.create(len(content))
        assert path.startswith('/api/uploads/') and shop.head(path).offset == 0
        for at in range(0, len(content), 200_000):
            answer = shop.patch(path, at, content[at:at + 200_000])
            assert (answer.status, answer.offset) == (204, min(at + 200_000, len(content)))
            assert answer.headers['Tus-Resumable'] == '1.0.0' and answer.headers['Upload-Expires'].endswith(' GMT')
        upload = shop.ask('GET', path).body
        assert upload['finished'] and upload['file_name'] == 'a picture.png' and upload['offset'] == upload['length'] == len(content)
        with open(shop.shelf(content), 'rb') as file:
            assert file.read() == content
        assert shop.unfinished() == []
        assert shop.rows('SELECT mime_type, size FROM media_files') == [('image/png', len(content))]
        # By way of POST.
        by_post = shop.create(len(content))
        assert shop.ask('POST', by_post, content, Upload_Offset=0, Content_Type=OCTETS, X_HTTP_Method_Override='PATCH').offset == len(content)
        assert shop.ask('POST', by_post, X_HTTP_Method_Override='MOVE').status == 400
        assert shop.ask('POST', by_post, X_HTTP_Method_Override='DELETE').status == 204
        assert shop.head(by_post).status == 404
        # Again, as after an answer that was lost.
        assert shop.patch(path, len(content), b'').status == 204
        assert shop.head(path).offset == len(content) and shop.unfinished() == []
        assert shop.ask('DELETE', path).status == 204
        assert shop.head(path).status == 404
        # The same file once more is no second one.
        path = shop.announce(len(content), content, {'Content_Type': OCTETS, 'Upload_Checksum': 'sha256 ' + base64.b64encode(
            hashlib.sha256(content).digest()).decode()}, sha256=hashlib.sha256(content).hexdigest()).headers['Location']
        assert shop.ask('GET', path).body['finished'] is True
        assert shop.rows('SELECT count (*) FROM media_files') == [(1,)]


@tap.test
def what_is_refused():
    with Shop() as shop:
        content = png(1000)
        assert shop.ask('OPTIONS', '/api/uploads', token='none').headers['Tus-Version'] == '1.0.0'
        assert shop.ask('POST', '/api/uploads', token='wrong').status == 401
        assert shop.ask('POST', '/api/uploads', Tus_Resumable='0.2.1').status == 412
        assert shop.ask('POST', '/api/uploads', Upload_Length=10).status == 400
        for metadata in ({'business': None}, {'kind': None}, {'kind': 'poem'}, {'sha256': 'abc'}):
            assert shop.announce(10, **metadata).status == 400, metadata
        assert shop.announce(10, business='nowhere').status == 404
        assert shop.announce(10, connection='nowhere').status == 404
        assert shop.announce(10, connection=shop.connection).status == 201
        for length, more in ((0, {}), (5 * MIB + 1, {}), (101 * MIB, {'kind': 'document', 'filetype': 'application/pdf'}),
                             (501 * 1024, {'kind': 'sticker', 'filetype': 'image/webp'})):
            answer = shop.announce(length, **more)
            assert (answer.status, answer.code) == (413, 'media_too_large'), answer.body
        for more in ({'filetype': 'image/heic'}, {'kind': 'voice', 'filetype': 'audio/mpeg'}, {'kind': 'document', 'filetype': 'application/zip'}):
            answer = shop.announce(10, **more)
            assert (answer.status, answer.code) == (415, 'media_type_refused'), answer.body
        assert shop.announce(10, kind='voice', filetype='audio/ogg; codecs=opus').status == 201

        path = shop.create(len(content))
        assert shop.ask('PATCH', path, content, Upload_Offset=0, Content_Type='image/png').status == 415
        assert shop.ask('PATCH', path, content, Content_Type=OCTETS).status == 400
        assert shop.patch(path, 0, content + b'more').status == 413
        assert shop.patch(path, 10, content[10:]).code == 'offset_conflict'
        assert shop.patch(path, 0, content, Upload_Checksum='crc32 AAAA').status == 400
        assert shop.head(path).offset == 0
        shop.server.run('user', 'add', '--user', 'ben', '--name', 'Ben', '--password-stdin', secrets='long enough\n')
        ben = shop.server.rest('ben', 'long enough').token
        for method in ('HEAD', 'GET', 'PATCH', 'DELETE'):
            assert shop.ask(method, path, b'x' if method == 'PATCH' else None, token=ben, Upload_Offset=0, Content_Type=OCTETS).status == 404
        assert shop.ask('GET', '/api/uploads/..%2f..%2flobby.db').status == 404


@tap.test
def who_asks_first_sends_nothing_in_vain():
    with Shop() as shop:
        content = png(300_000)
        path = shop.create(len(content))
        head = (f'PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {shop.rest.token}\r\nTus-Resumable: 1.0.0\r\nContent-Type: {OCTETS}\r\n'
                f'Content-Length: {len(content)}\r\nExpect: 100-continue\r\n')
        for offset, status in ((7, b'413'), (0, b'100')):
            with socket.create_connection(('127.0.0.1', shop.server.port), timeout=30 * PATIENCE) as raw:
                raw.sendall(f'{head}Upload-Offset: {offset}\r\n\r\n'.encode())
                assert raw.recv(4096).startswith(b'HTTP/1.1 ' + status)
                if status == b'100':
                    raw.sendall(content)
                    assert raw.recv(4096).startswith(b'HTTP/1.1 204 ')
        assert shop.ask('GET', path).body['finished']
        # Without a length nobody can say when it ends.
        with socket.create_connection(('127.0.0.1', shop.server.port), timeout=30 * PATIENCE) as raw:
            raw.sendall(f'PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {shop.rest.token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n'
                        f'Content-Type: {OCTETS}\r\nTransfer-Encoding: chunked\r\n\r\n'.encode())
            assert raw.recv(4096).startswith(b'HTTP/1.1 411 ')


@tap.test
def content_decides():
    with Shop() as shop:
        for content, more, code in ((b'<svg/>' * 20, {}, 'media_type_refused'),
                                    (pdf(1000), {}, 'media_type_refused'),
                                    (png(1000), {'sha256': '0' * 64}, 'damaged')):
            path = shop.create(len(content), **more)
            answer = shop.patch(path, 0, content)
            assert answer.status in (415, 422) and answer.code == code, answer.body
            assert shop.head(path).status == 404
            wait_until(lambda: shop.unfinished() == [], 'its bytes to go')
        assert shop.rows('SELECT count (*) FROM media_files') == [(0,)]


@tap.test
def a_checksum_keeps_out_what_is_wrong():
    with Shop() as shop:
        content = png(300_000)
        path = shop.create(len(content))
        wrong = 'sha1 ' + base64.b64encode(hashlib.sha1(b'something else').digest()).decode()
        answer = shop.patch(path, 0, content[:100_000], Upload_Checksum=wrong)
        assert (answer.status, answer.code) == (460, 'checksum_mismatch')
        assert shop.head(path).offset == 0
        for name, algorithm, start, end in (('sha1', hashlib.sha1, 0, 100_000), ('md5', hashlib.md5, 100_000, 200_000)):
            checksum = f'{name} ' + base64.b64encode(algorithm(content[start:end]).digest()).decode()
            assert shop.patch(path, start, content[start:end], Upload_Checksum=checksum).offset == end
        # Nothing of what was broken off can be checked.
        with shop.open_patch(path, 200_000, len(content) - 200_000) as raw:
            raw.sendall(content[200_000:250_000])
            wait_until(lambda: shop.head(path).offset == 250_000, 'what came')
        assert shop.patch(path, 250_000, content[250_000:]).status == 204
        assert shop.ask('GET', path).body['finished']


@tap.test
def whole_while_nobody_can_say_who_takes_it():
    content = png(50_000)
    with Shop() as shop:
        path = shop.create(len(content))
        shop.rows('ALTER TABLE connections RENAME TO hidden')
        answer = shop.patch(path, 0, content)
        shop.rows('ALTER TABLE hidden RENAME TO connections')
        assert (answer.status, answer.code) == (503, 'busy'), answer.body
        # It was kept, and the rest is done when it is asked for again.
        assert shop.head(path).offset == len(content)
        assert shop.patch(path, len(content), b'').status == 204
        with open(shop.shelf(content), 'rb') as file:
            assert file.read() == content


@tap.test
def a_connection_that_breaks_off():
    with Shop() as shop:
        content = png(2 * MIB)
        path = shop.create(len(content))
        at = 0
        for cut in (1, 70_000, 900_000, 1_500_000):
            # On a machine with much else to do the server may take the sender for dead before it has read all of this.
            while at < cut:
                with shop.open_patch(path, at, len(content) - at) as raw:
                    raw.sendall(content[at:cut])
                kept = shop.head(path).offset
                assert at <= kept <= cut, (at, kept, cut)
                at = kept
        assert shop.patch(path, at, content[at:]).status == 204
        with open(shop.shelf(content), 'rb') as file:
            assert file.read() == content


@tap.test
def a_newer_request_takes_over():
    with Shop() as shop:
        content = png(2 * MIB)
        path = shop.create(len(content))
        dead = shop.open_patch(path, 0, len(content))
        dead.sendall(content[:1_000_000])
        # The dead one never ends; whoever asks hears what came of it, and goes on.
        offset = wait_until(lambda: shop.head(path).offset, 'some of it')
        assert offset == 1_000_000
        assert shop.patch(path, offset, content[offset:]).status == 204
        with open(shop.shelf(content), 'rb') as file:
            assert file.read() == content
        dead.close()


@tap.test
def a_killed_server():
    with Shop() as shop:
        content = pdf(3 * MIB)
        path = shop.create(len(content), kind='document', filename='a.pdf', filetype='application/pdf')
        at = 0
        for times in range(4):
            raw = shop.open_patch(path, at, len(content) - at)
            raw.sendall(content[at:at + 600_000])
            part = os.path.join(shop.server.data, 'media', '.uploads')
            wait_until(lambda at=at: sum(os.path.getsize(os.path.join(part, name)) for name in os.listdir(part)) > at, 'some of it')
            shop.server.kill()
            raw.close()
            shop.server.start()
            at = shop.head(path).offset
            assert 0 < at <= (times + 1) * 600_000
        assert shop.patch(path, at, content[at:]).status == 204
        with open(shop.shelf(content), 'rb') as file:
            assert file.read() == content
        # All had come, and the server died before it looked.
        second = shop.create(1000, kind='document', filetype='application/pdf')
        shop.server.kill()
        with open(os.path.join(shop.server.data, 'media', '.uploads', second.split('/')[-1] + '.part'), 'wb') as file:
            file.write(pdf(1000))
        shop.server.start()
        assert shop.head(second).offset == 1000
        assert shop.ask('GET', second).body['finished'] and os.path.exists(shop.shelf(pdf(1000)))


@tap.test
def limits_of_an_agent():
    with Shop() as shop:
        paths = [shop.create(1000) for _ in range(32)]
        assert shop.announce(1000).code == 'too_many_uploads'
        assert shop.ask('DELETE', paths[0]).status == 204
        assert shop.announce(1000).status == 201
        # Nine at once are one too many.
        hanging = [shop.open_patch(path, 0, 1000) for path in paths[1:9]]
        wait_until(lambda: shop.patch(paths[9], 0, b'x').code == 'too_many_uploads' if shop.head(paths[9]).offset == 0 else False, 'the ninth to be refused')
        for raw in hanging:
            raw.close()
        # What has not moved for an hour makes room; what has, does not.
        with sqlite3.connect(os.path.join(shop.server.data, 'lobby.db'), timeout=10) as database:
            database.execute('UPDATE uploads SET created_at = created_at - 7200000 WHERE id IN (?, ?)', tuple(path.split('/')[-1] for path in paths[20:22]))
        for path in paths[20:22]:
            os.utime(os.path.join(shop.server.data, 'media', '.uploads', path.split('/')[-1] + '.part'), (time.time() - 7200,) * 2)
        wait_until(lambda: shop.patch(paths[21], 0, b'x').status == 204, 'room for the next')
        assert shop.announce(1000).status == 201
        assert shop.head(paths[20]).status == 404 and shop.head(paths[21]).offset == 1
        assert shop.announce(1000).code == 'too_many_uploads'
        wait_until(lambda: shop.patch(paths[10], 0, b'x').status == 204 or shop.head(paths[10]).offset == 1, 'room for another')


@tap.test
def a_full_disk():
    with Shop() as shop:
        content = png(2 * MIB)
        path = shop.create(len(content))
        resource.prlimit(shop.server.process.pid, resource.RLIMIT_FSIZE, (MIB, resource.RLIM_INFINITY))
        answer = shop.patch(path, 0, content)
        assert (answer.status, answer.code) == (507, 'storage_full'), answer.body
        offset = shop.head(path).offset
        assert 0 <= offset <= MIB
        assert shop.rest.get('/api/businesses')['businesses']
        resource.prlimit(shop.server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert shop.patch(path, offset, content[offset:]).status == 204
        with open(shop.shelf(content), 'rb') as file:
            assert file.read() == content


@tap.test
def others_are_served_meanwhile():
    with Shop() as shop:
        paths = [shop.create(90 * MIB, kind='document', filetype='application/pdf') for _ in range(2)]
        block = pdf(MIB)

        def send(path):
            with shop.open_patch(path, 0, 90 * MIB) as raw:
                for _ in range(90):
                    raw.sendall(block)
                assert raw.recv(4096).startswith(b'HTTP/1.1 204 ')
        threads = [threading.Thread(target=send, args=(path,)) for path in paths]
        longest, asked = 0, 0
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            begin = time.monotonic()
            assert shop.rest.get('/healthz') == {'ok': True}
            longest, asked = max(longest, time.monotonic() - begin), asked + 1
            time.sleep(0.01)
        print(f'# the longest of {asked} answers took {longest * 1000:.0f} ms')
        assert all(shop.head(path).offset == 90 * MIB for path in paths) and longest < 1 * PATIENCE
        with open(f'/proc/{shop.server.process.pid}/status', encoding='ascii') as file:
            peak = int(next(line for line in file if line.startswith('VmHWM')).split()[1])
        print(f'# and the server used at most {peak // 1024} MiB')
        assert peak < 120 * 1024 * (4 if 'asan' in shop.server.command[0] else 1)


tap.run()

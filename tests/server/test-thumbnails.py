#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Thumbnails of what customers send: pictures and videos made by GStreamer, and files that are made to hurt. And files that nothing names,
which go, with their thumbnails."""

import base64
import hashlib
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'integration', 'support'))
from lobby_test import BUILD, Skip, Tap, World, wait_until  # noqa: E402
from rest_shop import Client  # noqa: E402

MAKE_MEDIA = os.path.join(BUILD, 'tests', 'server', 'media', 'make-media')
PROGRAM = os.path.join(BUILD, 'src', 'server', 'thumbnail', 'lobbyd-thumbnail')
tap = Tap()


def make(pipeline):
    """What a GStreamer pipeline ends in."""
    with tempfile.NamedTemporaryFile() as file:
        done = subprocess.run([MAKE_MEDIA, f'{pipeline} ! filesink location={file.name}'], capture_output=True, text=True, timeout=120, check=False)
        if done.returncode == 77:
            raise Skip(done.stderr.strip())
        assert done.returncode == 0, done.stderr
        return file.read()


def video(width=640, height=360, moov_first=False):
    return make(f'videotestsrc num-buffers=20 ! video/x-raw,width={width},height={height},framerate=10/1,format=I420 ! openh264enc ! h264parse ! '
                f'mp4mux faststart={str(moov_first).lower()}')


def picture(encoder, width=800, height=600):
    return make(f'videotestsrc num-buffers=1 pattern=smpte ! video/x-raw,width={width},height={height},framerate=1/1 ! {encoder}')


def png_bomb(side):
    """A few KiB that say they are side × side pixels, and are."""
    def chunk(kind, data):
        return len(data).to_bytes(4, 'big') + kind + data + zlib.crc32(kind + data).to_bytes(4, 'big')
    rows = zlib.compressobj(9)
    body = b''.join(rows.compress(b'\0' * (1 + side * 3)) for _ in range(64)) + rows.flush()
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', side, side, 8, 2, 0, 0, 0)) + chunk(b'IDAT', body) + chunk(b'IEND', b''))


def jpeg_size(content):
    assert content[:3] == b'\xff\xd8\xff', content[:16]
    at = 2
    while True:
        marker, length = content[at + 1], int.from_bytes(content[at + 2:at + 4], 'big')
        if marker in (0xc0, 0xc1, 0xc2):
            return int.from_bytes(content[at + 7:at + 9], 'big'), int.from_bytes(content[at + 5:at + 7], 'big')
        at += 2 + length


class Chat:
    """A customer who sends files; the messages that become of them."""

    def __init__(self, world):
        self.world, self.client, self.count = world, Client(world.server.url, world.rest.token), 0

    def send(self, kind, content, mime_type):
        ids = self.world.sandbox.say('34600111222', type=kind, data=base64.b64encode(content).decode(), mime_type=mime_type)
        return wait_until(lambda: self.find(ids[0]), f'the {kind}')

    def messages(self):
        contact = self.world.rest.contact_named('34600111222')
        return self.world.rest.messages(contact['id']) if contact else []

    def find(self, wamid):
        return next((one for one in self.messages() if one['whatsapp_message_id'] == wamid and one['metadata'].get('media_state') == 'ready'), None)

    def thumbnail(self, message, **headers):
        return self.client.ask('GET', '/api/media/{id}/thumbnail', id=message['id'], headers=headers)

    def wait_thumbnail(self, message):
        return wait_until(lambda: (lambda answer: answer if answer.status == 200 or answer.code != 'thumbnail_pending' else None)(self.thumbnail(message)),
                          'the thumbnail', timeout=30)


@tap.test
def pictures_and_videos():
    files = [('image', picture('jpegenc'), 'image/jpeg', (320, 240)),
             ('image', picture('pngenc', 300, 900), 'image/png', (106, 320)),
             ('image', picture('jpegenc', 100, 50), 'image/jpeg', (100, 50)),
             ('video', video(), 'video/mp4', (320, 180)),
             ('video', video(320, 240, True), 'video/mp4', (320, 240)),
             ('sticker', picture('webpenc', 512, 512), 'image/webp', (320, 320))]
    with World() as world:
        chat = Chat(world)
        for kind, content, mime_type, size in files:
            message = chat.send(kind, content, mime_type)
            answer = chat.wait_thumbnail(message)
            assert answer.status == 200, (kind, mime_type, answer.body)
            assert jpeg_size(answer.body) == size and answer.headers['Content-Type'] == 'image/jpeg', (kind, jpeg_size(answer.body))
            assert chat.thumbnail(message, **{'If-None-Match': answer.headers['ETag']}).status == 304
            told = chat.find(message['whatsapp_message_id'])['metadata']['thumbnail']
            assert (told['width'], told['height']) == size, told
        message = chat.find(message['whatsapp_message_id'])
        # The same file once more has its thumbnail from the start.
        again = chat.send(*files[0][:3])
        assert again['metadata']['thumbnail'] == {'width': 320, 'height': 240}
        movie = next(one for one in chat.messages() if one['message_type'] == 'video')
        assert (movie['metadata']['width'], movie['metadata']['height']) == (640, 360) and movie['metadata']['duration'] == 2000, movie['metadata']


@tap.test
def a_video_with_its_index_last_is_sent_with_it_first():
    """As cameras and GStreamer leave it, and WhatsApp does not take it."""
    content = video()
    assert content.index(b'mdat') < content.index(b'moov')
    with World() as world:
        chat = Chat(world)
        world.sandbox.say('34600111222', 'send me a film')
        contact = wait_until(lambda: world.rest.contact_named('34600111222'), 'the contact')
        upload = world.rest.upload(content, 'video', 'clip.mp4', 'video/mp4')
        message = world.rest.send_message(contact['id'], 'film', type='video', mediaId=upload)
        wait_until(lambda: world.rest.messages(contact['id'])[-1]['status'] in ('delivered', 'read'), 'the film to arrive')
        stored = world.rest.get(message['media_url'])
        assert len(stored) == len(content) and stored.index(b'moov') < stored.index(b'mdat')
        # It is the same film: what says where the pictures are says it of their new place.
        answer = chat.wait_thumbnail(message)
        assert answer.status == 200 and jpeg_size(answer.body) == (320, 180), answer.body
        # As a document it is what it was.
        upload = world.rest.upload(content, 'document', 'clip.mp4', 'video/mp4')
        message = world.rest.send_message(contact['id'], 'film-as-it-is', type='document', mediaId=upload)
        assert world.rest.get(message['media_url']) == content


@tap.test
def what_has_none():
    hostile = [('image', b'\xff\xd8\xff\xe0' + os.urandom(50_000), 'image/jpeg'),
               ('image', png_bomb(30_000), 'image/png'),
               ('video', b'\0\0\0\x18ftypisom\0\0\0\0isommp42' + os.urandom(100_000), 'video/mp4'),
               ('sticker', b'RIFF\xff\xff\xff\xffWEBPVP8X' + os.urandom(5_000), 'image/webp')]
    with World() as world:
        chat = Chat(world)
        document = chat.send('document', b'%PDF-1.7 nothing', 'application/pdf')
        assert chat.thumbnail(document).code == 'no_thumbnail'
        for kind, content, mime_type in hostile:
            answer = chat.wait_thumbnail(chat.send(kind, content, mime_type))
            assert (answer.status, answer.code) == (404, 'no_thumbnail'), (kind, mime_type)
        assert chat.thumbnail({'id': 'nothing'}).code == 'not_found'
        assert world.server.running
        good = chat.send('image', picture('jpegenc'), 'image/jpeg')
        assert chat.wait_thumbnail(good).status == 200


@tap.test
def the_decoder_is_caged():
    with tempfile.TemporaryFile() as silence, tempfile.TemporaryFile() as output:
        reading, writing = os.pipe()
        # It waits for its input: time to look at it.
        process = subprocess.Popen([PROGRAM, 'image/jpeg'], stdin=reading, stdout=output, stderr=silence)
        os.close(reading)
        try:
            def limits():
                with open(f'/proc/{process.pid}/limits', encoding='ascii') as file:
                    return {line[:26].strip(): line[26:47].strip() for line in file}
            wait_until(lambda: limits()['Max open files'] == '64', 'the limits')
            assert limits()['Max cpu time'] == '10' and limits()['Max file size'] == str(512 * 1024) and limits()['Max core file size'] == '0'
            if 'asan' not in BUILD:
                assert limits()['Max address space'] == str(2 << 30)
            with open(f'/proc/{process.pid}/stat', encoding='ascii') as file:
                assert file.read().rsplit(')', 1)[1].split()[16] == '19'
            with open(f'/proc/{process.pid}/status', encoding='ascii') as file:
                assert 'NoNewPrivs:\t1' in file.read()
        finally:
            process.kill()
            process.wait()
            os.close(writing)


@tap.test
def one_that_hangs_is_ended():
    with World() as world:
        chat = Chat(world)
        # Whoever draws is stopped as soon as it is seen; a little later the server loses patience.
        parent = world.server.process.pid
        stopped = []

        def stop_the_next():
            for name in os.listdir('/proc'):
                try:
                    with open(f'/proc/{name}/stat', encoding='ascii') as file:
                        words = file.read().rsplit(')', 1)
                except (OSError, ValueError):
                    continue
                if 'lobbyd-thumb' in words[0] and words[1].split()[1] == str(parent):
                    os.kill(int(name), signal.SIGSTOP)
                    stopped.append(int(name))
                    return True
            return False
        message = chat.send('video', video(1280, 720), 'video/mp4')
        deadline = time.monotonic() + 10
        while not stop_the_next() and time.monotonic() < deadline and chat.thumbnail(message).status == 404:
            pass
        if not stopped:
            raise Skip('it was drawn before it could be stopped')
        assert world.rest.get('/healthz') == {'ok': True}
        answer = wait_until(lambda: (lambda answer: answer if answer.code == 'no_thumbnail' else None)(chat.thumbnail(message)), 'its end', timeout=60)
        assert answer.status == 404 and not os.path.exists(f'/proc/{stopped[0]}')


@tap.test
def files_that_nobody_names_go():
    with World(settings='[media]\nkeep-unused-days=0') as world:
        world.server.kill()
        world.server.env['LOBBYD_COLLECT_MSEC'] = '2'
        media = os.path.join(world.server.data, 'media')

        def path(content):
            sha256 = hashlib.sha256(content).hexdigest()
            return os.path.join(media, sha256[:2], sha256)
        # A crash between a file and its row, or in the middle of writing one.
        orphan = b'nobody knows this'
        os.makedirs(os.path.dirname(path(orphan)), exist_ok=True)
        for name in (path(orphan), path(orphan) + '.thumbnail', os.path.join(media, '.put-abcdef')):
            with open(name, 'wb') as file:
                file.write(orphan)
        world.server.start()
        chat = Chat(world)
        content = picture('jpegenc')
        message = chat.send('image', content, 'image/jpeg')
        assert chat.wait_thumbnail(message).status == 200
        wait_until(lambda: not os.path.exists(path(orphan)) and not os.path.exists(path(orphan) + '.thumbnail'), 'the orphan to go', timeout=60)
        assert not os.path.exists(os.path.join(media, '.put-abcdef'))
        for name in (path(content), path(content) + '.thumbnail'):
            assert os.path.exists(name)
        assert chat.client.ask('GET', '/api/media/{id}', id=message['id']).body == content

        # What was uploaded, and then not wanted. For an hour of one life a file stays in any case; this one is over.
        unwanted = picture('pngenc', 64, 64)
        pairs = {'business': world.rest.business, 'kind': 'image', 'filetype': 'image/png'}
        metadata = ','.join(f'{name} {base64.b64encode(value.encode()).decode()}' for name, value in pairs.items())
        headers = {'Tus-Resumable': '1.0.0', 'Content-Type': 'application/offset+octet-stream', 'Upload-Metadata': metadata}
        answer = chat.client.ask('POST', '/api/uploads', unwanted, headers={**headers, 'Upload-Length': str(len(unwanted))})
        assert answer.status == 201 and os.path.exists(path(unwanted)), answer.body
        assert chat.client.ask('DELETE', '/api/uploads/{id}', id=answer.headers['Location'].split('/')[-1], headers=headers).status == 204
        world.server.kill()
        world.server.start()
        wait_until(lambda: not os.path.exists(path(unwanted)) and not os.path.exists(path(unwanted) + '.thumbnail'), 'it to go', timeout=60)
        assert chat.client.ask('GET', '/api/media/{id}', id=message['id']).body == content


tap.run()

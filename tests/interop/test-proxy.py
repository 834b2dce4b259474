#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""lobbyd behind the real nginx, with data/nginx-lobbyd.conf as it is but for names, ports and paths: who asks, upgrades of a stock
client, large uploads, and a restart of lobbyd behind it."""

import base64
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from urllib.request import Request

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'integration', 'support')]
from authority import AUTHORITY  # noqa: E402  (before whoever makes requests)
from lobby_test import OPENER, PATIENCE, TOP, RestError, Rest, Skip, Tap, World, die_with_parent, request, wait_until  # noqa: E402
from polling import PollingSocket  # noqa: E402
from stock import Agents  # noqa: E402

tap = Tap()
MIB = 1024 * 1024


class ProxyWorld(World):
    """.url is nginx's; .rest asks through it."""

    def __init__(self, **more):
        if not shutil.which('nginx') or not AUTHORITY:
            raise Skip('there is no nginx or no openssl')
        super().__init__(wire=False, **more)
        self.nginx = None

    def __enter__(self):
        super().__enter__()
        AUTHORITY.issue('proxy', 3001)
        # Port 0 would not do: nginx does not tell which it took.
        for _ in range(20):
            self.port = free_port()
            self.url = f'https://127.0.0.1:{self.port}'
            if self.start_nginx():
                break
        self.direct, self.rest = self.rest, Rest(self.url, self.server.user, self.server.password)
        return self

    def start_nginx(self):
        folder = self.make_folder('nginx')
        with open(os.path.join(TOP, 'data', 'nginx-lobbyd.conf'), encoding='utf-8') as file:
            site = file.read()
        for pattern, text in ((r'127\.0\.0\.1:8480', f'127.0.0.1:{self.server.port}'), (r'listen 443 ssl', f'listen 127.0.0.1:{self.port} ssl'),
                              (r'lobby\.example\.org;', 'localhost;'), (r'/etc/ssl/lobby\.example\.org\.pem', AUTHORITY.path('proxy.pem')),
                              (r'/etc/ssl/private/lobby\.example\.org\.key', AUTHORITY.path('proxy.key'))):
            site, changes = re.subn(pattern, text, site)
            assert changes == 1, pattern
        paths = ''.join(f'  {kind}_temp_path {folder}/{kind};\n' for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        with open(os.path.join(folder, 'nginx.conf'), 'w', encoding='utf-8') as file:
            file.write(f'daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{ worker_connections 512; }}\n'
                       f'http {{\n  access_log off;\n{paths}{site}}}\n')
        self.nginx = subprocess.Popen(['nginx', '-p', folder, '-e', os.path.join(folder, 'error.log'), '-c', os.path.join(folder, 'nginx.conf')],
                                      preexec_fn=die_with_parent)

        def answers():
            assert self.nginx.poll() is not None or request('GET', self.url + '/healthz') == {'ok': True}
            return True

        wait_until(answers, 'nginx')
        return self.nginx.poll() is None

    def __exit__(self, *error):
        if self.nginx and self.nginx.poll() is None:
            self.nginx.terminate()
            self.nginx.wait(20 * PATIENCE)
        super().__exit__(*error)


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        return listener.getsockname()[1]


def refusal(*what, **more):
    try:
        request(*what, **more)
    except RestError as error:
        return error.status
    return 200


@tap.test
def who_asks():
    with ProxyWorld() as world:
        # nginx's own finding counts, not what the client wrote: all these come from one address.
        wrong = {'user': 'owner', 'password': 'wrong'}
        statuses = [refusal('POST', world.url + '/api/session', wrong, headers={'X-Forwarded-For': f'192.0.2.{i}'}) for i in range(6)]
        assert statuses == [401] * 5 + [429], statuses
        assert refusal('GET', world.url + '/metrics') == 404
        assert b'lobby_sockets' in request('GET', world.server.url + '/metrics')


@tap.test
def live_through_it():
    with ProxyWorld() as world, Agents() as agents:
        world.server.url, direct = world.url, world.server.url
        live = agents.open('live', world, world.rest.token, join=world.rest.business)
        both = agents.open('both', world, world.rest.token, join=world.rest.business, options={'transports': ['polling', 'websocket']})
        polling = PollingSocket(world.url, world.rest.token)
        assert live.wait_joined()['ok'] and both.wait_joined()['ok'] and polling.ask('join-business', world.rest.business)['ok']
        assert both.wait_for('upgrade')['message'] == 'websocket'
        world.server.url = direct
        world.sandbox.set_webhook(f'{direct}/webhooks/cloud/{world.connection_id}', 'verify-me')
        world.sandbox.add_customer('15550107777', 'Anna')
        world.sandbox.say('15550107777', 'message {n}', count=50)
        for agent in (live, both):
            wait_until(lambda agent=agent: len([1 for name, _ in agent.events if name == 'message:new']) == 50, 'all messages')
        # lobbyd goes and comes back; nginx says so to whoever asks meanwhile, and everybody finds back.
        assert world.server.stop() == 0
        assert refusal('GET', world.url + '/healthz') == 502
        world.server.start()
        wait_until(lambda: live.wait_joined(2)['ok'] and both.wait_joined(2)['ok'], 'both again')
        world.sandbox.say('15550107777', 'after it')
        for agent in (live, both):
            wait_until(lambda agent=agent: [payload['content'] for name, payload in agent.events if name == 'message:new'][-1:] == ['after it'], 'the last')
            assert agent.seqs == sorted(set(agent.seqs)), agent.seqs


@tap.test
def a_hundred_megabytes():
    with ProxyWorld() as world:
        # A document of 95 MiB in two pieces, the first of which is broken off.
        whole = b'%PDF-1.4\n' + os.urandom(95 * MIB - 9)
        token = {'Tus-Resumable': '1.0.0', 'Authorization': f'Bearer {world.rest.token}'}

        def encoded(text):
            return base64.b64encode(text.encode()).decode()

        asked = Request(world.url + '/api/uploads', b'', {**token, 'Upload-Length': str(len(whole)), 'Upload-Metadata':
                        f'business {encoded(world.rest.business)},kind {encoded("document")},filename {encoded("big.pdf")}'}, method='POST')
        with OPENER.open(asked, timeout=20 * PATIENCE) as answer:
            place = answer.headers['Location']
        offset = 0
        for piece in (whole[:60 * MIB], whole[60 * MIB:]):
            asked = Request(world.url + place, piece, {**token, 'Upload-Offset': str(offset), 'Content-Type': 'application/offset+octet-stream'}, method='PATCH')
            began = time.monotonic()
            with OPENER.open(asked, timeout=60 * PATIENCE) as answer:
                assert answer.status == 204
                offset = int(answer.headers['Upload-Offset'])
            print(f'# {len(piece) / MIB:.0f} MiB in {time.monotonic() - began:.1f} s')
        assert offset == len(whole)
        stored = wait_until(lambda: [name for _, _, names in os.walk(os.path.join(world.server.data, 'media')) for name in names
                                     if name == hashlib.sha256(whole).hexdigest()], 'the file')
        assert len(stored) == 1


tap.run()

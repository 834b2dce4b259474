#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""lobbyd with a certificate of its own, asked by clients that check it: REST, webhooks, long-polling, npm's stock client over
WebSocket, and a renewed certificate. A small authority is made with openssl for each run."""

import concurrent.futures
import hashlib
import hmac
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'integration', 'support')]
from authority import AUTHORITY  # noqa: E402  (before whoever makes requests)
from lobby_test import PATIENCE, RestError, Skip, Tap, World, request, wait_until  # noqa: E402
from polling import PollingSocket  # noqa: E402
from stock import Agents  # noqa: E402

tap = Tap()
SECRET = 'sandbox-secret'


class SecureWorld(World):
    def __init__(self):
        if not AUTHORITY:
            raise Skip('there is no openssl')
        self.certificate, self.key = (AUTHORITY.path('server' + suffix) for suffix in ('.pem', '.key'))
        self.install('first', 1001)
        super().__init__(wire=False, settings=f'[tls]\ncertificate={self.certificate}\nkey={self.key}\n[limits]\nrequest-seconds=3\n')

    def install(self, name, serial):
        AUTHORITY.issue(name, serial)
        os.replace(AUTHORITY.path(name + '.pem'), self.certificate)
        os.replace(AUTHORITY.path(name + '.key'), self.key)

    def deliver(self, wa_id, wamid, text):
        value = {'messaging_product': 'whatsapp', 'metadata': {'display_phone_number': '15550783881', 'phone_number_id': self.sandbox.phone_number_id},
                 'contacts': [{'profile': {'name': 'Anna'}, 'wa_id': wa_id}],
                 'messages': [{'from': wa_id, 'id': wamid, 'timestamp': str(int(time.time())), 'type': 'text', 'text': {'body': text}}]}
        body = json.dumps({'object': 'whatsapp_business_account',
                           'entry': [{'id': self.sandbox.waba, 'changes': [{'field': 'messages', 'value': value}]}]}).encode()
        return request('POST', f'{self.server.url}/webhooks/cloud/{self.connection_id}', body,
                       headers={'X-Hub-Signature-256': 'sha256=' + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()})

    def dial(self):
        return ssl.create_default_context().wrap_socket(socket.create_connection(('127.0.0.1', self.server.port)), server_hostname='localhost')

    def serial(self):
        with self.dial() as connection:
            return int(connection.getpeercert()['serialNumber'], 16)


@tap.test
def every_kind_of_request():
    with SecureWorld() as world, Agents() as agents:
        assert world.server.url.startswith('https://')
        live = agents.open('live', world, world.rest.token, join=world.rest.business)
        both = agents.open('both', world, world.rest.token, join=world.rest.business, options={'transports': ['polling', 'websocket']})
        polling = PollingSocket(world.server.url, world.rest.token)
        assert live.wait_joined()['ok'] and both.wait_joined()['ok'] and polling.ask('join-business', world.rest.business)['ok']
        assert both.wait_for('upgrade')['message'] == 'websocket'
        assert world.deliver('15550100001', 'wamid.1', 'over TLS') == {'success': True}
        for agent in (live, both):
            wait_until(lambda agent=agent: [one['content'] for name, one in agent.events if name == 'message:new'] == ['over TLS'], 'the message')
        contact = world.rest.contact_named('Anna')
        assert live.ask('typing', {'contactId': contact['id'], 'isTyping': True})['ok']
        # Large ones, there and back: a picture of nearly a MiB, and a long history.
        picture = b'\x89PNG\r\n\x1a\n' + os.urandom(1024 * 1024 - 100)
        contact = world.rest.put(f'/api/contacts/{contact["id"]}/picture', picture, 'image/png')
        for _ in range(20):
            assert world.rest.get(contact['picture_url']) == picture
        # A message that does not fit into the kernel's buffers at once.
        long = 'ü' * 4000
        for number in range(200):
            world.deliver('15550100001', f'wamid.long.{number}', long)
        wait_until(lambda: len([1 for name, one in live.events if name == 'message:new']) == 201, 'all of them')
        assert live.seqs == sorted(live.seqs)


@tap.test
def many_at_once():
    with SecureWorld() as world:
        def one(number):
            return world.deliver(f'1555010{number % 50:04}', f'wamid.{number}', f'text {number}')

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            assert all(answer == {'success': True} for answer in pool.map(one, range(200)))
        wait_until(lambda: len(world.rest.contacts()) == 50, 'all customers')
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            sockets = list(pool.map(lambda number: PollingSocket(world.server.url, world.rest.token), range(40)))
        assert all(live.ask('join-business', world.rest.business)['ok'] for live in sockets)


@tap.test
def the_end_is_told_as_over_tcp():
    with SecureWorld() as world:
        # One connection, many requests, and an end that the client asks for.
        with world.dial() as connection:
            for _ in range(3):
                connection.sendall(b'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
                assert connection.recv(1000).startswith(b'HTTP/1.1 200')
            connection.sendall(b'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
            whole = b''
            while piece := connection.recv(1000):
                whole += piece
            assert b'"ok"' in whole, whole
        # Neither plain HTTP, nor silence, nor noise gets anywhere, and nobody else is disturbed.
        with socket.create_connection(('127.0.0.1', world.server.port)) as plain:
            plain.sendall(b'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
            assert b'HTTP' not in plain.recv(1000)
        silent = [socket.create_connection(('127.0.0.1', world.server.port)) for _ in range(300)]
        for one in silent:
            one.settimeout(20 * PATIENCE)
        silent[0].sendall(b'\x16\x03\x01\x02\x00')
        assert world.rest.get('/api/session')
        for one in silent:
            try:
                assert one.recv(10) == b''
            except ConnectionResetError:
                pass  # the noise was not read
        assert world.server.stop() == 0


@tap.test
def renewed_certificates():
    with SecureWorld() as world, Agents() as agents:
        live = agents.open('live', world, world.rest.token, join=world.rest.business)
        assert live.wait_joined()['ok']
        assert world.serial() == 1001
        world.install('second', 1002)
        assert world.serial() == 1001
        world.server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: world.serial() == 1002, 'the new certificate')
        # What is open stays, and a broken file changes nothing.
        with open(world.certificate, 'w', encoding='utf-8') as file:
            file.write('no certificate\n')
        world.server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: 'settings stay as they were' in world.server.read_log(), 'the refusal')
        assert world.serial() == 1002
        world.deliver('15550100001', 'wamid.1', 'still here')
        wait_until(lambda: live.events, 'an event')
        assert len(live.states('connect')) == 1
        world.server.stop()
        try:
            world.server.start()
            raise AssertionError('it started with a broken certificate')
        except AssertionError as error:
            assert 'certificate' in str(error), error


@tap.test
def who_does_not_know_the_authority_refuses():
    with SecureWorld() as world:
        done = subprocess.run([sys.executable, '-c', 'import urllib.request, sys; urllib.request.urlopen(sys.argv[1])', world.server.url + '/healthz'],
                              env={**os.environ, 'SSL_CERT_FILE': os.devnull}, capture_output=True, text=True, check=False)
        assert done.returncode != 0 and 'CERTIFICATE_VERIFY_FAILED' in done.stderr, done.stderr
        try:
            request('GET', world.server.url + '/api/session')
            raise AssertionError('let in')
        except RestError as error:
            assert error.status == 401


tap.run()

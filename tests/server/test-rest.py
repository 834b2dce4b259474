#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""lobbyd as a process: its commands, its REST answers (each held against docs/openapi.yaml), its end."""

import base64
import concurrent.futures
import hashlib
import json
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'integration', 'support'))
from lobby_test import PATIENCE, Server, Tap, World, wait_until  # noqa: E402
from rest_shop import HOUR_AGO, SECRET, Client, Shop  # noqa: E402

tap = Tap()


def refused(server, *arguments, secrets=None, code=1):
    done = subprocess.run([server.command[0], '--config', server.config, *arguments], input=secrets, capture_output=True, text=True, check=False)
    assert done.returncode == code, (done.returncode, done.stderr)
    assert done.stderr.startswith('lobbyd: ') and done.stderr.count('\n') == 1, done.stderr
    return done.stderr


@tap.test
def commands_say_what_is_wrong():
    folder = tempfile.mkdtemp(prefix='lobby-rest-')
    try:
        server = Server(folder)
        assert 'lobbyd setup' in refused(server)
        assert 'lobbyd setup' in refused(server, 'user', 'list')
        assert '--password-file' in refused(server, 'setup', '--non-interactive', '--business', 'B', '--user', 'u', '--name', 'N', code=2)
        assert '--business' in refused(server, 'setup', '--non-interactive', code=2)
        assert 'at least' in refused(server, 'setup', '--business', 'B', '--user', 'u', '--name', 'N', '--password-file', '-', secrets='short\n')
        assert 'no such command' in refused(server, 'frobnicate', code=2)
        assert 'not expected' in refused(server, 'setup', 'extra', code=2)
        server.setup()
        assert 'already' in refused(server, 'setup', '--business', 'B', '--user', 'u', '--name', 'N', '--password-file', '-', secrets='long enough\n')
        assert 'already' in refused(server, 'user', 'add', '--user', server.user.upper(), '--name', 'N', '--password-file', '-', secrets='long enough\n')
        assert '--number' in refused(server, 'connection', 'add', '--name', 'n', '--number', 'abc', '--phone-number-id', '1', '--waba', '2',
                                     '--verify-token', 'v', '--secrets-stdin', secrets='a\nb\n', code=2)
        assert server.user in server.run('user', 'list')
        with open(server.config, 'a', encoding='utf-8') as file:
            file.write('lisen=oops\n')
        assert 'lisen' in refused(server)
    finally:
        shutil.rmtree(folder)


@tap.test
def setup_writes_the_settings_when_there_are_none():
    folder = tempfile.mkdtemp(prefix='lobby-rest-')
    try:
        server = Server(folder)
        os.unlink(server.config)
        data = os.path.join(folder, 'new data')
        server.run('setup', '--data', data, '--listen', '127.0.0.1:0', '--business', 'B', '--user', 'u', '--name', 'N', '--password-file', '-',
                   secrets='long enough\n')
        with open(server.config, encoding='utf-8') as file:
            text = file.read()
        assert f'\ndata-folder={data}\n' in text and '\nlisten=127.0.0.1:0\n' in text and '#keep-days=30' in text, text
        assert os.stat(os.path.join(data, 'lobby.db')).st_mode & 0o777 == 0o600
        server.start()
        assert 'Another lobbyd' in refused(server)
        assert server.stop() == 0
    finally:
        server.kill()
        shutil.rmtree(folder)


@tap.test
def sessions():
    with Shop() as shop:
        client, stranger = shop.client, Client(shop.server.url)
        assert stranger.ask('GET', '/healthz').body == {'ok': True}
        assert shop.session['agent']['role'] == 'owner' and shop.session['businesses'][0]['name'] == shop.server.business_name
        assert len(shop.session['token']) == 43
        assert client.ask('GET', '/api/session').body['agent'] == shop.session['agent']
        for token in (None, 'x', shop.session['token'][:-1] + '!', 'a' * 5000):
            answer = stranger.ask('GET', '/api/session', token=token)
            assert (answer.status, answer.code) == (401, 'unauthorized')
        for template in ('/api/businesses', '/api/contacts', '/api/conversations'):
            assert stranger.ask('GET', template).status == 401

        other = Client(shop.server.url)
        other.sign_in(shop.server.user.upper(), shop.server.password)
        assert client.ask('DELETE', '/api/session').status == 204
        assert client.ask('GET', '/api/session').status == 401
        assert other.ask('GET', '/api/session').status == 200
        for body in (b'', b'[]', b'{"user":', b'\xff', b'{"user":"a"}', b'{"user":1,"password":2}'):
            assert stranger.ask('POST', '/api/session', body).status == 400, body
        database = sqlite3.connect(os.path.join(shop.server.data, 'lobby.db'))
        stored = database.execute('SELECT hash FROM tokens').fetchall()
        database.close()
        assert stored == [(hashlib.sha256(other.token.encode()).hexdigest(),)]


@tap.test
def guessing_is_slowed_down():
    with Shop() as shop:
        stranger = Client(shop.server.url)
        for _ in range(5):
            answer = stranger.ask('POST', '/api/session', {'user': 'owner', 'password': 'wrong'})
            assert (answer.status, answer.code) == (401, 'bad_credentials')
        answer = stranger.ask('POST', '/api/session', {'user': 'Owner', 'password': shop.server.password})
        assert (answer.status, answer.code) == (429, 'too_many_attempts')
        assert 1 <= int(answer.headers['Retry-After']) <= 300
        assert stranger.ask('POST', '/api/session', {'user': 'nobody', 'password': 'wrong'}).status == 401
        # Behind a proxy on this machine everybody has an address of their own.
        right = {'user': 'owner', 'password': shop.server.password}
        assert stranger.ask('POST', '/api/session', right, headers={'X-Forwarded-For': '1.2.3.4, 192.0.2.7'}).status == 200
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            guesses = list(pool.map(lambda i: stranger.ask('POST', '/api/session', {'user': 'ben', 'password': f'guess {i}'}).status, range(12)))
        assert sorted(guesses) == [401] * 5 + [429] * 7, guesses
        assert shop.client.ask('GET', '/api/session').status == 200


@tap.test
def a_slow_password_blocks_nobody():
    with Shop() as shop:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            checks = [pool.submit(Client(shop.server.url).ask, 'POST', '/api/session', {'user': f'u{i}', 'password': 'wrong'}) for i in range(8)]
            asked = 0
            while not all(check.done() for check in checks):
                assert shop.client.ask('GET', '/healthz').status == 200
                asked += 1
            assert asked > 3, asked
            assert {check.result().status for check in checks} == {401}


@tap.test
def pages():
    with Shop() as shop:
        shop.deliver(*((f'3460000{i % 60:04}', f'wamid.{i}', f'text {i}', HOUR_AGO + i) for i in range(240)))
        wait_until(lambda: shop.conversations()['seq'] >= 240, 'all to be worked in')

        first = shop.client.ask('GET', '/api/contacts').body
        assert (first['page'], first['pages'], first['total'], len(first['contacts'])) == (1, 2, 60, 50)
        assert first['contacts'][0]['phone_number'] == '+34600000059'
        second = shop.client.ask('GET', '/api/contacts', query={'page': 2, 'business': shop.business}).body
        assert len(second['contacts']) == 10
        assert shop.client.ask('GET', '/api/contacts', query={'page': 3}).body['contacts'] == []
        assert shop.client.ask('GET', '/api/contacts', query={'page': 0}).status == 400
        assert shop.client.ask('GET', '/api/contacts', query={'page': 'x'}).status == 400

        rows, cursor = [], None
        while True:
            page = shop.conversations(limit=7, **({'before': cursor} if cursor else {}))
            rows += page['conversations']
            cursor = page['next']
            if cursor is None:
                break
        assert len(rows) == len({row['id'] for row in rows}) == 60
        times = [row['last_activity_at'] for row in rows]
        assert times == sorted(times, reverse=True)
        assert rows[0]['last_message']['content'] == 'text 239' and rows[0]['contact']['phone_number'] == '+34600000059'
        assert rows[0]['unread_count'] == 4 and page['seq'] >= 240
        for query in ({}, {'business': shop.business, 'before': 'junk'}, {'business': shop.business, 'limit': 201}):
            assert shop.client.ask('GET', '/api/conversations', query=query).status == 400, query
        assert shop.client.ask('GET', '/api/conversations', query={'business': 'nowhere'}).status == 404
        contact = rows[0]['contact']['id']
        assert shop.client.ask('GET', '/api/messages/{contactId}', contactId=contact, query={'before': 'yesterday'}).status == 400
        assert shop.client.ask('GET', '/api/messages/{contactId}', contactId=contact, query={'conversation': rows[1]['id']}).status == 404


def all_messages(shop, contact_id, limit=3):
    found, query = [], {}
    while True:
        page = shop.client.ask('GET', '/api/messages/{contactId}', contactId=contact_id, query={'limit': limit, **query}).body
        found += page['messages']
        if not page['has_more']:
            return [message['content'] for message in found]
        query = {'before': found[-1]['created_at'], 'before_id': found[-1]['id']}


@tap.test
def messages_of_one_second_come_in_order_over_pages():
    with Shop() as shop:
        shop.deliver(*(('34600111222', f'wamid.{i}', str(i), HOUR_AGO) for i in range(40)))
        contact = shop.contact('34600111222')['id']
        wait_until(lambda: len(all_messages(shop, contact)) == 40, 'all to be worked in')
        assert all_messages(shop, contact) == [str(i) for i in range(39, -1, -1)]


@tap.test
def sending_twice_sends_once():
    with Shop() as shop:
        shop.deliver(('34600111222', 'wamid.1', 'hola', HOUR_AGO), ('34600999888', 'wamid.2', 'hi', HOUR_AGO))
        contact, other = shop.contact('34600111222')['id'], shop.contact('34600999888')['id']
        first = shop.send(contact, 'c1', 'Hello *you* 👋')
        assert first.status == 201
        message = first.body['message']
        assert (message['status'], message['client_id'], message['direction'], message['content']) == ('pending', 'c1', 'outbound', 'Hello *you* 👋')
        again = shop.send(contact, 'c1', 'Hello *you* 👋')
        assert (again.status, again.body['message']['id']) == (200, message['id'])
        assert shop.send(contact, 'c1', 'something else').code == 'client_id_reused'
        assert shop.send(other, 'c1', 'Hello *you* 👋').status == 409

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: shop.send(contact, 'c2', 'at once'), range(24)))
        assert sorted(answer.status for answer in answers) == [200] * 23 + [201]
        assert len({answer.body['message']['id'] for answer in answers}) == 1
        reply = shop.send(contact, 'c3', 'and?', quotedMessageId=message['id'])
        assert reply.body['message']['metadata']['quoted']['id'] == message['id']
        assert all_messages(shop, contact) == ['and?', 'at once', 'Hello *you* 👋', 'hola']

        for text, code in (('', 'empty'), (' \n', 'empty'), ('ñ' * 4097, 'too_long')):
            answer = shop.send(contact, 'c4', text)
            assert (answer.status, answer.code) == (422, code)
        assert shop.send(contact, 'c5', '😀' * 4096).status == 201
        wrong = shop.client.ask('POST', '/api/messages/{contactId}', {'clientId': 'c6', 'type': 'dance'}, contactId=contact)
        assert (wrong.status, wrong.code) == (422, 'unsupported_type')
        assert shop.client.ask('POST', '/api/messages/{contactId}', {'type': 'text', 'text': 'x'}, contactId=contact).status == 400
        assert shop.send(contact, 'x' * 129, 'x').status == 400
        assert shop.send('nobody', 'c7', 'x').status == 404
        assert shop.send(contact, 'c8', 'x', connectionId='nowhere').status == 404
        assert shop.send(contact, 'c9', 'x', quotedMessageId='nothing').status == 404

        shop.server.kill()
        shop.server.start()
        assert shop.send(contact, 'c1', 'Hello *you* 👋').status == 200


@tap.test
def reading():
    with Shop() as shop:
        shop.deliver(*(('34600111222', f'wamid.{i}', str(i), HOUR_AGO + i) for i in range(5)))
        contact = shop.contact('34600111222')['id']
        wait_until(lambda: len(all_messages(shop, contact)) == 5, 'all to be worked in')
        page = shop.client.ask('GET', '/api/messages/{contactId}', contactId=contact).body['messages']

        def read(**body):
            return shop.client.ask('POST', '/api/contacts/{id}/read', body or None, id=contact)

        conversation = read(upTo=page[2]['id']).body['conversations'][0]
        assert (conversation['unread_count'], conversation['read_up_to']) == (2, page[2]['id'])
        seq = conversation['seq']
        assert read(upTo=page[4]['id']).body['conversations'][0]['seq'] == seq
        assert read().body['conversations'][0]['unread_count'] == 0
        assert read(upTo='nothing').status == 404
        assert shop.conversations()['conversations'][0]['unread_count'] == 0


def png(width):
    def chunk(kind, data):
        return len(data).to_bytes(4, 'big') + kind + data + zlib.crc32(kind + data).to_bytes(4, 'big')
    header = width.to_bytes(4, 'big') + (1).to_bytes(4, 'big') + bytes([8, 2, 0, 0, 0])
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(b'\0' * (1 + 3 * width))) + chunk(b'IEND', b'')


@tap.test
def pictures():
    with Shop() as shop:
        shop.deliver(('34600111222', 'wamid.1', 'hola', HOUR_AGO))
        contact = shop.contact('34600111222')['id']

        def put(body, kind='image/png'):
            return shop.client.ask('PUT', '/api/contacts/{id}/picture', body, id=contact, headers={'Content-Type': kind})

        def get(**headers):
            return shop.client.ask('GET', '/api/contacts/{id}/picture', id=contact, headers=headers)

        assert get().status == 404
        assert put(b'<svg/>').status == 415
        assert put(b'').status == 415
        # Who asks before sending is refused by the head; the body is not waited for.
        with socket.create_connection(('127.0.0.1', shop.server.port)) as connection:
            connection.sendall(f'PUT /api/contacts/{contact}/picture HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {shop.client.token}\r\n'
                               f'Expect: 100-continue\r\nContent-Length: {1024 * 1024 + 1}\r\n\r\n'.encode())
            assert connection.recv(4096).startswith(b'HTTP/1.1 413 ')
        first = put(png(1), 'text/html')
        assert first.status == 200 and first.body['picture_url'].startswith(f'/api/contacts/{contact}/picture')
        answer = get()
        assert (answer.headers['Content-Type'], answer.headers['X-Content-Type-Options'], answer.body) == ('image/png', 'nosniff', png(1))
        assert get(**{'If-None-Match': answer.headers['ETag']}).status == 304
        assert put(png(2)).body['picture_url'] != first.body['picture_url']
        assert get(**{'If-None-Match': answer.headers['ETag']}).body == png(2)
        assert Client(shop.server.url).ask('GET', '/api/contacts/{id}/picture', id=contact).status == 401


@tap.test
def media():
    with World() as world:
        client = Client(world.server.url, world.rest.token)
        page = b'<script>alert(1)</script>' * 100
        world.sandbox.say('34600111222', type='document', data=base64.b64encode(page).decode(), mime_type='text/plain', filename='año "1".html')
        world.sandbox.say('34600111222', type='image', data=base64.b64encode(png(3)).decode(), mime_type='image/png', caption='look')

        def ready():
            contact = world.rest.contact_named('34600111222')
            if contact is None:
                return None
            messages = client.ask('GET', '/api/messages/{contactId}', contactId=contact['id']).body['messages']
            found = {one['message_type']: one for one in messages if one['metadata'].get('media_state') == 'ready'}
            return found if len(found) == 2 else None
        found = wait_until(ready, 'both files')
        picture, document = found['image'], found['document']
        assert (picture['metadata']['width'], picture['metadata']['height'], picture['content']) == (3, 1, 'look')
        assert document['media_url'] == f'/api/media/{document["id"]}' and document['metadata']['file_size'] == len(page)

        def get(message, **headers):
            return client.ask('GET', '/api/media/{id}', id=message['id'], headers=headers)
        answer = get(document)
        assert answer.body == page and answer.headers['X-Content-Type-Options'] == 'nosniff' and 'sandbox' in answer.headers['Content-Security-Policy']
        assert answer.headers['Content-Disposition'] == "attachment; filename*=UTF-8''a%C3%B1o%20%221%22.html", answer.headers['Content-Disposition']
        assert get(document, **{'If-None-Match': answer.headers['ETag']}).status == 304
        part = get(document, Range='bytes=10-19')
        assert (part.status, part.body) == (206, page[10:20])
        answer = get(picture)
        assert (answer.headers['Content-Type'], answer.headers['Content-Disposition'], answer.body) == ('image/png', 'inline', png(3))
        assert Client(world.server.url).ask('GET', '/api/media/{id}', id=picture['id']).status == 401
        assert client.ask('GET', '/api/media/{id}', id='../lobby.db').status == 404


@tap.test
def what_is_not_yours_is_not_there():
    with Shop() as shop:
        # All of this beside the running server.
        second = shop.server.run('business', 'add', '--name', 'Other').split()[-1]
        shop.server.run('user', 'add', '--user', 'ben', '--name', 'Ben', '--business', second, '--password-stdin', secrets='long enough\n')
        theirs = shop.add_connection('2222', '--business', second)
        shop.deliver(('34600111222', 'wamid.1', 'hola', HOUR_AGO))
        shop.deliver(('34600333444', 'wamid.1', 'hi', HOUR_AGO), connection=theirs, phone_number_id='2222')
        contact = shop.contact('34600111222')
        shop.contact('34600333444')  # the owner sees both
        shop.client.ask('PUT', '/api/contacts/{id}/picture', png(1), id=contact['id'], headers={'Content-Type': 'image/png'})
        message = shop.client.ask('GET', '/api/messages/{contactId}', contactId=contact['id']).body['messages'][0]
        conversation = shop.conversations()['conversations'][0]

        ben = Client(shop.server.url)
        session = ben.sign_in('ben', 'long enough')
        assert [one['id'] for one in session['businesses']] == [second]
        assert [one['phone_number'] for one in ben.ask('GET', '/api/contacts').body['contacts']] == ['+34600333444']
        assert [one['id'] for one in ben.ask('GET', '/api/businesses').body['businesses']] == [second]
        its = contact['id']
        for answer in (ben.ask('GET', '/api/contacts', query={'business': shop.business}),
                       ben.ask('GET', '/api/contacts/{id}', id=its),
                       ben.ask('GET', '/api/contacts/{id}/picture', id=its),
                       ben.ask('PUT', '/api/contacts/{id}/picture', png(1), id=its),
                       ben.ask('POST', '/api/contacts/{id}/read', {}, id=its),
                       ben.ask('GET', '/api/conversations', query={'business': shop.business}),
                       ben.ask('GET', '/api/messages/{contactId}', contactId=its),
                       ben.ask('POST', '/api/messages/{contactId}', {'clientId': 'c', 'type': 'text', 'text': 'x'}, contactId=its),
                       ben.ask('GET', '/api/media/{id}', id=message['id'])):
            assert (answer.status, answer.code) == (404, 'not_found')
        own = ben.ask('GET', '/api/contacts').body['contacts'][0]['id']
        for query in ({'conversation': conversation['id']},):
            assert ben.ask('GET', '/api/messages/{contactId}', contactId=own, query=query).status == 404
        quoting = {'clientId': 'c', 'type': 'text', 'text': 'x', 'quotedMessageId': message['id']}
        assert ben.ask('POST', '/api/messages/{contactId}', quoting, contactId=own).status == 404
        assert ben.ask('POST', '/api/contacts/{id}/read', {'upTo': message['id']}, id=own).status == 404


@tap.test
def connections_are_shown_without_their_secrets():
    with Shop() as shop:
        body = shop.client.ask('GET', '/api/businesses').body
        connection = body['businesses'][0]['connections'][0]
        assert (connection['id'], connection['phone_number']) == (shop.connection, '+15550783881')
        assert connection['capabilities']['service_window'] is True
        assert SECRET not in json.dumps(body)
        assert shop.connection in shop.server.run('connection', 'list')
        answer = shop.client.ask('GET', '/webhooks/cloud/{connectionId}', connectionId=shop.connection,
                                 query={'hub.mode': 'subscribe', 'hub.challenge': '42', 'hub.verify_token': 'verify-me'})
        assert (answer.status, answer.body) == (200, b'42')
        assert shop.client.ask('POST', '/webhooks/cloud/{connectionId}', b'{}', connectionId=shop.connection,
                               headers={'X-Hub-Signature-256': 'sha256=' + '0' * 64}).status == 401


@tap.test
def a_full_disk_keeps_nothing_and_says_so():
    with Shop() as shop:
        shop.deliver(('34600111222', 'wamid.1', 'hola', HOUR_AGO))
        contact = shop.contact('34600111222')['id']
        assert shop.send(contact, 'c1', 'before').status == 201
        before = shop.conversations()
        # No file may grow beyond what the log of SQLite has now.
        size = os.path.getsize(os.path.join(shop.server.data, 'lobby.db-wal'))
        resource.prlimit(shop.server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        refused_once = False
        for i in range(200):
            answer = shop.send(contact, f'full{i}', 'x' * 4000)
            if answer.status == 507:
                assert answer.code == 'storage_full'
                refused_once = True
                break
            assert answer.status == 201
        assert refused_once
        resource.prlimit(shop.server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert 'before' in all_messages(shop, contact)
        taken = all_messages(shop, contact).count('x' * 4000)
        assert taken == i, (taken, i)
        assert shop.send(contact, f'full{i}', 'x' * 4000).status == 201
        assert shop.conversations()['seq'] > before['seq']
        database = sqlite3.connect(os.path.join(shop.server.data, 'lobby.db'))
        numbers = [row[0] for row in database.execute('SELECT seq FROM event_log ORDER BY seq')]
        database.close()
        assert numbers == list(range(1, len(numbers) + 1))


@tap.test
def a_locked_database_is_asked_again():
    with Shop() as shop:
        shop.deliver(('34600111222', 'wamid.1', 'hola', HOUR_AGO))
        contact = shop.contact('34600111222')['id']
        other = sqlite3.connect(os.path.join(shop.server.data, 'lobby.db'), isolation_level=None)
        other.execute('BEGIN IMMEDIATE')
        answer = shop.send(contact, 'c1', 'hello')
        assert (answer.status, answer.code) == (503, 'busy') and int(answer.headers['Retry-After']) > 0, answer.body
        other.execute('ROLLBACK')
        other.close()
        assert shop.send(contact, 'c1', 'hello').status == 201
        assert all_messages(shop, contact) == ['hello', 'hola']


@tap.test
def what_cannot_be_read_is_not_taken_for_all():
    """An app keeps what it is told: a list that is cut off by a failure would be its truth."""
    with Shop() as shop:
        shop.deliver(('34600111222', 'wamid.1', 'hola', HOUR_AGO))
        contact = shop.contact('34600111222')['id']
        asked = {
            'businesses': [('GET', '/api/businesses', {}), ('GET', '/api/session', {}), ('GET', '/api/contacts', {}),
                           ('GET', '/api/conversations', {'query': {'business': shop.business}})],
            'contacts': [('GET', '/api/contacts', {'query': {'business': shop.business}})],
            'conversations': [('GET', '/api/conversations', {'query': {'business': shop.business}}), ('POST', '/api/contacts/{id}/read', {'body': {}, 'id': contact})],
            'messages': [('GET', '/api/messages/{contactId}', {'contactId': contact})],
        }
        for table, requests in asked.items():
            with sqlite3.connect(os.path.join(shop.server.data, 'lobby.db')) as database:
                database.execute(f'ALTER TABLE {table} RENAME TO hidden')
            refused = [shop.client.ask(method, path, **more) for method, path, more in requests]
            with sqlite3.connect(os.path.join(shop.server.data, 'lobby.db')) as database:
                database.execute(f'ALTER TABLE hidden RENAME TO {table}')
            for (method, path, _), answer in zip(requests, refused):
                assert (answer.status, answer.code) == (503, 'busy') and int(answer.headers['Retry-After']) > 0, (table, method, path, answer.body)
            for method, path, more in requests:
                assert shop.client.ask(method, path, **more).status == 200


@tap.test
def sigterm_ends_it_soon():
    with Shop() as shop:
        shop.deliver(('34600111222', 'wamid.1', 'hola', HOUR_AGO))
        contact = shop.contact('34600111222')['id']
        assert shop.send(contact, 'c1', 'kept').status == 201
        hanging = socket.create_connection(('127.0.0.1', shop.server.port))
        hanging.sendall(b'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{')
        began = time.monotonic()
        assert shop.server.stop() == 0
        assert time.monotonic() - began < 3 + 2 * PATIENCE  # what is under way gets 3 s
        hanging.close()
        shop.server.start()
        assert all_messages(shop, contact) == ['kept', 'hola']
        log = shop.server.read_log()
        assert 'kept' not in log and SECRET not in log and '34600111222' not in log


tap.run()

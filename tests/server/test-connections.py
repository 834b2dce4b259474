#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""WhatsApp numbers over REST: added, tested, changed and removed while lobbyd runs, against the real sandbox."""

import base64
import json
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'integration', 'support'))
from lobby_test import RestError, Tap, World, wait_until  # noqa: E402
from rest_shop import Client  # noqa: E402

ONE = '/api/connections/{id}'
DEAD = 'http://127.0.0.1:1'

tap = Tap()


def client_of(world):
    client = Client(world.server.url)
    client.sign_in(world.server.user, world.server.password)
    client.business = world.rest.business
    return client


def database(world):
    return sqlite3.connect(os.path.join(world.server.data, 'lobby.db'))


def settings(world, **more):
    return {'business_id': world.rest.business, 'kind': 'cloud', 'name': 'Second', 'phone_number': '+34 600-111 222', 'phone_number_id': '77',
            'waba_id': '88', 'access_token': 'secret-token', 'app_secret': 'secret-of-the-app', 'graph_url': DEAD + '/v25.0/', **more}


def good_settings(world, **more):
    sandbox = world.sandbox
    return settings(world, phone_number=sandbox.number, phone_number_id=sandbox.phone_number_id, waba_id=sandbox.waba, access_token=sandbox.token,
                    app_secret=sandbox.app_secret, graph_url=sandbox.url + '/v25.0', **more)


def listed(client):
    return client.ask('GET', '/api/connections', query={'business': client.business}).body['connections']


def checks(client, body):
    answer = client.ask('POST', '/api/connections/test', body)
    assert answer.status == 200, answer.body
    return answer.body['ok'], {check['id']: 'unknown' if check.get('unknown') else check['ok'] for check in answer.body['checks']}


@tap.test
def added_changed_and_removed():
    with World() as world:
        client = client_of(world)
        added = client.ask('POST', '/api/connections', settings(world))
        assert added.status == 201, added.body
        one = added.body['connection']
        assert (one['phone_number'], one['graph_url']) == ('+34600111222', DEAD + '/v25.0'), one
        assert len(one['verify_token']) >= 32 and one['webhook_path'] == f'/webhooks/cloud/{one["id"]}' and one['webhook_url'] is None
        assert [each['name'] for each in listed(client)] == ['Shop', 'Second']
        assert 'secret' not in json.dumps(added.body) + json.dumps(listed(client)), 'a secret was told'
        assert client.ask('POST', '/api/connections', settings(world)).code == 'exists'

        changed = client.ask('PATCH', ONE, {'name': 'Renamed', 'access_token': 'secret-two'}, id=one['id'])
        assert (changed.body['connection']['name'], changed.body['connection']['waba_id']) == ('Renamed', '88')
        with database(world) as rows:
            assert rows.execute('SELECT access_token, app_secret FROM connections WHERE id = ?', [one['id']]).fetchone() == ('secret-two', 'secret-of-the-app')

        wait_until(lambda: client.ask('GET', ONE, id=one['id']).body['connection'].get('reason'), 'the dead address to be noticed')
        assert client.ask('POST', ONE + '/check', {}, id=one['id']).body['connection']['state'] == 'connecting'

        assert client.ask('DELETE', ONE, id=one['id']).status == 204
        assert client.ask('GET', ONE, id=one['id']).status == 404
        assert client.ask('DELETE', ONE, id=one['id']).status == 404
        with database(world) as rows:
            kept = rows.execute('SELECT coalesce (access_token, app_secret, verify_token) FROM connections WHERE id = ?', [one['id']]).fetchone()
            assert kept == (None,), 'the secrets outlive the connection'
            names = [name for (name,) in rows.execute("SELECT name FROM event_log WHERE name LIKE 'connection:%' ORDER BY seq")]
        assert names[:2] == ['connection:updated'] * 2 and names[-1] == 'connection:removed', names
        again = client.ask('POST', '/api/connections', settings(world))
        assert again.status == 201, 'the number is not free again'
        assert 'secret-' not in world.server.read_log(), 'a secret was logged'


@tap.test
def wrong_settings_are_told_by_field():
    with World() as world:
        client = client_of(world)
        for field, value in (('name', ''), ('name', 7), ('phone_number', 'call me'), ('phone_number_id', '+34600'), ('waba_id', None),
                             ('access_token', ''), ('app_secret', 'two words'), ('graph_url', 'ftp://x'), ('graph_url', 'https://me:you@x'), ('kind', 'pigeon')):
            answer = client.ask('POST', '/api/connections', settings(world, **{field: value}))
            assert answer.status == 422 and answer.body['error']['field'] == field, (field, value, answer.body)
        gateway = {'business_id': client.business, 'kind': 'gateway', 'name': 'Linked', 'gateway_url': DEAD, 'gateway_key': 'k'}
        for field, value in (('gateway_url', ''), ('gateway_key', None), ('session', 'a/b')):
            answer = client.ask('POST', '/api/connections/test', dict(gateway, **{field: value}))
            assert answer.status == 422 and answer.body['error']['field'] == field, (field, value, answer.body)


@tap.test
def agents_see_them_without_their_settings():
    with World() as world:
        world.server.add_user('agnes', 'Agnes Agent', 'agnes is not an owner')
        agent = Client(world.server.url)
        agent.sign_in('agnes', 'agnes is not an owner')
        seen = agent.ask('GET', '/api/businesses').body['businesses'][0]['connections'][0]
        assert not {'verify_token', 'graph_url', 'webhook_url'} & set(seen) and seen['webhook_path'], seen


@tap.test
def settings_are_held_against_what_whatsapp_says():
    with World() as world:
        client, good = client_of(world), good_settings(world)
        right = {'address': True, 'token': True, 'phone_number': True, 'waba': True, 'app_secret': True, 'webhook': 'unknown'}
        assert checks(client, good) == (True, right)
        unasked = {'phone_number': 'unknown', 'waba': 'unknown', 'app_secret': 'unknown'}
        for wrong, found in (({'access_token': 'old'}, {'token': False, **unasked}),
                             ({'phone_number_id': '1'}, {'phone_number': False, 'waba': False, 'app_secret': 'unknown'}),
                             ({'phone_number': '+34600111222'}, {'phone_number': False}),
                             ({'waba_id': '1'}, {'waba': False}),
                             ({'app_secret': 'of-another-app'}, {'app_secret': False}),
                             ({'graph_url': DEAD}, {'address': False, 'token': 'unknown', **unasked}),
                             ({'graph_url': world.server.url}, {'address': False, 'token': 'unknown', **unasked})):
            assert checks(client, dict(good, **wrong)) == (False, {**right, **found}), wrong
        # Of a stored one only what is given is another; it knows that its webhook works.
        ok, found = checks(client, {'id': world.connection_id})
        assert ok and found['webhook'] is True, found
        assert checks(client, {'id': world.connection_id, 'app_secret': 'of-another-app'})[1]['app_secret'] is False
        assert len(listed(client)) == 1, 'a test has saved something'


@tap.test
def the_webhooks_address_is_told_and_held_against_whatsapps():
    with World(settings='public-url=https://lobby.example.org/\n') as world:
        client, path = client_of(world), f'/webhooks/cloud/{world.connection_id}'
        assert [one['webhook_url'] for one in listed(client)] == [f'https://lobby.example.org{path}']
        assert client.ask('GET', ONE, id=world.connection_id).body['connection']['webhook_url'] == f'https://lobby.example.org{path}'
        # The sandbox was given the server's own address.
        answer = client.ask('POST', '/api/connections/test', {'id': world.connection_id}).body
        check = next(check for check in answer['checks'] if check['id'] == 'webhook')
        assert not answer['ok'] and not check['ok'] and world.server.url + path in check['message'] and 'lobby.example.org' in check['message'], check
        assert checks(client, good_settings(world))[1]['webhook'] == 'unknown', 'one that is not stored has no address yet'
        said = world.server.run('connection', 'add', '--name', 'Linked', '--gateway-url', DEAD, '--secrets-stdin', secrets='gateway-secret\n')
        assert f'Webhook address: https://lobby.example.org/webhooks/gateway/{said.split()[-1]}\n' in said, said
        world.server.run('connection', 'remove', '--connection', said.split()[-1])
        world.server.settings = f'public-url={world.server.url}\n'
        world.server.keep_port()
        world.server.stop()
        world.server.start()
        ok, found = checks(client, {'id': world.connection_id})
        assert ok and found['webhook'] is True, found
        # What comes is a better proof than any address.
        world.sandbox.say('15550001', 'hello')
        wait_until(lambda: world.rest.contact_named('15550001'), 'the message')
        world.server.settings = 'public-url=https://lobby.example.org\n'
        world.server.keep_port()
        world.server.stop()
        world.server.start()
        assert checks(client, {'id': world.connection_id})[1]['webhook'] is True


@tap.test
def last_delivery_is_told_and_kept():
    with World() as world:
        client = client_of(world)
        world.sandbox.say('15550001', 'hello')
        wait_until(lambda: world.rest.contact_named('15550001'), 'the message')
        told = wait_until(lambda: listed(client)[0].get('last_event_at'), 'the time of the delivery')
        world.server.stop()
        world.server.start()
        assert listed(client)[0]['last_event_at'] == told


def with_an_expired_token(world, client):
    """A customer has written, and what is answered is held. The contact."""
    world.sandbox.say('15550001', 'hello')
    contact = wait_until(lambda: world.rest.contact_named('15550001'), 'the contact')
    client.ask('PATCH', ONE, {'access_token': 'expired'}, id=world.connection_id)
    wait_until(lambda: listed(client)[0]['state'] == 'disconnected', 'the wrong token to be noticed')
    return contact


@tap.test
def a_new_token_sends_what_was_held():
    with World() as world:
        client = client_of(world)
        contact = with_an_expired_token(world, client)
        message = world.rest.send(contact['id'], 'held', 'client-1')
        assert message['status'] == 'pending'
        client.ask('PATCH', ONE, {'access_token': world.sandbox.token}, id=world.connection_id)
        # At once: the next try by itself would be seconds away.
        wait_until(lambda: world.rest.messages(contact['id'])[-1]['status'] in ('sent', 'delivered', 'read'), 'the held message', timeout=3)


@tap.test
def a_removed_number_keeps_its_history_and_takes_nothing_more():
    with World() as world:
        client = client_of(world)
        contact = with_an_expired_token(world, client)
        world.rest.send(contact['id'], 'too late', 'client-1')
        assert client.ask('DELETE', ONE, id=world.connection_id).status == 204
        assert listed(client) == [] and client.ask('GET', '/api/businesses').body['businesses'][0]['connections'] == []
        wait_until(lambda: world.rest.messages(contact['id'])[-1]['status'] == 'failed', 'what waited to be given up')
        hello, late = world.rest.messages(contact['id'])
        assert hello['content'] == 'hello' and 'removed' in late['metadata']['error']['message'], late
        try:
            world.rest.send(contact['id'], 'later still', 'client-2')
            raise AssertionError('taken')
        except RestError as error:
            assert error.code == 'connection_removed', error
        assert client.ask('POST', '/webhooks/cloud/{connectionId}', b'{}', connectionId=world.connection_id).status == 404
        world.server.stop()
        world.server.start()
        assert [message['content'] for message in world.rest.messages(contact['id'])] == ['hello', 'too late']


@tap.test
def all_that_waited_is_given_up_whatever_happens():
    with World() as world:
        client = client_of(world)
        contact = with_an_expired_token(world, client)
        for number in range(250):
            world.rest.send(contact['id'], f'late {number}', f'client-{number}')
        assert client.ask('DELETE', ONE, id=world.connection_id).status == 204
        world.server.kill()
        world.server.start()
        world.rest = world.server.rest()
        with database(world) as rows:
            wait_until(lambda: rows.execute('SELECT count(*) FROM outbound_queue').fetchone() == (0,), 'the queue to be empty')
            assert rows.execute("SELECT count(*) FROM messages WHERE outbound AND metadata ->> '$.error.title' = 'Connection removed'").fetchone() == (250,)


@tap.test
def commands_add_edit_and_remove():
    with World() as world:
        client, run = client_of(world), world.server.run
        added = run('connection', 'add', '--name', 'Linked', '--gateway-url', DEAD + '/', '--secrets-stdin', secrets='gateway-secret\n').split()[-1]
        one = client.ask('GET', ONE, id=added).body['connection']
        assert (one['kind'], one['gateway_url'], one['session'], one['webhook_path']) == ('gateway', DEAD, 'default', f'/webhooks/gateway/{added}'), one
        run('connection', 'edit', '--connection', added, '--name', 'Phone', '--session', 'shop', '--no-read-receipts', '--gateway-key-file', '-', secrets='another-secret\n')
        one = client.ask('GET', ONE, id=added).body['connection']
        assert (one['name'], one['session'], one['send_read_receipts']) == ('Phone', 'shop', False), one
        with database(world) as rows:
            key, hook = rows.execute('SELECT gateway_key, webhook_key FROM connections WHERE id = ?', [added]).fetchone()
            assert key == 'another-secret' and len(hook) >= 32
        wait_until(lambda: 'reached' in client.ask('GET', ONE, id=added).body['connection'].get('reason', ''), 'the running server to notice')
        run('connection', 'remove', '--connection', added)
        assert client.ask('GET', ONE, id=added).status == 404
        wait_until(lambda: 'taken off the line' in world.server.read_log(), 'the running server to notice')


@tap.test
def a_list_that_cannot_be_read_is_not_an_empty_one():
    with World() as world:
        client = client_of(world)
        with database(world) as rows:
            rows.execute('ALTER TABLE connections RENAME TO hidden')
        try:
            for path in ('/api/connections', '/api/businesses'):
                answer = client.ask('GET', path, query={'business': client.business})
                assert (answer.status, answer.code) == (503, 'busy') and int(answer.headers['Retry-After']) > 0, answer.body
            answer = client.ask('POST', '/api/uploads', b'', headers={
                'Tus-Resumable': '1.0.0', 'Upload-Length': '1',
                'Upload-Metadata': f'business {base64.b64encode(client.business.encode()).decode()},kind aW1hZ2U='})
            assert (answer.status, answer.code) == (503, 'busy'), answer.body
            try:
                world.server.run('connection', 'list')
                said = ''
            except AssertionError as error:
                said = str(error)
            assert 'cannot be read now' in said, said
        finally:
            with database(world) as rows:
                rows.execute('ALTER TABLE hidden RENAME TO connections')
        assert [one['name'] for one in listed(client)] == ['Shop']
        # Its line is still there.
        world.sandbox.say('15550001', 'hello')
        wait_until(lambda: world.rest.contact_named('15550001'), 'the message')


tap.run()

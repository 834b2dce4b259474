#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what: every operation of docs/openapi.yaml and every event of docs/protocol.md, asked by whoever should not. And the
tokens, by which the server knows who asks."""

import base64
import json
import os
import re
import sqlite3
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration', 'support'))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lobby_test import TOP, Tap, wait_until  # noqa: E402
from polling import PollingSocket, Refused  # noqa: E402
from rest_shop import DESCRIPTION, HOUR_AGO, Client, Shop  # noqa: E402

tap = Tap()

# What is open to anybody has a proof of its own: a password, a signature, the address that asks.
OPEN = {'POST /api/session', 'OPTIONS /api/uploads', 'OPTIONS /api/uploads/{id}', 'GET /healthz', 'GET /metrics', 'GET /webhooks/cloud/{connectionId}', 'POST /webhooks/cloud/{connectionId}',
        'POST /webhooks/gateway/{connectionId}'}
# A body that is right but for the ids in it, {name} each. Operations without one have no body.
BODIES = {
    'POST /api/contacts/{id}/read': {},
    'POST /api/messages/{contactId}': {'clientId': 'c1', 'type': 'text', 'text': 'x'},
    'PATCH /api/messages/{contactId}/{messageId}': {'text': 'x'},
    'POST /api/connections': {'business_id': '{business}', 'kind': 'cloud', 'name': 'x', 'phone_number_id': '1', 'waba_id': '1',
                              'access_token': 'x', 'app_secret': 'x', 'graph_url': 'http://127.0.0.1:1'},
    'POST /api/connections/test': {'id': '{connection}'},
    'PATCH /api/connections/{id}': {'name': 'x'},
    'POST /api/connections/{id}/link': {'method': 'qr'},
    'PATCH /api/connections/{id}/profile': {'about': 'x'},
    'POST /api/templates': {'name': 'x', 'language': 'en', 'category': 'UTILITY', 'components': [{'type': 'BODY', 'text': 'x'}]},
    'PUT /api/contacts/{id}/picture': b'\xff\xd8\xff\xe0',
    'POST /api/uploads': b'',
    'PATCH /api/uploads/{id}': b'x',
    'POST /api/uploads/{id}': b'x',
}
OCTETS = {'Tus-Resumable': '1.0.0', 'Content-Type': 'application/offset+octet-stream'}
# Headers without which it would be refused for another reason; {name} is the id in Base64.
HEADERS = {
    'POST /api/uploads': {'Upload-Length': '1', 'Upload-Metadata': 'business {business},kind aW1hZ2U=', **OCTETS},
    'PATCH /api/uploads/{id}': {'Upload-Offset': '0', **OCTETS},
    'POST /api/uploads/{id}': {'X-HTTP-Method-Override': 'PATCH', 'Upload-Offset': '0', **OCTETS},
    'DELETE /api/uploads/{id}': OCTETS,
}
# Whose id a parameter is: by its name, or of {id} by the path it stands in.
NAMES = {'business': 'business', 'conversation': 'conversation', 'agent': 'agent', 'connection': 'connection', 'contactId': 'contact',
         'messageId': 'message', '/api/contacts/{id}': 'contact', '/api/media/{id}': 'message', '/api/tokens/{id}': 'token',
         '/api/connections/{id}': 'connection', '/api/uploads/{id}': 'upload', 'alertId': 'alert', '/api/templates/{id}': 'template'}


def operations():
    """(method, path, operation, parameters) of each."""
    for path, item in DESCRIPTION.document['paths'].items():
        for method, operation in item.items():
            if method != 'parameters':
                yield method.upper(), path, operation, item.get('parameters', []) + operation.get('parameters', [])


def is_open(operation):
    return operation.get('security') == []


def of_owners(operation):
    return operation.get('x-role') == 'owner'


class Two(Shop):
    """Two businesses with an agent each, who share nothing; `ids` are those of the second. An owner of the first only, and the owner of both."""

    def __enter__(self):
        super().__enter__()
        run = self.server.run
        self.other = run('business', 'add', '--name', 'Other').split()[-1]
        for user, business, role in (('ben', self.business, 'agent'), ('bea', self.other, 'agent'), ('otto', self.business, 'owner')):
            run('user', 'add', '--user', user, '--name', user.title(), '--role', role, '--business', business, '--password-stdin', secrets='long enough\n')
        self.other_connection = self.add_connection('206540352242922', '--business', self.other)
        self.ben, self.bea, self.otto = (self.sign_in(user) for user in ('ben', 'bea', 'otto'))
        self.deliver(('34600111222', 'wamid.1', 'hola', HOUR_AGO))
        self.deliver(('34600333444', 'wamid.2', 'secret', HOUR_AGO), connection=self.other_connection, phone_number_id='206540352242922')
        contact = wait_until(lambda: self.bea.ask('GET', '/api/contacts').body['contacts'], 'the contact')[0]
        conversation = self.bea.ask('GET', '/api/conversations', query={'business': self.other}).body['conversations'][0]
        self.ids = {'business': self.other, 'contact': contact['id'], 'conversation': conversation['id'], 'connection': self.other_connection,
                    'message': conversation['last_message']['id'], 'agent': self.bea.agent['id'],
                    'token': self.bea.ask('GET', '/api/tokens').body['tokens'][0]['id']}
        self.deliver_change('account_alerts', {'entity_type': 'BUSINESS', 'alert_info': {'alert_severity': 'WARNING', 'alert_type': 'X',
                                                                                       'alert_description': 'Secret.'}}, self.other_connection)
        self.ids['alert'] = wait_until(lambda: self.client.ask('GET', '/api/connections/{id}', id=self.other_connection).body['connection']['alerts'], 'the alert')[0]['id']
        self.ids['template'] = self.put_template(self.other_connection)
        announced = self.bea.ask('POST', '/api/uploads', b'', headers=self.headers('POST', '/api/uploads', self.ids))
        self.ids['upload'] = announced.headers['Location'].split('/')[-1]
        return self

    def put_template(self, connection):
        """As a sync would; there is no WhatsApp here to sync with."""
        database = sqlite3.connect(os.path.join(self.server.data, 'lobby.db'), timeout=10)
        database.execute("INSERT INTO templates (id, connection_id, name, language, category, status, parameter_format, components, updated_at) "
                         "VALUES ('01ARZ3NDEKTSV4RRFFQ69TMPL1', ?, 'x', 'en', 'UTILITY', 'APPROVED', 'POSITIONAL', '[]', 1)", (connection,))
        database.commit()
        database.close()
        return '01ARZ3NDEKTSV4RRFFQ69TMPL1'

    def sign_in(self, user):
        client = Client(self.server.url)
        client.agent = client.sign_in(user, 'long enough')['agent']
        return client

    def add_connection(self, phone_number_id, *options):
        return super().add_connection(phone_number_id, *(options or self.first_business()))

    def first_business(self):
        found = re.match(r'(\w+)', self.server.run('user', 'list'))
        return ('--business', found[1])

    def request(self, client, method, path, parameters, ids, token=None):
        """The operation with all its ids; None when it has none."""
        values, query, seen = {}, {}, False
        for parameter in parameters:
            name = parameter['name']
            if parameter['in'] not in ('path', 'query'):
                continue
            key = NAMES.get(path[:path.index('{id}') + 4] if name == 'id' else name)
            assert key or parameter['in'] == 'query', f'{path}: whose id is {name}? NAMES should say it'
            if key:
                seen = True
                (values if parameter['in'] == 'path' else query)[name] = ids[key]
        body = BODIES.get(f'{method} {path}')
        if isinstance(body, dict):
            seen = seen or '{' in json.dumps(body).replace('{"', '').replace('{}', '')
            body = json.loads(re.sub(r'"\{(\w+)\}"', lambda match: json.dumps(ids[match[1]]), json.dumps(body)))
        answer = client.ask(method, path, body, token=token, query=query or None, headers=self.headers(method, path, ids), **values)
        return answer if seen or '{' in str(HEADERS.get(f'{method} {path}'))[1:] else None

    @staticmethod
    def headers(method, path, ids):
        return {name: re.sub(r'\{(\w+)\}', lambda match: base64.b64encode(ids[match[1]].encode()).decode(), value)
                for name, value in HEADERS.get(f'{method} {path}', {}).items()}


@tap.test
def what_is_open_is_meant_to_be():
    assert {f'{method} {path}' for method, path, operation, _ in operations() if is_open(operation)} == OPEN
    for method, path, operation, _ in operations():
        assert ('requestBody' in operation) == (f'{method} {path}' in BODIES) or is_open(operation), f'{method} {path}: BODIES has to know its body'


@tap.test
def nobody_without_a_token():
    with Two() as shop:
        signed_out = shop.sign_in('ben')
        assert signed_out.ask('DELETE', '/api/session').status == 204
        for method, path, operation, parameters in operations():
            if is_open(operation):
                continue
            for token in (None, 'x', signed_out.token, 'a' * 5000):
                shop.request(Client(shop.server.url), method, path, parameters, shop.ids, token)
                answer = shop.request(Client(shop.server.url, token), method, path, parameters, shop.ids)
                assert answer is None or (answer.status, answer.code) == (401, 'unauthorized'), (method, path, answer.status)


@tap.test
def owners_only():
    with Two() as shop:
        for method, path, operation, parameters in operations():
            if of_owners(operation):
                answer = shop.request(shop.ben, method, path, parameters, shop.ids)
                assert (answer.status, answer.code) == (403, 'forbidden'), (method, path, answer.status)


@tap.test
def what_is_not_yours_is_as_if_it_were_not_there():
    with Two() as shop:
        nothing = dict.fromkeys(shop.ids, '01ARZ3NDEKTSV4RRFFQ69G5FAV')
        for method, path, operation, parameters in operations():
            if is_open(operation) or (method, path) == ('DELETE', '/api/session'):
                continue
            for client in (shop.ben, shop.otto):
                if of_owners(operation) and client is shop.ben:
                    continue
                theirs = shop.request(client, method, path, parameters, shop.ids)
                missing = shop.request(client, method, path, parameters, nothing)
                if theirs is None:
                    continue
                allowed = (403, 404) if client is shop.ben else (404,)
                assert theirs.status in allowed, (method, path, theirs.status, theirs.body)
                assert (theirs.status, theirs.body) == (missing.status, missing.body), (method, path)
        # What lists without being asked for one thing tells nothing of the other business.
        for client in (shop.ben, shop.otto):
            for path in ('/api/session', '/api/businesses', '/api/contacts', '/api/tokens'):
                text = json.dumps(client.ask('GET', path).body)
                assert not [one for one in shop.ids.values() if one in text], (path, text)
        # And nothing of it was done.
        assert shop.bea.ask('GET', '/api/tokens').status == 200
        contact = shop.bea.ask('GET', '/api/contacts/{id}', id=shop.ids['contact']).body
        assert 'picture_url' not in contact
        page = shop.bea.ask('GET', '/api/conversations', query={'business': shop.other}).body['conversations'][0]
        assert page['unread_count'] == 1 and page['message_count_out'] == 0


def client_events():
    with open(os.path.join(TOP, 'docs', 'protocol.md'), encoding='utf-8') as file:
        line = re.search(r'^Client to server: (.*?); each may ask', file.read(), re.M | re.S)[1]
    return re.findall(r'`([a-z-]+)', line)


@tap.test
def events():
    with Two() as shop:
        url, ids = shop.server.url, shop.ids
        requests = {'join-business': ids['business'], 'leave-business': ids['business'],
                    'typing': {'contactId': ids['contact'], 'isTyping': True, 'conversationId': ids['conversation']},
                    'mark-as-read': {'contactId': ids['contact'], 'conversationId': ids['conversation'], 'upTo': ids['message']}}
        assert set(requests) == set(client_events()), client_events()
        for token in (None, '', 'x', 5, shop.ben.token[:-1] + '!'):
            try:
                PollingSocket(url, token)
                raise AssertionError('let in')
            except Refused as refused:
                assert refused.args[0]['data']['code'] == 'unauthorized'
        for client in (shop.ben, shop.otto):
            live = PollingSocket(url, client.token)
            for event, argument in requests.items():
                answer = live.ask(event, argument)
                if event == 'leave-business':  # where one never was
                    assert answer == {'ok': True}
                else:
                    assert (answer['ok'], answer['error']['code']) == (False, 'not_found'), (event, answer)
            # Half of it one's own is not enough.
            own = client.ask('GET', '/api/contacts').body['contacts'][0]['id']
            for request in ({'contactId': own, 'conversationId': ids['conversation'], 'isTyping': True}, {'contactId': own, 'upTo': ids['message']}):
                assert live.ask('typing' if 'isTyping' in request else 'mark-as-read', request)['error']['code'] == 'not_found', request
            assert live.ask('join-business', shop.business)['ok'] is True


@tap.test
def tokens_are_listed_and_revoked():
    with Two() as shop:
        laptop = Client(shop.server.url)
        session = laptop.ask('POST', '/api/session', {'user': 'ben', 'password': 'long enough', 'device': 'Laptop of Ben'})
        laptop.token = session.body['token']
        live = PollingSocket(shop.server.url, laptop.token)
        tokens = shop.ben.ask('GET', '/api/tokens').body['tokens']
        assert [(one.get('device'), one['current']) for one in tokens] == [('Laptop of Ben', False), (None, True)], tokens
        the_laptop = next(one['id'] for one in tokens if one.get('device'))
        # The owner sees those of whoever is in one of the owner's businesses.
        assert len(shop.otto.ask('GET', '/api/tokens', query={'agent': shop.ben.agent['id']}).body['tokens']) == 2
        assert shop.ben.ask('GET', '/api/tokens', query={'agent': shop.ben.agent['id']}).status == 200
        assert shop.ben.ask('GET', '/api/tokens', query={'agent': shop.otto.agent['id']}).status == 403
        assert shop.ben.ask('DELETE', '/api/tokens/{id}', id=the_laptop).status == 204
        live.wait_end()
        assert laptop.ask('GET', '/api/session').status == 401
        assert shop.ben.ask('DELETE', '/api/tokens/{id}', id=the_laptop).status == 404
        live = PollingSocket(shop.server.url, shop.ben.token)
        assert shop.otto.ask('DELETE', '/api/tokens/{id}', id=tokens[0]['id'] if tokens[0]['current'] else tokens[1]['id']).status == 204
        live.wait_end()
        assert shop.ben.ask('GET', '/api/session').status == 401


@tap.test
def commands_sign_out_at_once():
    with Two() as shop:
        run, url = shop.server.run, shop.server.url
        live = {name: PollingSocket(url, client.token) for name, client in (('ben', shop.ben), ('bea', shop.bea), ('otto', shop.otto))}
        listed = run('token', 'list')
        assert listed.count('\n') == 3 and 'ben' in listed and shop.ben.token not in listed, listed
        assert run('token', 'list', '--user', 'bea').startswith(shop.ids['token'])
        began = time.monotonic()
        run('token', 'revoke', '--id', shop.ids['token'])
        live['bea'].wait_end()
        run('user', 'password', '--user', 'ben', '--password-stdin', secrets='another one\n')
        live['ben'].wait_end()
        print(f'# {time.monotonic() - began:.2f} s for both')
        assert shop.ben.ask('GET', '/api/session').status == shop.bea.ask('GET', '/api/session').status == 401
        assert shop.ben.ask('POST', '/api/session', {'user': 'ben', 'password': 'long enough'}).status == 401
        shop.ben.sign_in('ben', 'another one')
        run('user', 'remove', '--user', 'OTTO')
        live['otto'].wait_end()
        assert shop.otto.ask('POST', '/api/session', {'user': 'otto', 'password': 'long enough'}).status == 401
        run('token', 'revoke', '--user', 'ben')
        wait_until(lambda: shop.ben.ask('GET', '/api/session').status == 401, 'no token')
        assert 'otto' not in run('user', 'list')


@tap.test
def somebody_is_always_the_owner():
    with Two() as shop:
        run = shop.server.run

        def refused(*arguments):
            done = subprocess.run([shop.server.command[0], '--config', shop.server.config, *arguments], capture_output=True, text=True, check=False)
            assert done.returncode != 0 and done.stderr.count('\n') == 1, done
            return done.stderr

        run('user', 'remove', '--user', 'otto')
        for arguments in (('user', 'remove', '--user', 'owner'), ('user', 'role', '--user', 'owner', '--role', 'agent')):
            assert 'last owner' in refused(*arguments)
        assert 'no user' in refused('user', 'remove', '--user', 'nobody')
        assert '--role' in refused('user', 'role', '--user', 'ben', '--role', 'king')
        assert 'no token' in refused('token', 'revoke', '--id', 'x')
        assert '--id or --user' in refused('token', 'revoke')
        assert shop.ben.ask('GET', '/api/tokens', query={'agent': shop.bea.agent['id']}).status == 403
        run('user', 'role', '--user', 'ben', '--role', 'owner')
        # At once, and for every business.
        assert shop.ben.ask('GET', '/api/session').body['agent']['role'] == 'owner'
        assert len(shop.ben.ask('GET', '/api/businesses').body['businesses']) == 2
        assert shop.ben.ask('GET', '/api/tokens', query={'agent': shop.bea.agent['id']}).status == 200
        run('user', 'role', '--user', 'owner', '--role', 'agent')
        run('user', 'remove', '--user', 'owner')
        assert shop.client.ask('GET', '/api/session').status == 401


@tap.test
def unused_tokens_end():
    with Two() as shop:
        day = 24 * 60 * 60 * 1000
        shop.server.stop()
        database = sqlite3.connect(os.path.join(shop.server.data, 'lobby.db'))
        database.execute('UPDATE tokens SET last_used_at = last_used_at - ? WHERE agent_id = ?', (91 * day, shop.bea.agent['id']))
        database.execute('UPDATE tokens SET last_used_at = last_used_at - ? WHERE agent_id = ?', (89 * day, shop.ben.agent['id']))
        database.commit()
        shop.server.start()
        assert shop.bea.ask('GET', '/api/session').status == 401
        assert shop.ben.ask('GET', '/api/session').status == 200
        wait_until(lambda: database.execute('SELECT max(last_used_at) - min(last_used_at) < ? FROM tokens', (day,)).fetchone()[0], 'the use to be noted')
        database.close()


tap.run()

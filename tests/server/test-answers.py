#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation of docs/openapi.yaml, asked by an owner about things that are there, with WhatsApp's side at hand: each succeeds,
and answers as it is described."""

import base64
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration', 'support'))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lobby_test import Tap, World, wait_until  # noqa: E402
from rest_shop import DESCRIPTION, Client  # noqa: E402

tap = Tap()
PNG = base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==')
TUS = {'Tus-Resumable': '1.0.0', 'Content-Type': 'application/offset+octet-stream'}
# What WhatsApp asks of us, and what belongs to a number of the other kind: asked by others (test-rest.py, test-gateway.py …).
ELSEWHERE = {'POST /webhooks/cloud/{connectionId}', 'POST /webhooks/gateway/{connectionId}',
             'POST /api/connections/{id}/link', 'POST /api/connections/{id}/unlink'}


def encoded(text):
    return base64.b64encode(text.encode()).decode()


class Everything(World):
    def __enter__(self):
        super().__enter__()
        self.client, self.asked = Client(self.server.url, self.rest.token), set()
        self.sandbox.add_customer('15550107777', 'Anna')
        self.sandbox.say('15550107777', 'hello')
        self.sandbox.say('15550107777', type='document', filename='a.pdf', mime_type='application/pdf', data=encoded('%PDF-1.4 x'))
        self.contact = wait_until(lambda: self.rest.contact_named('Anna'), 'the contact')['id']
        return self

    def ask(self, method, path, body=None, **more):
        answer = self.client.ask(method, path, body, **more)
        self.asked.add(f'{method} {path}')
        assert answer.status < 300, (method, path, answer.status, answer.body)
        return answer.body if answer.body else answer

    def upload(self, content, kind):
        answer = self.ask('POST', '/api/uploads', b'', headers={
            **TUS, 'Upload-Length': str(len(content)), 'Upload-Metadata': f'business {encoded(self.rest.business)},kind {encoded(kind)},filename {encoded("x")}'})
        return answer.headers['Location'].split('/')[-1]


@tap.test
def every_operation_succeeds_as_described():
    with Everything() as world:
        ask, contact, connection, business = world.ask, world.contact, world.connection_id, world.rest.business
        ask('GET', '/healthz')
        ask('GET', '/metrics')
        ask('POST', '/api/session', {'user': world.server.user, 'password': world.server.password, 'device': 'another'})
        ask('GET', '/api/session')
        tokens = ask('GET', '/api/tokens')['tokens']
        ask('DELETE', '/api/tokens/{id}', id=next(one['id'] for one in tokens if not one['current']))
        ask('GET', '/api/businesses')

        # Conversations, messages and what can be done with them.
        ask('GET', '/api/contacts', query={'business': business})
        ask('GET', '/api/contacts/{id}', id=contact)
        ask('PUT', '/api/contacts/{id}/picture', PNG, id=contact, headers={'Content-Type': 'image/png'})
        ask('GET', '/api/contacts/{id}/picture', id=contact)
        ask('POST', '/api/contacts/{id}/read', {}, id=contact)
        ask('GET', '/api/conversations', query={'business': business})
        ask('POST', '/api/messages/{contactId}', {'clientId': 'c1', 'type': 'text', 'text': 'hello'}, contactId=contact)
        messages = wait_until(lambda: (lambda found: any(one['metadata'].get('media_state') == 'ready' for one in found) and found)(
            ask('GET', '/api/messages/{contactId}', contactId=contact)['messages']), 'the file')
        document = next(one['id'] for one in messages if one['message_type'] == 'document')
        ask('GET', '/api/media/{id}', id=document)

        # Uploads.
        ask('OPTIONS', '/api/uploads')
        upload = world.upload(PNG, 'image')
        ask('OPTIONS', '/api/uploads/{id}', id=upload)
        ask('PATCH', '/api/uploads/{id}', PNG, id=upload, headers={**TUS, 'Upload-Offset': '0'})
        ask('GET', '/api/uploads/{id}', id=upload)
        sent = ask('POST', '/api/messages/{contactId}', {'clientId': 'c2', 'type': 'image', 'mediaId': upload}, contactId=contact)['message']['id']
        if 'get' in DESCRIPTION.document['paths'].get('/api/media/{id}/thumbnail', {}):
            wait_until(lambda: ask('GET', '/api/media/{id}/thumbnail', id=sent), 'the thumbnail')
        ask('DELETE', '/api/uploads/{id}', id=world.upload(b'unfinished', 'document'), headers=TUS)
        ask('POST', '/api/uploads/{id}', b'half', id=world.upload(b'half a file', 'document'),
            headers={**TUS, 'Upload-Offset': '0', 'X-HTTP-Method-Override': 'PATCH'})

        # Numbers.
        ask('GET', '/api/connections', query={'business': business})
        ask('GET', '/api/connections/{id}', id=connection)
        ask('PATCH', '/api/connections/{id}', {'name': 'Renamed'}, id=connection)
        ask('POST', '/api/connections/{id}/check', id=connection)
        ask('POST', '/api/connections/test', {'id': connection})
        ask('GET', '/api/connections/{id}/profile', id=connection)
        ask('PATCH', '/api/connections/{id}/profile', {'about': 'Open until six'}, id=connection)
        ask('GET', '/api/connections/{id}/number', id=connection)
        ask('GET', '/webhooks/cloud/{connectionId}', connectionId=connection,
            query={'hub.mode': 'subscribe', 'hub.challenge': '1', 'hub.verify_token': 'verify-me'})
        ask('POST', '/api/templates/sync', query={'connection': connection})
        ask('GET', '/api/templates', query={'connection': connection})
        template = ask('POST', '/api/templates', {'name': 'greeting', 'language': 'en', 'category': 'UTILITY',
                                                  'components': [{'type': 'BODY', 'text': 'Good morning.'}]}, query={'connection': connection})
        ask('DELETE', '/api/templates/{id}', id=template['template']['id'])
        added = ask('POST', '/api/connections', {'business_id': business, 'kind': 'cloud', 'name': 'Second', 'phone_number_id': '9', 'waba_id': '9',
                                                 'access_token': 'x', 'app_secret': 'x', 'graph_url': world.sandbox.url + '/v25.0'})['connection']['id']
        ask('DELETE', '/api/connections/{id}', id=added)
        ask('DELETE', '/api/session')

        described = {f'{method.upper()} {path}' for path, item in DESCRIPTION.document['paths'].items() for method in item if method != 'parameters'}
        # Edits and revocations need a number that can; an alert needs WhatsApp's say.
        rest = {'PATCH /api/messages/{contactId}/{messageId}', 'DELETE /api/messages/{contactId}/{messageId}', 'DELETE /api/connections/{id}/alerts/{alertId}'}
        assert described - world.asked - ELSEWHERE == rest, described - world.asked - ELSEWHERE - rest


tap.run()

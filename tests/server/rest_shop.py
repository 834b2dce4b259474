# SPDX-License-Identifier: GPL-3.0-or-later
"""A lobbyd with an owner and a connection, whose every answer is held against docs/openapi.yaml. Customers' messages come as
signed webhooks made here; nothing answers on WhatsApp's side, so what agents send stays pending."""

import hashlib
import hmac
import json
import os
import shutil
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'integration', 'support'))
from lobby_test import OPENER, PATIENCE, Server, wait_until  # noqa: E402
from openapi import Description  # noqa: E402

DESCRIPTION = Description()
DEAD = 'http://127.0.0.1:1'
SECRET = 'app-secret'
HOUR_AGO = int(time.time()) - 3600


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def code(self):
        return self.body['error']['code']


class Client:
    """Asks by a path of openapi.yaml with its {parameters}; every answer must be as described there."""

    def __init__(self, url, token=None):
        self.url, self.token = url, token

    def ask(self, method, template, body=None, token=None, headers=None, query=None, **parameters):
        path = template
        for name, value in parameters.items():
            path = path.replace('{' + name + '}', urllib.parse.quote(value, safe=''))
        if query:
            path += '?' + urllib.parse.urlencode(query)
        headers = dict(headers or {})
        if token or self.token:
            headers['Authorization'] = 'Bearer ' + (token or self.token)
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if data is not None:
            headers.setdefault('Content-Type', 'application/json')
        asked = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with OPENER.open(asked, timeout=20 * PATIENCE) as answer:
                return self._checked(method, template, answer.status, answer)
        except urllib.error.HTTPError as error:
            return self._checked(method, template, error.code, error)

    @staticmethod
    def _checked(method, template, status, answer):
        body = answer.read()
        if 'json' in (answer.headers.get('Content-Type') or ''):
            body = json.loads(body)
        DESCRIPTION.check(method, template, status, body)
        return Answer(status, answer.headers, body)

    def sign_in(self, user, password):
        answer = self.ask('POST', '/api/session', {'user': user, 'password': password})
        assert answer.status == 200, answer.body
        self.token = answer.body['token']
        return answer.body


def signed(body):
    return {'X-Hub-Signature-256': 'sha256=' + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}


class Shop:
    """A server with an owner and a connection."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='lobby-rest-')
        self.server = Server(self.folder)

    def __enter__(self):
        self.server.setup()
        self.connection = self.add_connection('106540352242922')
        self.server.start()
        self.server.keep_port()
        self.client = Client(self.server.url)
        self.session = self.client.sign_in(self.server.user, self.server.password)
        self.business = self.session['businesses'][0]['id']
        return self

    def add_connection(self, phone_number_id, *options):
        return self.server.run('connection', 'add', '--name', 'Shop', '--number', '+1 555 078-3881', '--graph-url', DEAD + '/v25.0',
                               '--phone-number-id', phone_number_id, '--waba', '102290129340398', '--verify-token', 'verify-me',
                               '--secrets-stdin', *options, secrets=f'token\n{SECRET}\n').split()[-1]

    def __exit__(self, *error):
        self.server.kill()
        shutil.rmtree(self.folder)

    def deliver(self, *messages, connection=None, phone_number_id='106540352242922'):
        """(wa_id, wamid, text, seconds) each."""
        value = {'messaging_product': 'whatsapp', 'metadata': {'display_phone_number': '15550783881', 'phone_number_id': phone_number_id},
                 'contacts': [{'profile': {'name': f'Customer {wa_id}'}, 'wa_id': wa_id} for wa_id in {one[0] for one in messages}],
                 'messages': [{'from': wa_id, 'id': wamid, 'timestamp': str(at), 'type': 'text', 'text': {'body': text}}
                              for wa_id, wamid, text, at in messages]}
        self.deliver_change('messages', value, connection)

    def deliver_change(self, field, value, connection=None):
        body = json.dumps({'object': 'whatsapp_business_account',
                           'entry': [{'id': '102290129340398', 'changes': [{'field': field, 'value': value}]}]}).encode()
        answer = self.client.ask('POST', '/webhooks/cloud/{connectionId}', body, connectionId=connection or self.connection, headers=signed(body))
        assert answer.status == 200, answer.body

    def contact(self, wa_id):
        def find():
            contacts = self.client.ask('GET', '/api/contacts').body['contacts']
            return next((one for one in contacts if one.get('phone_number') == '+' + wa_id), None)
        return wait_until(find, f'the contact {wa_id}')

    def conversations(self, **query):
        return self.client.ask('GET', '/api/conversations', query={'business': self.business, **query}).body

    def send(self, contact_id, client_id, text, **more):
        return self.client.ask('POST', '/api/messages/{contactId}', {'clientId': client_id, 'type': 'text', 'text': text, **more}, contactId=contact_id)

# SPDX-License-Identifier: GPL-3.0-or-later
"""A number that is linked by QR code, at the gateway of the sandbox."""

import base64
import sys

from lobby_test import World, wait_until

CUSTOMER = '16505551234'
PNG = base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==')


class Linked(World):
    """A world whose customers know the linked number only."""

    def __init__(self, link=True, **knobs):
        super().__init__(wire=False)
        self.link_it, self.first_knobs = link, {'start_ms': 50, 'status_delay_ms': 20, **knobs}
        self.server.env.update(LOBBYD_HEARTBEAT_MSEC='300', LOBBYD_SETTLE_MSEC='1500', LOBBYD_SEND_TIMEOUT_MSEC='2000')

    def __enter__(self):
        super().__enter__()
        try:
            self.rest.delete(f'/api/connections/{self.connection_id}')
            self.sandbox.knobs(**self.first_knobs)
            self.connection_id = self.rest.post('/api/connections', self.settings())['connection']['id']
            self.path = f'/api/connections/{self.connection_id}'
            if self.link_it:
                self.link()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def settings(self, **more):
        return {'business_id': self.rest.business, 'kind': 'gateway', 'name': 'Linked', 'gateway_url': self.sandbox.url, 'gateway_key': 'sandbox-key', **more}

    @property
    def connection(self):
        return self.rest.get(self.path)['connection']

    def wait_state(self, state, step=None, timeout=20):
        return wait_until(lambda: (lambda one: one['state'] == state and one.get('step') == step and one)(self.connection), f'{state} {step or ""}', timeout)

    def gateway(self, path, **body):
        return self.sandbox.control('POST', '/sandbox/gateway/' + path, body)

    def session(self):
        return self.sandbox.control('GET', '/sandbox/gateway/sessions')['sessions'][0]

    def link(self):
        self.rest.post(self.path + '/link', {'method': 'qr'})
        qr = wait_until(lambda: self.connection.get('qr'), 'the QR code')
        self.gateway('scan', qr=qr)
        return self.wait_state('connected')

    def say(self, text=None, **more):
        return self.sandbox.say(CUSTOMER, text, via='default', **more)

    def say_file(self, kind, content=PNG, mime_type='image/png', **more):
        return self.say(type=kind, data=base64.b64encode(content).decode(), mime_type=mime_type, **more)

    def say_other(self, kind, content):
        return self.say(message={'type': kind, kind: content})

    def contact(self, name=CUSTOMER):
        return wait_until(lambda: self.rest.contact_named(name), f'the contact {name}')

    def messages(self, count=None, contact=None):
        contact = contact or self.contact()
        if count is None:
            return self.rest.messages(contact['id'])
        return wait_until(lambda: (lambda found: len(found) >= count and found)(self.rest.messages(contact['id'])), f'{count} messages')

    def wait_message(self, check, what, contact=None):
        return wait_until(lambda: next((one for one in self.messages(contact=contact) if check(one)), None), what)

    def calls(self, kind):
        return [call for call in self.sandbox.calls()['calls'] if call['kind'] == kind]

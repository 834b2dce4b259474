#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The owner's dialog of WhatsApp numbers, driven as a person would: real app, real server, real sandbox."""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from atspi import Desktop  # noqa: E402
from lobby_test import Tap, World, wait_until  # noqa: E402

tap = Tap()
PASSWORD = 'a password of theirs'


class Office:
    """A sandbox, a server without a number (unless wanted), and the app, signed in."""

    # AT-SPI is asked for once a process, so all tests share one desktop.
    desktop = None

    def __init__(self, number=False, user=None, settings=''):
        self.number, self.user, self.settings = number, user, settings

    def __enter__(self):
        self.world = World(connect=self.number, settings=self.settings).__enter__()
        try:
            self.sandbox, self.server = self.world.sandbox, self.world.server
            if self.user:
                self.server.add_user(self.user, 'Ada Agent', PASSWORD)
            self.app = self.desktop.start_app('--data-folder', os.path.join(self.world.folder, 'app'))
            self.app.sign_in(self.server, self.user, PASSWORD if self.user else None)
            self.app.find('toggle button', 'Search')
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, error, trace):
        if hasattr(self, 'app'):
            self.app.__exit__(kind, error, trace)
        self.world.__exit__(kind, error, trace)

    def open_numbers(self):
        self.app.key('F10')
        self.app.find('menu', 'Main Menu')
        self.app.key('w')
        return self.app.find('dialog', 'WhatsApp Numbers')

    def close_numbers(self):
        # While a page slides away the keyboard is its.
        wait_until(lambda: not self.app.find_all('dialog') or (self.app.key('Escape') and False), 'the dialog to close', every=1)

    def change_role(self, role):
        self.server.kill()
        self.server.run('user', 'role', '--user', self.user, '--role', role)
        self.server.start()

    def press(self, name):
        self.app.find('button', name, where=lambda node: node.has('sensitive')).click()

    def fill(self, **texts):
        for name, text in texts.items():
            self.app.find('text', name.replace('_', ' ')).set_text(text)

    def label(self, words):
        return self.app.find('label', re.compile(words) if isinstance(words, str) else words)


@tap.test
def a_cloud_number_from_nothing():
    with Office() as office:
        app, sandbox = office.app, office.sandbox
        # The empty list says what to do first.
        office.press('Connect a Number')
        office.label('^No Numbers Yet$')
        app.find('dialog').find_all('button', 'Add a Number')[-1].click()
        app.find('list item', re.compile('^WhatsApp Cloud API')).click()
        app.find('text', 'Name, for your team').set_text('Front desk')
        office.fill(Phone_number_ID=sandbox.phone_number_id, WhatsApp_Business_account_ID=sandbox.waba, Access_token='not-the-token', App_secret=sandbox.app_secret)
        verify_token = app.find('text', 'Verify token').text
        assert len(verify_token) == 40, verify_token
        app.find('list item', 'Advanced').click()
        # It folds out below the edge of the dialog, and is brought into reach of the pointer.
        wait_until(lambda: app.find('text', 'Address of the Graph API').point_and_click().has('focused'), 'the focus where the pointer is', every=0.3)
        office.fill(Address_of_the_Graph_API=sandbox.url + '/v25.0')

        # A wrong token is told, and what depends on it is not called wrong.
        office.press('Test It')
        wrong = app.find('list item', re.compile('^Access token'), where=lambda node: node.find_all(name='wrong'))
        assert wrong.find_all('label'), app.describe()
        app.find('list item', re.compile('^Business account'), where=lambda node: node.find_all(name='not known'))
        office.fill(Access_token=sandbox.token)
        office.press('Test It')
        app.find('list item', re.compile('^Access token'), where=lambda node: node.find_all(name='right'))
        app.find('list item', re.compile('^App secret'), where=lambda node: node.find_all(name='right'))

        # A setting that the server refuses is told where it is.
        office.fill(Phone_number_ID='+1 555')
        office.press('Add')
        office.label('^Phone number ID: ')
        office.fill(Phone_number_ID=sandbox.phone_number_id)
        office.press('Add')
        office.label('^Connected')
        office.label('^Meta delivers to https addresses')
        address = office.label('/webhooks/cloud/').text or office.label('/webhooks/cloud/').name
        sandbox.set_webhook(address, verify_token)

        # It works: who writes now appears in the list behind the dialog.
        sandbox.say('15550100001', 'hello shop')
        sandbox.wait_idle()
        app.key('Escape')
        app.find('table cell', re.compile('hello shop'))


@tap.test
def a_token_that_ends():
    with Office(number=True) as office:
        app, sandbox = office.app, office.sandbox
        sandbox.say('15550100001', 'hello')
        app.find('table cell', re.compile('hello')).point_and_click()
        app.find('text', 'Message', where=lambda node: node.has('focused'))
        sandbox.knobs(expire_token=1)
        app.type('on its way\n')
        office.label('^WhatsApp of Shop is disconnected. .*nothing is lost. Reason: ')
        office.press('Edit Number')

        # A new token, typed where the focus is, and what waited goes out.
        sandbox.knobs(expire_token=None)
        app.find('text', 'Access token (unchanged)', where=lambda node: node.has('focused'))
        app.type(sandbox.token)
        office.press('Save')
        office.label('^Connected')
        wait_until(lambda: [message['body'] for message in sandbox.sent()] == ['on its way'], 'the message that waited', 40)
        app.absent('button', 'Edit Number')


@tap.test
def the_public_address_of_the_server_is_what_meta_is_given():
    with Office(number=True, settings='public-url=https://lobby.example.org') as office:
        office.open_numbers()
        office.app.find('list item', re.compile('^Shop')).click()
        office.label('^https://lobby.example.org/webhooks/cloud/')
        office.app.absent('label', re.compile('^Meta delivers to https'))


@tap.test
def a_linked_number_by_its_qr_code():
    with Office() as office:
        app, sandbox = office.app, office.sandbox
        sandbox.knobs(qr_first_ms=4000, qr_next_ms=4000, qr_attempts=1000)
        office.open_numbers()
        app.find('dialog').find_all('button', 'Add a Number')[-1].click()
        app.find('list item', re.compile('^Linked number')).click()
        app.find('text', 'Name, for your team').set_text('Till')
        office.fill(Address=sandbox.url, API_key='wrong')
        office.press('Test It')
        app.find('list item', re.compile('^Gateway'), where=lambda node: node.find_all(name='wrong'))
        office.fill(API_key='sandbox-key')
        office.press('Add')

        # A code is shown, and the next one when it changes.
        app.find('image', re.compile('^QR code that links this number'))
        first = qr_of(sandbox)
        wait_until(lambda: qr_of(sandbox) != first, 'another code')
        office.press('Link With Phone Number Instead')
        app.find('text', re.compile('^Phone number')).set_text('+1 555 078 3882')
        office.press('Get the Code')
        code = wait_until(lambda: session_of(sandbox).get('code'), 'a code for the phone')
        office.label(re.compile(f'^{code}$'))
        office.press('Scan a QR Code Instead')
        app.find('image', re.compile('^QR code that links this number'))
        sandbox.control('POST', '/sandbox/gateway/scan', {})
        office.label('^Linked$')
        office.press('Done')

        # It works, both ways.
        app.find('list item', re.compile('^Till')).click()
        office.label('^Connected')
        sandbox.say('15550100001', 'hello till', via='default')
        office.label('^Connected, last event just now')
        app.find('table cell', re.compile('hello till'))

        # Logged out, it says so and can be linked again; what was said stays.
        office.press('Log Out of WhatsApp…')
        app.find('alert').find('button', 'Log Out').click()
        app.absent('alert')
        office.label('^Disconnected: ')
        assert not session_of(sandbox)['linked']
        office.press('Link With a Phone…')
        app.find('image', re.compile('^QR code that links this number'))
        sandbox.control('POST', '/sandbox/gateway/scan', {})
        office.label('^Linked$')


def session_of(sandbox):
    return sandbox.control('GET', '/sandbox/gateway/sessions')['sessions'][0]


def qr_of(sandbox):
    return session_of(sandbox)['qr']


@tap.test
def a_passkey_is_asked_for():
    with Office() as office:
        app, sandbox = office.app, office.sandbox
        sandbox.knobs(passkey=1)
        office.open_numbers()
        app.find('dialog').find_all('button', 'Add a Number')[-1].click()
        app.find('list item', re.compile('^Linked number')).click()
        app.find('text', 'Name, for your team').set_text('Till')
        office.fill(Address=sandbox.url, API_key='sandbox-key')
        office.press('Add')
        app.find('image', re.compile('^QR code that links this number'))
        sandbox.control('POST', '/sandbox/gateway/scan', {})
        office.label('^Finish in Your Browser$')
        sandbox.control('POST', '/sandbox/gateway/passkey', {})
        office.label('^Linked$')


@tap.test
def a_link_that_fails_says_why_and_what_to_do():
    with Office() as office:
        app, sandbox = office.app, office.sandbox
        sandbox.knobs(qr_first_ms=2000, qr_next_ms=2000, qr_attempts=1)
        office.open_numbers()
        app.find('dialog').find_all('button', 'Add a Number')[-1].click()
        app.find('list item', re.compile('^Linked number')).click()
        app.find('text', 'Name, for your team').set_text('Till')
        office.fill(Address=sandbox.url)
        app.find('text', 'API key').type('wrong\n')

        # Saving took the focus, and keys are heard all the same.
        office.label('The gateway does not accept the key$')
        app.find('button', 'Try Again', where=lambda node: node.has('focused'))
        app.key('Tab', 'Return')
        app.find('text', 'API key (unchanged)').type('sandbox-key')
        app.find('text', 'API key')
        app.key('Return')
        app.find('label', 'Saved')
        office.press('Try Again')
        app.find('image', re.compile('^QR code that links this number'))
        reason = office.label('^The code was not used in time')
        app.find('button', 'Try Again', where=lambda node: node.has('focused'))
        # Later the server only knows that there is no phone.
        rest = office.server.rest()
        wait_until(lambda: 'No phone' in str(rest.get('/api/connections', business=rest.business)), 'the state after it')
        assert reason.name.startswith('The code was not used'), app.describe()
        app.key('Escape')
        office.label('^Disconnected: No phone is linked yet$')


@tap.test
def a_key_that_the_gateway_does_not_accept():
    with Office() as office:
        app, rest = office.app, office.server.rest()
        rest.post('/api/connections', {'business_id': rest.business, 'kind': 'gateway', 'name': 'Till', 'gateway_url': office.sandbox.url, 'gateway_key': 'wrong'})
        office.label('^WhatsApp of Till is disconnected. .*The gateway does not accept the key$')
        office.press('Edit Number')
        app.find('text', 'API key (unchanged)', where=lambda node: node.has('focused'))
        app.type('sandbox-key\n')
        app.find('label', 'Saved')
        office.close_numbers()
        # With the right one only the phone is missing.
        office.press('Link Again')
        app.find('image', re.compile('^QR code that links this number'))


@tap.test
def removing_keeps_the_history():
    with Office(number=True) as office:
        app, sandbox = office.app, office.sandbox
        sandbox.say('15550100001', 'hello')
        app.find('table cell', re.compile('hello'))
        office.open_numbers()
        app.find('list item', re.compile('^Shop')).click()
        office.press('Remove…')
        office.label('^Conversations and|history stay')
        app.find('alert', 'Remove Shop?').find('button', 'Remove').click()
        app.absent('alert')
        office.label('^No Numbers Yet$')
        office.close_numbers()
        app.find('table cell', re.compile('hello')).point_and_click()
        app.find('list item', re.compile(': hello, '))

        # Nothing can be sent over it any more, and nothing pretends that it could.
        office.label('^The number was removed$')
        assert not app.find_all('text', 'Message')
        app.key('Up', 'Menu')
        # Copy, select, info; no reply.
        wait_until(lambda: len(app.find('menu').find_all('menu item')) == 3, 'the menu of a message')


@tap.test
def alerts_are_told_and_put_away():
    with Office(number=True) as office:
        app, sandbox = office.app, office.sandbox
        sandbox.control('POST', '/sandbox/notify', {'field': 'account_update', 'value': {'event': 'ACCOUNT_RESTRICTION'}})
        office.label('^Shop: The account is restricted$')
        office.press('Details')
        app.find('list item', re.compile('^The account is restricted'))
        wait_until(lambda: app.find_all('button', 'Dismiss “The account is restricted”', where=lambda node: node.has('focused')) or (app.key('Tab') and False),
                   'the focus on the button', every=0.3)

        # Pressed again before the server has answered, it asks for no more; Tab tells that both were heard.
        office.server.pause()
        app.key('Return', 'Return', 'shift+Tab')
        wait_until(lambda: not app.find_all('button', re.compile('^Dismiss'), where=lambda node: node.has('focused')), 'the focus elsewhere')
        office.server.resume()
        app.absent('button', 'Dismiss “The account is restricted”')
        app.settle()
        assert not app.find_all('label', re.compile('^The server refused')), app.describe()
        office.close_numbers()
        app.absent('button', 'Details')


@tap.test
def agents_are_not_offered_it():
    with Office(user='ada') as office:
        office.label('^No Conversations Yet$')
        office.app.key('F10')
        office.app.find('menu', 'Main Menu').find('menu item', 'Keyboard Shortcuts')
        assert not office.app.find_all('menu item', re.compile('WhatsApp Numbers'))
        office.app.key('Escape')
        assert not office.app.find_all('button', 'Connect a Number')

        # Made an owner, they are; and not for longer than that. An app asks whenever it connects.
        office.change_role('owner')
        office.app.find('button', 'Connect a Number', timeout=40)
        office.open_numbers()
        office.change_role('agent')
        office.app.absent('dialog', 'WhatsApp Numbers', timeout=40)


with Desktop() as Office.desktop:
    tap.run()

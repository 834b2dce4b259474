#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real window, driven as a person would: keys, pointer and what a screen reader sees. Real server, real sandbox."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from atspi import Desktop  # noqa: E402
from lobby_test import PATIENCE, Tap, World, wait_until  # noqa: E402

tap = Tap()
ANNA, BEN = '15550100001', '15550100002'


# What the app leaves at its end is told by LeakSanitizer, and libraries are known by their names (tests/lsan.supp). They have no frame pointers,
# so this takes the slow way to their names (an app six times as slow), only where an app is ended and not killed.
WHOLE_STACKS = {'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':fast_unwind_on_malloc=0:malloc_context_size=40'}


class Shop:
    """A world with two customers who have written, and the app, signed in or not."""

    # AT-SPI is asked for once a process, so all tests share one desktop.
    desktop = None

    def __init__(self, signed_in=True, size=None, ends=False):
        self.signed_in, self.size, self.ends = signed_in, size, ends

    def __enter__(self):
        self.world = World().__enter__()
        try:
            self.sandbox, self.server = self.world.sandbox, self.world.server
            self.sandbox.add_customer(ANNA, 'Anna Arnold')
            self.sandbox.add_customer(BEN, 'Ben Becker')
            self.sandbox.knobs(concurrency=1)  # Ben is known first
            self.sandbox.say(BEN, 'are you open?')
            self.sandbox.say(ANNA, 'do you have *rye* bread?')
            self.sandbox.wait_idle()
            self.start(self.ends)
            if self.size:
                self.app.resize(*self.size)
            if self.signed_in:
                self.app.sign_in(self.server)
                self.row('Anna Arnold')
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, error, trace):
        if hasattr(self, 'app'):
            self.app.__exit__(kind, error, trace)
        self.world.__exit__(kind, error, trace)

    def start(self, ends=False):
        """ends: it will be stopped, and not killed."""
        self.app = self.desktop.start_app('--data-folder', self.folder, env=WHOLE_STACKS if ends else None)

    @property
    def folder(self):
        return os.path.join(self.world.folder, 'app')

    def row(self, words):
        return self.app.find('table cell', re.compile(words))

    def open(self, name):
        self.app.open_conversation(name)
        self.app.find('text', 'Message', where=lambda node: node.has('focused'))
        return self

    def composer(self):
        return self.app.find('text', 'Message')

    def say(self, text):
        self.app.type(text)
        wait_until(lambda: self.composer().text == text, f'"{text}" in the field')
        self.app.key('Return')
        wait_until(lambda: self.composer().text == '', 'the field to be empty')

    def restart(self):
        code = self.app.stop()
        ended = self.app
        self.start()
        assert code == 0, f'ended with {code}: {ended.read_log()}'
        self.row('Anna Arnold')


class Notifications:
    """The notification service of the desktop, and what it was told."""

    def __enter__(self):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support', 'notifications.py')
        self.calls = []
        self.process = subprocess.Popen([sys.executable, script], env=Shop.desktop.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._listen, daemon=True).start()
        wait_until(lambda: self.calls, 'the notification service')
        return self

    def _listen(self):
        for line in self.process.stdout:
            self.calls.append(json.loads(line))

    def __exit__(self, *unused):
        self.process.kill()
        self.process.wait()

    def shown(self, title):
        return [call for call in self.calls if call.get('title') == title]

    def is_closed(self, call):
        return any(other.get('closed') == call['shown'] for other in self.calls)

    def click(self, call):
        self.process.stdin.write(f'invoke {call["shown"]}\n')
        self.process.stdin.flush()


def bodies(sandbox):
    return [message['body'] if isinstance(message['body'], str) else message['body'].get('body') for message in sandbox.sent()]


@tap.test
def signing_in():
    with Shop(signed_in=False) as shop:
        shop.app.sign_in(shop.server, password='not the password')
        shop.app.find('label', 'The user or the password is not right.')
        shop.app.find('text', 'Server address').set_text('http://127.0.0.1:1')
        shop.app.find('text', 'Password').set_text('anything')
        shop.app.find('button', 'Sign In', where=lambda node: node.has('sensitive')).click()
        shop.app.find('label', re.compile('does not answer'))
        shop.app.sign_in(shop.server)
        shop.row('^Anna Arnold, 1 unread message, do you have rye bread\\?')
        shop.row('^Ben Becker, 1 unread message, are you open\\?')

        # The first time as at any start: the keyboard is at the list.
        for first in (True, False):
            shop.app.find('table cell', re.compile('^Anna Arnold'), where=lambda node: node.has('focused'))
            if first:
                shop.app.kill()
                shop.start()
        shop.app.key('Return')
        shop.app.find('button', 'Anna Arnold')


@tap.test
def reading_and_answering():
    with Shop() as shop:
        shop.open('Anna Arnold')
        shop.row('^Anna Arnold, do you have')
        wait_until(lambda: 'read' in str(shop.sandbox.calls()), 'the read receipt at WhatsApp')
        shop.say('Yes, fresh today.')
        shop.row('^Anna Arnold, You: Yes, fresh today., (Sent|Delivered)')
        shop.sandbox.read(ANNA)
        shop.row('^Anna Arnold, You: Yes, fresh today., Read')
        assert bodies(shop.sandbox) == ['Yes, fresh today.'], shop.sandbox.sent()

        # Somebody else writes: nothing changes here but the list.
        shop.sandbox.say(BEN, 'hello?')
        shop.row('^Ben Becker, 2 unread messages, hello\\?')
        assert shop.app.find('button', 'Anna Arnold').has('showing')

        # How many there were stands above them until they are answered.
        shop.open('Ben Becker')
        shop.app.find('label', '2 unread messages')
        shop.sandbox.say(BEN, 'anybody?')
        shop.app.find('list item', re.compile(': anybody\\?, '))
        assert shop.app.find('label', '2 unread messages').has('showing')
        shop.say('We are.')
        shop.app.absent('label', '2 unread messages')


def numbers(messages):
    """Of the messages that the timeline has at hand, in order. Only the list is asked: all of the window costs a second."""
    found = (re.search(r': message (\d+), ', node.name) for node in messages.children())
    return [int(match[1]) for match in found if match]


@tap.test
def five_thousand_messages_back_and_forth():
    with Shop() as shop:
        shop.sandbox.say(ANNA, 'message {n}', count=5000)
        shop.sandbox.wait_idle(120)
        shop.row('^Anna Arnold, 5001 unread messages, message 5000')
        shop.open('Anna Arnold')
        shop.app.key('shift+F6', 'End')
        messages = shop.app.find('list', 'Messages')
        wait_until(lambda: 5000 in numbers(messages), 'the newest')

        def unbroken():
            at_hand = numbers(messages)
            assert at_hand == list(range(at_hand[0], at_hand[0] + len(at_hand))), at_hand
            return at_hand

        # Page by page; a key that comes before its page does nothing.
        deadline = time.monotonic() + 240 * PATIENCE
        while 1 not in wait_until(unbroken, 'the messages to be in order'):
            assert time.monotonic() < deadline, f'still at {unbroken()[0]}'
            shop.app.key('--delay', '60', *['Home'] * 25)
        shop.app.find('list item', re.compile('do you have rye bread'))
        shop.app.key('End')
        wait_until(lambda: 5000 in numbers(messages), 'the newest again')
        shop.sandbox.say(ANNA, 'and one more')
        shop.app.find('list item', re.compile(': and one more, '))


@tap.test
def the_network_goes_and_comes():
    with Shop() as shop:
        shop.open('Anna Arnold')
        shop.server.kill()
        for text in ('one', 'two', 'three'):
            shop.say(text)
        shop.row('^Anna Arnold, You: three, Waiting to be sent')
        shop.app.find('label', re.compile('^The server cannot be reached'))
        shop.app.find('button', 'Try Now').click()
        shop.server.start()
        shop.app.find('table cell', re.compile('^Anna Arnold, You: three, (Sent|Delivered|Read)'), timeout=60)
        wait_until(lambda: bodies(shop.sandbox) == ['one', 'two', 'three'], 'all three, once and in order')
        shop.app.absent('button', 'Try Now')


@tap.test
def what_was_written_survives():
    with Shop() as shop:
        shop.open('Anna Arnold')
        shop.app.type('half an answer')
        wait_until(lambda: shop.composer().text == 'half an answer', 'the text')
        shop.open('Ben Becker')
        shop.row('^Anna Arnold, Draft: half an answer')
        assert shop.composer().text == ''

        # Left alone for a moment, a draft outlives even a kill -9; and what was sent while offline too.
        shop.server.kill()
        shop.say('kept in the outbox')
        shop.row('^Ben Becker, You: kept in the outbox, Waiting')
        shop.app.kill()
        shop.start(ends=True)
        shop.row('^Anna Arnold, Draft: half an answer')
        shop.row('^Ben Becker, You: kept in the outbox, Waiting')
        shop.open('Anna Arnold')
        assert shop.composer().text == 'half an answer'

        shop.server.start()
        wait_until(lambda: bodies(shop.sandbox) == ['kept in the outbox'], 'the message from before the restart', timeout=40)
        shop.restart()
        shop.open('Anna Arnold')
        assert shop.composer().text == 'half an answer'


@tap.test
def two_customers_are_one():
    with Shop() as shop:
        shop.open('Ben Becker')
        shop.app.type('for Ben')
        wait_until(lambda: shop.composer().text == 'for Ben', 'the text')
        shop.open('Anna Arnold')
        shop.app.type('for Anna')
        wait_until(lambda: shop.composer().text == 'for Anna', 'the text')
        business = {'display_phone_number': '15550783881', 'phone_number_id': '106540352242922'}
        for number in (BEN, ANNA):
            shop.sandbox.control('POST', '/sandbox/notify', {'field': 'messages', 'value': {'metadata': business, 'messages': [
                {'from': number, 'from_user_id': 'US.77', 'id': f'wamid.{number}', 'timestamp': str(int(time.time())), 'type': 'text',
                 'text': {'body': 'it is me'}}]}})
        # Who was known first stays, and the conversation is open on; so is what was being written, in both.
        wait_until(lambda: shop.app.find('button', 'Ben Becker').has('showing'), 'the other name above the conversation')
        shop.app.absent('table cell', re.compile('^Anna Arnold'))
        wait_until(lambda: shop.composer().text == 'for Ben\nfor Anna', 'both drafts')
        shop.app.find('list item', re.compile('rye'))
        shop.app.type('!')
        wait_until(lambda: shop.composer().text == 'for Ben\nfor Anna!', 'the field to have the keyboard')
        shop.app.key('Return')
        wait_until(lambda: bodies(shop.sandbox) == ['for Ben\nfor Anna!'], 'the answer')
        shop.row('^Ben Becker, You: for Ben')


@tap.test
def keys():
    with Shop() as shop:
        shop.app.key('alt+Down')
        shop.app.find('button', 'Anna Arnold')
        shop.app.key('alt+Down')
        shop.app.find('button', 'Ben Becker')
        shop.app.key('alt+Up')
        shop.app.find('button', 'Anna Arnold')

        # A search by number; Enter opens the first that is found.
        shop.app.key('ctrl+k')
        shop.app.find('entry', 'Search conversations', where=lambda node: node.has('focused'))
        shop.app.type('100002')
        wait_until(lambda: len(shop.app.find_all('table cell')) == 1, 'one to be found')
        shop.app.key('Return')
        shop.app.find('button', 'Ben Becker')
        shop.app.find('text', 'Message', where=lambda node: node.has('focused'))

        # The panes, one after the other and back to where one began.
        shop.app.key('ctrl+i')
        shop.app.find('label', 'Contact')
        shop.app.key('shift+F6', 'shift+F6')
        shop.app.key('F6', 'F6')
        shop.app.find('text', 'Message', where=lambda node: node.has('focused'))

        # Esc: first the search, then the conversation. From within the search, one is back at writing.
        shop.app.key('Escape')
        wait_until(lambda: len(shop.app.find_all('table cell')) == 2, 'the whole list')
        shop.app.key('ctrl+f')
        shop.app.find('entry', 'Search conversations', where=lambda node: node.has('focused'))
        shop.app.key('Escape')
        shop.app.find('text', 'Message', where=lambda node: node.has('focused'))
        shop.app.key('Escape')
        shop.app.find('label', 'Choose a Conversation')


@tap.test
def messages_by_keyboard():
    with Shop() as shop:
        shop.sandbox.say(ANNA, 'and cake?')
        shop.open('Anna Arnold')
        shop.app.find('list item', re.compile(': and cake\\?'))
        assert all(item.name for item in shop.app.find_all('list item')), shop.app.describe()
        # The timeline, the newest message, the one before; its menu, and there the reply.
        shop.app.key('shift+F6', 'Up', 'Up', 'Menu')
        shop.app.find('menu')
        shop.app.key('Escape')
        # Still at the same one, whose text can be selected; Esc ends that and closes nothing.
        shop.app.find('grouping', 'Messages', where=lambda node: node.has('focused'))
        shop.app.key('Menu')
        shop.app.find('menu')
        shop.app.key('s')
        shop.app.find('label', 'do you have rye bread?', where=lambda node: node.has('focused'))
        shop.app.key('Escape')
        shop.app.find('grouping', 'Messages', where=lambda node: node.has('focused'))
        shop.app.key('Menu')
        shop.app.find('menu')
        shop.app.key('r')
        shop.app.find('button', 'Do Not Reply')
        shop.app.find('text', 'Message', where=lambda node: node.has('focused'))
        shop.say('Baked this morning')
        sent = wait_until(lambda: shop.sandbox.sent(), 'the reply at WhatsApp')
        first = [message['id'] for message in shop.sandbox.control('GET', '/sandbox/said')['said'] if message['from'] == ANNA][0]
        assert sent[0]['context']['message_id'] == first, (sent, first)
        # Tab goes there and back as well, by way of the emoji.
        shop.app.absent('button', 'Do Not Reply')
        shop.app.key('shift+Tab', 'shift+Tab')
        shop.app.find('grouping', 'Messages', where=lambda node: node.has('focused'))
        shop.app.key('Tab', 'Tab')
        shop.app.find('text', 'Message', where=lambda node: node.has('focused'))


@tap.test
def a_narrow_window():
    with Notifications(), Shop(size=(400, 700), ends=True) as shop:
        assert not shop.app.find_all('text', 'Message')
        shop.open('Anna Arnold')
        wait_until(lambda: not shop.app.find_all('table cell'), 'the list to make room')
        shop.say('from a phone')
        shop.app.find('button', 'Back').click()
        shop.row('^Anna Arnold, You: from a phone')
        # One that is not in sight is not read.
        shop.sandbox.say(ANNA, 'thanks!')
        shop.row('^Anna Arnold, 1 unread message, thanks!')
        # The window comes back as it was left.
        shop.restart()
        wait_until(lambda: shop.app.find('table cell').extents()[2] < 400, 'the narrow window again')


@tap.test
def a_window_made_narrow():
    with Shop(size=(1200, 800)) as shop:
        shop.open('Anna Arnold')
        shop.app.key('ctrl+i')
        shop.app.find('label', 'Contact')
        shop.app.key('ctrl+i')
        shop.app.absent('label', 'Contact')
        # A search hides nothing here, nor later.
        shop.app.key('ctrl+f')
        shop.app.find('entry', 'Search conversations', where=lambda node: node.has('focused'))
        shop.app.key('Escape')
        # All at once, over both breakpoints: the closed pane takes no room from the others.
        shop.app.resize(360, 700)
        wait_until(lambda: not shop.app.find_all('table cell'), 'one pane to be left')
        assert 'Trying to measure' not in shop.app.read_log(), shop.app.read_log()


@tap.test
def the_focus_stays():
    with Shop(size=(1200, 800)) as shop:
        shop.open('Anna Arnold')
        for width in (500, 1200, 360, 1200, 900, 500, 1200):
            shop.app.resize(width, 700)
            shop.app.find('text', 'Message', where=lambda node: node.has('focused'))
        shop.app.type('still here')
        wait_until(lambda: shop.composer().text == 'still here', 'what was typed')


@tap.test
def what_whatsapp_would_refuse():
    with Shop() as shop:
        # Too long: told before it is sent, and nothing is cut off.
        shop.open('Anna Arnold')
        shop.composer().set_text('x' * 4097)
        assert not shop.app.find('button', 'Send').has('sensitive')
        shop.app.find(name='1 character too many')
        shop.app.key('Return')
        assert len(shop.composer().text) == 4097
        shop.app.key('BackSpace')
        shop.app.find('button', 'Send', where=lambda node: node.has('sensitive'))
        shop.app.key('Return')
        wait_until(lambda: bodies(shop.sandbox) == ['x' * 4096], 'all of it at WhatsApp')

        # A day after the customer's last message there is an explanation in place of the field, until there is another.
        shop.sandbox.add_customer('15550100003', 'Cleo Clark')
        shop.sandbox.say('15550100003', 'long ago', timestamp=int(time.time()) - 2 * 24 * 3600)
        shop.row('^Cleo Clark').point_and_click()
        shop.app.find('label', 'The 24 hours to answer are over')
        assert not shop.app.find_all('text', 'Message')
        # Nor does the menu of a message offer a reply.
        shop.app.key('Up', 'Menu')
        wait_until(lambda: len(shop.app.find('menu').find_all('menu item')) == 3, 'the menu of a message')
        # The customer writes while it is open: it stays, and offers one.
        shop.sandbox.say('15550100003', 'me again')
        shop.app.find('text', 'Message')
        wait_until(lambda: len(shop.app.find('menu').find_all('menu item')) == 4, 'the menu with a reply')

        # It goes under the hands of who writes: what is typed on presses no button elsewhere.
        shop.app.key('Escape')
        shop.sandbox.knobs(fail_code=131047, fail_count=1)
        shop.app.type('and now\n')
        shop.app.find('label', 'The 24 hours to answer are over')
        shop.app.absent('text', 'Message')
        assert not shop.app.find_all(re.compile('button'), where=lambda node: node.has('focused')), shop.app.describe()


@tap.test
def two_accounts():
    with Shop() as shop:
        app = shop.app
        shop.server.add_user('ada', 'Ada Agent', 'a password of hers')
        # Escape goes back to who is signed in.
        for leave in (True, False):
            app.key('F10')
            app.find('menu', 'Main Menu').find('menu item', 'Add Account…').click()
            app.find('label', 'Add Account')
            app.find('text', 'User', where=lambda node: node.has('focused') and node.text == '')
            if leave:
                app.key('Escape')
                app.absent('text', 'User')
                shop.row('^Anna Arnold')
        app.type('ada\na password of hers\n')
        app.find('label', 'Ada Agent')
        shop.row('^Anna Arnold')
        app.key('F10')
        app.find('menu', 'Main Menu').find('menu item', 'Test Shop – owner').click()
        app.find('label', 'Olivia Owner')

        # Who signs out is told as whom, and leaves the other one signed in.
        app.key('F10')
        app.find('menu', 'Main Menu').find('menu item', 'Sign Out…').click()
        app.find('alert').find('label', re.compile(f'^This signs owner out of {re.escape(shop.server.url)}\\.\n'))
        app.find('alert').find('button', 'Sign Out').click()
        app.find('label', 'Ada Agent')
        shop.row('^Anna Arnold')


@tap.test
def a_second_start():
    with Shop(signed_in=False) as shop:
        demo = os.path.join(shop.world.folder, 'demo.ini')
        with open(demo, 'w', encoding='utf-8') as file:
            file.write(f'[demo]\nserver={shop.server.url}\nuser={shop.server.user}\npassword={shop.server.password}\n')
        # What the second is asked for, the first does.
        lobby = shop.app.command[0]
        subprocess.run([lobby, '--data-folder', shop.folder, '--demo', demo], env=shop.app.env, check=True, timeout=30 * PATIENCE)
        shop.row('^Anna Arnold')
        [ben] = [one for one in shop.world.rest.conversations() if one['contact']['name'] == 'Ben Becker']
        subprocess.run([lobby, '--data-folder', shop.folder, '--conversation', ben['id']], env=shop.app.env, check=True, timeout=30 * PATIENCE)
        shop.app.find('button', 'Ben Becker')
        nobody = subprocess.run([lobby, '--data-folder', shop.folder, '--conversation', 'none'], env=shop.app.env, check=False, timeout=30 * PATIENCE)
        assert nobody.returncode == 1


@tap.test
def notifications():
    with Notifications() as service, Shop() as shop:
        shop.open('Anna Arnold')
        shop.sandbox.say(BEN, 'is it *ready*?')
        call = wait_until(lambda: next(iter(service.shown('Ben Becker')), None), 'the notification')
        assert call['body'].startswith('is it ready?'), call

        # Looked at: nothing is told.
        shop.sandbox.say(ANNA, 'thanks')
        shop.row('^Anna Arnold, thanks')
        assert not service.shown('Anna Arnold'), service.calls

        # A click goes there, and takes it back because it is read now.
        service.click(call)
        shop.app.find('button', 'Ben Becker')
        shop.row('^Ben Becker, is it')
        wait_until(lambda: service.is_closed(call), 'the notification to be taken back')


@tap.test
def signed_out_by_the_server():
    with Shop() as shop:
        shop.open('Anna Arnold')
        shop.app.type('not lost')
        wait_until(lambda: shop.composer().text == 'not lost', 'the text')
        shop.server.kill()
        [path] = [os.path.join(shop.server.data, name) for name in os.listdir(shop.server.data) if name.endswith(('.sqlite', '.db'))]
        with sqlite3.connect(path) as database:
            database.execute('DELETE FROM tokens')
        shop.server.start()
        shop.app.find('button', 'Sign In Again', timeout=40).click()
        shop.app.find('label', 'Sign In Again')
        assert shop.app.find('text', 'User').text == shop.server.user
        shop.app.find('text', 'Password').set_text(shop.server.password)
        shop.app.find('button', 'Sign In', where=lambda node: node.has('sensitive')).click()
        shop.row('^Anna Arnold')
        shop.app.absent('button', 'Sign In Again')
        assert shop.composer().text == 'not lost'
        shop.app.key('Return')
        wait_until(lambda: bodies(shop.sandbox) == ['not lost'], 'the message at WhatsApp')


@tap.test
def signing_out():
    with Shop() as shop:
        shop.app.key('F10')
        shop.app.find('menu', 'Main Menu')
        shop.app.key('o')
        shop.app.find('button', 'Sign Out').click()
        shop.app.find('text', 'Server address')
        assert [name for name in os.listdir(shop.folder) if name.endswith(('.sqlite', '.db'))] == []


with Desktop() as Shop.desktop:
    tap.run()

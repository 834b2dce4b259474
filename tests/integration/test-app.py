#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real window under Xvfb, driven over AT-SPI, with a real lobbyd and the sandbox behind it."""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from atspi import Desktop  # noqa: E402
from lobby_test import Tap, World, wait_until  # noqa: E402

tap = Tap()


def sign_in(app, world, user=None, password=None):
    app.find('text', 'Server address').set_text(world.server.url)
    app.find('text', 'User').set_text(user or world.server.user)
    app.find(where=lambda node: node.role in ('text', 'password text') and node.name == 'Password').set_text(password or world.server.password)
    app.find('button', 'Sign in').click()


def row(app, name, timeout=20):
    """The conversation's row in the list."""
    return app.find(where=lambda node: node.role in ('table cell', 'list item', 'grid cell') and (node.name or '').startswith(name), timeout=timeout)


def open_conversation(app, name):
    row(app, name).point_and_click()
    return app.find('button', re.compile('^' + re.escape(name)))


def sees(app, words, timeout=20):
    return app.find(name=re.compile(re.escape(words)), timeout=timeout)


def prepared(world, customers=2, messages=3):
    for number in range(customers):
        wa_id = f'1555010030{number}'
        world.sandbox.add_customer(wa_id, f'Customer {number}')
        world.sandbox.say(wa_id, f'word {number}-{{n}}', count=messages)
    world.sandbox.wait_idle()
    wait_until(lambda: sum(one['message_count_in'] for one in world.rest.conversations()) == customers * messages, 'the messages')


@tap.test
def signing_in():
    with World() as world, desktop.start_app() as app:
        prepared(world)
        sign_in(app, world, password='wrong password')
        sees(app, 'password')
        sign_in(app, world)
        row(app, 'Customer 0')
        row(app, 'Customer 1')
        # It is kept: the next start needs no sign-in.
        app.stop()
        app.start()
        app.wait_shown()
        row(app, 'Customer 0')


@tap.test
def reading_and_answering():
    with World() as world, desktop.start_app() as app:
        prepared(world)
        sign_in(app, world)
        open_conversation(app, 'Customer 0')
        sees(app, 'word 0-3')
        world.sandbox.say('15550100300', 'live from the street')
        sees(app, 'live from the street')
        wait_until(lambda: all(one['unread_count'] == 0 for one in world.rest.conversations() if one['contact']['name'] == 'Customer 0'), 'it to be read')
        app.type('The answer is yes\n')
        sees(app, 'The answer is yes')
        wait_until(lambda: [message for message in world.sandbox.sent() if 'The answer is yes' in str(message['body'])], 'it at WhatsApp')
        world.sandbox.read('15550100300')
        sees(app, 'Read')


@tap.test
def without_a_network():
    with World() as world, desktop.start_app() as app:
        prepared(world)
        sign_in(app, world)
        open_conversation(app, 'Customer 1')
        sees(app, 'word 1-3')
        world.server.kill()
        for number in range(1, 4):
            app.type(f'offline {number}\n')
            sees(app, f'offline {number}')
        # Over a restart of the app, too.
        app.kill()
        app.start()
        app.wait_shown()
        row(app, 'Customer 1')
        world.server.start()
        wait_until(lambda: len(world.sandbox.sent()) == 3, 'the three at WhatsApp', 60)
        assert [f'offline {number}' in str(message['body']) for number, message in enumerate(world.sandbox.sent(), 1)] == [True] * 3, world.sandbox.sent()
        world.sandbox.say('15550100301', 'welcome back')
        sees(app, 'welcome back')


@tap.test
def two_apps_of_one_business():
    with World() as world, desktop.start_app() as first, desktop.start_app() as second:
        prepared(world)
        world.server.add_user('anna', 'Anna', 'another long password')
        sign_in(first, world)
        sign_in(second, world, 'anna', 'another long password')
        open_conversation(first, 'Customer 0')
        row(second, 'Customer 0')
        first.type('from the first\n')
        row(second, 'Customer 0')
        open_conversation(second, 'Customer 0')
        sees(second, 'from the first')


with Desktop() as desktop:
    tap.run()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program in docs/joining.md, as it stands there, with npm's socket.io-client, against a real server."""

import os
import re
import shutil
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'integration', 'support')]
from lobby_test import PATIENCE, TOP, Program, Skip, Tap, World, wait_until  # noqa: E402

tap = Tap()


def program():
    with open(os.path.join(TOP, 'docs', 'joining.md'), encoding='utf-8') as file:
        found = re.findall(r'<!-- tests/interop/test-joining\.py runs what follows -->\n```js\n(.*?)```', file.read(), re.S)
    assert len(found) == 1
    return found[0]


def start(world, password='bot password'):
    modules = os.environ.get('LOBBY_NODE_MODULES')
    if not modules or not shutil.which('node'):
        raise Skip('there is no node, or LOBBY_NODE_MODULES does not name what tools/npm-modules made')
    folder = world.make_folder('bot')
    if not os.path.exists(os.path.join(folder, 'node_modules')):
        os.symlink(os.path.join(modules, 'node_modules') if os.path.isdir(os.path.join(modules, 'node_modules')) else modules,
                   os.path.join(folder, 'node_modules'))
    with open(os.path.join(folder, 'bot.mjs'), 'w', encoding='utf-8') as file:
        file.write(program())
    return Program('bot', ['node', 'bot.mjs', world.server.url, 'bot', password], folder, listens=False).start()


@tap.test
def it_answers_pings():
    with World() as world:
        world.server.add_user('bot', 'Ping Bot', 'bot password')
        world.sandbox.add_customer('15550107777', 'Anna')
        world.sandbox.say('15550107777', 'ping')  # before it came: not its business
        wait_until(lambda: world.rest.contact_named('Anna'), 'the contact')
        bot = start(world)
        try:
            wait_until(lambda: 'Ping Bot listens' in bot.read_log(), 'the bot')
            world.sandbox.say('15550107777', 'hello')
            world.sandbox.say('15550107777', 'ping')
            wait_until(lambda: [one['body'] for one in world.sandbox.sent()] == ['pong'], 'the answer')
            # The server goes, a customer writes meanwhile, and it comes back.
            world.server.kill()
            world.sandbox.say('15550107777', 'ping')
            world.server.start()
            wait_until(lambda: bot.read_log().count('listens') == 2, 'the bot again')
            wait_until(lambda: len(world.sandbox.sent()) == 2, 'the second answer', timeout=40)
            assert bot.read_log().count('Anna: ping') == 2 and 'Anna: hello' in bot.read_log(), bot.read_log()
            world.server.run('token', 'revoke', '--user', 'bot')
            world.server.run('user', 'remove', '--user', 'bot')
        finally:
            bot.kill()


@tap.test
def it_says_what_is_wrong():
    with World() as world:
        world.server.add_user('bot', 'Ping Bot', 'bot password')
        bot = start(world, 'wrong')
        try:
            assert bot.process.wait(20 * PATIENCE) != 0
            assert 'bad_credentials' in bot.read_log(), bot.read_log()
        finally:
            bot.kill()


tap.run()

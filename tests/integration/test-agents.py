#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The app's client library in processes of its own (agent.c) with the real lobbyd and the sandbox: several agents
see the same at once, and kill -9 of anything in the middle of much loses, doubles and reorders nothing."""

import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from lobby_agent import Agent  # noqa: E402
from lobby_test import Tap, World, wait_until  # noqa: E402

tap = Tap()
READ = 3


@tap.test
def two_agents_see_the_same():
    with World() as world:
        world.server.add_user('anna', 'Anna', 'another long password')
        world.sandbox.add_customer('15550200001', 'Carla')
        world.sandbox.say('15550200001', 'first')
        olivia = Agent(world, 'olivia').wait_connected()
        anna = Agent(world, 'anna', 'anna', 'another long password').wait_connected()
        carla = olivia.conversation('Carla')['id']
        assert anna.conversation('Carla')['unread'] == 1

        world.sandbox.say('15550200001', 'second')
        for agent in (olivia, anna):
            wait_until(lambda agent=agent: agent.texts(carla) == ['first', 'second'], 'the message, live')
            wait_until(lambda agent=agent: agent.status['notified'] == 1, 'one to be told of')

        anna.ask('typists', carla)
        olivia.ask('typing', carla)
        wait_until(lambda: anna.ask('typists', carla).get('agent') == 'Olivia Owner', 'Olivia to be seen typing')
        assert 'agent' not in olivia.ask('typists', carla)

        olivia.ask('send', carla, 'an answer')
        for agent in (olivia, anna):
            wait_until(lambda agent=agent: agent.texts(carla) == ['first', 'second', 'an answer'], 'the answer')
        wait_until(lambda: 'agent' not in anna.ask('typists', carla), 'Olivia to have stopped')
        world.sandbox.read('15550200001')
        for agent in (olivia, anna):
            wait_until(lambda agent=agent: agent.messages(carla)[-1]['status'] == READ, 'the blue ticks')

        anna.ask('read', carla)
        wait_until(lambda: olivia.conversation('Carla')['unread'] == 0, 'what Anna read to be read for Olivia')
        for agent in (olivia, anna):
            assert agent.status['outbox'] == 0
            agent.stop()


@tap.test
def catches_up_after_a_pause():
    with World() as world:
        world.sandbox.add_customer('15550200002', 'Dora')
        world.sandbox.say('15550200002', 'number {n}', count=10)
        agent = Agent(world, 'olivia').wait_connected()
        dora = agent.conversation('Dora')['id']
        agent.load_history(dora)
        wait_until(lambda: len(agent.texts(dora)) == 10, 'the history')
        agent.stop()

        world.sandbox.say('15550200002', 'later {n}', count=300)
        world.sandbox.wait_idle()
        world.server.kill()
        world.server.start()
        agent.start()
        # What is known is there without the server's help.
        assert len(agent.texts(dora)) >= 10
        agent.wait_connected()
        wait_until(lambda: len(agent.texts(dora)) == 310, 'everything missed')
        assert agent.texts(dora)[10:] == [f'later {number}' for number in range(1, 301)]
        agent.stop()


@tap.test
def a_thousand_sent_through_crashes():
    seed = int(os.environ.get('LOBBY_TEST_SEED', random.randrange(1 << 32)))
    print(f'# LOBBY_TEST_SEED={seed}', flush=True)
    source = random.Random(seed)
    people = [(f'1555020001{number}', f'Person {number}') for number in range(5)]
    with World() as world:
        world.sandbox.knobs(retry_ms=100)
        for wa_id, name in people:
            world.sandbox.add_customer(wa_id, name)
            world.sandbox.say(wa_id, 'hello')
        agent = Agent(world, 'olivia').wait_connected()
        watcher = Agent(world, 'watcher').wait_connected()
        conversations = {name: agent.conversation(name)['id'] for _, name in people}

        expected = {name: [] for _, name in people}
        for number in range(1000):
            name = source.choice(people)[1]
            agent.ask('send', conversations[name], f'message {number}')
            # Only what send has answered for is promised.
            expected[name].append(f'message {number}')
            if source.randrange(100) == 0:
                agent.kill()
                agent.start()
            if source.randrange(100) == 0:
                world.server.kill()
                world.server.start()
            if source.randrange(50) == 0:
                # Far enough that what follows comes into the middle of it.
                before = len(world.sandbox.sent())
                wait_until(lambda before=before: agent.status['outbox'] == 0 or len(world.sandbox.sent()) > before, 'something to be sent')

        wait_until(lambda: agent.status['outbox'] == 0, 'the outbox to empty', 120)
        # After so many short sessions it waits for up to a minute.
        for one in (agent, watcher):
            one.wait_connected(60)
        for wa_id, name in people:
            kept = [message['content'] for message in world.rest.messages(world.rest.contact_named(wa_id)['id'], 200)
                    if message['direction'] == 'outbound']
            assert kept == expected[name], (name, difference(kept, expected[name]))
            for one in (agent, watcher):
                conversation = conversations[name]
                one.load_history(conversation)
                wait_until(lambda one=one, conversation=conversation, name=name: one.texts(conversation)[1:] == expected[name],
                           f'{name} at an agent, whole and in order', 30)
            # What of it WhatsApp got before a kill of lobbyd is test-outbound's matter; here: once, and in order.
            got = sent_to(world, wa_id)
            assert got == [text for text in expected[name] if text in set(got)], (name, difference(got, expected[name]))
        for one in (agent, watcher):
            one.stop()


def sent_to(world, wa_id):
    return [message['body'] if isinstance(message['body'], str) else message['body'].get('body', message['body'].get('text'))
            for message in world.sandbox.sent() if message['to'].lstrip('+') == wa_id]


def difference(got, wanted):
    return {'missing': [text for text in wanted if text not in got][:10], 'twice': [text for text in set(got) if got.count(text) > 1][:10],
            'got': len(got), 'wanted': len(wanted)}


tap.run()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A team with two numbers, Meta's and a linked one, in trouble: kills, a gateway that loses and repeats, connections that come and go."""

import os
import random
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from lobby_agent import Agent  # noqa: E402
from lobby_faults import Answerer, customers, finish, make_world, seed  # noqa: E402
from lobby_test import Tap, wait_until  # noqa: E402

tap = Tap()
SESSION = 'shop'


def link(world):
    """Adds a linked number; its connection."""
    world.sandbox.knobs(start_ms=50)
    connection = world.rest.post('/api/connections', {'business_id': world.rest.business, 'kind': 'gateway', 'name': 'Linked',
                                                      'gateway_url': world.sandbox.url, 'gateway_key': 'sandbox-key', 'session': SESSION})['connection']
    path = f'/api/connections/{connection["id"]}'
    world.rest.post(path + '/link', {'method': 'qr'})
    wait_until(lambda: world.rest.get(path)['connection'].get('qr'), 'the QR code')
    world.sandbox.control('POST', '/sandbox/gateway/scan', {})
    wait_until(lambda: world.rest.get(path)['connection']['state'] == 'connected', 'the linked number to work')
    return connection


def said_by(number):
    return f'1555030{number:04}'


@tap.test
def two_numbers_in_trouble():
    print(f'# LOBBY_SEED={seed}')
    dice = random.Random(seed)
    world = make_world()
    world.server.env.update(LOBBYD_HEARTBEAT_MSEC='300')
    with world:
        world.sandbox.knobs(rate_limits=0, status_delay_ms=20, retry_ms=50)
        said, _ = customers(world, 6)
        link(world)
        for number in range(6):
            world.sandbox.add_customer(said_by(number), f'Linked {number}')
            said += world.sandbox.say(said_by(number), 'hello', via=SESSION)
        contacts = wait_until(lambda: (lambda found: len(found) == 12 and found)(world.rest.contacts()), 'all contacts')
        watcher = Agent(world, 'watcher').wait_connected()
        world.sandbox.knobs(duplicate=0.3, reorder=0.3, drop=0.1, lose=0.1, repeat_acks=0.3)
        answerer = Answerer(world, contacts, 0.05)
        answerer.start()
        for round_ in range(10):
            for number in range(6):
                said += world.sandbox.say(f'1555020{number:04}', f'round {round_}: {{n}}', count=3, interval_ms=20)
                said += world.sandbox.say(said_by(number), f'round {round_}: {{n}}', count=3, interval_ms=20)
            world.sandbox.knobs(**dice.choice([{'hang_ms': 50, 'fail_count': 2}, {'close_mid_body': 1, 'fail_count': 1}, {'http_status': 503, 'fail_count': 1},
                                               {'gateway_status': 500}, {}]))
            time.sleep(dice.uniform(0.05, 0.5))  # the moment of the trouble is what is being tried
            world.sandbox.knobs(gateway_status=0)
            trouble = dice.choice(['kill', 'kill', 'restart', 'flap'])
            if trouble == 'flap':
                world.sandbox.control('POST', '/sandbox/gateway/flap', {})
            elif trouble == 'kill':
                world.server.kill()
                world.server.start()
            else:
                assert world.server.stop() == 0
                world.server.start()
        accepted = answerer.finish(at_least=40)
        world.sandbox.knobs(lose=0)
        # What was lost for good is asked for, sooner or later.
        wait_until(lambda: sum(one['message_count_in'] for one in world.rest.conversations()) == len(said), 'everything that was lost', timeout=60)
        outcome = finish(world, said, accepted, [watcher])
        bodies = [one['body'] for one in world.sandbox.sent()]
        assert len(bodies) == len(set(bodies)), 'something was sent twice'
        print(f'# {len(said)} in, {len(accepted)} out: {outcome}')
        assert outcome['delivered'] > 20


tap.run()

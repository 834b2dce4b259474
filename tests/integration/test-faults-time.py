#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time that does not do as it should: the wall clock jumps under traffic."""

import os
import random
import struct
import sys
import time
from datetime import datetime

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from lobby_agent import Agent  # noqa: E402
from lobby_faults import Answerer, customers, finish, make_world, seed  # noqa: E402
from lobby_test import BUILD, Tap, wait_until  # noqa: E402

tap = Tap()
HOUR = 3600 * 1000


def set_clock(world, msec):
    with open(world.server.env['LOBBY_TEST_CLOCK'], 'r+b') as file:
        file.write(struct.pack('=q', msec))


@tap.test
def the_clock_jumps():
    """Forwards and back by hours, which a service window can bear, while messages come and go and some have to be tried again."""
    print(f'# LOBBY_SEED={seed}')
    dice = random.Random(seed)
    world = make_world()
    world.server.env.update(LOBBY_TEST_CLOCK=os.path.join(world.folder, 'clock'), LD_PRELOAD=os.path.join(BUILD, 'tests', 'integration', 'clock-shift.so'),
                            ASAN_OPTIONS=':'.join(filter(None, [os.environ.get('ASAN_OPTIONS'), 'verify_asan_link_order=0'])))
    with open(world.server.env['LOBBY_TEST_CLOCK'], 'wb') as file:
        file.write(bytes(8))
    with world:
        world.sandbox.knobs(rate_limits=0, status_delay_ms=20, retry_ms=50)
        said, contacts = customers(world, 24)  # so many that nobody is written to too often
        watcher = Agent(world, 'watcher').wait_connected()
        answerer = Answerer(world, contacts, 0.04)
        answerer.start()
        for jump in (20, -20, 1, 0, -3, 12, 0):
            for number in range(6):
                said += world.sandbox.say(f'1555020{number:04}', f'at {jump}: {{n}}', count=10, interval_ms=20)
            # Sends that are tried again a moment later, and the jump in between.
            world.sandbox.knobs(fail_code=dice.choice([131000, 130429]), fail_count=3)
            time.sleep(dice.uniform(0.05, 0.2))  # the moment of the jump is what is being tried
            set_clock(world, jump * HOUR)
            told = world.rest.send(contacts[0]['id'], f'at {jump}', f'jump-{len(said)}')['created_at']
            assert abs(datetime.fromisoformat(told).timestamp() - time.time() - jump * 3600) < 600, f'the clock did not jump: {told}'
            answerer.accepted.append(f'jump-{len(said)}')
            before = len(answerer.accepted)
            wait_until(lambda before=before: len(answerer.accepted) > before + 10, 'more answers')
            # It is not waiting for the clock to come round again.
            sent = len(world.sandbox.sent())
            wait_until(lambda sent=sent: len(world.sandbox.sent()) > sent + 5, f'answers to be sent after a jump to {jump} h', timeout=30)
        outcome = finish(world, said, answerer.finish(), [watcher])
        print(f'# {len(said)} in, out: {outcome}')
        assert not [name for name in outcome if name.startswith('failed')], outcome


tap.run()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a linked number missed: while its gateway said nothing, could not be reached, or lobbyd itself was away."""

import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from linked import CUSTOMER, Linked  # noqa: E402
from lobby_test import Tap, wait_until  # noqa: E402

tap = Tap()


@tap.test
def a_call_that_rang_when_lobbyd_died():
    with Linked() as world:
        world.say('hello')
        world.contact()
        rang_at = time.time() - 45

        def tell(event, name, at=rang_at):
            world.gateway('tell', event=event, payload={'id': name, 'from': CUSTOMER + '@c.us', 'timestamp': at, 'isGroup': False})

        def wait_call(name, status):
            world.wait_message(lambda one: one.get('whatsapp_message_id') == name and one['metadata']['call']['status'] == status, f'{name} to be {status}')

        tell('call.received', 'CALL')
        wait_call('CALL', 'ringing')
        world.server.kill()
        world.server.start()
        world.rest = world.server.rest()
        wait_call('CALL', 'missed')
        # One whose end is told first, and one that is told too late to ring.
        tell('call.rejected', 'ENDED', rang_at - 60)
        wait_call('ENDED', 'rejected')
        tell('call.received', 'ENDED', rang_at - 60)
        tell('call.received', 'LATE', rang_at - 60)
        wait_call('LATE', 'missed')
        wait_call('ENDED', 'rejected')


tap.run()

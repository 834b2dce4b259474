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


@tap.test
def linking_goes_on_after_a_restart():
    for end in ('kill', 'stop'):
        with Linked(link=False, qr_first_ms=2000, qr_next_ms=2000, qr_attempts=1000) as world:
            world.rest.post(world.path + '/link', {'method': 'qr'})
            world.wait_state('connecting', 'scan_qr')
            getattr(world.server, end)()
            world.server.start()
            world.rest = world.server.rest()
            # Codes change on, and the one that is shown is good.
            wait_until(lambda: world.connection.get('qr') == world.session()['qr'], 'the code of now')
            assert world.wait_state('connecting', 'scan_qr')['qr']
            world.gateway('scan')
            world.wait_state('connected')


@tap.test
def a_restart_links_nothing_by_itself():
    with Linked(link=False) as world:
        assert 'No phone' in world.wait_state('disconnected')['reason']
        world.server.kill()
        world.server.start()
        world.rest = world.server.rest()
        assert 'No phone' in world.wait_state('disconnected')['reason']
        world.link()
        world.gateway('unlink')
        wait_until(lambda: 'not linked' in (world.connection.get('reason') or ''), 'the unlinking', 30)
        world.server.kill()
        world.server.start()
        world.rest = world.server.rest()
        world.wait_state('disconnected')
        assert 'qr' not in world.connection


tap.run()

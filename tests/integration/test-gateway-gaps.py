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
from polling import PollingSocket  # noqa: E402

GOWS, NOWEB, WEBJS = range(3)

tap = Tap()


def edit(world, wamid, text):
    world.say(message={'type': 'edit', 'edit': {'original_message_id': wamid, 'message': {'type': 'text', 'text': {'body': text}}}})


def revoke(world, wamid):
    world.say(message={'type': 'revoke', 'revoke': {'original_message_id': wamid}})


def comes_back(world):
    """The session's connection to WhatsApp breaks and works again; what is said then is found when everything before was."""
    world.sandbox.knobs(silent=0, lose=1)
    world.gateway('flap')
    world.say('after all')
    world.wait_message(lambda one: one.get('content') == 'after all', 'what was said after it came back')
    world.sandbox.knobs(lose=0)


@tap.test
def edits_and_deletions_that_nobody_told():
    for engine in (NOWEB, WEBJS):
        with Linked(gateway_engine=engine) as world:
            [helo], [gone] = world.say('helo'), world.say('gone soon')
            contact = world.contact()
            mine = world.rest.send(contact['id'], 'our tpyo', 'c1')['id']
            world.wait_message(lambda one: one['id'] == mine and one['status'] == 'delivered', 'our message')
            world.sandbox.knobs(silent=1)
            edit(world, helo, 'hello')
            revoke(world, gone)
            world.gateway('phone', edit=world.sandbox.sent()[0]['id'], text='our typo')
            comes_back(world)
            found = {one.get('content'): one for one in world.messages()}
            assert found['hello']['metadata'].get('edited_at') and found['our typo']['metadata'].get('edited_at'), found
            # Only WEBJS keeps what was taken back; elsewhere it is like a chat that was cleared.
            assert ('gone soon' in found) == (engine == NOWEB), found
            assert len(world.messages()) == 4, found


@tap.test
def the_newest_message_changed_while_it_works():
    for engine in (NOWEB, WEBJS):
        with Linked(gateway_engine=engine) as world:
            [helo] = world.say('helo')
            one = world.messages(1)[0]
            world.sandbox.knobs(lose=1)
            edit(world, helo, 'hello')
            world.wait_message(lambda now: now['id'] == one['id'] and now['content'] == 'hello' and now['metadata'].get('edited_at'), 'the edit')
            if engine == WEBJS:
                revoke(world, helo)
                world.wait_message(lambda now: now['id'] == one['id'] and now['metadata'].get('revoked_at'), 'the revocation')


@tap.test
def an_engine_that_keeps_no_edits():
    with Linked(gateway_engine=GOWS) as world:
        [helo] = world.say('helo')
        world.messages(1)
        edit(world, helo, 'hello')
        world.wait_message(lambda one: one.get('content') == 'hello', 'the edit')
        comes_back(world)
        assert [one['content'] for one in world.messages()] == ['hello', 'after all']


@tap.test
def more_than_a_page_of_everything():
    with Linked() as world:
        world.say('before')
        world.contact()
        world.sandbox.knobs(gateway_status=503, silent=1)
        wait_until(lambda: world.connection['state'] != 'connected', 'the gateway to be missed')
        world.say('n{n}', count=130)
        for number in range(60):
            world.sandbox.say(f'1555040{number:04}', 'hello', via='default')
        world.sandbox.wait_idle()
        world.sandbox.knobs(gateway_status=0)
        wait_until(lambda: len(world.rest.contacts()) == 61, 'all who wrote', timeout=60)
        texts = [one['content'] for one in world.messages(131)]
        assert texts == ['before'] + [f'n{number}' for number in range(1, 131)], texts
        # The next look finds the last one, and goes no further than to it.
        world.say('after')
        assert world.messages(132)[-1]['content'] == 'after'


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


@tap.test
def changes_by_whatever_name():
    """The number is known, but the gateway calls the chat by its lid; WEBJS finds nothing by another name, and does not say so."""
    for lid_only in (1, 0):
        with Linked(gateway_engine=WEBJS, lid_only=1) as world:
            [hello] = world.say('hello')
            contact = world.contact()
            assert contact['phone_number'] == '+' + CUSTOMER
            mine = world.rest.send(contact['id'], 'tpyo', 'c1')['id']
            world.wait_message(lambda one: one['id'] == mine and one['status'] == 'delivered', 'our message')
            world.sandbox.knobs(lid_only=lid_only)
            world.rest.change('PATCH', contact['id'], mine, 'typo')
            wait_until(lambda: world.sandbox.sent()[0].get('edited'), 'the edit')
            world.rest.send_message(contact['id'], 'c2', type='reaction', reaction={'messageId': world.messages()[0]['id'], 'emoji': '👍'})
            reaction = wait_until(lambda: world.sandbox.sent(after=1), 'the reaction')[0]
            assert reaction['body']['message_id'].rsplit('_', 1)[1] == hello.rsplit('_', 1)[1], reaction
            world.rest.change('DELETE', contact['id'], mine)
            wait_until(lambda: world.sandbox.sent()[0].get('revoked'), 'the revocation')
            world.wait_message(lambda one: one['id'] == mine and one['metadata'].get('revoked_at'), 'it to be gone here')


@tap.test
def courtesies_by_whatever_name():
    """Read receipts, typing and subscriptions go to the chat as the gateway calls it now."""
    for lid_only, at in ((1, '@lid'), (0, '@c.us')):
        with Linked(gateway_engine=WEBJS, lid_only=1) as world:
            world.say('hello')
            contact = world.contact()
            assert contact['phone_number'] == '+' + CUSTOMER
            world.sandbox.knobs(lid_only=lid_only)
            live = PollingSocket(world.server.url, world.rest.token)
            assert live.ask('join-business', world.rest.business)['ok']
            assert live.ask('mark-as-read', {'contactId': contact['id']})['ok']
            assert live.ask('typing', {'contactId': contact['id'], 'isTyping': True})['ok']
            wait_until(lambda: world.calls('typing'), 'our typing')
            assert live.ask('typing', {'contactId': contact['id'], 'isTyping': False})['ok']
            for kind in ('read', 'subscribe', 'typing', 'paused'):
                [call] = wait_until(lambda kind=kind: world.calls(kind), kind)
                assert call['chat'].endswith(at), call
            assert world.calls('read')[0]['message_id'].startswith('false_' + world.calls('read')[0]['chat'] + '_')


@tap.test
def another_phone_in_the_gateways_own_window():
    with Linked() as world:
        world.say('to the first')
        contact = world.contact()
        before = world.connection
        assert before['phone_number'] == '+15550783882', before
        world.server.stop()
        world.gateway('unlink')
        world.sandbox.control('POST', '/api/sessions/default/restart?x-api-key=sandbox-key', {})
        wait_until(lambda: world.session()['status'] == 'SCAN_QR_CODE', 'the code in that window')
        world.gateway('scan', number='+15550783999')
        wait_until(lambda: world.session()['status'] == 'WORKING', 'it to work')
        world.server.start()
        world.rest = world.server.rest()
        wait_until(lambda: world.connection['phone_number'] == '+15550783999', 'its number')
        world.wait_state('connected')
        world.say('to the second')
        world.wait_message(lambda one: one.get('content') == 'to the second' and one['direction'] == 'inbound', 'what is said to it', contact)
        # The number that it had is a customer's like any other; that of now is nobody's.
        world.sandbox.say('15550783882', 'it is me', via='default')
        wait_until(lambda: world.rest.contact_named('15550783882'), 'the one whose number it was')


tap.run()

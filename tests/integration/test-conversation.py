#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""lobbyd and the sandbox together over loopback: what customers say arrives once and in order, answers reach them."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from lobby_test import RestError, Rest, Tap, World, wait_until  # noqa: E402

tap = Tap()


def inbound(rest, contact):
    return [message['content'] for message in rest.messages(contact['id']) if message['direction'] == 'inbound']


@tap.test
def a_customer_writes():
    with World() as world:
        world.sandbox.add_customer('15550100001', 'Anna Arnold')
        world.sandbox.say('15550100001', 'message {n}', count=60)
        contact = wait_until(lambda: world.rest.contact_named('15550100001'), 'the contact')
        wait_until(lambda: len(inbound(world.rest, contact)) == 60, 'sixty messages')
        assert inbound(world.rest, contact) == [f'message {number}' for number in range(1, 61)], inbound(world.rest, contact)
        assert world.rest.contact_named('15550100001')['name'] == 'Anna Arnold'
        [conversation] = world.rest.conversations()
        assert conversation['unread_count'] == 60, conversation
        world.rest.post(f'/api/contacts/{contact["id"]}/read')
        assert world.rest.conversations()[0]['unread_count'] == 0
        wait_until(lambda: 'read' in str(world.sandbox.calls()), 'the read receipt')


@tap.test
def the_team_answers():
    with World() as world:
        world.sandbox.add_customer('15550100002', 'Ben')
        world.sandbox.say('15550100002', 'are you open?')
        contact = wait_until(lambda: world.rest.contact_named('15550100002'), 'the contact')
        sent = world.rest.send(contact['id'], 'Yes, until six.', 'client-1')
        again = world.rest.send(contact['id'], 'Yes, until six.', 'client-1')
        assert sent['id'] == again['id']
        try:
            world.rest.send(contact['id'], 'something else', 'client-1')
            raise AssertionError('a clientId was taken for two texts')
        except RestError as error:
            assert error.code == 'client_id_reused', error
        wait_until(lambda: world.sandbox.sent(), 'the answer at WhatsApp')
        [message] = world.sandbox.sent()
        assert message['to'].lstrip('+') == '15550100002' and 'until six' in str(message['body']), message
        wait_until(lambda: world.rest.messages(contact['id'])[-1]['status'] in ('delivered', 'read'), 'delivered')
        world.sandbox.read('15550100002')
        wait_until(lambda: world.rest.messages(contact['id'])[-1]['status'] == 'read', 'read')
        assert len(world.sandbox.sent()) == 1


@tap.test
def trouble_changes_nothing_twice():
    with World() as world:
        world.sandbox.knobs(duplicate=0.5, reorder=0.3, drop=0.3, batch=5)
        for number in range(5):
            world.sandbox.say(f'1555010010{number}', f'{number}: {{n}}', count=20)
        world.sandbox.wait_idle()
        contacts = wait_until(lambda: (lambda found: len(found) == 5 and found)(world.rest.contacts()), 'five contacts')
        for contact in contacts:
            wait_until(lambda contact=contact: len(inbound(world.rest, contact)) == 20, 'twenty messages each')
            texts = inbound(world.rest, contact)
            assert len(set(texts)) == 20, texts


@tap.test
def a_killed_server_forgets_nothing():
    with World() as world:
        world.sandbox.knobs(retry_ms=100)
        world.sandbox.say('15550100003', 'number {n}', count=200, interval_ms=5)
        for _ in range(3):
            before = sum(conversation['message_count_in'] for conversation in world.rest.conversations())
            wait_until(lambda before=before: sum(one['message_count_in'] for one in world.rest.conversations()) > before + 10, 'some progress')
            world.server.kill()
            world.server.start()
        world.sandbox.wait_idle()
        contact = world.rest.contact_named('15550100003')
        wait_until(lambda: len(inbound(world.rest, contact)) == 200, 'two hundred messages')
        assert sorted(inbound(world.rest, contact), key=lambda text: int(text.split()[1])) == [f'number {number}' for number in range(1, 201)]


@tap.test
def only_who_signed_in_sees():
    with World() as world:
        world.server.add_user('anna', 'Anna', 'another long password')
        assert world.server.rest('anna', 'another long password').agent['role'] == 'agent'
        for wrong in (lambda: world.server.rest('anna', 'wrong password'), lambda: Rest(world.server.url).get('/api/contacts', page=1)):
            try:
                wrong()
                raise AssertionError('was let in')
            except RestError as error:
                assert error.status == 401, error


@tap.test
def ends_in_order():
    with World() as world:
        assert world.server.stop() == 0
        assert world.sandbox.stop() == 0


tap.run()

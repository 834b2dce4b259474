#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What WhatsApp tells beside messages, from its webhooks to the REST answers and the app's own client: the phone's echoes, the past, edits,
calls, people who turn out to be one, alerts, templates, the profile."""

import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from lobby_agent import Agent  # noqa: E402
from lobby_test import PATIENCE, RestError, Tap, World, request, wait_until  # noqa: E402

ANA, HIDDEN = '34600111222', 'ES.1001'
GRAPH = '/v25.0/102290129340398/message_templates'
BUSINESS = {'display_phone_number': '15550783881', 'phone_number_id': '106540352242922'}

tap = Tap()


def tell(world, field, **value):
    world.sandbox.control('POST', '/sandbox/notify', {'field': field, 'value': {'messaging_product': 'whatsapp', 'metadata': BUSINESS, **value}})


def refused(call):
    try:
        call()
    except RestError as error:
        return error.status, error.code
    raise AssertionError('it was not refused')


def message_of(world, whatsapp_id):
    for conversation in world.rest.conversations():
        for message in world.rest.messages(conversation['contact_id']):
            if message.get('whatsapp_message_id') == whatsapp_id:
                return message
    return None


def now(seconds=0):
    return str(int(time.time()) + seconds)


def connection(world):
    return world.rest.get('/api/businesses')['businesses'][0]['connections'][0]


@tap.test
def what_happens_on_the_phone():
    with World() as world:
        first, second = world.sandbox.say(ANA, 'first'), world.sandbox.say(ANA, 'second')
        wait_until(lambda: message_of(world, second[0]), 'both messages')
        assert world.rest.conversations()[0]['unread_count'] == 2

        tell(world, 'smb_message_echoes', message_echoes=[
            {'from': '15550783881', 'to': f'+{ANA}', 'id': 'wamid.echo', 'timestamp': now(1), 'type': 'text', 'text': {'body': 'from the phone'}}])
        echo = wait_until(lambda: message_of(world, 'wamid.echo'), 'the echo')
        assert (echo['direction'], echo['content'], echo['status'], echo['metadata']['echo']) == ('outbound', 'from the phone', 'sent', True), echo
        conversation = world.rest.conversations()[0]
        assert conversation['unread_count'] == 0 and conversation['message_count_out'] == 1, conversation
        assert len(world.sandbox.sent()) == 0, 'an echo was sent'

        tell(world, 'messages', messages=[
            {'from': ANA, 'id': 'wamid.e', 'timestamp': now(), 'type': 'edit',
             'edit': {'original_message_id': first[0], 'message': {'type': 'text', 'text': {'body': 'first, mended'}}}},
            {'from': ANA, 'id': 'wamid.r', 'timestamp': now(), 'type': 'revoke', 'revoke': {'original_message_id': second[0]}},
            {'from': ANA, 'id': 'wamid.u', 'timestamp': now(), 'type': 'revoke', 'revoke': {'original_message_id': 'wamid.late'}}])
        wait_until(lambda: message_of(world, first[0])['content'] == 'first, mended', 'the edit')
        assert message_of(world, first[0])['metadata']['edited_at']
        gone = wait_until(lambda: 'revoked_at' in message_of(world, second[0])['metadata'] and message_of(world, second[0]), 'the revocation')
        assert gone.get('content') is None
        tell(world, 'messages', messages=[{'from': ANA, 'id': 'wamid.late', 'timestamp': now(-60), 'type': 'text', 'text': {'body': 'too late'}}])
        late = wait_until(lambda: message_of(world, 'wamid.late'), 'the late one')
        assert late.get('content') is None and late['metadata']['revoked_at'], late

        before = world.rest.conversations()[0]['window_expires_at']
        tell(world, 'calls', calls=[{'id': 'wacid.1', 'from': '34699', 'event': 'connect', 'timestamp': now(2), 'direction': 'USER_INITIATED'},
                                    {'id': 'wacid.2', 'from': ANA, 'event': 'terminate', 'status': 'COMPLETED', 'timestamp': now(60), 'duration': 42,
                                     'direction': 'USER_INITIATED'}])
        call = wait_until(lambda: message_of(world, 'wacid.2'), 'the call')
        assert call['message_type'] == 'call' and call['metadata']['call'] == {'direction': 'inbound', 'status': 'completed', 'duration': 42000}, call
        assert world.rest.contact_named('34699'), 'whoever calls becomes a contact'
        after = [one for one in world.rest.conversations() if one['contact_id'] == call['contact_id']][0]['window_expires_at']
        assert after > before

        tell(world, 'history', history=[{'metadata': {'phase': 0}, 'threads': [{'id': '34688', 'messages': [
            {'from': '15550783881', 'id': 'wamid.h1', 'timestamp': now(-9000), 'type': 'text', 'text': {'body': 'long ago'},
             'history_context': {'status': 'READ'}},
            {'from': '34688', 'id': 'wamid.h2', 'timestamp': now(-8000), 'type': 'text', 'text': {'body': 'indeed'}}]}]}])
        old = wait_until(lambda: message_of(world, 'wamid.h2'), 'the past')
        assert message_of(world, 'wamid.h1')['status'] == 'read'
        past = [one for one in world.rest.conversations() if one['contact_id'] == old['contact_id']][0]
        assert past['unread_count'] == 0 and not past.get('window_expires_at'), past
        tell(world, 'smb_app_state_sync', state_sync=[{'type': 'contact', 'action': 'add', 'contact': {'full_name': 'Old Friend', 'phone_number': '34688'}}])
        wait_until(lambda: world.rest.contact_named('Old Friend'), 'the name of the address book')


@tap.test
def people_who_are_one():
    with World() as world:
        world.server.add_user('anna', 'Anna', 'another long password')
        world.sandbox.add_customer(ANA, 'Ana')
        world.sandbox.say(ANA, 'from the number')
        tell(world, 'messages', contacts=[{'profile': {'name': 'ana ✨', 'username': '@ana'}, 'user_id': HIDDEN}], messages=[
            {'from_user_id': HIDDEN, 'id': 'wamid.hidden', 'timestamp': now(1), 'type': 'text', 'text': {'body': 'without a number'}}])
        hidden = wait_until(lambda: message_of(world, 'wamid.hidden'), 'who has no number')
        number = world.rest.contact_named(ANA)
        assert hidden['contact_id'] != number['id']
        agent = Agent(world, 'olivia').wait_connected()
        lost = agent.conversation('ana ✨')['id']
        agent.load_history(lost)
        # What waits for the old contact goes to the one that it is now.
        world.sandbox.knobs(http_status=500, rate_limits=0)
        agent.ask('send', lost, 'are you Ana?')
        agent.ask('send', agent.conversation('Ana')['id'], 'and you?')

        tell(world, 'messages', contacts=[{'profile': {'name': 'Ana'}, 'wa_id': ANA, 'user_id': HIDDEN}], messages=[
            {'from': ANA, 'from_user_id': HIDDEN, 'id': 'wamid.both', 'timestamp': now(2), 'type': 'text', 'text': {'body': 'it is me'}}])
        wait_until(lambda: len(world.rest.conversations()) == 1, 'one conversation')
        kept = world.rest.conversations()[0]
        assert kept['contact_id'] == number['id'] and kept['merged_ids'] == [lost], kept
        assert refused(lambda: world.rest.get(f'/api/contacts/{hidden["contact_id"]}')) == (404, 'not_found')
        assert refused(lambda: world.rest.send(hidden['contact_id'], 'hello?', 'client-old')) == (404, 'not_found')
        wait_until(lambda: [one['name'] for one in agent.status['conversations']] == ['Ana'], 'one conversation in the app')
        world.sandbox.knobs(http_status=None)
        expected = {'from the number', 'without a number', 'it is me', 'are you Ana?', 'and you?'}
        wait_until(lambda: set(agent.texts(kept['id'])) == expected and len(agent.texts(kept['id'])) == 5, 'all of it in one place')
        wait_until(lambda: agent.status['outbox'] == 0, 'the outbox to be empty')
        said = world.rest.messages(kept['contact_id'])
        assert {message['content'] for message in said} == expected and len(said) == 5, said
        # The app that was away learns it from the state.
        anna = Agent(world, 'anna', 'anna', 'another long password').wait_connected()
        assert [one['id'] for one in anna.status['conversations']] == [kept['id']]

        # A new number, told by the old one: the same person, and the old number's next owner is another.
        tell(world, 'messages', messages=[{'from': ANA, 'from_user_id': HIDDEN, 'id': 'wamid.moved', 'timestamp': now(10), 'type': 'system',
                                           'system': {'body': f'changed from {ANA} to 34655', 'wa_id': '34655', 'user_id': 'ES.1002',
                                                      'type': 'user_changed_number'}}])
        wait_until(lambda: world.rest.contact_named('34655'), 'the new number')
        assert world.rest.contact_named('34655')['id'] == number['id']
        tell(world, 'messages', messages=[{'from': ANA, 'from_user_id': 'ES.9', 'id': 'wamid.stranger', 'timestamp': now(100), 'type': 'text',
                                           'text': {'body': 'who is this?'}}])
        stranger = wait_until(lambda: message_of(world, 'wamid.stranger'), 'the stranger')
        assert stranger['contact_id'] != number['id']
        for one in (agent, anna):
            one.stop()
        world.server.stop()
        os.chmod(world.server.data, 0o700)
        world.server.run('check')


@tap.test
def alerts():
    with World() as world:
        world.server.add_user('anna', 'Anna', 'another long password')
        tell(world, 'account_update', event='ACCOUNT_VIOLATION', violation_info={'violation_type': 'SCAM'})
        tell(world, 'phone_number_quality_update', display_phone_number='15550783881', event='FLAGGED', current_limit='TIER_2K')
        alerts = wait_until(lambda: len(connection(world)['alerts']) == 2 and connection(world)['alerts'], 'two alerts')
        assert {alert['severity'] for alert in alerts} == {'error', 'warning'}, alerts
        path = f'/api/connections/{world.connection_id}/alerts/{alerts[0]["id"]}'
        anna = world.server.rest('anna', 'another long password')
        assert refused(lambda: anna.delete(path)) == (403, 'forbidden')
        world.rest.delete(path)
        assert refused(lambda: world.rest.delete(path)) == (404, 'not_found')
        assert [alert['id'] for alert in connection(world)['alerts']] == [alerts[1]['id']]


def templates(world):
    return {(one['name'], one['language']): one for one in world.rest.get('/api/templates', connection=world.connection_id)['templates']}


@tap.test
def templates_are_as_whatsapp_has_them():
    with World() as world:
        world.server.add_user('anna', 'Anna', 'another long password')
        anna = world.server.rest('anna', 'another long password')
        path = f'/api/templates?connection={world.connection_id}'
        wait_until(lambda: ('order_ready', 'es') in templates(world), 'the first reading')
        ready = templates(world)['order_ready', 'en_US']
        assert ready['status'] == 'APPROVED' and ready['quality'] == 'GREEN' and ready['components'][0]['type'] == 'BODY', ready

        # Webhooks change them.
        change = {'name': 'order_ready', 'language': 'en_US'}
        world.sandbox.control('POST', '/sandbox/templates', {**change, 'quality': 'RED', 'category': 'MARKETING', 'status': 'PAUSED'})
        wait_until(lambda: templates(world)['order_ready', 'en_US']['status'] == 'PAUSED', 'the pause')
        changed = templates(world)['order_ready', 'en_US']
        assert (changed['id'], changed['quality'], changed['category']) == (ready['id'], 'RED', 'MARKETING'), changed
        assert any(alert['title'] == 'A template was paused' for alert in connection(world)['alerts'])
        world.sandbox.control('POST', '/sandbox/templates', {**change, 'body': 'Hello {{1}}, order {{2}} waits.', 'status': 'APPROVED'})
        wait_until(lambda: templates(world)['order_ready', 'en_US']['components'][0]['text'].startswith('Hello'), 'the words, read anew')

        # Owners make and delete them.
        wanted = {'name': 'we_moved', 'language': 'en_US', 'category': 'UTILITY', 'components': [{'type': 'BODY', 'text': 'We have moved.'}]}
        assert refused(lambda: anna.post(path, wanted)) == (403, 'forbidden')
        assert refused(lambda: world.rest.post(path, {**wanted, 'name': 'We moved!'})) == (422, 'bad_template')
        assert refused(lambda: world.rest.post(path, {**wanted, 'name': 'order_ready'})) == (422, 'refused')
        made = world.rest.post(path, wanted)['template']
        assert made['status'] == 'PENDING', made
        wait_until(lambda: templates(world)['we_moved', 'en_US']['status'] == 'APPROVED', 'the review')
        assert templates(world)['we_moved', 'en_US']['id'] == made['id']
        assert refused(lambda: anna.delete(f'/api/templates/{made["id"]}')) == (403, 'forbidden')
        world.rest.delete(f'/api/templates/{made["id"]}')
        assert ('we_moved', 'en_US') not in templates(world)
        assert refused(lambda: world.rest.delete(f'/api/templates/{made["id"]}')) == (404, 'not_found')
        world.sandbox.knobs(template_reject=1)
        world.rest.post(path, {**wanted, 'name': 'bad_one'})
        wait_until(lambda: templates(world)['bad_one', 'en_US'].get('rejected_reason') == 'INVALID_FORMAT', 'the rejection')

        # More than a page, made behind our back.
        for number in range(120):
            request('POST', world.sandbox.url + GRAPH, {**wanted, 'name': f'many_{number}'}, token=world.sandbox.token)
        everything = anna.post(f'/api/templates/sync?connection={world.connection_id}')
        assert len(everything['templates']) == len(templates(world)) == 6 + 1 + 120, len(everything['templates'])

        # A refused send shows that the list is old.
        world.sandbox.say(ANA, 'hello')
        contact = wait_until(lambda: world.rest.contact_named(ANA), 'Ana')
        request('DELETE', world.sandbox.url + GRAPH + '?name=good_morning', token=world.sandbox.token)
        sent = world.rest.send_message(contact['id'], 'client-1', type='template', template={'name': 'good_morning', 'language': 'en_US'})
        wait_until(lambda: [one for one in world.rest.messages(contact['id']) if one['id'] == sent['id']][0]['status'] == 'failed', 'the refusal')
        wait_until(lambda: ('good_morning', 'en_US') not in templates(world), 'the list to be read anew')


@tap.test
def profile_and_number():
    with World() as world:
        world.server.add_user('anna', 'Anna', 'another long password')
        anna = world.server.rest('anna', 'another long password')
        path = f'/api/connections/{world.connection_id}/profile'

        def patch(rest, body):
            return request('PATCH', rest.url + path, body, token=rest.token)
        assert 'profile' in anna.get(path)
        assert refused(lambda: patch(anna, {'about': 'x'})) == (403, 'forbidden')
        assert refused(lambda: patch(world.rest, {'about': 'x' * 140})) == (422, 'bad_profile')
        assert refused(lambda: patch(world.rest, {})) == (422, 'bad_profile')
        changed = patch(world.rest, {'about': 'Fresh bread', 'websites': ['https://example.org']})['profile']
        assert changed['about'] == 'Fresh bread' and changed['websites'] == ['https://example.org'], changed
        number = anna.get(f'/api/connections/{world.connection_id}/number')['number']
        assert number['quality_rating'] == 'GREEN' and number['throughput'] == {'level': 'STANDARD'}, number
        world.sandbox.knobs(expire_token=1)
        assert refused(lambda: anna.get(path)) == (502, 'connection_held')


@tap.test
def a_thousand_shuffled_statuses():
    with World() as world:
        world.sandbox.say(ANA, 'hello')
        contact = wait_until(lambda: world.rest.contact_named(ANA), 'Ana')
        world.sandbox.knobs(rate_limits=0, status_delay_ms=-1)
        sent = [world.rest.send(contact['id'], f'answer {number}', f'client-{number}') for number in range(40)]
        wait_until(lambda: len(world.sandbox.sent()) == 40, 'all to be accepted', 60)
        world.sandbox.read(ANA)
        world.sandbox.wait_idle()
        ids = [message['whatsapp_message_id'] for message in world.rest.messages(contact['id']) if message['direction'] == 'outbound']
        statuses = [{'id': one, 'status': status, 'timestamp': now(), 'recipient_id': ANA}
                    for one in ids for status in ('played', 'sent', 'delivered', 'read', 'sent')] * 5
        assert len(statuses) == 1000 and len(sent) == 40
        statuses.sort(key=lambda status: hash((status['id'], status['status'])))
        began = time.monotonic()
        tell(world, 'messages', statuses=statuses)
        slowest = 0
        while [message['status'] for message in world.rest.messages(contact['id']) if message['direction'] == 'outbound'] != ['played'] * 40:
            asked = time.monotonic()
            request('GET', world.server.url + '/healthz')
            slowest = max(slowest, time.monotonic() - asked)
            assert time.monotonic() - began < 60 * PATIENCE, 'the statuses are not worked in'
        print(f'# slowest answer meanwhile: {slowest * 1000:.0f} ms', flush=True)


tap.run()

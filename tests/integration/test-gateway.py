#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A number linked by QR code: lobbyd with the gateway of the sandbox, and what goes wrong with such gateways."""

import os
import sys
import time


sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from linked import CUSTOMER, PNG, Linked  # noqa: E402
from lobby_test import TOP, RestError, Tap, wait_until  # noqa: E402
from polling import PollingSocket  # noqa: E402

with open(os.path.join(TOP, 'data', 'sandbox', 'media', 'voice-camila.ogg'), 'rb') as voice_file:
    VOICE = voice_file.read()
HERE = {'latitude': 40.4168, 'longitude': -3.7038, 'name': 'Puerta del Sol'}
CARD = {'name': {'formatted_name': 'Grace Hopper'}, 'phones': [{'phone': '+1 555 010 2030', 'wa_id': '15550102030'}]}

tap = Tap()


@tap.test
def linked_by_qr_code():
    with Linked(link=False, qr_first_ms=700, qr_next_ms=700, qr_attempts=1000) as world:
        assert 'No phone' in world.wait_state('disconnected')['reason']
        world.server.add_user('agnes', 'Agnes Agent', 'agnes is not an owner')
        owner = PollingSocket(world.server.url, world.rest.token)
        agent = PollingSocket(world.server.url, world.server.rest('agnes', 'agnes is not an owner').token)
        for live in (owner, agent):
            assert live.ask('join-business', world.rest.business)['ok']
        world.rest.post(world.path + '/link', {'method': 'qr'})
        first = owner.wait_event('whatsapp:qr')
        assert first['connectionId'] == world.connection_id
        second = owner.wait_event('whatsapp:qr')
        assert second['qr'] != first['qr'], 'not rotated'
        world.wait_state('connecting', 'scan_qr')
        try:
            world.gateway('scan', qr=first['qr'])
            raise AssertionError('an old code still works')
        except RestError:
            pass
        world.gateway('scan')
        owner.wait_event('whatsapp:connected')
        agent.wait_event('whatsapp:connected')
        assert not [packet for packet in agent.packets if 'whatsapp:qr' in packet], 'an agent saw the QR code'
        one = world.wait_state('connected')
        assert one['phone_number'] == '+15550783882' and 'qr' not in one, one
        with open(os.path.join(world.server.data, 'lobby.db'), 'rb') as database:
            assert second['qr'].encode() not in database.read(), 'the QR code is on the disk'


@tap.test
def linked_by_code_and_passkey():
    with Linked(link=False, passkey=1) as world:
        try:
            world.rest.post(world.path + '/link', {'method': 'code', 'phone_number': 'mine'})
            raise AssertionError('not refused')
        except RestError as error:
            assert error.body['error']['field'] == 'phone_number'
        world.rest.post(world.path + '/link', {'method': 'code', 'phone_number': '+1 555 078-3882'})
        code = wait_until(lambda: world.connection.get('code'), 'the code')
        world.wait_state('connecting', 'enter_code')
        world.gateway('scan', code=code)
        world.wait_state('connecting', 'finish_in_browser')
        world.gateway('passkey')
        world.wait_state('connected')


@tap.test
def nobody_scans():
    with Linked(link=False, qr_first_ms=200, qr_next_ms=200, qr_attempts=2) as world:
        world.rest.post(world.path + '/link', {'method': 'qr'})
        wait_until(lambda: 'not used in time' in (world.connection.get('reason') or ''), 'the end of it')
        world.sandbox.knobs(qr_first_ms=60000)
        world.link()


@tap.test
def talk_of_all_kinds():
    with Linked() as world:
        world.sandbox.add_customer(CUSTOMER, 'Ada')
        world.say('hello')
        contact = world.contact('Ada')
        assert contact['phone_number'] == '+' + CUSTOMER
        world.say_file('image', caption='look')
        world.say_file('voice', VOICE, 'audio/ogg; codecs=opus')
        world.say_other('location', HERE)
        world.say_other('contacts', [CARD])
        inbound = world.messages(5, contact)
        assert sorted(one['message_type'] for one in inbound) == ['contacts', 'image', 'location', 'text', 'voice'], inbound
        world.wait_message(lambda one: one['message_type'] == 'image' and one['metadata']['media_state'] == 'ready', 'the picture', contact)
        world.wait_message(lambda one: one['message_type'] == 'voice' and one['metadata']['media_state'] == 'ready', 'the voice note', contact)
        one = next(one for one in inbound if one['message_type'] == 'contacts')
        assert one['metadata']['contacts'][0]['name']['formatted_name']

        rest, hello = world.rest, next(one for one in inbound if one.get('content') == 'hello')
        sent = [rest.send_message(contact['id'], 'c1', type='text', text='Good morning', quotedMessageId=hello['id']),
                rest.send_message(contact['id'], 'c2', type='image', mediaId=rest.upload(PNG, 'image', 'dot.png', 'image/png'), text='a dot'),
                rest.send_message(contact['id'], 'c3', type='location', location={'latitude': 1.5, 'longitude': 2.5, 'name': 'Here'}),
                rest.send_message(contact['id'], 'c4', type='contacts', contacts=one['metadata']['contacts']),
                rest.send_message(contact['id'], 'c5', type='reaction', reaction={'messageId': hello['id'], 'emoji': '👍'})]
        assert sent[0]['metadata']['quoted']['id'] == hello['id']
        wait_until(lambda: all(one['status'] in ('sent', 'delivered', 'read') for one in world.messages(contact=contact) if one['direction'] == 'outbound'), 'all to be sent')
        at_whatsapp = world.sandbox.sent()
        assert [one['type'] for one in at_whatsapp] == ['text', 'image', 'location', 'contacts', 'reaction'], at_whatsapp
        world.wait_message(lambda one: one.get('client_id') == 'c1' and one['status'] == 'delivered', 'the ack', contact)
        world.sandbox.read(CUSTOMER)
        world.wait_message(lambda one: one.get('client_id') == 'c1' and one['status'] == 'read', 'the blue ticks', contact)
        # Own messages come back as events, and are no second messages.
        world.sandbox.wait_idle()
        assert len(world.messages(contact=contact)) == 10, [one['message_type'] for one in world.messages(contact=contact)]

        c1 = world.wait_message(lambda one: one.get('client_id') == 'c1', 'it', contact)
        rest.change('PATCH', contact['id'], c1['id'], 'Good evening')
        wait_until(lambda: world.sandbox.sent()[0].get('edited'), 'the edit')
        world.wait_message(lambda one: one.get('content') == 'Good evening' and one['metadata'].get('edited_at'), 'the edited one', contact)
        rest.change('DELETE', contact['id'], c1['id'])
        wait_until(lambda: world.sandbox.sent()[0].get('revoked'), 'the revocation')
        world.wait_message(lambda one: one['id'] == c1['id'] and one['metadata'].get('revoked_at'), 'the revoked one', contact)
        assert world.server.stop() == 0


@tap.test
def customers_react_edit_revoke_type_and_call():
    with Linked() as world:
        ids = world.say('helo')
        contact = world.contact()
        hello = world.messages(1)[0]
        live = PollingSocket(world.server.url, world.rest.token)
        assert live.ask('join-business', world.rest.business)['ok']
        assert live.ask('mark-as-read', {'contactId': contact['id']})['ok']
        wait_until(lambda: world.calls('read') and world.calls('subscribe'), 'the receipt and the subscription')
        assert world.session()['online']
        world.sandbox.control('POST', '/sandbox/doing', {'wa_id': CUSTOMER, 'doing': 'typing'})
        assert live.wait_event('contact:typing')['isTyping'] is True
        world.sandbox.control('POST', '/sandbox/doing', {'wa_id': CUSTOMER, 'doing': 'nothing'})
        assert live.wait_event('contact:typing')['isTyping'] is False
        assert live.ask('typing', {'contactId': contact['id'], 'isTyping': True})['ok']
        wait_until(lambda: world.calls('typing'), 'our typing')
        assert live.ask('typing', {'contactId': contact['id'], 'isTyping': False})['ok']
        wait_until(lambda: world.calls('paused'), 'the end of our typing')

        world.sandbox.react(CUSTOMER, ids[0], '❤️')
        reaction = world.wait_message(lambda one: one['message_type'] == 'reaction', 'the reaction')
        assert reaction['content'] == '❤️' and reaction['metadata']['reaction']['message_id'] == hello['id']
        world.say(message={'type': 'edit', 'edit': {'original_message_id': ids[0], 'message': {'type': 'text', 'text': {'body': 'hello'}}}})
        world.wait_message(lambda one: one['id'] == hello['id'] and one.get('content') == 'hello' and one['metadata'].get('edited_at'), 'the edit')
        world.say(message={'type': 'revoke', 'revoke': {'original_message_id': ids[0]}})
        world.wait_message(lambda one: one['id'] == hello['id'] and not one.get('content') and one['metadata'].get('revoked_at'), 'the revocation')
        call = world.gateway('call', wa_id=CUSTOMER, event='received')['ids'][0]
        world.wait_message(lambda one: one['message_type'] == 'call' and one['metadata']['call']['status'] == 'ringing', 'the call')
        world.gateway('call', wa_id=CUSTOMER, event='rejected', id=call)
        world.wait_message(lambda one: one['message_type'] == 'call' and one['metadata']['call']['status'] == 'rejected', 'its end')
        world.gateway('call', wa_id=CUSTOMER, event='received')
        world.sandbox.control('POST', '/sandbox/doing', {'wa_id': CUSTOMER, 'doing': 'recording'})
        assert live.wait_event('contact:typing')['isTyping'] is True
        # In the middle of a call and a typing, with everything still to be freed.
        assert world.server.stop() == 0


@tap.test
def what_the_phone_writes():
    with Linked() as world:
        world.say('hello')
        world.contact()
        written = world.gateway('phone', to=CUSTOMER, text='from the phone')['ids'][0]
        echo = world.wait_message(lambda one: one.get('content') == 'from the phone', 'the echo')
        assert echo['direction'] == 'outbound' and echo['metadata']['echo'] is True and not echo.get('agent_id')
        world.gateway('phone', edit=written, text='from my phone')
        world.wait_message(lambda one: one.get('content') == 'from my phone', 'the edit')
        world.gateway('phone', revoke=written)
        world.wait_message(lambda one: one['id'] == echo['id'] and one['metadata'].get('revoked_at'), 'the revocation')


@tap.test
def history_is_taken_in_quietly():
    with Linked() as world:
        world.sandbox.add_customer(CUSTOMER, 'Ada')
        for number, text in enumerate(('one', 'two', 'three')):
            world.say(text, timestamp=int(time.time()) - 3600 + number)
        world.rest.delete(world.path)
        wait_until(lambda: world.session()['status'] == 'STOPPED', 'the end of the session')
        # The phone keeps its chats: a business that links it later finds them.
        world.server.run('business', 'add', '--name', 'Later')
        world.server.kill()
        world.server.start()
        world.rest = world.server.rest()
        later = world.rest.businesses[1]['id']
        wait_until(lambda: world.session()['status'] == 'STOPPED', 'the end of the session')
        connection = world.rest.post('/api/connections', world.settings(business_id=later))['connection']
        world.path = f'/api/connections/{connection["id"]}'
        world.rest.post(world.path + '/link', {'method': 'qr'})
        world.wait_state('connected')
        def found():
            page = world.rest.get('/api/conversations', business=later)['conversations']
            return page and page[0]['message_count_in'] == 3 and page[0]
        conversation = wait_until(found, 'the history')
        assert conversation['unread_count'] == 0 and not conversation['message_count_out'], conversation
        assert conversation['contact']['name'] == 'Ada' and 'window_expires_at' not in conversation, conversation
        messages = world.rest.messages(conversation['contact_id'])
        assert [one['content'] for one in messages] == ['one', 'two', 'three']
        assert all(one['metadata']['history'] for one in messages)


@tap.test
def what_was_lost_is_fetched():
    with Linked(lose=1) as world:
        world.say('nobody tells of this')
        world.gateway('phone', to=CUSTOMER, text='nor of this')
        assert [one['content'] for one in world.messages(2)] == ['nobody tells of this', 'nor of this']
        world.sandbox.knobs(lose=0, lose_offline=1)
        world.gateway('flap')
        world.say('while it was away')
        assert world.messages(3)[2]['content'] == 'while it was away'
        world.wait_state('connected')


@tap.test
def webhooks_in_any_state():
    with Linked(duplicate=0.3, reorder=0.3, drop=0.2, bad_signature=0.1, repeat_acks=0.5, retry_ms=50) as world:
        world.say('n{n}', count=30)
        texts = [one['content'] for one in world.messages(30)]
        assert sorted(texts) == sorted(set(texts)) and len(texts) == 30, texts
        for number in range(5):
            world.rest.send(world.contact()['id'], f'answer {number}', f'c{number}')
        wait_until(lambda: [one['status'] for one in world.messages() if one['direction'] == 'outbound'] == ['delivered'] * 5, 'all delivered')
        assert len(world.messages()) == 35


@tap.test
def engines_and_lids():
    for engine in (1, 2):
        with Linked(gateway_engine=engine) as world:
            world.say('hello')
            world.say_file('voice', VOICE, 'audio/ogg; codecs=opus')
            world.say_other('location', HERE)
            contact = world.contact()
            assert [one['message_type'] for one in world.messages(3)] == ['text', 'voice', 'location']
            world.rest.send(contact['id'], 'answer', 'c1')
            world.wait_message(lambda one: one.get('client_id') == 'c1' and one['status'] == 'delivered', 'the answer')
            world.sandbox.wait_idle()
            assert len(world.messages()) == 4
    with Linked(lid_only=2) as world:
        world.sandbox.add_customer(CUSTOMER, 'Ada')
        world.say('who am I?')
        contact = world.contact('Ada')
        assert not contact.get('phone_number')
        world.rest.send(contact['id'], 'I do not know', 'c1')
        world.wait_message(lambda one: one.get('client_id') == 'c1' and one['status'] == 'delivered', 'the answer', contact)
        # The number becomes known, and the messages under it are the same person's.
        world.sandbox.knobs(lid_only=0)
        world.say('this is my number')
        both = wait_until(lambda: (lambda one: one and len(world.rest.messages(one['id'])) >= 1 and one)(world.rest.contact_named(CUSTOMER)), 'the number')
        world.sandbox.knobs(lid_only=1)
        world.say('and again')
        wait_until(lambda: len(world.rest.contacts()) == 1, 'one contact')
        merged = world.rest.contacts()[0]
        assert merged['phone_number'] == '+' + CUSTOMER and both
        wait_until(lambda: len(world.rest.messages(merged['id'])) == 4, 'all in one place')


@tap.test
def files_that_the_gateway_does_not_have():
    for media in (1, 2):
        with Linked(gateway_media=media) as world:
            world.say_file('image', caption='look')
            world.wait_message(lambda one: one['message_type'] in ('image', 'document') and one['metadata']['media_state'] == 'pending', 'the picture')
            world.sandbox.knobs(gateway_media=0)
            world.wait_message(lambda one: one['metadata'].get('media_state') == 'ready', 'its file')


@tap.test
def a_lost_answer_is_looked_for():
    with Linked(silent=1) as world:
        world.sandbox.knobs(silent=0)
        world.say('hello')
        contact = world.contact()
        # Nothing is told by events: what became of the message is found in its chat only.
        world.sandbox.knobs(silent=1)
        for number, trouble in enumerate(({'close_mid_body': 1}, {'hang_ms': 30000})):
            world.sandbox.knobs(**trouble, fail_count=1)
            world.rest.send(contact['id'], f'answer {number}', f'c{number}')
            world.wait_message(lambda one, number=number: one.get('client_id') == f'c{number}' and one['status'] == 'sent', 'it to be found')
        # Refused before it was taken: WhatsApp has nothing of it, and it is not sent again.
        world.sandbox.knobs(http_status=500, fail_count=1)
        world.rest.send(contact['id'], 'answer 2', 'c2')
        world.wait_message(lambda one: one.get('client_id') == 'c2' and one['status'] == 'failed', 'its failure')
        world.sandbox.knobs(http_status=503, fail_count=1)
        world.rest.send(contact['id'], 'answer 3', 'c3')
        failed = world.wait_message(lambda one: one.get('client_id') == 'c3' and one['status'] == 'failed', 'its failure')
        assert 'may not have been sent' in failed['metadata']['error']['message'], failed['metadata']
        assert [one['body'] for one in world.sandbox.sent()] == ['answer 0', 'answer 1']
        # WhatsApp's own limit on writing to strangers, as a failing engine tells it.
        world.sandbox.knobs(fail_code=463, fail_count=1)
        world.rest.send(contact['id'], 'answer 4', 'c4')
        failed = world.wait_message(lambda one: one.get('client_id') == 'c4' and one['status'] == 'failed', 'its failure')
        assert '463' in failed['metadata']['error']['message'], failed['metadata']
        assert world.connection['alerts'][0]['code'] == 463, world.connection


@tap.test
def killed_in_the_middle():
    with Linked() as world:
        world.say('hello')
        contact = world.contact()
        for round_ in range(3):
            for number in range(10):
                world.rest.send(contact['id'], f'answer {round_}.{number}', f'c{round_}.{number}')
            world.server.kill()
            world.say(f'meanwhile {round_}')
            world.server.start()
            world.rest = world.server.rest()
        wait_until(lambda: all(one['status'] != 'pending' for one in world.messages()), 'all to be settled', 60)
        ours = [one for one in world.messages() if one['direction'] == 'outbound']
        arrived = [one['body'] for one in world.sandbox.sent()]
        assert [one['content'] for one in ours] == [f'answer {round_}.{number}' for round_ in range(3) for number in range(10)]
        assert len(arrived) == len(set(arrived)), f'sent twice: {arrived}'
        # What was cut off is found at the gateway, or is really not there.
        assert [one['content'] for one in ours if one['status'] != 'failed'] == arrived, (arrived, [one['status'] for one in ours])
        wait_until(lambda: [one['content'] for one in world.messages() if one['direction'] == 'inbound'] == ['hello'] + [f'meanwhile {n}' for n in range(3)], 'what was said meanwhile')


@tap.test
def gateway_gone_and_back():
    with Linked() as world:
        world.say('hello')
        contact = world.contact()
        world.sandbox.knobs(gateway_status=401)
        assert 'key' in world.wait_state('disconnected')['reason']
        world.rest.send(contact['id'], 'held', 'c1')
        world.sandbox.knobs(gateway_status=503)
        world.sandbox.knobs(gateway_status=0)
        assert world.rest.post(world.path + '/check')['connection']['state'] in ('connected', 'connecting')
        world.wait_message(lambda one: one.get('client_id') == 'c1' and one['status'] == 'delivered', 'the held message')
        world.gateway('unlink')
        assert 'not linked' in wait_until(lambda: (lambda one: one['state'] == 'disconnected' and one)(world.connection), 'the unlinking', 30)['reason']
        world.link()
        world.rest.post(world.path + '/unlink')
        world.wait_state('disconnected')
        assert world.session()['linked'] is False


@tap.test
def settings_are_tested():
    with Linked(link=False) as world:
        def checks(**more):
            answer = world.rest.post('/api/connections/test', world.settings(**more))
            return answer['ok'], {one['id']: 'unknown' if one.get('unknown') else one['ok'] for one in answer['checks']}
        assert checks() == (True, {'address': True, 'gateway': True, 'session': True, 'webhook': 'unknown'})
        assert checks(gateway_key='wrong') == (False, {'address': True, 'gateway': False, 'session': 'unknown', 'webhook': 'unknown'})
        assert checks(gateway_url='http://127.0.0.1:1') == (False, {'address': False, 'gateway': 'unknown', 'session': 'unknown', 'webhook': 'unknown'})
        assert checks(gateway_url=world.server.url)[0] is False
        assert 'sandbox-key' not in world.server.read_log(), 'the key was logged'


tap.run()

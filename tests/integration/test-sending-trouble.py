#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending when WhatsApp says no, breaks off, or is too slow for what there is to send; and when lobbyd dies over it."""

import os
import random
import sqlite3
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from lobby_test import RestError, Tap, request, wait_until  # noqa: E402
from shop import CUSTOMER, DELIVERED, Shop, media  # noqa: E402

tap = Tap()


def conversation_of(shop):
    return next(one for one in shop.rest.conversations() if one['contact_id'] == shop.contact['id'])


def is_open(shop):
    now = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime())
    return conversation_of(shop)['window_expires_at'] > now


def connection_of(shop):
    return shop.rest.get('/api/businesses')['businesses'][0]['connections'][0]


@tap.test
def a_closed_window():
    """WhatsApp's no closes the window here, for every client; then it is refused at once, until the customer writes again."""
    for later in (0, 1):
        with Shop() as shop:
            shop.sandbox.knobs(window_async=later)
            assert is_open(shop)
            shop.sandbox.control('POST', '/sandbox/customers', {'wa_id': CUSTOMER, 'window_open': False})
            wrong = shop.send(type='text', text='are you there?')
            assert shop.wait_status(wrong, 'failed')['metadata']['error']['code'] == 131047
            wait_until(lambda: not is_open(shop), 'the window to be closed')
            assert shop.refused(type='text', text='hello?') == 'window_closed'
            assert shop.refused(type='reaction', reaction={'messageId': shop.said['id'], 'emoji': '👍'}) == 'window_closed'
            # What was taken before is the same message still.
            assert shop.rest.send_message(shop.contact['id'], 'client-1', type='text', text='are you there?')['id'] == wrong['id']
            shop.sandbox.say(CUSTOMER, 'yes')
            wait_until(lambda: is_open(shop), 'the window to be open')
            shop.wait_status(shop.send(type='text', text='good'), *DELIVERED)


@tap.test
def one_client_id_is_one_message():
    with Shop() as shop:
        place = {'type': 'location', 'location': {'latitude': 1.5, 'longitude': 2.5}}
        first = shop.rest.send_message(shop.contact['id'], 'same', **place)
        assert shop.rest.send_message(shop.contact['id'], 'same', **place)['id'] == first['id']
        for other in ({'type': 'text', 'text': 'x'}, {'type': 'location', 'location': {'latitude': 1.5, 'longitude': 2.6}},
                      {**place, 'quotedMessageId': shop.said['id']}):
            try:
                shop.rest.send_message(shop.contact['id'], 'same', **other)
                raise AssertionError(f'{other} was taken for the same')
            except RestError as error:
                assert (error.status, error.code) == (409, 'client_id_reused')


@tap.test
def what_was_taken_is_not_judged_anew():
    """An answer that got lost is asked for again when the message would be refused by now: it was taken all the same."""
    with Shop() as shop:
        greeting = {'type': 'template', 'template': {'name': 'good_morning', 'language': 'en_US'}}
        wait_until(lambda: shop.rest.get('/api/templates', connection=shop.connection_id)['templates'], 'the templates')
        first = shop.rest.send_message(shop.contact['id'], 'lost', **greeting)
        shop.sandbox.control('POST', '/sandbox/notify', {'field': 'message_template_status_update', 'value': {
            'event': 'PAUSED', 'message_template_id': '594425479261599', 'message_template_name': 'good_morning', 'message_template_language': 'en_US'}})
        wait_until(lambda: any(one['name'] == 'good_morning' and one['status'] == 'PAUSED'
                               for one in shop.rest.get('/api/templates', connection=shop.connection_id)['templates']), 'the template to be paused')
        assert shop.refused(**greeting) == 'bad_template'
        assert shop.rest.send_message(shop.contact['id'], 'lost', **greeting)['id'] == first['id']
        try:
            shop.rest.send_message(shop.contact['id'], 'lost', type='sticker')
            raise AssertionError('taken for the same')
        except RestError as error:
            assert (error.status, error.code) == (409, 'client_id_reused')


@tap.test
def files_that_whatsapp_lost_or_could_not_use():
    with Shop() as shop:
        picture = shop.rest.upload(media('box.jpg'), 'image', 'box.jpg', 'image/jpeg')
        first = shop.arrived(shop.send(type='image', mediaId=picture))
        request('DELETE', f'{shop.sandbox.url}/v25.0/{first["body"]["id"]}', token=shop.sandbox.token)
        again = shop.send(type='image', mediaId=picture)
        shop.wait_status(again, *DELIVERED)
        assert shop.arrived(again)['body']['id'] != first['body']['id']

        # Told by webhook after the message was accepted: uploaded and sent once more, and nobody sees a failure.
        shop.sandbox.knobs(async_fail_code=131053, fail_count=1)
        mended = shop.send(type='image', mediaId=picture)
        shop.wait_status(mended, *DELIVERED)
        tries = [one for one in shop.sandbox.sent() if one.get('biz_opaque_callback_data') == mended['id']]
        assert [one['status'] for one in tries] in (['failed', 'delivered'], ['failed', 'read']), tries
        assert tries[0]['body']['id'] != tries[1]['body']['id'] and shop.message(mended['id'])['whatsapp_message_id'] == tries[1]['id']

        shop.sandbox.knobs(async_fail_code=131053, fail_count=2)
        hopeless = shop.send(type='image', mediaId=picture)
        assert shop.wait_status(hopeless, 'failed')['metadata']['error']['code'] == 131053
        assert sum(one.get('biz_opaque_callback_data') == hopeless['id'] for one in shop.sandbox.sent()) == 2

        # An upload that breaks off is begun again; the message is sent once.
        shop.sandbox.knobs(cut_uploads=2, fail_count=None)
        paper = shop.rest.upload(media('order.pdf'), 'document', 'order.pdf', 'application/pdf')
        cut = shop.send(type='document', mediaId=paper)
        shop.wait_status(cut, *DELIVERED)
        assert sum(one.get('biz_opaque_callback_data') == cut['id'] for one in shop.sandbox.sent()) == 1


@tap.test
def what_passes_is_sent_again():
    """WhatsApp takes the message, and tells later that something was wrong with itself."""
    with Shop() as shop:
        shop.sandbox.knobs(async_fail_code=131000, fail_count=1)
        message = shop.send(type='text', text='again')
        wait_until(lambda: len(shop.sandbox.sent()) == 2, 'the second try', 30, every=0.2)
        now = shop.wait_status(message, *DELIVERED)
        tries = shop.sandbox.sent()
        assert now['metadata']['failed_whatsapp_message_ids'] == [tries[0]['id']] and now['whatsapp_message_id'] == tries[1]['id']


@tap.test
def a_token_that_expires():
    """Nothing is lost and nothing overtaken: it waits, over restarts, until there is a new token; then it goes out at once."""
    with Shop() as shop:
        picture = shop.rest.upload(media('box.jpg'), 'image', 'box.jpg', 'image/jpeg')
        shop.wait_status(shop.send(type='text', text='before'), *DELIVERED)
        shop.sandbox.knobs(expire_token=1)
        waiting = [shop.send(type='text', text=f'held {number}') if number % 3 else shop.send(type='image', mediaId=picture, text=f'held {number}')
                   for number in range(9)]
        wait_until(lambda: connection_of(shop)['state'] == 'disconnected', 'the connection to be held')
        held = connection_of(shop)
        assert 'token' in held['reason'], held
        alerts = shop.rest.get(f'/api/connections/{shop.connection_id}')['connection']['alerts']
        assert [alert['code'] for alert in alerts] == [190] and alerts[0]['severity'] == 'error', alerts
        shop.server.kill()
        shop.server.start()
        shop.rest = shop.server.rest()
        wait_until(lambda: connection_of(shop)['state'] == 'disconnected', 'the connection to be held again')
        assert all(shop.message(one['id'])['status'] == 'pending' for one in waiting)
        assert len(shop.sandbox.sent()) == 1

        shop.sandbox.control('POST', '/sandbox/token', {'token': 'fresh-token'})
        shop.sandbox.knobs(expire_token=0)
        shop.sandbox.token = 'fresh-token'
        request('PATCH', f'{shop.rest.url}/api/connections/{shop.connection_id}', {'access_token': 'fresh-token'}, token=shop.rest.token)
        # At once: the next try by itself would be seconds away.
        wait_until(lambda: len(shop.sandbox.sent()) == 10, 'everything to go out', timeout=3)
        words = [one['body'] if one['type'] == 'text' else one['body']['caption'] for one in shop.sandbox.sent()]
        assert words == ['before'] + [f'held {number}' for number in range(9)], words
        for one in waiting:
            shop.wait_status(one, *DELIVERED)
        connection = connection_of(shop)
        assert connection['state'] == 'connected' and not shop.rest.get(f'/api/connections/{shop.connection_id}')['connection']['alerts']


@tap.test
def killed_while_sending_of_every_kind():
    """kill -9 again and again: each message is there once, or shown as failed; none twice, none forgotten, in order."""
    chance = random.Random(11)
    with Shop() as shop:
        shop.sandbox.knobs(rate_limits=0, retry_ms=50)
        shop.server.env['LOBBYD_SETTLE_MSEC'] = '3000'
        picture = shop.rest.upload(media('box.jpg'), 'image', 'box.jpg', 'image/jpeg')
        voice = shop.rest.upload(media('voice-camila.ogg'), 'voice', 'voice.ogg', 'audio/ogg')
        kinds = [{'type': 'text', 'text': 'x'}, {'type': 'image', 'mediaId': picture}, {'type': 'voice', 'mediaId': voice},
                 {'type': 'reaction', 'reaction': {'messageId': shop.said['id'], 'emoji': '👍'}},
                 {'type': 'template', 'template': {'name': 'good_morning', 'language': 'en_US'}},
                 {'type': 'location', 'location': {'latitude': 1.5, 'longitude': 2.5}}]
        sent = []
        for number in range(36):
            kind = kinds[number % len(kinds)]
            shop.sandbox.knobs(hang_ms=chance.choice([20, 80]))
            sent.append(shop.rest.send_message(shop.contact['id'], f'kill-{number}', **kind))
            if number % 6 == 5:
                time.sleep(chance.uniform(0, 0.3))  # the moment of death is what is being tried
                shop.server.kill()
                shop.server.start()
                shop.rest = shop.server.rest()
        ids = [one['id'] for one in sent]

        def settled():
            now = {one['id']: one for one in shop.rest.messages(shop.contact['id'])}
            assert all(now[one]['status'] != 'pending' for one in ids), [now[one]['status'] for one in ids]
            return now
        now = wait_until(settled, 'all to be settled', 60, every=0.2)
        arrived = [one['biz_opaque_callback_data'] for one in shop.sandbox.sent()]
        assert len(arrived) == len(set(arrived)), 'one was sent twice'
        assert arrived == [one for one in ids if one in set(arrived)], 'out of order'
        failed = [one for one in ids if now[one]['status'] == 'failed']
        assert set(arrived) == set(ids) - set(failed), (len(arrived), len(failed))
        print(f'# {len(failed)} of {len(ids)} were cut off and are shown as such')
        assert len(failed) <= 6


@tap.test
def slower_beside_a_phone():
    """A number that is also used on a phone takes a quarter."""
    with Shop() as shop:
        shop.server.stop()
        shop.sandbox.knobs(coexistence=1)
        shop.server.start()
        shop.rest = shop.server.rest()
        shop.sandbox.say(CUSTOMER, 'hello again')
        for number in range(60):
            shop.sandbox.say(f'1555040{number:04}', 'hello')
        contacts = wait_until(lambda: (lambda found: len(found) == 61 and found)(shop.rest.contacts()), 'the contacts')
        for number, contact in enumerate(contacts):
            shop.rest.send(contact['id'], 'slowly', f'slow-{number}')
        wait_until(lambda: len(shop.sandbox.sent()) == 61, 'all to be there', 30, every=0.2)
        assert shop.sandbox.control('GET', '/sandbox/refused')['refused'] == {}


@tap.test
def killed_while_uploading():
    """Nobody has seen an upload: the message goes out all the same, once."""
    with Shop() as shop:
        picture = shop.rest.upload(media('box.jpg'), 'image', 'box.jpg', 'image/jpeg')
        shop.sandbox.pause()
        message = shop.send(type='image', mediaId=picture)
        database = sqlite3.connect(os.path.join(shop.server.data, 'lobby.db'))
        time.sleep(0.3)  # the upload has begun, and nothing answers
        assert database.execute('SELECT state FROM outbound_queue').fetchall() == [(0,)]
        database.close()
        shop.server.kill()
        shop.sandbox.resume()
        shop.server.start()
        shop.rest = shop.server.rest()
        shop.wait_status(message, *DELIVERED)
        assert len(shop.sandbox.sent()) == 1


@tap.test
def no_faster_than_whatsapp_takes_it():
    """500 answers to many customers and 50 to one, of whom WhatsApp lends 45: all arrive, and it never has to say "too fast"."""
    with Shop() as shop:
        shop.sandbox.knobs(rate_limits=1, status_delay_ms=-1)
        for number in range(100):
            shop.sandbox.say(f'1555030{number:04}', 'hello')
        contacts = wait_until(lambda: (lambda found: len(found) == 101 and found)(shop.rest.contacts()), 'the contacts')
        started = time.monotonic()
        for number in range(50):
            shop.rest.send(shop.contact['id'], f'one {number}', f'one-{number}')
        for number in range(500):
            contact = contacts[number % 101]
            if contact['id'] != shop.contact['id']:
                shop.rest.send(contact['id'], f'many {number}', f'many-{number}')
        many = sum(contacts[number % 101]['id'] != shop.contact['id'] for number in range(500))
        wait_until(lambda: sum(one['to'] != CUSTOMER for one in shop.sandbox.sent()) == many, 'the many', 60, every=0.5)
        print(f'# {many} to many after {time.monotonic() - started:.1f} s')
        wait_until(lambda: len(shop.sandbox.sent()) == many + 50, 'the fifty', 120, every=1)
        print(f'# 50 to one after {time.monotonic() - started:.1f} s')
        mine = [one['body'] for one in shop.sandbox.sent() if one['to'] == CUSTOMER]
        assert mine == [f'one {number}' for number in range(50)], mine
        assert shop.sandbox.control('GET', '/sandbox/refused')['refused'] == {}


tap.run()

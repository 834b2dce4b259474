#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every type of message from an agent's request to WhatsApp's side (the sandbox, which is as strict as Meta) and the receipts back."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from lobby_test import RestError, Tap, request, wait_until  # noqa: E402
from shop import CUSTOMER, DELIVERED, MOVIE, SONG, Shop, media  # noqa: E402

tap = Tap()


@tap.test
def files():
    with Shop() as shop:
        picture = shop.rest.upload(media('box.jpg'), 'image', 'box.jpg', 'image/jpeg')
        cases = [('image', picture, {'text': 'Look'}),
                 ('video', shop.rest.upload(MOVIE, 'video', 'clip.mp4', 'video/mp4'), {'text': 'Move'}),
                 ('audio', shop.rest.upload(SONG, 'audio', 'song.mp3', 'audio/mpeg'), {}),
                 ('voice', shop.rest.upload(media('voice-camila.ogg'), 'voice', 'voice.ogg', 'audio/ogg'), {}),
                 ('document', shop.rest.upload(media('order.pdf'), 'document', 'scan.pdf', 'application/pdf'), {'text': 'Bill', 'fileName': 'Factura ñ.pdf'}),
                 ('sticker', shop.rest.upload(media('coffee.webp'), 'sticker', 'coffee.webp', 'image/webp'), {})]
        for kind, upload, more in cases:
            message = shop.send(type=kind, mediaId=upload, **more)
            assert message['message_type'] == kind and message['metadata']['media_state'] == 'ready' and message['media_url'], message
            assert message.get('content') == more.get('text')
            assert len(shop.rest.get(message['media_url'])) == message['metadata']['file_size']
            there = shop.arrived(message)
            body = there['body']
            assert there['type'] == {'voice': 'audio'}.get(kind, kind), there
            assert body.get('voice') is (True if kind == 'voice' else None), body
            assert body.get('caption') == more.get('text'), body
            assert body.get('filename') == more.get('fileName'), body
            shop.wait_status(message, *DELIVERED)
        # The same file again: WhatsApp has it already.
        first, again = shop.arrived(shop.send(type='image', mediaId=picture)), shop.arrived(shop.send(type='image', mediaId=picture))
        assert first['body']['id'] == again['body']['id']


@tap.test
def places_people_and_answers():
    with Shop() as shop:
        place = shop.send(type='location', location={'latitude': 41.3874, 'longitude': 2.1686, 'name': 'Shop', 'address': 'Main street 1'})
        assert shop.arrived(place)['body'] == {'latitude': 41.3874, 'longitude': 2.1686, 'name': 'Shop', 'address': 'Main street 1'}
        assert place['metadata']['location']['name'] == 'Shop'
        cards = [{'name': {'formatted_name': 'Ana García'}, 'phones': [{'phone': '+34600111222', 'type': 'CELL'}], 'birthday': '1990-02-03'}]
        people = shop.send(type='contacts', contacts=cards)
        assert shop.arrived(people)['body'][0]['name'] == {'formatted_name': 'Ana García', 'first_name': 'Ana García'}
        answer = shop.send(type='text', text='see https://example.org', quotedMessageId=shop.said['id'])
        there = shop.arrived(answer)
        assert there['context'] == shop.said['whatsapp_message_id'] or there['context'] == {'message_id': shop.said['whatsapp_message_id']}, there
        liked = shop.send(type='reaction', reaction={'messageId': shop.said['id'], 'emoji': '👍'})
        assert shop.arrived(liked)['body'] == {'message_id': shop.said['whatsapp_message_id'], 'emoji': '👍'}
        assert liked['metadata']['reaction'] == {'message_id': shop.said['id'], 'whatsapp_message_id': shop.said['whatsapp_message_id']}
        shop.wait_status(liked, 'sent')
        taken_back = shop.send(type='reaction', reaction={'messageId': shop.said['id'], 'emoji': ''})
        assert shop.arrived(taken_back)['body']['emoji'] == ''
        for one in (place, people, answer):
            shop.wait_status(one, *DELIVERED)
        # A reaction to what is still on its way goes out behind it.
        own = shop.send(type='text', text='mine')
        liked = shop.send(type='reaction', reaction={'messageId': own['id'], 'emoji': '🎉'})
        assert shop.arrived(liked)['body']['message_id'] == shop.arrived(own)['id']
        conversation = shop.rest.conversations()[0]
        assert conversation['message_count_out'] == 4, conversation


BUTTONS = {'type': 'button', 'body': {'text': 'Tea or coffee?'}, 'footer': {'text': 'Both are fine'},
           'action': {'buttons': [{'type': 'reply', 'reply': {'id': 't', 'title': 'Tea'}}, {'type': 'reply', 'reply': {'id': 'c', 'title': 'Coffee'}}]}}
LIST = {'type': 'list', 'header': {'type': 'text', 'text': 'Cakes'}, 'body': {'text': 'Which one?'},
        'action': {'button': 'Choose', 'sections': [{'title': 'Sweet', 'rows': [{'id': '1', 'title': 'Apple', 'description': 'warm'}]}]}}
LINK = {'type': 'cta_url', 'body': {'text': 'Our page'},
        'action': {'name': 'cta_url', 'parameters': {'display_text': 'Open', 'url': 'https://example.org/shop'}}}
WHERE = {'type': 'location_request_message', 'body': {'text': 'Where are you?'}, 'action': {'name': 'send_location'}}
WHO = {'type': 'contact_request', 'body': {'text': 'Your number?'}, 'action': {'name': 'request_contact_info'}}


@tap.test
def things_to_tap():
    with Shop() as shop:
        for interactive in (BUTTONS, LIST, LINK, WHERE, WHO):
            message = shop.send(type='interactive', interactive=interactive)
            assert message['content'] == interactive['body']['text'] and message['metadata']['interactive'] == interactive
            assert shop.arrived(message)['body'] == interactive
            shop.wait_status(message, *DELIVERED)
        picture = shop.rest.upload(media('box.jpg'), 'image', 'box.jpg', 'image/jpeg')
        message = shop.send(type='interactive', mediaId=picture, interactive={**BUTTONS, 'header': {'type': 'image', 'image': {}}})
        assert shop.arrived(message)['body']['header']['image']['id']
        shop.wait_status(message, *DELIVERED)


def text(value):
    return {'type': 'text', 'text': value}


@tap.test
def templates():
    with Shop() as shop:
        shop.sandbox.control('POST', '/sandbox/customers', {'wa_id': CUSTOMER, 'window_open': False})
        ready = {'name': 'order_ready', 'language': 'es', 'components': [{'type': 'body', 'parameters': [text('Lucía'), text('215')]}]}
        wait_until(lambda: shop.rest.get('/api/templates', connection=shop.connection_id)['templates'], 'the templates to be known')
        message = shop.send(type='template', template=ready)
        assert message['metadata']['template'] == ready and message['metadata']['template_frame'] == {'footer': 'Marigold Bakery'}
        assert message['content'] == 'Hola Lucía, tu pedido 215 está listo. Abrimos hasta las 7, ¡te esperamos!'
        assert shop.arrived(message)['body'] == {**ready, 'language': {'code': 'es'}}
        shop.wait_status(message, *DELIVERED)
        picture = shop.rest.upload(media('box.jpg'), 'image', 'box.jpg', 'image/jpeg')
        cake = {'name': 'cake_photo', 'language': 'en_US',
                'components': [{'type': 'header', 'parameters': [{'type': 'image'}]}, {'type': 'body', 'parameters': [text('Priya')]}]}
        message = shop.send(type='template', template=cake, mediaId=picture)
        assert shop.arrived(message)['body']['components'][0]['parameters'][0]['image']['id']
        assert message['media_url']
        shop.wait_status(message, *DELIVERED)
        assert message['content'] == 'Your cake is out of the oven, Priya! Does it look the way you wanted?'
        # What does not fit the template that we know is told at once; what only WhatsApp knows, at the message.
        for name, components in (('order_ready', [{'type': 'body', 'parameters': [text('one')]}]), ('cake_photo', [{'type': 'body', 'parameters': [text('Priya')]}]),
                                 ('weekend_specials', []), ('good_morning', [{'type': 'button', 'sub_type': 'url', 'index': '0', 'parameters': [text('x')]}])):
            assert shop.refused(type='template', template={'name': name, 'language': 'en_US', 'components': components}) == 'bad_template'
        wrong = shop.send(type='template', template={'name': 'nothing_like_it', 'language': 'en_US'})
        assert shop.wait_status(wrong, 'failed')['metadata']['error']['code'] == 132001


@tap.test
def reading_is_told_when_the_connection_tells_it():
    with Shop() as shop:
        path = f'{shop.rest.url}/api/connections/{shop.connection_id}'
        request('PATCH', path, {'send_read_receipts': False}, token=shop.rest.token)
        shop.rest.post(f'/api/contacts/{shop.contact["id"]}/read')
        request('PATCH', path, {'send_read_receipts': True}, token=shop.rest.token)
        [second] = shop.sandbox.say(CUSTOMER, 'and now?')
        wait_until(lambda: len(shop.rest.messages(shop.contact['id'])) == 2, 'the second message')
        shop.rest.post(f'/api/contacts/{shop.contact["id"]}/read')
        calls = wait_until(lambda: shop.sandbox.calls()['calls'], 'WhatsApp to be told')
        assert [(call['kind'], call['message_id']) for call in calls] == [('read', second)], calls


@tap.test
def what_cannot_be_sent_is_told_at_once():
    with Shop() as shop:
        place = {'latitude': 1, 'longitude': 2}
        cases = [('empty', {'type': 'text', 'text': ' '}), ('too_long', {'type': 'text', 'text': 'x' * 4097}), ('unsupported_type', {'type': 'dance'}),
                 ('bad_location', {'type': 'location', 'location': {**place, 'latitude': 91}}), ('bad_location', {'type': 'location'}),
                 ('bad_contacts', {'type': 'contacts', 'contacts': []}), ('bad_contacts', {'type': 'contacts', 'contacts': [{'name': {}}]}),
                 ('bad_contacts', {'type': 'contacts', 'contacts': [{'name': {'formatted_name': 'A'}, 'birthday': '1.2.1990'}]}),
                 ('bad_reaction', {'type': 'reaction', 'reaction': {'messageId': shop.said['id']}}),
                 ('media_not_found', {'type': 'image'}), ('media_not_found', {'type': 'image', 'mediaId': 'nothing'}),
                 ('bad_template', {'type': 'template', 'template': {'name': 'Order Ready', 'language': 'es'}}),
                 ('bad_template', {'type': 'template', 'template': {'name': 'x', 'language': 'es', 'components': [{'type': 'body', 'parameters': [text('a\nb')]}]}}),
                 ('bad_interactive', {'type': 'interactive', 'interactive': {**BUTTONS, 'body': {'text': ''}}}),
                 ('bad_interactive', {'type': 'interactive', 'interactive': {**BUTTONS, 'footer': {'text': 'x' * 61}}}),
                 ('bad_interactive', {'type': 'interactive', 'interactive': {**LINK, 'action': {'name': 'cta_url', 'parameters': {'display_text': 'x', 'url': 'ftp://x'}}}})]
        for code, message in cases:
            assert shop.refused(**message) == code, (code, message)
        voice = shop.rest.upload(media('voice-camila.ogg'), 'voice', 'voice.ogg', 'audio/ogg')
        assert shop.refused(type='voice', mediaId=voice, text='words') == 'no_caption'
        assert shop.refused(type='image', mediaId=voice) == 'media_type_refused'
        picture = shop.rest.upload(media('box.jpg'), 'image', 'box.jpg', 'image/jpeg')
        assert shop.refused(type='image', mediaId=picture, text='x' * 1025) == 'too_long'
        assert shop.sandbox.sent() == []
        for method in ('PATCH', 'DELETE'):
            sent = shop.send(type='text', text='once said')
            shop.wait_status(sent, 'sent', *DELIVERED)
            try:
                shop.rest.change(method, shop.contact['id'], sent['id'], 'never said')
                raise AssertionError('the Cloud API cannot change messages')
            except RestError as error:
                assert (error.status, error.code) == (422, 'not_supported_by_connection')


tap.run()

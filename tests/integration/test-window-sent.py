#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a colleague sends with another program, of every type, as the app shows it."""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from atspi import Desktop  # noqa: E402
from lobby_test import Tap  # noqa: E402
from shop import CUSTOMER, Shop, media  # noqa: E402

tap = Tap()


@tap.test
def a_colleague_sends_every_type():
    with Desktop() as desktop, Shop() as shop:
        with desktop.start_app('--data-folder', os.path.join(shop.folder, 'app')) as app:
            app.sign_in(shop.server)
            app.open_conversation('Priya')
            app.find('list item', re.compile('hello'))
            picture = shop.rest.upload(media('box.jpg'), 'image', 'box.jpg', 'image/jpeg')
            paper = shop.rest.upload(media('order.pdf'), 'document', 'order.pdf', 'application/pdf')
            voice = shop.rest.upload(media('voice-camila.ogg'), 'voice', 'voice.ogg', 'audio/ogg')
            sticker = shop.rest.upload(media('coffee.webp'), 'sticker', 'coffee.webp', 'image/webp')
            row = {'id': '1', 'title': 'Apple'}
            cases = [
                ('Photo.*In the box', {'type': 'image', 'mediaId': picture, 'text': 'In the box'}),
                ('button Bill ñ', {'type': 'document', 'mediaId': paper, 'fileName': 'Bill ñ.pdf'}),
                ('Voice', {'type': 'voice', 'mediaId': voice}),
                ('Sticker', {'type': 'sticker', 'mediaId': sticker}),
                ('button Shop.*Main street', {'type': 'location', 'location': {'latitude': 1.5, 'longitude': 2.5, 'name': 'Shop', 'address': 'Main street 1'}}),
                ('button Ana García', {'type': 'contacts', 'contacts': [{'name': {'formatted_name': 'Ana García'}, 'phones': [{'phone': '+34600111222'}]}]}),
                ('Cakes.*Which one', {'type': 'interactive', 'interactive': {
                    'type': 'list', 'header': {'type': 'text', 'text': 'Cakes'}, 'body': {'text': 'Which one?'},
                    'action': {'button': 'Choose', 'sections': [{'rows': [row]}]}}}),
                ('your order 214 is ready.*Marigold Bakery', {'type': 'template', 'template': {
                    'name': 'order_ready', 'language': 'en_US',
                    'components': [{'type': 'body', 'parameters': [{'type': 'text', 'text': 'Priya'}, {'type': 'text', 'text': '214'}]}]}}),
            ]
            for words, message in cases:
                last = shop.send(**message)
                role, words = ('button', words[7:]) if words.startswith('button ') else ('list item', words)
                app.find(role, re.compile(words, re.DOTALL))
            # A reaction hangs on its message, and is no message of its own.
            shop.send(type='reaction', reaction={'messageId': last['id'], 'emoji': '🎉'})
            app.find('label', re.compile('🎉'))
            app.absent('list item', re.compile('^You, Reaction'))
            if 'LOBBY_SCREENSHOT' in os.environ:
                app.settle()
                app.screenshot(os.environ['LOBBY_SCREENSHOT'])
            # WhatsApp says that the service window is closed, whatever everybody thought: the field goes, and comes back.
            app.find('text', 'Message')
            shop.sandbox.control('POST', '/sandbox/customers', {'wa_id': CUSTOMER, 'window_open': False})
            shop.send(type='text', text='too late')
            app.absent('text', 'Message')
            shop.sandbox.say(CUSTOMER, 'here again')
            app.find('text', 'Message')


tap.run()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is inside messages (recordings, files, places, people, quotes), by keyboard and by their menu."""

import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from atspi import Desktop  # noqa: E402
from lobby_test import Tap, wait_until  # noqa: E402
from shop import CUSTOMER, Shop  # noqa: E402

tap = Tap()

PLACE = {'latitude': 40.7466, 'longitude': -73.8890, 'name': 'Community kitchen', 'address': '73-14 Elm Alley'}
PEOPLE = [{'name': {'formatted_name': 'Elena Fernández'}, 'phones': [{'phone': '+1 929 555 0184'}]},
          {'name': {'formatted_name': 'Tom Ó Sé'}, 'phones': [{'phone': '+353 1 555 0100'}, {'phone': '+353 1 555 0101'}]}]


class Opener:
    """The program with which the desktop opens everything. It keeps a list."""

    def __init__(self, desktop):
        self.path = os.path.join(desktop.folder, 'opened')
        folder = os.path.join(desktop.env['XDG_DATA_HOME'], 'applications')
        os.makedirs(folder)
        opener = os.path.join(desktop.folder, 'opener')
        with open(opener, 'w', encoding='utf-8') as file:
            file.write(f'#!/bin/sh\nprintf "%s\\n" "$1" >> "{self.path}"\n')
        os.chmod(opener, 0o755)
        types = ['x-scheme-handler/https', 'x-scheme-handler/tel', 'application/pdf']
        with open(os.path.join(folder, 'opener.desktop'), 'w', encoding='utf-8') as file:
            file.write(f'[Desktop Entry]\nType=Application\nName=Opener\nExec={opener} %u\nMimeType={";".join(types)};\n')
        with open(os.path.join(desktop.env['XDG_CONFIG_HOME'], 'mimeapps.list'), 'w', encoding='utf-8') as file:
            file.write('[Default Applications]\n' + ''.join(f'{kind}=opener.desktop\n' for kind in types))

    def wait(self, wanted):
        def look():
            with open(self.path, encoding='utf-8') as file:
                last = file.read().splitlines()[-1]
            assert re.search(wanted, last), last
            return True
        wait_until(look, f'{wanted} to be opened')


class Window:
    """The app, at a conversation."""

    def __init__(self, app):
        self.app = app

    def wait_focus(self):
        self.app.find('grouping', 'Messages', where=lambda node: node.has('focused'))

    def mark(self, number):
        """The keyboard comes to the message that is so many from the newest, 1 being that."""
        self.write()
        self.app.key('shift+F6')
        self.wait_focus()
        self.app.key('End', *['Up'] * number)
        return self

    def write(self):
        if not self.app.find('text', 'Message').has('focused'):
            self.app.key('F6')
        return self.app.find('text', 'Message', where=lambda node: node.has('focused'))

    def menu(self, *wanted):
        self.app.key('shift+F10')
        items = wait_until(lambda: self.app.find('menu').find_all('menu item'), 'the menu')
        assert [item.name for item in items] == list(wanted), [item.name for item in items]
        return self

    def choose(self, name):
        self.app.find('menu').find('menu item', name).click()
        self.app.absent('menu')


# The newest first.
QUOTE, CONTACTS, LOCATION, VOICE, DOCUMENT, TEXT = range(1, 7)


def check_voice(window):
    app = window.mark(VOICE).app
    app.key('Return')
    app.find('button', 'Pause voice message')
    window.menu('Reply', 'Pause', 'Open', 'Message Info')
    app.key('Escape')
    app.key('space')
    app.find('button', 'Play voice message')
    window.menu('Reply', 'Play', 'Open', 'Message Info').choose('Play')
    app.find('button', 'Pause voice message')
    app.key('KP_Enter')
    app.find('button', 'Play voice message')


def check_cards(window, opener):
    app = window.app
    window.mark(DOCUMENT)
    app.key('Return')
    opener.wait('/media/')
    window.mark(LOCATION)
    app.key('Return')
    opener.wait(r'^https://www.openstreetmap.org/\?mlat=40.74660&mlon=-73.88900')
    window.mark(CONTACTS)
    app.key('space')
    opener.wait('^tel:')
    window.mark(LOCATION).menu('Reply', 'Open Location', 'Message Info').choose('Open Location')
    opener.wait('^https:')
    window.mark(CONTACTS).menu('Reply', 'Call', 'Message Info').choose('Call')
    opener.wait('^tel:')
    # All of the people, with all of their numbers.
    window.menu('Reply', 'Call', 'Message Info').choose('Message Info')
    app.find('label', 'Elena Fernández, +1 929 555 0184\nTom Ó Sé, +353 1 555 0100, +353 1 555 0101')
    app.key('Escape')
    window.wait_focus()


def check_quote(window):
    """The keyboard is at the message to which it jumped: what comes next is done with that."""
    app = window.mark(QUOTE).app
    app.key('Return')
    window.menu('Reply', 'Copy Text', 'Select Text', 'Message Info')
    app.key('Escape')
    window.mark(QUOTE).menu('Reply', 'Show Quoted Message', 'Copy Text', 'Select Text', 'Message Info').choose('Show Quoted Message')
    window.menu('Reply', 'Copy Text', 'Select Text', 'Message Info')
    app.key('Escape')
    # Plain text: nothing happens.
    app.key('Return', 'space')
    app.absent('menu')


def check_selection(window):
    """Copying: what is selected, and the selection outlives the menu."""
    app = window.mark(QUOTE).app
    window.menu('Reply', 'Show Quoted Message', 'Copy Text', 'Select Text', 'Message Info').choose('Select Text')
    app.find('label', 'as I wrote', where=lambda node: node.has('focused'))
    app.key('ctrl+shift+Left')
    window.menu('Reply', 'Show Quoted Message', 'Copy', 'Select Text', 'Message Info')
    app.key('Escape')
    label = app.find('label', 'as I wrote', where=lambda node: node.has('focused'))
    label.point_and_click(3)
    app.find('menu').find('menu item', 'Copy').click()
    app.absent('menu')
    text = window.write()
    app.key('ctrl+v')
    wait_until(lambda: text.text == 'as I ', 'what was selected')
    # The selection has ended with that.
    window.mark(QUOTE).menu('Reply', 'Show Quoted Message', 'Copy Text', 'Select Text', 'Message Info').choose('Copy Text')
    text = window.write()
    app.key('ctrl+v')
    wait_until(lambda: text.text == 'as I as I wrote', 'all of it')


@tap.test
def by_keyboard_and_menu():
    with Desktop() as desktop, Shop() as shop:
        opener = Opener(desktop)
        with desktop.start_app('--data-folder', os.path.join(shop.folder, 'app')) as app:
            app.sign_in(shop.server)
            app.open_conversation('Priya')
            [first] = [message['id'] for message in shop.sandbox.control('GET', '/sandbox/said')['said']]
            shop.sandbox.say(CUSTOMER, type='document', file='order.pdf', filename='Order.pdf')
            shop.sandbox.say(CUSTOMER, type='voice', file='voice-mateo.ogg')
            shop.sandbox.say(CUSTOMER, message={'type': 'location', 'location': PLACE})
            shop.sandbox.say(CUSTOMER, message={'type': 'contacts', 'contacts': PEOPLE})
            shop.sandbox.say(CUSTOMER, 'as I wrote', quoted=first)
            app.find('list item', re.compile('as I wrote'))
            app.find('button', 'Play voice message', where=lambda node: node.has('sensitive'))
            app.find('button', re.compile('Order.pdf'), where=lambda node: node.has('sensitive'))
            app.find('text', 'Message', where=lambda node: node.has('focused'))
            window = Window(app)
            check_voice(window)
            check_cards(window, opener)
            check_quote(window)
            check_selection(window)


tap.run()

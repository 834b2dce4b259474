#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tools/screenshots does inside the root."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), '..'))
sys.path.insert(0, os.path.join(TOP, 'tools'))
sys.dont_write_bytecode = True

import demo as demo_module  # noqa: E402
from atspi import Desktop, gerror  # noqa: E402
from lobby_test import program, wait_until  # noqa: E402

SIZES = ((1200, 800), (700, 800), (360, 720))
WIDE, NARROW = SIZES[0], SIZES[2]
# What the demo calls its number.
CONNECTION = 'Shop'
# Of the app's environment: how it is to look.
STYLE = {}
# How far the shop's morning has come, and whose talk is open.
MESSAGES = 45


def start_demo(folder, speed):
    options = argparse.Namespace(fresh=True, seconds=None, screenshot=None, speed=speed, alive=None, folder=folder, data=folder)
    demo = demo_module.Demo(options)
    demo.prepare_folder()
    demo.start_sandbox()
    demo.start_server()
    return demo


def busiest(rest):
    """The conversation that shows most: pictures, voice, documents and answers."""
    best, score = None, -1
    for conversation in rest.conversations():
        messages = rest.messages(conversation['contact_id'])
        kinds = {message['message_type'] for message in messages}
        worth = len(messages) + 8 * len(kinds)
        if worth > score:
            best, score = conversation, worth
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('folder')
    parser.add_argument('--readme')
    parser.add_argument('--high-contrast', action='store_true')
    parser.add_argument('--right-to-left', action='store_true')
    options = parser.parse_args()
    if options.high_contrast:
        STYLE['ADW_DEBUG_HIGH_CONTRAST'] = '1'
    if options.right_to_left:
        STYLE['GTK_DEBUG'] = 'invert-text-dir'
    demo_module.build()
    place = tempfile.mkdtemp(prefix='lobby-screenshots-')
    demo = start_demo(place, 30.0)
    try:
        rest = demo.server.rest()
        print('The shop\'s morning is being played …', flush=True)
        portraits = demo_module.threading.Thread(target=demo.hang_portraits, daemon=True)
        portraits.start()
        wait_until(lambda: sum(conversation['message_count_in'] for conversation in rest.conversations()) >= MESSAGES, f'{MESSAGES} messages', 120, every=0.5)
        answer_some(rest)
        demo.sandbox.knobs(speed=1)
        contact = rest.get(f'/api/contacts/{busiest(rest)["contact_id"]}')
        demo.write('demo.ini', f'[demo]\nserver={demo.server.url}\nuser={demo.server.user}\npassword={demo.server.password}')
        # One desktop for both: AT-SPI is asked for once a process.
        with Desktop(size='1280x900') as desktop:
            for scheme in ('light', 'dark'):
                take_sign_in(options, demo, desktop, scheme)
                take(options, demo, desktop, scheme, contact)
    finally:
        demo.end()
        shutil.rmtree(place, ignore_errors=True)


# What the bakery says to whom: data/sandbox/shop-morning.script has their side.
ANSWERS = {
    'Amara': 'So sorry! The oven was slow today. The door is open now, come in out of the rain ☔',
    'Priya': 'जी बिल्कुल, बिना अंडे का 🌼',
    'Camila': 'Lo sentimos mucho, Camila. Hoy mismo lo arreglamos.',
    'Harpreet': 'Yes, each one wrapped, no problem at all.',
    'Lucía': 'Sí, me ha llegado. ¡Gracias, Lucía!',
    'Sofía': '¡Qué dibujo tan bonito! Lo hacemos igualito 🦖',
    'Noor': 'Yes! What is left at six goes for half.',
    'Tom': 'Thank you, Tom. Confirmed for Saturday morning.',
}


def answer_some(rest):
    """A few answers of the team, so that both sides of a conversation are seen."""
    for number, conversation in enumerate(rest.conversations()):
        words = ANSWERS.get((conversation['contact'].get('name') or '-').split()[0])
        if words:
            rest.post(f'/api/contacts/{conversation["contact_id"]}/read')
            rest.send(conversation['contact_id'], words, f'screenshot-{number}')


def start_app(desktop, scheme, name, *arguments):
    folder = os.path.join(desktop.folder, f'{scheme}-{name}')
    app = desktop.start_app(env={'ADW_DEBUG_COLOR_SCHEME': f'prefer-{scheme}', **STYLE},
                            command=[program('desktop/lobby'), '--data-folder', folder, *arguments])
    return app.resize(*WIDE)


def take_sign_in(options, demo, desktop, scheme):
    """The first thing anybody sees, and what it says when something is wrong."""
    app = start_app(desktop, scheme, 'sign-in')
    app.find('text', 'Server address').set_text(demo.server.url)
    app.find('text', 'User').set_text('anna')
    picture(app, options.folder, f'{scheme}-sign-in')
    app.find('text', 'Password').set_text('not the password')
    app.find('button', 'Sign In', where=lambda node: node.has('sensitive')).click()
    app.find('label', 'The user or the password is not right.')
    app.resize(*NARROW)
    picture(app, options.folder, f'{scheme}-sign-in-error-360')
    app.kill()


def take(options, demo, desktop, scheme, contact):
    app = start_app(desktop, scheme, 'app', '--demo', os.path.join(demo.folder, 'demo.ini'))
    name = contact.get('name') or contact.get('phone_number')

    def row():
        return app.find(where=lambda node: node.role == 'table cell' and (node.name or '').startswith(name), timeout=60)

    def open_row():
        try:
            row().point_and_click()
        except gerror():  # the list moved it under the pointer
            return False
        return app.find_all('button', name)
    row()
    picture(app, options.folder, f'{scheme}-list')
    wait_until(open_row, 'the conversation', every=0.5)
    for width, height in SIZES:
        app.resize(width, height)
        path = picture(app, options.folder, f'{scheme}-{width}')
        if options.readme and scheme == 'light' and width == 1200:
            shutil.copyfile(path, options.readme)
            print(options.readme)
    app.resize(*WIDE)
    # The window gives the focus back once it is laid out anew, and would take it from the search.
    app.settle()
    take_search(options, app, scheme)
    take_numbers(options, demo, app, scheme)
    app.kill()


def take_search(options, app, scheme):
    app.key('ctrl+k')
    app.find('entry', 'Search conversations', where=lambda node: node.has('focused'))
    app.type('nobody')
    app.find('label', 'Nobody Found')
    picture(app, options.folder, f'{scheme}-search')
    app.key('Escape')
    app.absent('label', 'Nobody Found')


def take_numbers(options, demo, app, scheme):
    """The dialog of WhatsApp numbers, each page of it wide or narrow."""
    app.key('F10')
    app.find('menu', 'Main Menu')
    app.key('w')
    app.find('list item', re.compile('^Add|^' + CONNECTION))
    picture(app, options.folder, f'{scheme}-numbers')
    app.find('list item', re.compile('^' + CONNECTION)).click()
    app.find('label', 'Callback URL')
    picture(app, options.folder, f'{scheme}-number')
    app.resize(*NARROW)
    picture(app, options.folder, f'{scheme}-number-360')
    go_back(app)
    app.find('button', 'Add a Number').click()
    app.find('label', 'How Is It Connected?')
    picture(app, options.folder, f'{scheme}-number-kind-360')
    app.find('list item', re.compile('^WhatsApp Cloud API')).click()
    fill(app, {'Name, for your team': 'Second shop', 'Phone number ID': '1', 'WhatsApp Business account ID': '2', 'Access token': 'wrong', 'App secret': 'wrong'})
    app.find('list item', 'Advanced').click()
    fill(app, {'Address of the Graph API': demo.sandbox.url + '/v25.0'})
    app.resize(*WIDE)
    app.find('button', 'Test It', where=lambda node: node.has('sensitive')).click()
    app.find(name='wrong')
    picture(app, options.folder, f'{scheme}-number-test')
    go_back(app)
    app.find('list item', re.compile('^Linked number')).click()
    fill(app, {'Name, for your team': 'Till', 'Address': demo.sandbox.url, 'API key': 'sandbox-key'})
    app.find('button', 'Add', where=lambda node: node.has('sensitive')).click()
    app.find('image', 'QR code that links this number')
    picture(app, options.folder, f'{scheme}-number-qr')
    app.resize(*NARROW)
    picture(app, options.folder, f'{scheme}-number-qr-360')
    # The next scheme begins as this one did.
    for connection in demo.server.rest().get('/api/connections', business=demo.server.rest().business)['connections']:
        if connection['kind'] == 'gateway':
            demo.server.rest().delete(f'/api/connections/{connection["id"]}')


def go_back(app):
    """Within the dialog: the narrow window under it has such a button too."""
    app.find('button', 'Back')
    app.find_all('button', 'Back')[-1].click()


def fill(app, texts):
    for name, text in texts.items():
        app.find('text', name).set_text(text)


def picture(app, folder, name):
    app.settle(quiet=0.6, timeout=8)
    path = app.screenshot(os.path.join(folder, f'{name}.png'))
    # Without a compositor GTK draws a frame where its shadow would be.
    subprocess.run(['mogrify', '-shave', '4x4', path], check=True)
    print(path, flush=True)
    return path


if __name__ == '__main__':
    started = time.monotonic()
    main()
    print(f'{time.monotonic() - started:.0f} s')

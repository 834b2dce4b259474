#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo without its window: the shipped script plays against a real lobbyd, somebody answers everybody."""

import collections
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'integration', 'support'))
from lobby_test import Tap, World, wait_until  # noqa: E402

tap = Tap()
DATA = os.path.join(HERE, '..', '..', 'data', 'sandbox')
OPTIONS = ('--script', os.path.join(DATA, 'shop-morning.script'), '--media-folder', os.path.join(DATA, 'media'), '--speed', '40')


def said(world):
    return [message['id'] for message in world.sandbox.control('GET', '/sandbox/said')['said']]


def stored(world):
    return [message for contact in world.rest.contacts() for message in world.rest.messages(contact['id'])]


def is_settled(world):
    """Everything that either side said is stored once, with its file, and read."""
    before = said(world)
    messages = stored(world)
    counts = collections.Counter(message.get('whatsapp_message_id') for message in messages if message['direction'] == 'inbound')
    assert max(counts.values()) == 1, counts
    files = [message['metadata']['media_state'] for message in messages if 'media_state' in (message.get('metadata') or {})]
    assert 'failed' not in files, files
    return (set(before) <= set(counts) and set(files) == {'ready'}
            and all(message['status'] in ('read', 'played') for message in messages if message['direction'] == 'outbound'))


@tap.test
def a_busy_morning():
    with World(sandbox_options=OPTIONS) as world:
        wait_until(lambda: len(said(world)) >= 30, 'the script', 60)
        contacts = wait_until(lambda: len(world.rest.contacts()) >= 13 and world.rest.contacts(), 'everybody')
        assert {'Priya Sharma', 'Mateo Rojas', 'Noor', "Daniel O'Connor"} <= {contact['name'] for contact in contacts}
        assert any(not contact.get('phone_number') for contact in contacts), 'one is known by a username only'
        for round_number in range(2):
            before = len(said(world))
            for number, contact in enumerate(contacts):
                world.rest.send(contact['id'], f'Answer {round_number}', f'answer-{round_number}-{number}')
            wait_until(lambda: len(said(world)) >= before + 13, 'their answers', 60)
        kinds = {message.get('message_type') for message in stored(world) if message['direction'] == 'inbound'}
        assert {'text', 'image', 'voice', 'document', 'sticker', 'unsupported'} <= kinds, kinds
        wait_until(lambda: is_settled(world), 'everything stored and read', 60, every=0.3)
        assert len(world.sandbox.sent()) == 26


tap.run()

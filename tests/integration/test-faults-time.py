#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and its traces: the wall clock jumps under traffic, and databases that earlier versions left are taken over."""

import glob
import hashlib
import json
import os
import random
import sqlite3
import struct
import sys
import time
from datetime import datetime

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from lobby_agent import Agent  # noqa: E402
from lobby_faults import Answerer, calm, converge, customers, finish, make_world, seed, settled  # noqa: E402
from lobby_proof import Storage, assert_each_inbound_once, assert_each_outbound_once_or_failed, assert_log_without_holes  # noqa: E402
from lobby_test import BUILD, TOP, RestError, Tap, wait_until  # noqa: E402

tap = Tap()
HOUR = 3600 * 1000
FILE = b'Hello Lobby'  # that somebody sent to the server of 002.db.sql


def set_clock(world, msec):
    with open(world.server.env['LOBBY_TEST_CLOCK'], 'r+b') as file:
        file.write(struct.pack('=q', msec))


@tap.test
def the_clock_jumps():
    """Forwards and back by hours, which a service window can bear, while messages come and go and some have to be tried again."""
    print(f'# LOBBY_SEED={seed}')
    dice = random.Random(seed)
    world = make_world()
    world.server.env.update(LOBBY_TEST_CLOCK=os.path.join(world.folder, 'clock'), LD_PRELOAD=os.path.join(BUILD, 'tests', 'integration', 'clock-shift.so'),
                            ASAN_OPTIONS=':'.join(filter(None, [os.environ.get('ASAN_OPTIONS'), 'verify_asan_link_order=0'])))
    with open(world.server.env['LOBBY_TEST_CLOCK'], 'wb') as file:
        file.write(bytes(8))
    with world:
        world.sandbox.knobs(rate_limits=0, status_delay_ms=20, retry_ms=50)
        said, contacts = customers(world, 24)  # so many that nobody is written to too often
        watcher = Agent(world, 'watcher').wait_connected()
        answerer = Answerer(world, contacts, 0.04)
        answerer.start()
        for jump in (20, -20, 1, 0, -3, 12, 0):
            for number in range(6):
                said += world.sandbox.say(f'1555020{number:04}', f'at {jump}: {{n}}', count=10, interval_ms=20)
            # Sends that are tried again a moment later, and the jump in between.
            world.sandbox.knobs(fail_code=dice.choice([131000, 130429]), fail_count=3)
            time.sleep(dice.uniform(0.05, 0.2))  # the moment of the jump is what is being tried
            set_clock(world, jump * HOUR)
            told = world.rest.send(contacts[0]['id'], f'at {jump}', f'jump-{len(said)}')['created_at']
            assert abs(datetime.fromisoformat(told).timestamp() - time.time() - jump * 3600) < 600, f'the clock did not jump: {told}'
            answerer.accepted.append(f'jump-{len(said)}')
            before = len(answerer.accepted)
            wait_until(lambda before=before: len(answerer.accepted) > before + 10, 'more answers')
            # It is not waiting for the clock to come round again.
            sent = len(world.sandbox.sent())
            wait_until(lambda sent=sent: len(world.sandbox.sent()) > sent + 5, f'answers to be sent after a jump to {jump} h', timeout=30)
        outcome = finish(world, said, answerer.finish(), [watcher])
        print(f'# {len(said)} in, out: {outcome}')
        assert not [name for name in outcome if name.startswith('failed')], outcome


def restore(world, dump):
    """Puts an old database in place; what was in it: the rows of its messages, the ids of those that were not worked in, the connection."""
    with open(dump, encoding='utf-8') as file:
        script = file.read()
    database = sqlite3.connect(os.path.join(world.server.data, 'lobby.db'))
    database.executescript(script)
    # WhatsApp is elsewhere now; nothing else is changed.
    database.execute('UPDATE connections SET graph_url = ?, phone_number_id = ?, waba_id = ?, access_token = ?, app_secret = ?',
                     (world.sandbox.url + '/v25.0', world.sandbox.phone_number_id, world.sandbox.waba, world.sandbox.token, world.sandbox.app_secret))
    database.commit()
    database.row_factory = sqlite3.Row
    rows = database.execute('SELECT m.*, c.phone_number FROM messages m JOIN contacts c ON c.id = m.contact_id').fetchall()
    [connection] = database.execute('SELECT id FROM connections').fetchone()
    stored = [item['id'] for [body] in database.execute('SELECT body FROM deliveries WHERE problem IS NULL')
              for entry in json.loads(body)['entry'] for change in entry['changes'] for item in change['value']['messages']]
    database.close()
    sha256 = hashlib.sha256(FILE).hexdigest()
    os.makedirs(os.path.join(world.server.data, 'media', sha256[:2]))
    with open(os.path.join(world.server.data, 'media', sha256[:2], sha256), 'wb') as file:
        file.write(FILE)
    return rows, stored, connection


def take_over(dump):
    world = make_world()
    try:
        world.sandbox.start()
        old, stored, connection = restore(world, dump)
        world.sandbox.control('POST', '/sandbox/customers', {'bsuid': 'US.42', 'name': 'Noor', 'window_open': True})
        for number in {row['phone_number'] for row in old if row['phone_number']}:
            world.sandbox.add_customer(number.lstrip('+'), 'Customer', window_open=True)
        world.server.start()
        world.server.keep_port()
        world.rest = world.server.rest()
        world.sandbox.set_webhook(f'{world.server.url}/webhooks/cloud/{connection}', 'verify-me')
        watcher = Agent(world, 'watcher').wait_connected()

        told = {message['id']: message for contact in world.rest.contacts() for message in world.rest.messages(contact['id'])}
        for row in old:
            assert row['id'] in told and told[row['id']].get('content') == row['content'], (row['id'], told.get(row['id']))
            if row['media_sha256']:
                assert world.rest.get(told[row['id']]['media_url']) == FILE
        said = [row['whatsapp_message_id'] for row in old if not row['outbound']] + stored + world.sandbox.say('15550300001', 'somebody new')
        new = wait_until(lambda: world.rest.contact_named('15550300001'), 'the new contact')
        world.rest.send(new['id'], 'welcome', 'after-the-upgrade')
        calm(world)
        wait_until(lambda: settled(world), 'all queues to be empty', timeout=60)
        world.sandbox.wait_idle()
        wait_until(lambda: settled(world), 'the last statuses', timeout=60)
        converge(world, [watcher])
        # Those that were sent before are not in this sandbox's list.
        sent = world.sandbox.sent() + [{'biz_opaque_callback_data': row['id']} for row in old if row['outbound'] and row['whatsapp_message_id']]
        with Storage(world.server.data) as storage:
            assert_each_inbound_once(storage, said)
            outcome = assert_each_outbound_once_or_failed(storage, [row['client_id'] for row in old if row['outbound']] + ['after-the-upgrade'], sent)
            assert_log_without_holes(storage)
        assert world.server.stop() == 0
        world.server.start()
        assert world.server.stop() == 0
        print(f'# {os.path.basename(dump)}: {len(old)} messages, {outcome}')
        world.__exit__(None, None, None)
    except BaseException:
        world.__exit__(*sys.exc_info())
        raise


@tap.test
def databases_of_earlier_versions():
    """Everything in them is told as before, what waited in them goes its way, and they go on without a hole."""
    dumps = sorted(glob.glob(os.path.join(TOP, 'tests', 'server', 'databases', '*.db.sql')))
    assert len(dumps) >= 2
    for dump in dumps:
        take_over(dump)


tap.run()

# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true of a server's storage after any trouble, read from the database of a server that has ended."""

import collections
import json
import os
import shutil
import sqlite3
import tempfile

STATUS = ['pending', 'sent', 'delivered', 'read', 'played', 'failed']


class Storage:
    """A copy of it: SQLite would follow the links of a path through /proc to another file system's files."""

    def __init__(self, data_folder):
        self.folder = tempfile.TemporaryDirectory()
        for name in ('lobby.db', 'lobby.db-wal'):
            if os.path.exists(os.path.join(data_folder, name)):
                shutil.copyfile(os.path.join(data_folder, name), os.path.join(self.folder.name, name))
        self.database = sqlite3.connect(os.path.join(self.folder.name, 'lobby.db'))
        self.database.row_factory = sqlite3.Row

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.database.close()
        self.folder.cleanup()

    def rows(self, query, *values):
        try:
            return self.database.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:  # it was being written while it was copied
            raise AssertionError(str(error)) from error

    def outbound(self):
        """client_id → row, each once."""
        rows = self.rows('SELECT id, client_id, status, whatsapp_message_id, content, metadata FROM messages WHERE outbound = 1')
        found = {row['client_id']: row for row in rows}
        assert len(found) == len(rows), 'a clientId has two messages'
        return found


def short_id(whatsapp_message_id):
    """A gateway's "false_16505551234@c.us_3EB0…" is kept by its last part; Meta's ids as they are."""
    return whatsapp_message_id.rsplit('_', 1)[-1] if whatsapp_message_id.startswith(('true_', 'false_')) else whatsapp_message_id


def assert_each_inbound_once(storage, said):
    """@said: the ids that the sandbox gave to what its customers sent."""
    said = [short_id(one) for one in said]
    found = collections.Counter(row[0] for row in storage.rows('SELECT whatsapp_message_id FROM messages WHERE outbound = 0'))
    missing, foreign = set(said) - set(found), set(found) - set(said)
    twice = [one for one, count in found.items() if count > 1]
    assert not missing and not foreign and not twice, f'{len(missing)} missing, {len(foreign)} unknown, {len(twice)} twice of {len(said)}'
    assert storage.rows('SELECT count(*) FROM deliveries')[0][0] == 0, 'webhooks not worked in'


def assert_each_outbound_once_or_failed(storage, accepted, sent):
    """@accepted: the clientIds that the server took; @sent: the sandbox's list. Returns how many ended how."""
    outbound = storage.outbound()
    outcome = collections.Counter()
    # A gateway knows nothing of our ids: there its own lead back.
    linked = {row['whatsapp_message_id']: row['id'] for row in outbound.values() if row['whatsapp_message_id']}
    times = collections.Counter(one.get('biz_opaque_callback_data') or linked.get(short_id(one['id']), one['id']) for one in sent)

    assert set(accepted) <= set(outbound), f'{len(set(accepted) - set(outbound))} of {len(accepted)} accepted messages are gone'
    assert not [one for one, count in times.items() if count > 1], f'sent twice: {[one for one, count in times.items() if count > 1]}'
    for client_id, row in outbound.items():
        status = STATUS[row['status']]
        assert status != 'pending', f'{client_id} is still pending'
        if status == 'failed':
            assert json.loads(row['metadata'])['error']['title'], 'failed without a reason'
            outcome['failed, but sent' if times[row['id']] else 'failed'] += 1
        else:
            assert times[row['id']] == 1, f'{client_id} is {status}, but was sent {times[row["id"]]} times'
            assert row['whatsapp_message_id'], f'{client_id} is {status} without an id of WhatsApp'
            outcome[status] += 1
    assert storage.rows('SELECT count(*) FROM outbound_queue')[0][0] == 0, 'something still waits to be sent'
    return dict(outcome)


def assert_log_without_holes(storage):
    """1, 2, 3 … up to the business's seq; every message told as new exactly once, statuses never down."""
    for business in storage.rows('SELECT id, seq FROM businesses'):
        events = storage.rows('SELECT seq, name, payload FROM event_log WHERE business_id = ? ORDER BY seq', business['id'])
        numbers = [event['seq'] for event in events]
        assert numbers == list(range(1, business['seq'] + 1)), f'seq: {len(numbers)} events, business at {business["seq"]}'
        new, ranks = collections.Counter(), {}
        for event in events:
            payload = json.loads(event['payload'])
            assert payload['seq'] == event['seq']
            if event['name'] == 'message:new':
                new[payload['id']] += 1
            elif event['name'] in ('message:status', 'message:sent'):
                message, rank = payload.get('messageId') or payload['id'], STATUS.index(payload['status'])
                assert rank >= ranks.get(message, 0), f'{message} went down to {payload["status"]}'
                ranks[message] = rank
        messages = {row['id'] for row in storage.rows('SELECT id FROM messages WHERE business_id = ?', business['id'])}
        assert set(new) == messages and max(new.values(), default=1) == 1, 'message:new is not once for each message'


def prove(world, said, accepted):
    """Looks. Nothing may be under way any more. Returns what became of the outbound ones."""
    sent = world.sandbox.sent()
    with Storage(world.server.data) as storage:
        assert_each_inbound_once(storage, said)
        outcome = assert_each_outbound_once_or_failed(storage, accepted, sent)
        assert_log_without_holes(storage)
    return outcome

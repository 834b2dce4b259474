#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trouble of every kind between WhatsApp, lobbyd and its disk. After it: each message of a customer is there exactly once, each
answer was sent exactly once or says that it failed, the event log has no holes, and who looks on sees the same. LOBBY_SEED repeats a run."""

import hashlib
import os
import random
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from lobby_agent import Agent  # noqa: E402
from lobby_faults import Answerer, customers, finish, make_world, seed, settled  # noqa: E402
from lobby_test import Tap, answer_of, request, wait_until  # noqa: E402
import small_disk  # noqa: E402

tap = Tap()


@tap.test
def killed_at_random():
    """kill -9 at twenty moments of much coming and going, while two people look on."""
    print(f'# LOBBY_SEED={seed}')
    dice = random.Random(seed)
    with make_world() as world:
        world.sandbox.knobs(rate_limits=0, status_delay_ms=20, retry_ms=50)
        said, contacts = customers(world, 8)
        watchers = [Agent(world, name).wait_connected() for name in ('one', 'two')]
        world.sandbox.knobs(duplicate=0.3, reorder=0.3, drop=0.1, batch=5)
        agent = Answerer(world, contacts, 0.03)
        agent.start()
        for round_ in range(20):
            for number in range(8):
                said += world.sandbox.say(f'1555020{number:04}', f'round {round_}: {{n}}', count=10, interval_ms=10)
            world.sandbox.knobs(hang_ms=dice.choice([0, 0, 5, 50]))
            time.sleep(dice.uniform(0.02, 0.6))  # the moment of death is what is being tried
            world.server.kill()
            world.server.start()
        accepted = agent.finish(at_least=20)
        outcome = finish(world, said, accepted, watchers)
        print(f'# {len(said)} in, {len(accepted)} out: {outcome}')


def upload(world, content, mime_type):
    """A file at WhatsApp; its media id."""
    body = (b'--XX\r\nContent-Disposition: form-data; name="messaging_product"\r\n\r\nwhatsapp\r\n'
            b'--XX\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: ' + mime_type.encode() + b'\r\n\r\n'
            + content + b'\r\n--XX--\r\n')
    return request('POST', f'{world.sandbox.url}/v25.0/{world.sandbox.phone_number_id}/media', body, token=world.sandbox.token,
                   headers={'Content-Type': 'multipart/form-data; boundary=XX'})['id']


@tap.test
def killed_while_fetching():
    """Files that were on their way come all the same, whole, each once."""
    dice = random.Random(seed)
    with make_world() as world:
        world.sandbox.knobs(retry_ms=50)
        said, expected = [], {}
        for number in range(24):
            content = dice.randbytes(300_000).hex().encode()
            media_id = upload(world, content, 'text/plain')
            sha256 = hashlib.sha256(content).hexdigest()
            said += world.sandbox.say('15550200000', message={'type': 'document', 'document': {'id': media_id, 'mime_type': 'text/plain', 'sha256': sha256,
                                                                                             'filename': f'{number}.txt'}})
            expected[f'{number}.txt'] = sha256
            if number % 4 == 3:
                time.sleep(dice.uniform(0, 0.15))  # the moment of death is what is being tried
                world.server.kill()
                world.server.start()
        contact = wait_until(lambda: world.rest.contact_named('15550200000'), 'the contact')
        files = wait_until(lambda: (lambda found: len(found) == len(expected) and all(one['metadata']['media_state'] == 'ready' for one in found) and found)
                           (world.rest.messages(contact['id'])), 'all files', timeout=60)
        for message in files:
            assert message['metadata']['sha256'] == expected[message['metadata']['file_name']], message
            assert hashlib.sha256(world.rest.get(message['media_url'])).hexdigest() == message['metadata']['sha256']
        left = [name for _, _, names in os.walk(os.path.join(world.server.data, 'media')) for name in names]
        assert sorted(left) == sorted(expected.values()), left
        finish(world, said, [])


@tap.test
def restarted_in_order():
    """A service manager's restart loses nothing, and leaves no message of unknown fate."""
    dice = random.Random(seed)
    with make_world() as world:
        world.sandbox.knobs(rate_limits=0, status_delay_ms=20, retry_ms=50, hang_ms=30)
        said, contacts = customers(world, 8)
        watcher = Agent(world, 'watcher').wait_connected()
        agent = Answerer(world, contacts, 0.02)
        agent.start()
        for _ in range(5):
            said += world.sandbox.say('15550200000', 'number {n}', count=20, interval_ms=5)
            time.sleep(dice.uniform(0.1, 0.5))
            assert world.server.stop() == 0
            world.server.start()
        outcome = finish(world, said, agent.finish(), [watcher])
        print(f'# {len(said)} in, out: {outcome}')
        assert list(outcome) == ['delivered'], outcome


@tap.test
def rough_webhooks():
    with make_world() as world:
        world.sandbox.knobs(rate_limits=0, status_delay_ms=1, retry_ms=20)
        said, contacts = customers(world, 5)
        world.sandbox.knobs(duplicate=0.3, reorder=0.5, drop=0.2, bad_signature=0.1, batch=20, concurrency=16)
        watcher = Agent(world, 'watcher').wait_connected()
        agent = Answerer(world, contacts, 0.02)
        agent.start()
        for number in range(5):
            said += world.sandbox.say(f'1555020{number:04}', 'message {n}', count=200)
        wait_until(lambda: sum(one['message_count_in'] for one in world.rest.conversations()) == len(said), 'all messages', timeout=60)
        outcome = finish(world, said, agent.finish(), [watcher])
        print(f'# {len(said)} in, out: {outcome}')
        assert not [name for name in outcome if name.startswith('failed')], outcome


@tap.test
def one_huge_delivery():
    """1,000 updates in one body, and requests answered meanwhile."""
    with make_world() as world:
        world.sandbox.knobs(status_delay_ms=1)
        said, contacts = customers(world, 1)
        world.sandbox.knobs(batch=1000, delay_ms=300)
        said += world.sandbox.say('15550200000', 'x' * 2000, count=1000)
        slowest = 0
        while not world.sandbox.control('GET', '/sandbox/idle')['idle'] or not settled(world):
            start = time.monotonic()
            world.rest.get('/healthz')
            slowest = max(slowest, time.monotonic() - start)
            time.sleep(0.005)
        print(f'# slowest answer meanwhile: {slowest * 1000:.0f} ms')
        finish(world, said, [])


@tap.test
def answers_lost():
    """WhatsApp accepts and breaks off, answers a bare 500, refuses for now, lets the token run out."""
    dice = random.Random(seed)
    with make_world() as world:
        world.sandbox.knobs(rate_limits=0, status_delay_ms=10, retry_ms=50)
        said, contacts = customers(world, 10)
        watcher = Agent(world, 'watcher').wait_connected()
        agent = Answerer(world, contacts, 0.05)
        agent.start()
        for knobs in (dict(close_mid_body=1), dict(http_status=500), dict(fail_code=131000), dict(fail_code=131056), dict(fail_code=130429),
                      dict(http_status=503), dict(close_mid_body=1, hang_ms=100), dict(fail_code=131026)):
            world.sandbox.knobs(fail_count=dice.randrange(1, 4), **knobs)
            before = len(agent.accepted)
            wait_until(lambda before=before: len(agent.accepted) > before + 5, 'more answers')
        world.sandbox.knobs(expire_token=1)
        wait_until(lambda: connection(world)['state'] == 'disconnected', 'the disconnection to be told')
        assert 'expired' in connection(world)['reason'], connection(world)
        world.sandbox.knobs(expire_token=0)
        wait_until(lambda: connection(world)['state'] == 'connected', 'the connection to mend itself')
        outcome = finish(world, said, agent.finish(), [watcher])
        print(f'# out: {outcome}')
        assert 'failed, but sent' not in outcome, outcome
        assert sum(count for name, count in outcome.items() if name.startswith('failed')) <= 15, outcome


def connection(world):
    return world.rest.get('/api/businesses')['businesses'][0]['connections'][0]


@tap.test
def whatsapp_away():
    """Nothing reaches WhatsApp for a while: the outbox keeps everything, in order."""
    with make_world() as world:
        world.sandbox.knobs(rate_limits=0, status_delay_ms=1)
        said, [contact] = customers(world, 1)
        world.sandbox.pause()
        try:
            accepted = []
            for number in range(5):
                accepted.append(f'client-{number}')
                world.rest.send(contact['id'], f'text {number}', accepted[-1])
        finally:
            world.sandbox.resume()
        finish_order = finish(world, said, accepted)
        assert list(finish_order) == ['delivered'], finish_order
        assert [one['body'] for one in world.sandbox.sent()] == [f'text {number}' for number in range(5)]


@tap.test
def whatsapp_freezes():
    """It takes requests and does not answer for longer than both the time-out and the settling time; then all comes at once."""
    world = make_world()
    world.server.env.update(LOBBYD_SEND_TIMEOUT_MSEC='500', LOBBYD_SETTLE_MSEC='1000')
    with world:
        world.sandbox.knobs(rate_limits=0, status_delay_ms=1, retry_ms=50)
        said, contacts = customers(world, 4)
        world.sandbox.pause()
        try:
            accepted = []
            for number in range(8):
                accepted.append(f'client-{number}')
                world.rest.send(contacts[number % 4]['id'], f'text {number}', accepted[-1])
            wait_until(lambda: connection(world)['state'] == 'connecting', 'the loss to be told')
            time.sleep(2)  # a message that is given up too early would be by now
        finally:
            world.sandbox.resume()
        outcome = finish(world, said, accepted)
        assert list(outcome) == ['delivered'], outcome


@tap.test
def disk_full():
    small_disk.require()
    with make_world() as world:
        start = world.server.command
        world.sandbox.knobs(rate_limits=0, status_delay_ms=5, retry_ms=100)
        said, contacts = customers(world, 3)
        world.server.stop()
        world.server.command = small_disk.command(world.server.data, '96m', 90 << 20, start)
        world.server.start()
        inside = small_disk.inside(world.server)
        watcher = Agent(world, 'watcher').wait_connected()
        agent = Answerer(world, contacts, 0.01)
        agent.start()
        for number in range(3):
            said += world.sandbox.say(f'1555020{number:04}', 'y' * 3000, count=300, interval_ms=1)
        wait_until(lambda: agent.refused > 3, 'the disk to be full', timeout=60)
        status, health = answer_of('GET', world.server.url + '/healthz')
        assert status == 200 or health['error']['code'] == 'storage_full', health  # a small write may still have room
        for _ in range(20):
            assert world.rest.contacts(), 'reading must go on'
        with open(os.path.join(inside, 'ballast'), 'r+b') as ballast:
            ballast.truncate(0)
        wait_until(lambda: world.rest.get('/healthz')['ok'], 'it to be well again')
        accepted = agent.finish()
        world.server.data = inside
        outcome = finish(world, said, accepted, [watcher])
        print(f'# {len(said)} in, {len(accepted)} out ({agent.refused} times refused): {outcome}')
        assert not [name for name in outcome if name.startswith('failed')], outcome


tap.run()

# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of faults share: a world with a seed, traffic both ways, and the look at everything when it is over."""

import collections
import itertools
import os
import random
import threading
import time

from lobby_proof import STATUS, Storage, prove
from lobby_test import PATIENCE, RestError, World, wait_until

seed = int(os.environ.get('LOBBY_SEED', '0')) or random.SystemRandom().randrange(1, 1 << 30)
SETTLE_MSEC = 3000
# Of what one customer is answered at once, and s until one more. WhatsApp lets one have 45, and one in 6 s: lobbyd would hold the rest back,
# and the longer a test takes, the more there would be to wait for in the end.
AT_ONCE, ONE_MORE = 40, 15


def make_world(**more):
    world = World(sandbox_options=('--seed', str(seed)), **more)
    world.server.env['LOBBYD_SETTLE_MSEC'] = str(SETTLE_MSEC)
    return world


def calm(world):
    """No more trouble; everything that is under way arrives."""
    world.sandbox.knobs(duplicate=0, reorder=0, drop=0, batch=1, bad_signature=0, fail_code=0, http_status=0, hang_ms=0, close_mid_body=0,
                        expire_token=0, retry_ms=100, lose=0, repeat_acks=0, gateway_status=0)
    world.sandbox.wait_idle()


def settled(world):
    with Storage(world.server.data) as storage:
        waiting = storage.rows('SELECT count(*) FROM outbound_queue')[0][0] + storage.rows('SELECT count(*) FROM deliveries')[0][0]
    return waiting == 0


def finish(world, said, accepted, watchers=()):
    """Waits until nothing is under way, looks, and ends the server. Returns what became of the outbound messages."""
    calm(world)
    wait_until(lambda: settled(world), 'all queues to be empty', timeout=60)
    world.sandbox.wait_idle()  # the statuses of what was sent last
    wait_until(lambda: settled(world), 'the last statuses', timeout=60)
    converge(world, watchers)
    outcome = prove(world, said, accepted)
    assert world.server.stop() == 0
    return outcome


class Answerer(threading.Thread):
    """Answers customers over REST, never giving up: the same clientId again until the server took it."""

    def __init__(self, world, contacts, pause):
        super().__init__(daemon=True)
        self.world, self.contacts, self.pause = world, contacts, pause
        self.random = random.Random(seed)
        self.accepted, self.refused, self.error = [], 0, None
        self.answered, self.began = collections.Counter(), time.monotonic()
        self.ending = threading.Event()

    def run(self):
        try:
            while not self.ending.is_set():
                most = AT_ONCE + (time.monotonic() - self.began) / ONE_MORE
                waiting = [contact['id'] for contact in self.contacts if self.answered[contact['id']] < most]
                if waiting:
                    self.send_one(self.random.choice(waiting), f'client-{len(self.accepted)}')
                self.ending.wait(self.random.uniform(0, 2 * self.pause))
        except Exception as error:  # told by finish()
            self.error = error

    def send_one(self, contact_id, client_id):
        while True:
            try:
                self.world.rest.send(contact_id, f'answer {client_id}', client_id)
                self.accepted.append(client_id)
                self.answered[contact_id] += 1
                return
            except RestError as error:
                if error.status == 503:  # it is being ended
                    time.sleep(0.02)
                    continue
                if error.status != 507:
                    raise
                self.refused += 1
            except OSError:
                pass  # it is being killed
            time.sleep(0.02)

    def finish(self, at_least=0):
        """What was accepted, once it is so many."""
        wait_until(lambda: self.error or len(self.accepted) >= at_least, f'{at_least} answers')
        self.ending.set()
        self.join(60 * PATIENCE)
        assert not self.is_alive(), 'the agent still tries to send'
        if self.error:
            raise self.error
        return self.accepted


def customers(world, count):
    """Ids of what they said at first, and the contacts."""
    said = []
    for number in range(count):
        world.sandbox.add_customer(f'1555020{number:04}', f'Customer {number}')
        said += world.sandbox.say(f'1555020{number:04}', 'hello')
    contacts = wait_until(lambda: (lambda found: len(found) == count and found)(world.rest.contacts()), 'all contacts')
    return said, contacts


def converge(world, watchers):
    """Every agent's program comes to hold what the server tells over REST: each message, in order, and its status."""
    if not watchers:
        return
    contacts = world.rest.contacts()
    for watcher in watchers:
        watcher.wait_connected()
    for contact in contacts:
        told = [(message['id'], message.get('content') or '', message['status']) for message in world.rest.messages(contact['id'], 200)
                if message['message_type'] != 'reaction']  # which is no row of a conversation

        def check(watcher, conversation, told=told):
            seen = [(message['id'], message['content'] or '', STATUS[message['status']]) for message in watcher.messages(conversation)]
            assert seen == told, next(pair for pair in itertools.zip_longest(seen, told) if pair[0] != pair[1])
            return True
        for watcher in watchers:
            conversation = watcher.conversation(contact['name'])['id']
            watcher.load_history(conversation)
            wait_until(lambda watcher=watcher, conversation=conversation: check(watcher, conversation),
                       f'an agent to see what the server has of {contact["name"]}')
    for watcher in watchers:
        watcher.stop()

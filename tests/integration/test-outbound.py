#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thousand answers while lobbyd is killed again and again: nothing lost, doubled or out of order."""

import os
import random
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from lobby_test import RestError, Tap, World, wait_until  # noqa: E402

# Fewer each than WhatsApp lets one customer have at once, for lobbyd minds that.
CUSTOMERS, EACH, KILLS = 25, 40, 4

tap = Tap()


class Agent(threading.Thread):
    """Sends as the app's outbox does: in order in each conversation, again with the same clientId until it is taken."""

    def __init__(self, world, contacts):
        super().__init__(daemon=True)
        self.world, self.contacts = world, contacts
        self.done = 0

    def run(self):
        for index in range(EACH):
            for number, contact in enumerate(self.contacts):
                wait_until(lambda number=number, contact=contact, index=index: self.send(contact, index, f'client-{number}-{index}'),
                           'lobbyd to take a message', 60)
                self.done += 1

    def send(self, contact, index, client_id):
        try:
            return self.world.rest.send(contact['id'], f'answer {index}', client_id)
        except RestError as error:
            # Whatever is for good fails the test; the rest is tried again.
            if error.status < 500:
                raise RuntimeError(f'{client_id}: {error}') from error
            return None


@tap.test
def a_thousand_answers_survive_kills():
    chance = random.Random(7)
    world = World()
    world.server.env['LOBBYD_SETTLE_MSEC'] = '10000'
    with world:
        world.sandbox.knobs(rate_limits=0, retry_ms=100, status_delay_ms=20)
        for number in range(CUSTOMERS):
            world.sandbox.say(f'155501020{number:02}', 'hello')
        contacts = wait_until(lambda: (lambda found: len(found) == CUSTOMERS and found)(world.rest.contacts()), 'the contacts')
        agent = Agent(world, contacts)
        agent.start()
        for kill in range(1, KILLS + 1):
            goal = kill * CUSTOMERS * EACH // (KILLS + 1) + chance.randrange(60)
            wait_until(lambda goal=goal: agent.done >= goal, f'{goal} messages', 120, every=0.001)
            world.server.kill()
            world.server.start()
        wait_until(lambda: not agent.is_alive(), 'all to be taken', 120)
        assert agent.done == CUSTOMERS * EACH, agent.done

        def settled(contact):
            mine = [message for message in world.rest.messages(contact['id'], 200) if message['direction'] == 'outbound']
            return len(mine) == EACH and all(message['status'] != 'pending' for message in mine) and mine
        kept = {contact['phone_number'].lstrip('+'): wait_until(lambda contact=contact: settled(contact), 'all to be settled', 150, every=0.2)
                for contact in contacts}
        at_whatsapp = {}
        for message in world.sandbox.sent():
            at_whatsapp.setdefault(message['to'].lstrip('+'), []).append(int(str(message['body']).split('answer ')[1].split("'")[0].split('"')[0]))
        unsent = 0
        for number, messages in kept.items():
            assert [message['content'] for message in messages] == [f'answer {index}' for index in range(EACH)], 'lobbyd keeps another order'
            arrived = at_whatsapp[number]
            assert arrived == sorted(set(arrived)), f'doubled or out of order: {arrived}'
            # What was under way when lobbyd died, and WhatsApp never told of, is shown as failed; it must not be there in silence.
            failed = [index for index, message in enumerate(messages) if message['status'] == 'failed']
            assert set(arrived) == set(range(EACH)) - set(failed), f'{failed} failed, but {len(arrived)} arrived'
            unsent += len(failed)
        assert unsent <= KILLS * CUSTOMERS, unsent
        print(f'# {unsent} of {CUSTOMERS * EACH} were cut off by {KILLS} kills and are shown as such')


tap.run()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""npm's stock socket.io-client against the real lobbyd: whoever can speak Socket.IO can join."""

import json
import os
import sqlite3
import sys
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'integration', 'support')]
from lobby_test import PATIENCE, Tap, World, wait_until  # noqa: E402
from stock import Agent, Agents  # noqa: E402

tap = Tap()


def refused(answer, code):
    return answer['ok'] is False and answer['error']['code'] == code and answer['error']['message']


@tap.test
def tokens():
    with World() as world, Agents() as agents:
        none = Agent(agents, 'none', world, None, options={'reconnection': False})
        bad = agents.open('bad', world, 'x' * 43, options={'reconnection': False})
        good = agents.open('good', world, world.rest.token)
        for agent in (none, bad):
            error = agent.wait_for('connect_error')
            assert error['message'] == 'Not signed in' and error['data'] == {'code': 'unauthorized'}, error
        assert good.wait_for('connect')['id']
        assert bad.events == [] and none.events == [], 'a stranger got an event'
        world.rest.delete('/api/session')
        assert good.wait_for('disconnect')['reason'] == 'io server disconnect'


@tap.test
def events_in_order():
    with World() as world, Agents() as agents:
        first = agents.open('first', world, world.rest.token, join=world.rest.business)
        second = agents.open('second', world, world.rest.token, join=world.rest.business)
        start = first.wait_joined()['seq']
        assert second.wait_joined()['ok']
        world.sandbox.add_customer('15550100001', 'Anna')
        world.sandbox.say('15550100001', 'message {n}', count=200)
        for agent in (first, second):
            wait_until(lambda agent=agent: len(agent.events) >= 200, 'two hundred events')
            assert agent.seqs == list(range(start + 1, start + 1 + len(agent.seqs))), agent.seqs
            texts = [payload['content'] for name, payload in agent.events if name == 'message:new']
            assert texts == [f'message {number}' for number in range(1, 201)], texts
        name, payload = first.events[-1]
        assert name == 'message:new' and payload['contactId'] == payload['contact']['id'] == payload['contact_id'], payload
        assert payload['businessProfileId'] == world.rest.business and payload['direction'] == 'inbound', payload


@tap.test
def an_answer_and_its_ticks():
    with World() as world, Agents() as agents:
        world.sandbox.say('15550100002', 'are you open?')
        contact = wait_until(lambda: world.rest.contact_named('15550100002'), 'the contact')
        agent = agents.open('agent', world, world.rest.token, join=world.rest.business)
        agent.wait_joined()
        sent = world.rest.send(contact['id'], 'Until six.', 'client-1')

        def statuses():
            return [payload['status'] for name, payload in agent.events
                    if name == 'message:status' and payload['messageId'] == sent['id']]
        wait_until(lambda: 'delivered' in statuses(), 'two ticks')
        world.sandbox.read('15550100002')
        wait_until(lambda: statuses()[-1] == 'read', 'the blue ticks')
        told = [(payload['status'], payload['clientId']) for name, payload in agent.events if name == 'message:sent']
        assert told == [('pending', 'client-1'), ('sent', 'client-1')], told


@tap.test
def requests_and_refusals():
    with World() as world, Agents() as agents:
        world.sandbox.say('15550100003', 'hello')
        contact = wait_until(lambda: world.rest.contact_named('15550100003'), 'the contact')
        with sqlite3.connect(os.path.join(world.server.data, 'lobby.db'), timeout=10) as database:
            database.execute("INSERT INTO businesses (id, name, created_at) VALUES ('other', 'Other', 0)")
        business = world.rest.business
        world.server.run('user', 'add', '--user', 'otto', '--name', 'Otto', '--business', 'other', '--password-stdin', secrets='long enough password\n')
        otto = agents.open('otto', world, world.server.rest('otto', 'long enough password').token)
        olivia = agents.open('olivia', world, world.rest.token)
        otto.wait_for('connect')
        olivia.wait_for('connect')

        foreign, absent = otto.ask('join-business', business), otto.ask('join-business', 'nothing-of-this-name')
        assert refused(foreign, 'not_found') and foreign == absent, (foreign, absent)
        for event, argument in (('typing', {'contactId': contact['id'], 'isTyping': True}), ('mark-as-read', {'contactId': contact['id']})):
            foreign, absent = otto.ask(event, argument), otto.ask(event, {**argument, 'contactId': 'nobody'})
            assert refused(foreign, 'not_found') and foreign == absent, (foreign, absent)
        assert otto.ask('join-business', 'other') == {'ok': True, 'seq': 0}
        assert refused(olivia.ask('join-business', 5), 'bad_request')
        assert refused(olivia.ask('join-business', business, {'since': 'x'}), 'bad_request')
        assert refused(olivia.ask('dance'), 'unknown_event')
        joined = olivia.ask('join-business', business)
        assert joined['ok'] and joined['seq'] > 0, joined

        assert olivia.ask('mark-as-read', {'contactId': contact['id']}) == {'ok': True}
        wait_until(lambda: 'conversation:read' in [name for name, payload in olivia.events], 'conversation:read')
        assert world.rest.conversations()[0]['unread_count'] == 0
        assert olivia.ask('leave-business', business) == {'ok': True}
        seen = len(olivia.events)
        world.sandbox.say('15550100003', 'anybody there?')
        wait_until(lambda: world.rest.conversations()[0]['unread_count'] == 1, 'the second message')
        assert olivia.ask('leave-business', business) == {'ok': True}
        assert len(olivia.events) == seen and otto.events == []


@tap.test
def typing_goes_to_the_others():
    with World() as world, Agents() as agents:
        world.sandbox.say('15550100004', 'hello')
        contact = wait_until(lambda: world.rest.contact_named('15550100004'), 'the contact')
        typist = agents.open('typist', world, world.rest.token, join=world.rest.business)
        other = agents.open('other', world, world.rest.token, join=world.rest.business)
        start = typist.wait_joined()['seq']
        assert other.wait_joined()['seq'] == start
        assert typist.ask('typing', {'contactId': contact['id'], 'isTyping': True}) == {'ok': True}
        assert typist.ask('typing', {'contactId': contact['id'], 'isTyping': False}) == {'ok': True}
        wait_until(lambda: len(other.events) >= 2 and len(typist.events) >= 2, 'both typings')
        assert [(name, payload['isTyping'], payload['contactId'], payload['agentId']) for name, payload in other.events] == [
            ('agent:typing', True, contact['id'], world.rest.agent['id']), ('agent:typing', False, contact['id'], world.rest.agent['id'])], other.events
        assert [name for name, payload in typist.events] == ['sync:seq', 'sync:seq'], typist.events
        assert typist.seqs == other.seqs == [start + 1, start + 2]


@tap.test
def missed_events_come_after_a_break():
    with World() as world, Agents() as agents:
        away = agents.open('away', world, world.rest.token, join=world.rest.business)
        start = away.wait_joined()['seq']
        world.sandbox.say('15550100005', 'number {n}', count=300, interval_ms=5)
        for times in range(2, 6):
            seen = len(away.events)
            wait_until(lambda seen=seen: len(away.events) > seen + 10, 'some events')
            away.drop()
            away.wait_for('disconnect', times - 1)
            assert away.wait_joined(times)['ok']
        wait_until(lambda: len(away.events) >= 300, 'all events', timeout=60)
        assert away.seqs == list(range(start + 1, start + 1 + len(away.seqs))), away.seqs
        texts = [payload['content'] for name, payload in away.events if name == 'message:new']
        assert texts == [f'number {number}' for number in range(1, 301)], texts


@tap.test
def a_long_absence():
    with World() as world, Agents() as agents:
        world.sandbox.say('15550100006', 'number {n}', count=1500)
        world.sandbox.wait_idle()
        last = wait_until(lambda: (lambda seq: seq >= 1500 and seq)(world.rest.get('/api/businesses')['businesses'][0]['seq']), 'all stored', timeout=60)
        late = agents.open('late', world, world.rest.token, join=world.rest.business, since=0)
        assert late.wait_joined()['seq'] >= last
        world.sandbox.say('15550100006', 'live {n}', count=50)
        wait_until(lambda: len([1 for name, payload in late.events if name == 'message:new']) >= 1550, 'the past and the present', timeout=60)
        assert late.seqs == list(range(1, len(late.seqs) + 1)), 'a gap or a repetition'


@tap.test
def what_is_no_longer_kept():
    with World() as world, Agents() as agents:
        world.sandbox.say('15550100007', 'number {n}', count=20)
        world.sandbox.wait_idle()
        last = wait_until(lambda: (lambda seq: seq >= 20 and seq)(world.rest.get('/api/businesses')['businesses'][0]['seq']), 'all stored')
        with sqlite3.connect(os.path.join(world.server.data, 'lobby.db'), timeout=10) as database:
            database.execute('DELETE FROM event_log WHERE seq <= 10')
        for name, since in (('pruned', 5), ('future', last + 100)):
            agent = agents.open(name, world, world.rest.token, join=world.rest.business, since=since)
            assert agent.wait_joined()['ok']
            wait_until(lambda agent=agent: agent.events, 'sync:reset')
            assert agent.events == [('sync:reset', {'seq': last, 'businessProfileId': world.rest.business})], agent.events
        edge = agents.open('edge', world, world.rest.token, join=world.rest.business, since=10)
        wait_until(lambda: edge.seqs == list(range(11, last + 1)), 'what is kept')
        world.sandbox.say('15550100007', 'live')
        wait_until(lambda: agents.lines[-1].get('event') == 'message:new', 'the live one')


@tap.test
def a_killed_server():
    with World() as world, Agents() as agents:
        world.sandbox.knobs(retry_ms=100)
        steady = agents.open('steady', world, world.rest.token, join=world.rest.business)
        start = steady.wait_joined()['seq']
        world.sandbox.say('15550100008', 'number {n}', count=300, interval_ms=5)
        for times in range(2, 5):
            seen = len(steady.events)
            wait_until(lambda seen=seen: len(steady.events) > seen + 10, 'some events')
            world.server.kill()
            world.server.start()
            assert steady.wait_joined(times)['ok']
        wait_until(lambda: len([1 for name, payload in steady.events if name == 'message:new']) >= 300, 'all events', timeout=60)
        assert steady.seqs == list(range(start + 1, start + 1 + len(steady.seqs))), steady.seqs
        texts = [payload['content'] for name, payload in steady.events if name == 'message:new']
        assert sorted(texts) == sorted(f'number {number}' for number in range(1, 301)), texts


@tap.test
def pings_keep_it_alive():
    with World(settings='[realtime]\nping-interval=1\nping-timeout=3') as world, Agents() as agents:
        agent = agents.open('agent', world, world.rest.token, join=world.rest.business)
        agent.wait_joined()
        # Longer than interval and time-out together, without a word of its own.
        count = len(agent.lines)
        world.sandbox.say('15550100009', 'tick {n}', count=10, interval_ms=500)
        wait_until(lambda: len(agent.events) >= 10, 'ten ticks over five seconds')
        assert agent.states('disconnect') == [], agent.lines[count:]


TRANSPORTS = {'polling': ['polling'], 'upgrade': ['polling', 'websocket']}


@tap.test
def every_transport():
    with World() as world, Agents() as agents:
        joined = {}
        for name, transports in TRANSPORTS.items():
            joined[name] = agents.open(name, world, world.rest.token, join=world.rest.business, options={'transports': transports})
        start = {name: agent.wait_joined()['seq'] for name, agent in joined.items()}
        world.sandbox.say('15550100010', 'number {n}', count=300, interval_ms=5)
        # They go away twice on the way, and come back with since.
        for times in (2, 3):
            for name, agent in joined.items():
                seen = len(agent.events)
                wait_until(lambda agent=agent, seen=seen: len(agent.events) > seen + 10, f'{name}: some events')
                agent.drop()
                assert agent.wait_joined(times)['ok'], name
        for name, agent in joined.items():
            wait_until(lambda agent=agent: len([1 for event, payload in agent.events if event == 'message:new']) >= 300, f'{name}: all events', timeout=60)
            assert agent.seqs == list(range(start[name] + 1, start[name] + 1 + len(agent.seqs))), (name, agent.seqs)
            texts = [payload['content'] for event, payload in agent.events if event == 'message:new']
            assert texts == [f'number {number}' for number in range(1, 301)], (name, texts)
            assert refused(agent.ask('dance'), 'unknown_event'), name
            assert agent.ask('leave-business', world.rest.business) == {'ok': True}, name
        assert joined['upgrade'].wait_for('upgrade')['message'] == 'websocket'
        assert joined['polling'].states('upgrade') == []


@tap.test
def a_long_absence_over_polling():
    with World() as world, Agents() as agents:
        world.sandbox.say('15550100011', 'number {n}', count=1500)
        world.sandbox.wait_idle()
        wait_until(lambda: world.rest.get('/api/businesses')['businesses'][0]['seq'] >= 1500, 'all stored', timeout=60)
        late = {name: agents.open(name, world, world.rest.token, join=world.rest.business, since=0, options={'transports': transports})
                for name, transports in TRANSPORTS.items()}
        world.sandbox.say('15550100011', 'live {n}', count=50)
        for name, agent in late.items():
            wait_until(lambda agent=agent: len([1 for event, payload in agent.events if event == 'message:new']) >= 1550, f'{name}: past and present', timeout=60)
            assert agent.seqs == list(range(1, len(agent.seqs) + 1)), f'{name}: a gap or a repetition'


@tap.test
def a_token_signed_out_over_polling():
    with World() as world, Agents() as agents:
        agent = agents.open('agent', world, world.rest.token, options={'transports': ['polling']})
        agent.wait_for('connect')
        world.rest.delete('/api/session')
        assert agent.wait_for('disconnect')['reason'] == 'io server disconnect'


@tap.test
def going_down_does_not_wait_for_polls():
    with World() as world, Agents() as agents:
        agent = agents.open('agent', world, world.rest.token, options={'transports': ['polling'], 'reconnection': False})
        agent.wait_for('connect')
        begin = time.monotonic()
        world.server.stop()
        assert time.monotonic() - begin < 2 * PATIENCE
        agent.wait_for('disconnect')


@tap.test
def other_transports_and_versions():
    with World() as world, Agents() as agents:
        for query, code in (('EIO=3&transport=polling', 5), ('EIO=3&transport=websocket', 5), ('EIO=4&transport=carrier-pigeon', 0)):
            try:
                urllib.request.urlopen(f'{world.server.url}/socket.io/?{query}', timeout=20 * PATIENCE)
                raise AssertionError(f'{query} was taken')
            except urllib.error.HTTPError as error:
                assert error.code == 400 and json.loads(error.read())['code'] == code, query
        namespace = Agent(agents, 'namespace', world, world.rest.token)
        namespace.wait_for('connect')


tap.run()

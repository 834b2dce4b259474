#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Too much at once: webhooks by the thousand, two hundred agents of whom some never read, an end in the middle of it."""

import os
import random
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from crowd import Crowd  # noqa: E402
from lobby_agent import Agent  # noqa: E402
from lobby_faults import Answerer, customers, finish, make_world, seed  # noqa: E402
from lobby_test import PATIENCE, Tap, wait_until  # noqa: E402

tap = Tap()
BACKLOG = 2 << 20  # docs/protocol.md: what waits for a client before it is cut off


def arrived(world):
    return sum(one['message_count_in'] for one in world.rest.conversations())


def memory(process):
    """Bytes that it has in memory now."""
    with open(f'/proc/{process.pid}/status', encoding='ascii') as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith('VmRSS:'))


@tap.test
def a_storm_of_webhooks():
    """Bodies of a thousand updates, three in ten of them twice, shuffled, many at a time."""
    print(f'# LOBBY_SEED={seed}')
    with make_world() as world:
        world.sandbox.knobs(rate_limits=0, status_delay_ms=1, retry_ms=50)
        said, contacts = customers(world, 10)
        watcher = Agent(world, 'watcher').wait_connected()
        answerer = Answerer(world, contacts, 0.05)
        answerer.start()
        world.sandbox.knobs(batch=1000, duplicate=0.3, reorder=0.3, ordered=0, concurrency=16, delay_ms=200)
        # Of 1,500 said at once three in ten are held back: the others fill a body.
        for number in range(4):
            said += world.sandbox.say(f'1555020{number:04}', 'message {n}', count=1500)
        wait_until(lambda: arrived(world) == len(said), 'all messages', timeout=60)
        outcome = finish(world, said, answerer.finish(), [watcher])
        print(f'# {len(said)} in, out: {outcome}')
        assert not [name for name in outcome if name.startswith('failed')], outcome


@tap.test
def two_hundred_of_whom_twenty_never_read():
    """They cost the others nothing, are cut off, and see everything when they come back; the server's memory stays bounded."""
    world = make_world()
    # What a sanitizer keeps of freed memory would count.
    world.server.env['ASAN_OPTIONS'] = ':'.join(filter(None, [os.environ.get('ASAN_OPTIONS'), 'quarantine_size_mb=1']))
    with world:
        said, _ = customers(world, 4)
        crowd = Crowd(world.server.url, world.rest.token, world.rest.business)
        readers = crowd.join(180)
        stuck = crowd.join(20, receive_buffer=4096)
        crowd.stop_reading(stuck)
        before = memory(world.server.process)
        world.sandbox.knobs(batch=20, concurrency=4)
        start = time.monotonic()
        highest = 0
        # More for each than all buffers between it and the server hold.
        for round_ in range(10):
            for number in range(4):
                said += world.sandbox.say(f'1555020{number:04}', f'{round_}: ' + 'x' * 3500, count=75)
            wait_until(lambda: arrived(world) == len(said), 'the messages at the server', timeout=60)
            crowd.wait(lambda: all(len(one.new) == len(said) - 4 for one in readers), 'everybody who reads to see everything', timeout=60)
            highest = max(highest, memory(world.server.process))
        print(f'# {len(said)} messages to 180 readers in {time.monotonic() - start:.1f} s, {(highest - before) >> 20} MiB more memory')
        # What waits for the stuck ones, and as much again for what is under way to the others and for the allocator.
        assert highest - before < 2 * 20 * BACKLOG, f'{(highest - before) >> 20} MiB more memory'
        for one in readers:
            assert one.new == readers[0].new and one.seqs == readers[0].seqs == list(range(one.seqs[0], one.seqs[0] + len(one.seqs))), 'not the same, in order'

        # While the stuck ones still hang there, a message is prompt.
        times = []
        for number in range(20):
            start = time.monotonic()
            said += world.sandbox.say('15550200000', f'prompt {number}')
            crowd.wait(lambda: all(len(one.new) == len(said) - 4 for one in readers), 'a message')
            times.append(max(list(one.times.values())[-1] for one in readers) - start)
        print(f'# one message at all of them after {sorted(times)[10] * 1000:.0f} ms (median), {max(times) * 1000:.0f} ms (longest)')
        assert sorted(times)[10] < PATIENCE, times

        # Those who never read were cut off: their sockets end after what the kernel still holds. They come back.
        with crowd.lock:
            for one in stuck:
                crowd.selector.register(one.socket, 1, one)
        crowd.wait(lambda: all(one.ended for one in stuck), 'the stuck ones to be cut off')
        assert all(len(one.new) < len(said) - 4 for one in stuck)
        back = [crowd.join(1, since=one.seqs[-1] if one.seqs else readers[0].seqs[0] - 1)[0] for one in stuck]
        crowd.wait(lambda: all(one.seqs and one.seqs[-1] == readers[0].seqs[-1] for one in back), 'them to catch up')
        for one, again in zip(stuck, back):
            assert one.new + again.new == readers[0].new, 'something is missing or twice'
        crowd.close()
        finish(world, said, [])


@tap.test
def ended_under_traffic():
    """SIGTERM in the middle of everything: it ends soon, and what it promised holds."""
    dice = random.Random(seed)
    with make_world() as world:
        world.sandbox.knobs(rate_limits=0, status_delay_ms=20, retry_ms=50, hang_ms=30)
        said, contacts = customers(world, 8)
        watcher = Agent(world, 'watcher').wait_connected()
        answerer = Answerer(world, contacts, 0.02)
        answerer.start()
        longest = 0
        for _ in range(4):
            crowd = Crowd(world.server.url, world.rest.token, world.rest.business)
            idle, stuck = crowd.join(40), crowd.join(5, receive_buffer=4096)
            crowd.stop_reading(stuck)
            for number in range(8):
                said += world.sandbox.say(f'1555020{number:04}', 'y' * 2000 + ' {n}', count=60, interval_ms=5)
            time.sleep(dice.uniform(0.1, 0.4))  # the moment of the end is what is being tried
            start = time.monotonic()
            assert world.server.stop() == 0
            longest = max(longest, time.monotonic() - start)
            crowd.wait(lambda idle=idle: all(one.ended for one in idle), 'the clients to be told')
            crowd.close()
            world.server.start()
        print(f'# ended within {longest:.2f} s')
        # Requests under way get 3 s.
        assert longest < 3 + 2 * PATIENCE, f'{longest:.1f} s'
        outcome = finish(world, said, answerer.finish(), [watcher])
        print(f'# {len(said)} in, out: {outcome}')
        assert list(outcome) == ['delivered'], outcome


tap.run()

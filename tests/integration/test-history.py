#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real window over a long conversation, back to its first message and to its last again; and two windows of one business."""

import os
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'support'))
from atspi import Desktop  # noqa: E402
from lobby_test import PATIENCE, Tap, World, wait_until  # noqa: E402

tap = Tap()
ANNA = '15550100301'
# Under sanitizers the same paths are walked, less often.
MESSAGES = 5000 if PATIENCE < 2 else 1500


def row(app, name):
    """The conversation's row in the list."""
    return app.find('table cell', re.compile('^' + re.escape(name)))


def answer(app, text):
    app.find('text', 'Message', where=lambda node: node.has('focused'))
    app.type(text + '\n')


def numbers_seen(app):
    """Of the bubbles whose rows are on the screen, top to bottom; rows above and below are there, too, but out of sight."""
    timeline = app.find('list', 'Messages')
    _, top, _, height = timeline.extents()
    found = []
    for item in timeline.children():
        match = re.search(r'line (\d+),', item.name or '')
        if match:
            _, y, _, own = item.extents()
            if own > 0 and y < top + height and y + own > top:
                found.append(int(match[1]))
    return found


def scroll(app, clicks, button):
    """Turns the wheel over the timeline, faster than a hand does."""
    timeline = app.find('list', 'Messages')
    x, y, width, height = timeline.extents()
    app.activate()
    app.xdotool('mousemove', '--window', app.window(), str(x + width // 2), str(y + height // 2), 'click', '--repeat', str(clicks), '--delay', '4', str(button))


# Clicks of the wheel at a time, and the messages that lie in their way.
CLICKS, FARTHEST = 120, 300


def unbroken(app):
    """The numbers in sight. While rows come in one by one, they may not fit for a moment."""
    seen = numbers_seen(app)
    assert seen == list(range(seen[0], seen[-1] + 1)), f'broken: {seen}'
    return seen


def scroll_until(app, button, goal, what, timeout=240):
    """Turns on until goal (the numbers in sight) holds; each step must leave the numbers in order and unbroken, and no farther on than the
    wheel was turned."""
    started = time.monotonic()
    before = unbroken(app)
    while not goal(before):
        assert time.monotonic() < started + timeout * PATIENCE, f'waited in vain for {what}, at {before}'
        scroll(app, CLICKS, button)
        seen = wait_until(lambda: unbroken(app), 'the messages to be in order')
        assert abs(seen[0] - before[0]) <= FARTHEST, f'from {before} to {seen}'
        before = seen
    print(f'# {what}: {time.monotonic() - started:.1f} s')


@tap.test
def five_thousand_and_back():
    with World() as world, desktop.start_app() as app:
        world.sandbox.add_customer(ANNA, 'Anna Arnold')
        world.sandbox.say(ANNA, 'line {n}', count=MESSAGES)
        world.sandbox.wait_idle(300)
        [conversation] = wait_until(lambda: [one for one in world.rest.conversations() if one['message_count_in'] == MESSAGES], 'lobbyd to have them', 300)
        # Unread, it would open at its first message.
        world.rest.post(f'/api/contacts/{conversation["contact_id"]}/read')
        app.sign_in(world.server)
        app.open_conversation('Anna Arnold')
        wait_until(lambda: numbers_seen(app)[-1] == MESSAGES, 'the newest message in sight')
        scroll_until(app, 4, lambda seen: seen[0] == 1, 'back to the first message')
        # Something new must not move what is being read.
        before = numbers_seen(app)
        world.sandbox.say(ANNA, 'line {n}'.format(n=MESSAGES + 1))
        wait_until(lambda: world.rest.conversations()[0]['message_count_in'] == MESSAGES + 1, 'one more')
        app.find('table cell', re.compile(f'line {MESSAGES + 1}'))
        assert numbers_seen(app) == before, (before, numbers_seen(app))
        scroll_until(app, 5, lambda seen: seen[-1] == MESSAGES + 1, 'down to the newest')


@tap.test
def two_windows_of_one_business():
    with World() as world, desktop.start_app() as first, desktop.start_app() as second:
        world.sandbox.add_customer(ANNA, 'Anna Arnold')
        world.sandbox.say(ANNA, 'line {n}', count=3)
        world.server.add_user('ben', 'Ben Becker', 'another long password')
        first.sign_in(world.server)
        second.sign_in(world.server, 'ben', 'another long password')
        row(second, 'Anna Arnold, 3 unread')
        first.open_conversation('Anna Arnold')
        # Read by one, read for both.
        wait_until(lambda: '3 unread' not in row(second, 'Anna Arnold').name, 'it to be read')
        answer(first, 'from the first')
        second.open_conversation('Anna Arnold')
        second.find('list item', re.compile('from the first'))
        answer(second, 'from the second')
        first.find('list item', re.compile('Ben Becker.*from the second'))
        wait_until(lambda: len(world.sandbox.sent()) == 2, 'both at WhatsApp')


with Desktop() as desktop:
    tap.run()

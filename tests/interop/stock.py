# SPDX-License-Identifier: GPL-3.0-or-later
"""npm's stock socket.io-client for tests: a node process with any number of clients (agent.mjs)."""

import json
import os
import shutil
import subprocess
import threading

from lobby_test import PATIENCE, Skip, die_with_parent, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))


class Agents:
    """A node process with any number of clients (agent.mjs)."""

    def __init__(self):
        if not os.environ.get('LOBBY_NODE_MODULES'):
            raise Skip('LOBBY_NODE_MODULES does not name what tools/npm-modules made')
        node = shutil.which('node')
        if not node:
            raise Skip('there is no node')
        self.lines, self.answers, self.ids = [], {}, 0
        self.process = subprocess.Popen([node, os.path.join(HERE, 'agent.mjs')], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, preexec_fn=die_with_parent)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for text in self.process.stdout:
            line = json.loads(text)
            if 'id' in line and 'client' not in line:
                self.answers[line['id']] = line
            else:
                self.lines.append(line)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait(10 * PATIENCE)

    def command(self, **command):
        self.process.stdin.write(json.dumps(command) + '\n')
        self.process.stdin.flush()

    def open(self, name, world, token, **more):
        return Agent(self, name, world, token, **more)


class Agent:
    def __init__(self, agents, name, world, token, **more):
        self.agents, self.name = agents, name
        agents.command(do='open', client=name, url=world.server.url, auth={'token': token}, **more)

    @property
    def lines(self):
        return [line for line in list(self.agents.lines) if line['client'] == self.name]

    @property
    def events(self):
        return [(line['event'], line['args'][0]) for line in self.lines if 'event' in line]

    @property
    def seqs(self):
        return [payload['seq'] for name, payload in self.events]

    def states(self, state):
        return [line for line in self.lines if line.get('state') == state]

    def joins(self):
        return [line['joined'] for line in self.lines if 'joined' in line]

    def wait_for(self, state, times=1):
        wait_until(lambda: len(self.states(state)) >= times, f'{self.name}: {state}')
        return self.states(state)[times - 1]

    def wait_joined(self, times=1):
        wait_until(lambda: len(self.joins()) >= times, f'{self.name} to have joined')
        return self.joins()[times - 1]

    def ask(self, *args):
        self.agents.ids += 1
        number = self.agents.ids
        self.agents.command(do='emit', id=number, client=self.name, args=list(args))
        answer = wait_until(lambda: self.agents.answers.get(number), f'the ack of {args[0]}')
        assert 'ack' in answer, f'no ack of {args[0]}'
        return answer['ack']

    def drop(self):
        self.agents.command(do='drop', client=self.name)

    def close(self):
        self.agents.command(do='close', client=self.name)

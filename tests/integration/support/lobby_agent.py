# SPDX-License-Identifier: GPL-3.0-or-later
"""The app's client library as a program (tests/integration/agent.c), driven line by line."""

import json
import os
import subprocess

from lobby_test import BUILD, PATIENCE, die_with_parent, wait_until


class Agent:
    """One agent's program; its folder outlives it."""

    def __init__(self, world, name, user=None, password=None):
        server = world.server
        self.folder = world.make_folder('agent-' + name)
        self.command = [os.path.join(BUILD, 'tests', 'integration', 'agent'), self.folder, server.url, user or server.user, password or server.password]
        self.env = dict(os.environ, SECRET_BACKEND='file', SECRET_FILE_TEST_PATH=os.path.join(self.folder, 'secrets'),
                        SECRET_FILE_TEST_PASSWORD='test', G_DEBUG='fatal-criticals')
        self.log = os.path.join(self.folder, 'log')
        self.start()

    def start(self):
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(self.command, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                            preexec_fn=die_with_parent)
        first = self.process.stdout.readline()
        assert first == b'Ready\n', (first, open(self.log).read()[-2000:])
        return self

    def ask(self, *words):
        self.process.stdin.write((' '.join(words) + '\n').encode())
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, 'the agent has ended: ' + open(self.log).read()[-2000:]
        answer = json.loads(line)
        assert not isinstance(answer, dict) or 'error' not in answer, answer
        return answer

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(20 * PATIENCE) == 0, open(self.log).read()[-4000:]

    @property
    def status(self):
        return self.ask('status')

    def wait_connected(self, timeout=20):
        wait_until(lambda: self.status['state'] == 'connected', 'the agent to connect', timeout)
        return self

    def conversation(self, name):
        return wait_until(lambda: next((one for one in self.status['conversations'] if one['name'] == name), None), f'{name} in the list')

    def messages(self, conversation):
        return self.ask('messages', conversation)

    def load_history(self, conversation):
        while self.ask('older', conversation)['any']:
            pass

    def texts(self, conversation):
        return [message['content'] for message in self.messages(conversation)]

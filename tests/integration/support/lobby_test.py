# SPDX-License-Identifier: GPL-3.0-or-later
"""Real processes for tests: lobbyd and lobby-sandbox in folders of their own, wired together, and TAP.

    from lobby_test import World, Tap, wait_until

    tap = Tap()

    @tap.test
    def a_customer_writes():
        with World() as world:
            world.sandbox.say('15550001', 'hello')
            contact = wait_until(lambda: world.rest.contact_named('15550001'), 'the contact')

    tap.run()

Nothing here sleeps to synchronise: wait_until asks again and again until a deadline, and programs say when they
are ready (`Listening on http://127.0.0.1:PORT`, their first line)."""

import base64
import ctypes
import functools
import inspect
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..', '..'))
BUILD = os.path.abspath(os.environ.get('LOBBY_BUILD', os.path.join(TOP, 'build')))
# Deadlines are for what is wrong; a sanitized build is slower, and nobody waits longer than needed.
PATIENCE = float(os.environ.get('LOBBY_TEST_PATIENCE', '4' if 'asan' in os.path.basename(BUILD) else '1.5'))
LONGEST_PAUSE = 0.2  # s, between two questions, unless a longer one is wanted
# Direct: a proxy of the machine has no business between two programs of a test.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NotYet(Exception):
    """What wait_until waits for is not there so far."""


def wait_until(check, what, timeout=20.0, every=0.02):
    """Returns the first true answer of check(); after the deadline the test fails. Exceptions of check count as "not yet"."""
    deadline = time.monotonic() + timeout * PATIENCE
    last = None
    while True:
        asked = time.monotonic()
        try:
            answer = check()
            if answer:
                return answer
            last = answer
        except (AssertionError, IndexError, NotYet, OSError, RestError) as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f'waited {timeout * PATIENCE:.0f} s in vain for {what} (last: {last!r})')
        # Who is asked has to get on with it meanwhile: on a slow machine questions are not to be half of the work.
        time.sleep(max(every, min(time.monotonic() - asked, LONGEST_PAUSE)))


class Program:
    """A process in its own process group, its output in a file. First line of stdout: where it listens."""

    def __init__(self, name, command, folder, env=None, listens=True):
        self.name, self.command, self.folder = name, command, folder
        self.env = dict(os.environ, **(env or {}))
        self.listens = listens
        self.process = None
        self.url = None
        self.starts = 0

    def start(self, timeout=20):
        assert self.process is None, f'{self.name} runs already'
        self.starts += 1
        self.log = os.path.join(self.folder, f'{self.name}-{self.starts}.log')
        log = open(self.log, 'wb')
        self.process = subprocess.Popen(self.command, cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE if self.listens else log, stderr=log,
                                        start_new_session=True, preexec_fn=die_with_parent)
        if self.listens:
            self.url = self._first_line(timeout * PATIENCE)
            # Whatever else it prints goes to the log, or its pipe would fill.
            threading.Thread(target=self._drain, args=(self.process.stdout, log), daemon=True).start()
        return self

    def _first_line(self, timeout):
        line = b''
        timer = threading.Timer(timeout, self.process.kill)
        timer.start()
        try:
            line = self.process.stdout.readline()
        finally:
            timer.cancel()
        words = line.decode(errors='replace').split()
        if not words or not words[-1].startswith('http'):
            self.process.kill()
            self.process.wait()
            self.process = None
            raise AssertionError(f'{self.name} did not start: {line!r}\n{self.read_log()}')
        return words[-1].rstrip('/')

    @staticmethod
    def _drain(pipe, log):
        for line in pipe:
            log.write(line)
            log.flush()

    @property
    def port(self):
        return urllib.parse.urlparse(self.url).port

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def read_log(self):
        with open(self.log, errors='replace') as file:
            return file.read()

    def kill(self):
        """kill -9: as a power cut would end it."""
        if self.process is not None:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self, timeout=20):
        """SIGTERM, as a service manager ends it; its exit code."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout * PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f'{self.name} did not end within {timeout * PATIENCE:.0f} s of SIGTERM\n{self.read_log()}') from None
        self.process = None
        return code

    def pause(self):
        os.killpg(self.process.pid, signal.SIGSTOP)

    def resume(self):
        os.killpg(self.process.pid, signal.SIGCONT)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class RestError(Exception):
    def __init__(self, status, body):
        super().__init__(f'{status}: {body}')
        self.status = status
        error = body.get('error') if isinstance(body, dict) else None
        self.code = error.get('code') if isinstance(error, dict) else None
        self.body = body


def answer_of(method, url, body=None, token=None, headers=None, timeout=20):
    """JSON (or bytes) there, status and JSON (or bytes) back."""
    data, headers = None, dict(headers or {})
    if isinstance(body, bytes):
        data = body
    elif body is not None:
        data = json.dumps(body).encode()
        headers.setdefault('Content-Type', 'application/json')
    if token:
        headers['Authorization'] = f'Bearer {token}'
    try:
        with OPENER.open(urllib.request.Request(url, data, headers, method=method), timeout=timeout * PATIENCE) as answer:
            return answer.status, decode(answer)
    except urllib.error.HTTPError as error:
        return error.code, decode(error)


def succeeded(status, body):
    if status >= 400:
        raise RestError(status, body)
    return body


def request(*what, **more):
    """As answer_of; RestError for what is not 2xx."""
    return succeeded(*answer_of(*what, **more))


@functools.cache
def description():
    """docs/openapi.yaml."""
    sys.path.insert(0, os.path.join(TOP, 'tests', 'server'))
    try:
        from openapi import Description
        return Description()
    finally:
        sys.path.pop(0)


def described_request(method, url, path, *what, **more):
    """As request; what comes back must be as docs/openapi.yaml has it, unless the server just goes down."""
    template = description().find(method, urllib.parse.urlparse(path).path)
    assert template, f'{method} {path} is not described'
    status, body = answer_of(method, url + path, *what, **more)
    if status != 503:
        description().check(method, template, status, body)
    return succeeded(status, body)


def decode(answer):
    content = answer.read()
    if 'json' in (answer.headers.get('Content-Type') or ''):
        return json.loads(content) if content else {}
    return content


class Rest:
    """docs/protocol.md, as one agent."""

    def __init__(self, url, user=None, password=None):
        self.url, self.token, self.agent, self.businesses = url, None, None, []
        if user:
            self.sign_in(user, password)

    def sign_in(self, user, password):
        session = self.post('/api/session', {'user': user, 'password': password, 'device': 'test'})
        self.token, self.agent, self.businesses = session['token'], session['agent'], session['businesses']
        return session

    def get(self, path, **query):
        if query:
            path += '?' + urllib.parse.urlencode(query)
        return described_request('GET', self.url, path, token=self.token)

    def post(self, path, body=None):
        return described_request('POST', self.url, path, body if body is not None else {}, token=self.token)

    def put(self, path, body, content_type='application/json'):
        return described_request('PUT', self.url, path, body, token=self.token, headers={'Content-Type': content_type})

    def delete(self, path):
        return described_request('DELETE', self.url, path, token=self.token)

    @property
    def business(self):
        return self.businesses[0]['id']

    def contacts(self):
        found, page = [], 1
        while True:
            answer = self.get('/api/contacts', page=page)
            found += answer['contacts']
            if page >= answer['pages']:
                return found
            page += 1

    def contact_named(self, name_or_number):
        digits = name_or_number.lstrip('+')
        for contact in self.contacts():
            if contact.get('name') == name_or_number or (contact.get('phone_number') or '').lstrip('+') == digits:
                return contact
        return None

    def conversations(self):
        found, cursor = [], None
        while True:
            answer = self.get('/api/conversations', business=self.business, **({'before': cursor} if cursor else {}))
            found += answer['conversations']
            cursor = answer.get('next')
            if not cursor:
                return found

    def messages(self, contact_id, page=50):
        """All of them, oldest first."""
        found, query = [], {}
        while True:
            answer = self.get(f'/api/messages/{contact_id}', limit=page, **query)
            found += answer['messages']
            if not answer['has_more'] or not answer['messages']:
                return found[::-1]
            query = {'before': found[-1]['created_at'], 'before_id': found[-1]['id']}

    def send(self, contact_id, text, client_id):
        return self.send_message(contact_id, client_id, type='text', text=text)

    def send_message(self, contact_id, client_id, **message):
        return self.post(f'/api/messages/{contact_id}', {'clientId': client_id, **message})['message']

    def change(self, method, contact_id, message_id, text=None):
        """PATCH edits, DELETE takes back for everyone."""
        return request(method, f'{self.url}/api/messages/{contact_id}/{message_id}', {'text': text} if method == 'PATCH' else None, token=self.token)

    def upload(self, content, kind, filename=None, filetype=None):
        """By tus; the id to send it by."""
        pairs = {'business': self.business, 'kind': kind, 'filename': filename, 'filetype': filetype}
        metadata = ','.join(f'{name} {base64.b64encode(value.encode()).decode()}' for name, value in pairs.items() if value is not None)
        headers = {'Authorization': f'Bearer {self.token}', 'Tus-Resumable': '1.0.0'}
        begin = urllib.request.Request(f'{self.url}/api/uploads', b'', {**headers, 'Upload-Length': str(len(content)), 'Upload-Metadata': metadata}, method='POST')
        try:
            with OPENER.open(begin, timeout=20 * PATIENCE) as answer:
                location = urllib.parse.urljoin(self.url + '/', answer.headers['Location'])
            send = urllib.request.Request(location, content, {**headers, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream'}, method='PATCH')
            with OPENER.open(send, timeout=60 * PATIENCE):
                return location.rsplit('/', 1)[1]
        except urllib.error.HTTPError as error:
            raise RestError(error.code, decode(error)) from None


class Sandbox(Program):
    """docs/sandbox.md."""

    token, app_secret, phone_number_id, waba, number = 'sandbox-token', 'sandbox-secret', '106540352242922', '102290129340398', '+15550783881'

    def __init__(self, folder, *options):
        script = () if '--script' in options else ('--no-script',)
        super().__init__('lobby-sandbox', [program('sandbox/lobby-sandbox'), '--listen', '127.0.0.1:0', *script, *options], folder)

    def control(self, method, path, body=None):
        return request(method, self.url + path, body)

    def set_webhook(self, url, verify_token):
        return self.control('POST', '/sandbox/webhook', {'url': url, 'verify_token': verify_token})

    def knobs(self, **knobs):
        return self.control('POST', '/sandbox/knobs', knobs)

    def add_customer(self, wa_id, name, **more):
        return self.control('POST', '/sandbox/customers', {'wa_id': wa_id, 'name': name, **more})

    def say(self, wa_id, text=None, **more):
        """The ids (wamid…) of what the customer sent."""
        body = {'wa_id': wa_id, **more}
        if text is not None:
            body.update(type='text', text=text)
        return self.control('POST', '/sandbox/say', body)['ids']

    def read(self, wa_id):
        return self.control('POST', '/sandbox/read', {'wa_id': wa_id})

    def react(self, wa_id, message_id, emoji):
        return self.control('POST', '/sandbox/react', {'wa_id': wa_id, 'message_id': message_id, 'emoji': emoji})

    def sent(self, after=0):
        return self.control('GET', f'/sandbox/sent?after={after}')['sent']

    def calls(self):
        return self.control('GET', '/sandbox/calls')

    def wait_idle(self, timeout=60):
        wait_until(lambda: self.control('GET', '/sandbox/idle')['idle'], 'the sandbox to have delivered all webhooks', timeout)


class Server(Program):
    """lobbyd with a data folder and key file of its own."""

    user, name_of_user, password, business_name = 'owner', 'Olivia Owner', 'correct horse battery', 'Test Shop'

    def __init__(self, folder, port=0, settings=''):
        self.data = os.path.join(folder, 'data')
        self.config = os.path.join(folder, 'lobbyd.ini')
        self.settings = settings
        super().__init__('lobbyd', [program('server/lobbyd'), '--config', self.config], folder)
        os.makedirs(self.data, exist_ok=True)
        self.write_config(port)

    def write_config(self, port):
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(f'[server]\nlisten=127.0.0.1:{port}\ndata-folder={self.data}\n{self.settings}\n')

    def keep_port(self):
        """The next start listens where this one does (port 0 was any)."""
        self.write_config(self.port)

    def run(self, *arguments, secrets=None):
        """A verb of lobbyd, as "setup"; its standard output."""
        done = subprocess.run([self.command[0], '--config', self.config, *arguments], input=secrets, cwd=self.folder, env=self.env,
                              capture_output=True, text=True, timeout=60 * PATIENCE, check=False)
        assert done.returncode == 0, f'lobbyd {" ".join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}'
        return done.stdout.strip()

    def setup(self):
        return self.run('setup', '--user', self.user, '--name', self.name_of_user, '--business', self.business_name, '--password-stdin',
                        secrets=self.password + '\n')

    def add_user(self, user, name, password):
        return self.run('user', 'add', '--user', user, '--name', name, '--password-stdin', secrets=password + '\n')

    def add_connection(self, sandbox, verify_token='verify-me'):
        """The id of the new Cloud API connection."""
        output = self.run('connection', 'add', '--name', 'Shop', '--number', sandbox.number, '--graph-url', sandbox.url + '/v25.0',
                          '--phone-number-id', sandbox.phone_number_id, '--waba', sandbox.waba, '--verify-token', verify_token,
                          '--secrets-stdin', secrets=f'{sandbox.token}\n{sandbox.app_secret}\n')
        return output.split()[-1]

    def rest(self, user=None, password=None):
        return Rest(self.url, user or self.user, password or self.password)


def program(path):
    found = os.path.join(BUILD, 'src', path)
    assert os.path.exists(found), f'{found} is not built (LOBBY_BUILD names the build folder)'
    return found


class World:
    """A sandbox and a server which know each other (unless connect is false), and the owner signed in: .sandbox, .server, .rest, .connection_id."""

    def __init__(self, sandbox_options=(), settings='', wire=True, connect=True):
        self.folder = tempfile.mkdtemp(prefix='lobby-world-')
        self.sandbox = Sandbox(self.make_folder('sandbox'), *sandbox_options)
        self.server = Server(self.make_folder('server'), settings=settings)
        self.wire, self.connect = wire and connect, connect

    def make_folder(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(path, exist_ok=True)
        return path

    def __enter__(self):
        try:
            self.sandbox.start()
            self.server.setup()
            self.connection_id = self.server.add_connection(self.sandbox) if self.connect else None
            self.server.start()
            self.server.keep_port()
            if self.wire:
                self.sandbox.set_webhook(f'{self.server.url}/webhooks/cloud/{self.connection_id}', 'verify-me')
            self.rest = self.server.rest()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, error, trace):
        for one in (self.server, self.sandbox):
            one.kill()
        if error is not None:
            for one in (self.server, self.sandbox):
                if one.starts:
                    print(f'# --- {one.log}')
                    for line in one.read_log().splitlines()[-60:]:
                        print(f'# {line}')
        shutil.rmtree(self.folder, ignore_errors=True)


class Skip(Exception):
    pass


class Tap:
    """Collects functions with @tap.test, runs them in order (or those named in argv), prints TAP, ends the process."""

    def __init__(self):
        self.tests = []

    def test(self, function):
        self.tests.append(function)
        return function

    def run(self):
        wanted = sys.argv[1:]
        tests = [test for test in self.tests if not wanted or test.__name__ in wanted]
        failed = 0
        print(f'TAP version 14\n1..{len(tests)}', flush=True)
        for number, test in enumerate(tests, 1):
            started = time.monotonic()
            try:
                test(*([self] if inspect.signature(test).parameters else []))
                print(f'ok {number} {test.__name__}', flush=True)
            except Skip as skip:
                print(f'ok {number} {test.__name__} # SKIP {skip}', flush=True)
            except Exception:  # each test is told apart
                failed += 1
                print(f'not ok {number} {test.__name__}')
                for line in traceback.format_exc().splitlines():
                    print(f'# {line}')
            print(f'# {time.monotonic() - started:.1f} s', flush=True)
        sys.exit(1 if failed else 0)

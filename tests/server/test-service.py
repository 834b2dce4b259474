#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""lobbyd as a service: what it tells the service manager, the socket it is handed, settings read anew, a restart that nobody
notices, limits, and a log that holds no secrets."""

import json
import os
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration', 'support'))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lobby_test import BUILD, PATIENCE, TOP, RestError, Skip, Tap, World, request, wait_until  # noqa: E402
from polling import PollingSocket  # noqa: E402
from rest_shop import Client, Shop  # noqa: E402

tap = Tap()


class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, folder):
        self.path = os.path.join(folder, 'notify')
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(10 * PATIENCE)

    def next(self, but=()):
        while True:
            state = dict(line.split('=', 1) for line in self.socket.recv(4096).decode().splitlines())
            if not set(state) & set(but):
                return state


class ServiceShop(Shop):
    settings = ''

    def __init__(self, settings='', env=None):
        super().__init__()
        self.server.settings = settings
        self.server.env.update(env or {})
        self.server.write_config(0)


@tap.test
def the_service_manager_is_told():
    with ServiceShop() as shop:
        shop.server.stop()
        manager = Manager(shop.folder)
        shop.server.env.update(NOTIFY_SOCKET=manager.path, WATCHDOG_USEC='200000')
        shop.server.start()
        assert manager.next(but={'WATCHDOG'}) == {'READY': '1'}
        for _ in range(3):
            assert manager.next() == {'WATCHDOG': '1'}
        shop.server.process.send_signal(signal.SIGHUP)
        reloading = manager.next(but={'WATCHDOG'})
        assert reloading['RELOADING'] == '1' and 0 < int(reloading['MONOTONIC_USEC']) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        assert manager.next(but={'WATCHDOG'}) == {'READY': '1'}
        assert shop.server.stop() == 0
        assert manager.next(but={'WATCHDOG'}) == {'STOPPING': '1'}
        # An abstract name, and one where nobody listens: no reason not to serve.
        shop.server.env.update(NOTIFY_SOCKET='@lobbyd-nobody', WATCHDOG_USEC='0')
        shop.server.start()
        assert shop.client.ask('GET', '/healthz').status == 200


class Visitor(threading.Thread):
    """Asks without a pause, a connection each; counts what was not answered."""

    def __init__(self, url, token):
        super().__init__(daemon=True)
        self.url, self.token, self.answered, self.problems, self.ending = url, token, 0, [], threading.Event()

    def run(self):
        while not self.ending.is_set():
            try:
                request('GET', self.url + '/api/session', token=self.token)
                self.answered += 1
            except Exception as error:  # told at the end
                self.problems.append(repr(error))


@tap.test
def a_restart_that_nobody_notices():
    with ServiceShop() as shop:
        shop.server.stop()
        with socket.create_server(('127.0.0.1', 0), backlog=256) as listener:
            # As systemd does it: descriptor 3, and the number of the process that it is for.
            plain = list(shop.server.command)
            shop.server.command = ['/bin/sh', '-c', f'exec env LISTEN_FDS=1 LISTEN_PID=$$ "$@" 3<&{listener.fileno()}', 'sh', *plain]
            os.set_inheritable(listener.fileno(), True)
            popen, subprocess.Popen = subprocess.Popen, lambda *given, **more: popen(*given, **more, close_fds=False)
            try:
                shop.server.start()
                assert shop.server.port == listener.getsockname()[1]
                visitors = [Visitor(shop.server.url, shop.client.token) for _ in range(4)]
                for one in visitors:
                    one.start()
                for _ in range(5):
                    before = sum(one.answered for one in visitors)
                    wait_until(lambda: sum(one.answered for one in visitors) > before + 20, 'some answers')
                    assert shop.server.stop() == 0
                    shop.server.start()
                for one in visitors:
                    one.ending.set()
                    one.join(10 * PATIENCE)
            finally:
                subprocess.Popen = popen
                shop.server.command = plain
        problems = [problem for one in visitors for problem in one.problems]
        print(f'# {sum(one.answered for one in visitors)} answers')
        assert not problems, problems[:5]


@tap.test
def systemd_itself_hands_it_over():
    tool = shutil.which('systemd-socket-activate')
    if not tool:
        raise Skip('there is no systemd-socket-activate')
    with ServiceShop() as shop:
        port = shop.server.port
        shop.server.stop()
        plain = list(shop.server.command)
        shop.server.command = [tool, '-l', f'127.0.0.1:{port}', '--', *plain]
        # It starts lobbyd at the first connection, so its first line comes then.
        knock = threading.Thread(target=lambda: wait_until(lambda: request('GET', f'http://127.0.0.1:{port}/healthz'), 'an answer'), daemon=True)
        knock.start()
        shop.server.start()
        assert shop.server.port == port
        knock.join(10 * PATIENCE)
        assert shop.client.ask('GET', '/api/session').status == 200
        shop.server.command = plain


@tap.test
def settings_read_anew():
    with ServiceShop() as shop:
        server = shop.server
        server.stop()
        server.start()  # where it says that it listens

        def reload(settings, wanted):
            server.settings = settings
            server.write_config(server.port)
            seen = server.read_log().count(wanted)
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: server.read_log().count(wanted) > seen, wanted)
            return server.read_log()

        log = reload('[log]\nlevel=debug\nformat=json\n[events]\nkeep-days=3\n', 'settings read')
        line = json.loads(next(line for line in log.splitlines() if 'settings read' in line))
        assert line['level'] == 'message' and line['changed'] == '[events] keep-days, [log] level, [log] format', line
        reload('[log]\nformat=json\n[realtime]\nping-interval=5\n', 'after a restart only')
        waiting = next(line for line in server.read_log().splitlines() if 'after a restart only' in line)
        assert json.loads(waiting)['settings'] == '[realtime] ping-interval', waiting
        for wrong in ('public-url=lobby.example.org\n', 'public-url=https://lobby.example.org/?x\n', '[log]\nlevel=loud\n', '[proxy]\ntrusted=here\n', '[tls]\nkey=x\n', '[nothing]\nx=1\n', '[limits]\nsockets=0\n'):
            reload(wrong, 'the settings stay as they were')
            assert shop.client.ask('GET', '/healthz').status == 200
        reload('[log]\nlevel=warning\n[tls]\ncertificate=x\nkey=y\n', 'whether TLS is spoken')
        server.settings = ''
        server.write_config(server.port)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: 'settings read changed=' in server.read_log(), 'text again')


@tap.test
def the_commented_settings_are_the_defaults():
    with open(os.path.join(TOP, 'data', 'lobbyd.conf'), encoding='utf-8') as file:
        template = file.read()
    with ServiceShop() as shop:
        server = shop.server
        server.stop()
        server.start()
        # What a default depends on, and what there is only an example of.
        text = re.sub(r'^#listen=.*', f'listen=127.0.0.1:{server.port}', template, flags=re.M)
        text = re.sub(r'^#data-folder=.*', f'data-folder={server.data}', text, flags=re.M)
        text = re.sub(r'^#public-url=.*\n', '', text, flags=re.M)
        text, changes = re.subn(r'^#([a-z-]+=)', r'\1', text, flags=re.M)
        assert changes > 15
        with open(server.config, 'w', encoding='utf-8') as file:
            file.write(text)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: 'settings read' in server.read_log(), 'the settings')
        assert 'settings read changed=none' in server.read_log() and 'after a restart' not in server.read_log(), server.read_log()


@tap.test
def who_asks_behind_a_proxy():
    right = {'user': 'owner', 'password': 'wrong'}
    with ServiceShop('[proxy]\ntrusted=127.0.0.2/32 10.0.0.0/8\n') as shop:
        stranger = Client(shop.server.url)

        def attempts(headers):
            return [stranger.ask('POST', '/api/session', right, headers=headers).status for _ in range(6)][-1]

        # 127.0.0.1 is not trusted here: its word counts for nothing, and all are the same one.
        assert attempts({'X-Forwarded-For': '192.0.2.1'}) == 429
        assert stranger.ask('POST', '/api/session', right, headers={'X-Forwarded-For': '192.0.2.2'}).status == 429
    with ServiceShop('[proxy]\ntrusted=127.0.0.1, 10.0.0.0/8\n') as shop:
        stranger = Client(shop.server.url)
        # What a client itself wrote before the proxy's own entry is skipped over only through trusted ones.
        assert [stranger.ask('POST', '/api/session', right, headers={'X-Forwarded-For': f'1.1.1.{i}, 192.0.2.1, 10.1.2.3'}).status for i in range(6)][-1] == 429
        assert stranger.ask('POST', '/api/session', right, headers={'X-Forwarded-For': '1.1.1.1, 192.0.2.2'}).status == 401
        assert stranger.ask('POST', '/api/session', right, headers={'X-Forwarded-For': 'nonsense'}).status == 401


def slow_head(port):
    connection = socket.create_connection(('127.0.0.1', port))
    connection.settimeout(20 * PATIENCE)
    connection.sendall(b'GET /healthz HTTP/1.1\r\nHost: x\r\n')
    return connection


@tap.test
def limits():
    settings = '[limits]\nconnections=60\nconnections-per-address=40\nheader-kib=8\nrequest-seconds=2\nidle-seconds=2\nsockets=3\n'
    with ServiceShop(settings) as shop:
        port, server = shop.server.port, shop.server
        # Heads that never end, a byte at a time: each is told so and closed, and others are served meanwhile.
        began = time.monotonic()
        slow = [slow_head(port) for _ in range(30)]
        while time.monotonic() - began < 1.2:
            for one in slow:
                one.sendall(b'X')
            assert shop.client.ask('GET', '/healthz').status == 200
        for one in slow:
            assert b'408' in one.recv(200)
        assert time.monotonic() - began < 2 * PATIENCE + 4
        # More than one address may have: the rest is closed without a word, and room comes back.
        held = [slow_head(port) for _ in range(60)]
        heard = {}

        def first_words():
            for one in select.select([one for one in held if one not in heard], [], [], 0.1)[0]:
                try:
                    heard[one] = one.recv(1)
                except ConnectionResetError:
                    heard[one] = b''
            return list(heard.values())
        wait_until(lambda: first_words().count(b'') >= 20, 'twenty to be closed')
        for one in held:
            one.close()
        wait_until(lambda: shop.client.ask('GET', '/healthz').status == 200, 'room')
        # A head that is too long; a body that is too long.
        answer = socket.create_connection(('127.0.0.1', port))
        answer.sendall(b'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ' + b'x' * 20000 + b'\r\n\r\n')
        assert re.match(rb'HTTP/1\.1 (431|413|414|400)', answer.recv(200))
        try:
            request('POST', server.url + '/api/session', b' ' * 70000)
            raise AssertionError('a long body')
        except RestError as error:
            assert error.status == 413
        # No more live connections than agreed.
        live = [PollingSocket(server.url, shop.client.token) for _ in range(3)]
        try:
            PollingSocket(server.url, shop.client.token)
            raise AssertionError('a fourth one')
        except Exception as error:
            assert '503' in str(error), error
        assert live[0].ask('join-business', shop.business)['ok']


def read_metrics(text):
    """Prometheus' text format, strictly: {name: {labels: number}}, and the types."""
    values, types, current = {}, {}, None
    assert text.endswith('\n')
    for line in text.splitlines():
        if line.startswith('# HELP '):
            current = line.split(' ', 3)[2]
            assert current not in types, f'{current} twice'
        elif line.startswith('# TYPE '):
            _, _, name, kind = line.split(' ')
            assert name == current and kind in ('counter', 'gauge', 'histogram'), line
            types[name] = kind
        else:
            found = re.fullmatch(r'([a-z_]+)(?:\{([a-z]+)="([^"\\]*)"\})? (-?[0-9.e+-]+)', line)
            assert found, line
            base = re.sub(r'_(bucket|sum|count)$', '', found[1]) if types[current] == 'histogram' else found[1]
            assert base == current and (types[current] != 'counter' or found[1].endswith('_total')), line
            values.setdefault(found[1], {})[found[3]] = float(found[4])
    for name in (name for name, kind in types.items() if kind == 'histogram'):
        buckets = list(values[name + '_bucket'].values())
        assert buckets == sorted(buckets) and buckets[-1] == values[name + '_count'][None], name
    return values


@tap.test
def metrics():
    with World(settings='[metrics]\ntoken=watch-word\n') as world:
        url, rest = world.server.url, world.rest

        def metrics_now():
            return read_metrics(request('GET', url + '/metrics').decode())

        before = metrics_now()
        assert before['lobby_connections'] == {'connected': 1, 'connecting': 0, 'disconnected': 0}, before['lobby_connections']
        live = [PollingSocket(url, rest.token) for _ in range(3)]
        for one in live:
            assert one.ask('join-business', rest.business)['ok']
        world.sandbox.add_customer('15550107777', 'Anna')
        world.sandbox.say('15550107777', 'message {n}', count=10)
        contact = wait_until(lambda: rest.contact_named('15550107777'), 'the contact')
        world.sandbox.wait_idle()
        rest.send(contact['id'], 'hello', 'c1')
        wait_until(lambda: len(world.sandbox.sent()) == 1, 'it to be sent')
        world.sandbox.knobs(fail_code=131026)
        rest.send(contact['id'], 'fails', 'c2')
        wait_until(lambda: any(one['status'] == 'failed' for one in rest.messages(contact['id'])), 'a failure')
        now = metrics_now()
        assert now['lobby_messages_received_total']['new'] == 10 and now['lobby_sockets'][None] == 3
        assert now['lobby_webhooks_total']['stored'] >= 10
        assert now['lobby_sends_total']['sent'] == 1 and now['lobby_sends_total']['failed'] == 1
        assert now['lobby_send_failures_total'] == {'131026': 1}
        assert now['lobby_sign_ins_total'] == {'done': 1}
        assert now['lobby_events_total'][None] >= 14 and now['lobby_event_deliveries_total'][None] >= 30
        assert now['lobby_commit_seconds_count'][None] > before['lobby_commit_seconds_count'][None]
        assert now['lobby_outbound_messages'] == {'queued': 0, 'sending': 0, 'unknown': 0} and now['lobby_outbound_age_seconds'][None] == 0
        assert now['lobby_deliveries'] == {'waiting': 0, 'set_aside': 0} and now['lobby_media_jobs'][None] == 0
        assert now['lobby_database_bytes']['database'] > 100000 and now['lobby_storage_writable'][None] == 1
        world.sandbox.pause()
        rest.send(contact['id'], 'waits', 'c3')
        wait_until(lambda: metrics_now()['lobby_outbound_age_seconds'][None] > 0.1, 'an age')
        assert metrics_now()['lobby_outbound_messages']['sending'] == 1
        world.sandbox.resume()
        wait_until(lambda: metrics_now()['lobby_loop_lag_seconds_count'][None] > 0, 'a look at the lag')

        # From elsewhere only with the word. Here a proxy says who asks.
        elsewhere = {'X-Forwarded-For': '192.0.2.1'}
        for headers in (elsewhere, {**elsewhere, 'Authorization': 'Bearer watch-wor'}, {**elsewhere, 'Authorization': f'Bearer {rest.token}'}):
            try:
                request('GET', url + '/metrics', headers=headers)
                raise AssertionError('told to a stranger')
            except RestError as error:
                assert (error.status, error.code) == (403, 'forbidden')
        assert b'lobby_sockets' in request('GET', url + '/metrics', headers={**elsewhere, 'Authorization': 'Bearer watch-word'})


@tap.test
def health():
    with Shop() as shop:
        server, client = shop.server, shop.client
        assert client.ask('GET', '/healthz').body == {'ok': True}
        shop.deliver(('34600111222', 'wamid.1', 'hola', int(time.time()) - 60))
        contact = shop.contact('34600111222')['id']
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        refused = shop.send(contact, 'c1', 'hello')
        assert (refused.status, refused.code) == (507, 'storage_full'), refused.body
        answer = client.ask('GET', '/healthz')
        assert answer.status == 503 and answer.code == 'storage_full', answer.body
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        # It finds out by itself, without anybody writing.
        wait_until(lambda: client.ask('GET', '/healthz').status == 200, 'the disk to take something again')
        # While it ends, on a connection that was there before.
        held = slow_head(server.port)
        kept = socket.create_connection(('127.0.0.1', server.port))
        kept.sendall(b'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
        assert b'200' in kept.recv(500)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: 'stopping' in server.read_log(), 'the end to begin')
        kept.sendall(b'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
        answer = kept.recv(500)
        assert b' 503 ' in answer and b'stopping' in answer, answer
        held.close()
        assert server.process.wait(10 * PATIENCE) == 0


@tap.test
def units_are_sound():
    tool = shutil.which('systemd-analyze')
    if not tool:
        raise Skip('there is no systemd-analyze')
    with open(os.path.join(BUILD, 'data', 'lobbyd.service'), encoding='utf-8') as file:
        unit = file.read()
    with ServiceShop() as shop:
        # What it starts must be there to be verified.
        path = os.path.join(shop.folder, 'lobbyd.service')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(re.sub(r'^ExecStart=\S+', 'ExecStart=/usr/bin/true', unit, flags=re.M))
        shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'data', 'lobbyd.socket'), shop.folder)
        done = subprocess.run([tool, 'verify', path, os.path.join(shop.folder, 'lobbyd.socket')], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        complaints = [line for line in done.stderr.splitlines() if 'lobbyd' in line]
        assert not complaints, complaints
        done = subprocess.run([tool, 'security', '--offline=true', '--threshold=20', path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-300:]


@tap.test
def the_log_holds_no_secrets():
    marks = ('hidden text', 'Anna Kowalska', '15550107777', 'wrong password of mine')
    with World(settings='[log]\nlevel=debug\nformat=json\n') as world:
        rest = world.rest
        live = PollingSocket(world.server.url, rest.token)
        assert live.ask('join-business', rest.business)['ok']
        world.sandbox.add_customer('15550107777', 'Anna Kowalska')
        world.sandbox.knobs(duplicate=0.3, reorder=0.3)
        world.sandbox.say('15550107777', 'hidden text {n}', count=20)
        world.sandbox.say('15550107777', type='document', filename='order of Anna Kowalska.pdf', mime_type='application/pdf', data='JVBERi0xLjQK')
        contact = wait_until(lambda: rest.contact_named('15550107777'), 'the contact')
        for number in range(10):
            rest.send(contact['id'], f'hidden text {number}', f'c{number}')
        live.ask('typing', {'contactId': contact['id'], 'isTyping': True})
        live.ask('mark-as-read', {'contactId': contact['id']})
        wait_until(lambda: len(world.sandbox.sent()) == 10, 'all to be sent')
        # And what goes wrong: passwords, tokens, bodies, signatures, ids, WhatsApp's own refusals.
        world.sandbox.knobs(fail_code=131026)
        rest.send(contact['id'], 'hidden text that fails', 'c-fails')
        wait_until(lambda: any(one['status'] == 'failed' for one in rest.messages(contact['id'])), 'a failure')
        world.sandbox.knobs(fail_code=0, expire_token=1)
        rest.send(contact['id'], 'hidden text without a token', 'c-token')
        for path, body, headers in (
                ('/api/session', {'user': 'owner', 'password': 'wrong password of mine'}, {}), ('/api/session', b'{"password": "wrong password of mine"', {}),
                ('/api/messages/15550107777', {'clientId': 'x', 'type': 'text', 'text': 'hidden text'}, {'Authorization': f'Bearer {rest.token}'}),
                (f'/webhooks/cloud/{world.connection_id}', b'{"hidden text": 15550107777}', {'X-Hub-Signature-256': 'sha256=' + '0' * 64}),
                (f'/webhooks/cloud/{world.connection_id}?hub.verify_token=verify-me', b'hidden text', {})):
            try:
                request('POST', world.server.url + path, body, headers=headers)
            except Exception as error:
                assert getattr(error, 'status', 0) in (400, 401, 404), error
        token = rest.token
        wait_until(lambda: 'disconnected' in json.dumps(rest.get('/api/businesses')), 'the number to be disconnected')
        rest.delete('/api/session')
        world.server.stop()
        log = world.server.read_log()
    for line in log.splitlines():
        if line.startswith('{'):
            entry = json.loads(line)
            assert {'at', 'level', 'domain', 'message'} <= set(entry), line
    secrets = [token, world.server.password, world.sandbox.token, world.sandbox.app_secret, 'verify-me', *marks]
    found = [secret for secret in secrets if secret in log]
    assert log.count('\n') > 5 and not found, (found, [line for line in log.splitlines() if any(one in line for one in found)][:5])
    digits = [number for number in re.findall(r'(?<![\w.:-])\+?\d{10,15}(?![\w.:-])', re.sub(r'"at":"[^"]*"', '', log))]
    assert not digits, digits[:5]


tap.run()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tools/run does inside the root: builds, starts sandbox, lobbyd and app, wires them, and ends them together."""

import argparse
import ctypes
import fcntl
import os
import random
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), '..'))
BUILD = os.path.join(TOP, 'build-run')
os.environ['LOBBY_BUILD'] = BUILD
# The same hands start the programs here and in the tests.
sys.path.insert(0, os.path.join(TOP, 'tests', 'integration', 'support'))
sys.dont_write_bytecode = True

from lobby_test import Program, Rest, RestError, Sandbox, Server, die_with_parent, program, request  # noqa: E402

PR_SET_CHILD_SUBREAPER = 36


def say(words):
    print(words, flush=True)


class Stop(Exception):
    """Everything is to end now; not an error."""


def build():
    if not os.path.exists(os.path.join(BUILD, 'build.ninja')):
        say('Building Lobby; the first time takes about a minute …')
        run_or_show(['meson', 'setup', BUILD, '--buildtype=debugoptimized', '-Dtests=false'])
    run_or_show(['ninja', '-C', BUILD])


def run_or_show(command):
    done = subprocess.run(command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace', check=False)
    if done.returncode:
        print(done.stdout[-6000:])
        sys.exit(f'{command[0]} failed: {" ".join(command)}')


def free_port(wanted=None):
    """The wanted one if it is free: the app knows the server by its address, the server the sandbox. Others lie below those
    that the kernel gives to outgoing connections, so that they are likely to be free again next time."""
    for port in ([wanted] if wanted else []) + random.sample(range(18000, 28000), 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(('127.0.0.1', port))
                return port
            except OSError:
                pass
    raise OSError('no free port')


class Demo:
    def __init__(self, options):
        self.options = options
        self.folder = options.data
        self.parts = []
        self.notice = None
        self.stopping = threading.Event()
        self.env = dict(os.environ)

    def remember(self, name, make):
        """A word kept from run to run in a file of the demo's folder."""
        path = os.path.join(self.folder, name)
        if os.path.exists(path):
            with open(path, encoding='utf-8') as file:
                return file.read().strip()
        return self.write(name, make())

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w', encoding='utf-8') as file:
            file.write(str(text) + '\n')
        return str(text)

    def lock_folder(self):
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self.lock = open(os.path.join(self.folder, 'lock'), 'w', encoding='utf-8')
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit('The demo runs already; one at a time (it keeps its talk from run to run).')

    def prepare_folder(self):
        if self.options.fresh:
            # Not the folder itself: it may be where tools/root mounted it.
            for entry in os.scandir(self.folder):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                elif entry.name != 'lock':
                    os.unlink(entry.path)
        for name in ('server', 'sandbox', 'app', 'session', 'keyring'):
            os.makedirs(os.path.join(self.folder, name), mode=0o700, exist_ok=True)
        port = self.remember('sandbox-port', free_port)
        if str(free_port(int(port))) != port:
            # The server's connection names the old port. Rare, and the demo's talk is not worth a verb to change it.
            say('Another program took the demo\'s port; starting over with an empty demo.')
            self.options.fresh = True
            self.prepare_folder()

    # --- the session around the app: display, bus, Secret Service

    def give_session(self):
        if not os.path.isdir(self.env.get('XDG_RUNTIME_DIR', '')):
            self.env['XDG_RUNTIME_DIR'] = os.path.join(self.folder, 'session')
        self.virtual = not self.display_answers()
        if self.virtual:
            self.env.pop('WAYLAND_DISPLAY', None)
            self.env.pop('XAUTHORITY', None)
            self.start_virtual_display()
            self.env.update(GDK_BACKEND='x11', GSK_RENDERER='cairo')
            # The bus of a session that shows nothing here is not ours to use.
            self.env.pop('DBUS_SESSION_BUS_ADDRESS', None)
        if not self.bus_answers():
            self.env['DBUS_SESSION_BUS_ADDRESS'] = self.start_answering(['dbus-daemon', '--session', '--nofork', '--print-address={fd}'])
        if not self.bus_has_secrets():
            keyring = subprocess.Popen(['gnome-keyring-daemon', '--foreground', '--unlock', '--components=secrets'],
                                       env=dict(self.env, XDG_DATA_HOME=os.path.join(self.folder, 'keyring')), preexec_fn=die_with_parent,
                                       stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.parts.append(keyring)
            keyring.stdin.write(self.remember('keyring-password', lambda: secrets.token_urlsafe(24)).encode())
            keyring.stdin.close()
            self.until(self.bus_has_secrets, 'the Secret Service')

    def start_virtual_display(self):
        # Xvfb would take the locks of servers outside of our process table for stale: look for a free number first.
        for number in range(100, 200):
            if any(os.path.exists(path) for path in (f'/tmp/.X{number}-lock', f'/tmp/.X11-unix/X{number}')):
                continue
            try:
                self.start_answering(['Xvfb', f':{number}', '-displayfd', '{fd}', '-screen', '0', '1280x900x24', '-nolisten', 'tcp', '-noreset'])
            except OSError:
                continue  # somebody was faster
            self.env['DISPLAY'] = f':{number}'
            return
        sys.exit('Xvfb did not start')

    def display_answers(self):
        if self.env.get('WAYLAND_DISPLAY') and os.path.exists(os.path.join(self.env['XDG_RUNTIME_DIR'], self.env['WAYLAND_DISPLAY'])):
            return True
        return bool(self.env.get('DISPLAY')) and subprocess.run(['xdpyinfo'], env=self.env, capture_output=True, check=False).returncode == 0

    def ask_bus(self, method, *arguments):
        done = subprocess.run(['gdbus', 'call', '--session', '--timeout', '5', '--dest', 'org.freedesktop.DBus', '--object-path', '/',
                               '--method', f'org.freedesktop.DBus.{method}', *arguments], env=self.env, capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else None

    def bus_answers(self):
        return bool(self.env.get('DBUS_SESSION_BUS_ADDRESS')) and self.ask_bus('GetId') is not None

    def bus_has_secrets(self):
        return 'true' in (self.ask_bus('NameHasOwner', 'org.freedesktop.secrets') or '')

    def start_answering(self, command):
        read, write = os.pipe()
        self.parts.append(subprocess.Popen([part.replace('{fd}', str(write)) for part in command], env=self.env, pass_fds=[write],
                                           preexec_fn=die_with_parent, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        os.close(write)
        with os.fdopen(read) as answer:
            line = answer.readline().strip()
        if not line:
            raise OSError(f'{command[0]} did not start')
        return line

    # --- the three programs

    def start_sandbox(self):
        options = ['--listen', f'127.0.0.1:{self.remember("sandbox-port", free_port)}', '--speed', str(self.options.speed),
                   '--seed', '1' if not os.path.exists(os.path.join(self.folder, 'connection')) else str(random.randrange(2, 100000))]
        self.sandbox = Sandbox(os.path.join(self.folder, 'sandbox'))
        self.sandbox.command = [self.sandbox.command[0], *options]
        self.parts.append(self.sandbox.start())

    def start_server(self):
        port = self.remember('server-port', free_port)
        self.server = Server(os.path.join(self.folder, 'server'), port=self.write('server-port', free_port(int(port))))
        self.server.password = self.remember('password', lambda: secrets.token_urlsafe(12))
        self.server.business_name = 'Marigold Bakery'
        self.server.user, self.server.name_of_user = 'demo', 'Robin Marigold'
        if not os.path.exists(os.path.join(self.folder, 'connection')):
            self.server.setup()
            self.write('connection', self.server.add_connection(self.sandbox))
        self.connection = self.remember('connection', str)
        self.parts.append(self.server.start())
        self.sandbox.set_webhook(f'{self.server.url}/webhooks/cloud/{self.connection}', 'verify-me')

    def hang_portraits(self):
        """The Cloud API tells no pictures, so the team sets them: each customer's once it has written."""
        try:
            rest = Rest(self.server.url, self.server.user, self.server.password)
            portraits = self.sandbox.control('GET', '/sandbox/portraits')['portraits']
            while portraits and not self.stopping.wait(1.0 / self.options.speed):
                for contact in rest.contacts():
                    number = (contact.get('phone_number') or '').lstrip('+')
                    # WhatsApp tells some customers without their number.
                    mine = [one for one in portraits if (one.get('wa_id') or '-') == number or (not number and one['name'] == contact.get('name'))]
                    for portrait in mine:
                        portraits.remove(portrait)
                        if not contact.get('picture_url'):
                            picture = request('GET', portrait['url'])
                            rest.put(f'/api/contacts/{contact["id"]}/picture', picture, 'image/png' if picture.startswith(b'\x89PNG') else 'image/jpeg')
        except (RestError, OSError, LookupError) as error:
            # Initials do as well.
            if not self.stopping.is_set():
                say(f'(portraits: {error})')

    def start_app(self):
        words = f'[demo]\nserver={self.server.url}\nuser={self.server.user}\npassword={self.server.password}'
        self.write('demo.ini', words)
        # The sign-in page's "Try the Demo" looks here.
        notice = os.path.join(self.env['XDG_RUNTIME_DIR'], 'lobby-demo.ini')
        with open(os.open(notice, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w', encoding='utf-8') as file:
            file.write(words + '\n')
        self.notice = notice
        home = os.path.join(self.folder, 'app')
        # A folder of its own, so that a real account of this user is not touched.
        self.app = Program('lobby', [program('desktop/lobby'), '--data-folder', home, '--demo', os.path.join(self.folder, 'demo.ini')], home,
                           self.env, listens=False)
        self.parts.append(self.app.start())

    # --- waiting and ending

    def until(self, check, what, timeout=30):
        deadline = time.monotonic() + timeout
        while not check():
            if time.monotonic() > deadline:
                sys.exit(f'waited {timeout} s in vain for {what}')
            self.pause(0.05)

    def pause(self, seconds):
        """Sleeps, but ends at once when tools/run has gone."""
        if self.options.alive is None:
            time.sleep(seconds)
        elif select.select([self.options.alive], [], [], seconds)[0]:
            raise Stop

    def open_something(self):
        """Nobody is there to choose a conversation for the picture: the fullest one is opened, in the running app."""
        try:
            fullest = max(Rest(self.server.url, self.server.user, self.server.password).conversations(), key=lambda one: one['message_count_in'])
            subprocess.run([*self.app.command[:3], '--conversation', fullest['id']], env=self.env, capture_output=True, timeout=10, check=False)
        except (RestError, OSError, ValueError, subprocess.TimeoutExpired):
            pass  # the list alone will do

    def take_picture(self, path):
        windows = subprocess.run(['xdotool', 'search', '--onlyvisible', '--pid', str(self.app.process.pid), '--name', '.'], env=self.env,
                                 capture_output=True, text=True, check=False).stdout.split()
        for window in windows:
            if subprocess.run(['import', '-window', window, f'png:{path}.new'], env=self.env, capture_output=True, check=False).returncode == 0:
                os.replace(f'{path}.new', path)
                return True
        return False

    def watch(self):
        """Until the window is closed, the time is over, or somebody stops us."""
        started = time.monotonic()
        ends = started + self.options.seconds if self.options.seconds else None
        picture = os.path.join(self.options.folder, self.options.screenshot) if self.options.screenshot else os.path.join(BUILD, 'screenshot.png')
        next_picture, opened, told = started + 8, False, False
        while self.app.running:
            if ends and time.monotonic() >= ends:
                if self.virtual and self.take_picture(picture):
                    say(f'Screenshot: {picture}')
                return
            if self.virtual and not opened and time.monotonic() >= next_picture - 3:
                opened = True
                self.open_something()
            if self.virtual and time.monotonic() >= next_picture and self.take_picture(picture):
                next_picture = time.monotonic() + 10
                if not told:
                    say(f'Screenshot: {picture} (taken anew every 10 seconds)')
                told = True
            for part in (self.server, self.sandbox):
                if not part.running:
                    sys.exit(f'{part.name} ended by itself; its last words ({part.log}):\n{part.read_log()[-3000:]}')
            self.pause(0.2)
        code = self.app.process.returncode
        if code:
            sys.exit(f'lobby ended with {code}; its last words ({self.app.log}):\n{self.app.read_log()[-3000:]}')

    def end(self):
        self.stopping.set()
        if self.notice and os.path.exists(self.notice):
            os.unlink(self.notice)
        for part in reversed(self.parts):
            process = part.process if isinstance(part, Program) else part
            if process is None or process.poll() is not None:
                continue
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        end_orphans()


def end_orphans():
    """What our programs started and left (the bus's services, say) has come to us: this process is their subreaper."""
    for _ in range(100):
        children = subprocess.run(['ps', '-o', 'pid=', '--ppid', str(os.getpid())], capture_output=True, text=True, check=False).stdout.split()
        killed = 0
        for child in children:
            try:
                os.kill(int(child), signal.SIGKILL)
                os.waitpid(int(child), 0)
                killed += 1
            except (ProcessLookupError, ChildProcessError):
                pass
        if not killed:
            return


def main():
    parser = argparse.ArgumentParser(prog='tools/run')
    parser.add_argument('--fresh', action='store_true')
    parser.add_argument('--seconds', type=float)
    parser.add_argument('--screenshot')
    parser.add_argument('--speed', type=float, default=1.0)
    parser.add_argument('--data', default=os.path.expanduser('~/.local/share/lobby-demo'), help=argparse.SUPPRESS)
    parser.add_argument('--alive', type=int, help=argparse.SUPPRESS)
    parser.add_argument('--from', dest='folder', default=os.getcwd(), help=argparse.SUPPRESS)
    options = parser.parse_args()

    def stop(*_unused):
        raise Stop
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)

    demo = Demo(options)
    try:
        demo.lock_folder()
        say('Lobby: the sandbox plays WhatsApp and its customers, lobbyd serves, the app shows it.')
        build()
        demo.prepare_folder()
        demo.give_session()
        demo.start_sandbox()
        demo.start_server()
        threading.Thread(target=demo.hang_portraits, daemon=True).start()
        demo.start_app()
        say(f'Lobby is running. lobbyd: {demo.server.url} (user {demo.server.user}, password {demo.server.password}); data and logs: {demo.folder}')
        if demo.virtual:
            say('There is no display here, so the app runs in a virtual one (Xvfb).')
        say('Ctrl+C stops everything.' if demo.virtual else 'Closing the window or Ctrl+C stops everything.')
        demo.watch()
    except Stop:
        pass
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        demo.end()
    say('Lobby has stopped.')


if __name__ == '__main__':
    main()

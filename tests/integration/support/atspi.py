# SPDX-License-Identifier: GPL-3.0-or-later
"""The real app under a private X display, seen and driven as a screen reader and a keyboard would.

    from atspi import Desktop

    with Desktop() as desktop, desktop.start_app() as app:     # Xvfb, session bus, AT-SPI, Secret Service
        app.find('button', 'Sign In').click()
        app.find('text', 'User').set_text('anna')
        app.type('hello\\n')

Roles are AT-SPI's names ('button', 'text', 'list item', 'label' …); names match exactly, or by a compiled regular
expression. One Desktop a process: AT-SPI keeps to the first bus it has seen. find waits until a deadline; nothing sleeps to synchronise."""

import os
import re
import shutil
import subprocess
import tempfile
import time

from lobby_test import NotYet, PATIENCE, Program, die_with_parent, program, wait_until

# Set before gi loads AT-SPI, which asks for the bus once.
Atspi = None


def load_atspi():
    global Atspi
    if Atspi is None:
        import gi
        gi.require_version('Atspi', '2.0')
        from gi.repository import Atspi as module
        Atspi = module
        Atspi.init()
        Atspi.set_timeout(5000, 20000)


class Desktop:
    """What a session gives a program: display, session bus with AT-SPI, and gnome-keyring with an open keyring."""

    def __init__(self, size='1600x1200', keyring=True):
        self.size, self.keyring = size, keyring
        self.processes = []
        self.apps = []
        self.folder = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix='lobby-desktop-')
        self.env = dict(os.environ)
        for variable, name in (('XDG_CONFIG_HOME', 'config'), ('XDG_DATA_HOME', 'data'), ('XDG_CACHE_HOME', 'cache'), ('XDG_RUNTIME_DIR', 'run')):
            self.env[variable] = os.path.join(self.folder, name)
            os.mkdir(self.env[variable], 0o700)
        self.env.update(GSK_RENDERER='cairo', GDK_BACKEND='x11', GSETTINGS_BACKEND='memory', LANG='C.UTF-8')
        self.env.pop('WAYLAND_DISPLAY', None)
        # NO_AT_BRIDGE keeps the tests of widgets off the bus; here it is what we look through.
        self.env.pop('NO_AT_BRIDGE', None)
        self.env['GTK_A11Y'] = 'atspi'
        try:
            self.env['DISPLAY'] = ':' + self._start(['Xvfb', '-displayfd', '{fd}', '-screen', '0', self.size + 'x24', '-nolisten', 'tcp', '-noreset'])
            self.env['DBUS_SESSION_BUS_ADDRESS'] = self._start(['dbus-daemon', '--session', '--nofork', '--print-address={fd}'])
            for name in ('DISPLAY', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR'):
                os.environ[name] = self.env[name]
            os.environ.pop('AT_SPI_BUS_ADDRESS', None)
            load_atspi()
            if self.keyring:
                self._start_keyring()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self, command):
        """Starts a program that tells its address on a descriptor."""
        read, write = os.pipe()
        self.processes.append(subprocess.Popen([part.replace('{fd}', str(write)) for part in command], env=self.env, pass_fds=[write],
                                               preexec_fn=die_with_parent, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                               stderr=subprocess.DEVNULL))
        os.close(write)
        with os.fdopen(read) as answer:
            line = answer.readline().strip()
        assert line, f'{command[0]} did not start'
        return line

    def _start_keyring(self):
        keyring = subprocess.Popen(['gnome-keyring-daemon', '--foreground', '--unlock', '--components=secrets'], env=self.env,
                                   preexec_fn=die_with_parent, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(keyring)
        keyring.stdin.write(b'password')
        keyring.stdin.close()
        # Asking the service itself would have the bus start a second one, locked.
        wait_until(lambda: 'true' in subprocess.run(['gdbus', 'call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/',
                                                     '--method', 'org.freedesktop.DBus.NameHasOwner', 'org.freedesktop.secrets'],
                                                    env=self.env, capture_output=True, text=True, check=False).stdout,
                   'the Secret Service', every=0.05)

    def make_folder(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(path, exist_ok=True)
        return path

    def start_app(self, *arguments, env=None, command=None, timeout=30):
        """With a data folder of its own unless one is named."""
        if '--data-folder' not in arguments:
            arguments = ('--data-folder', self.make_folder(f'app{len(self.apps) + 1}'), *arguments)
        app = App(self, command or [program('desktop/lobby'), *arguments], env or {})
        self.apps.append(app)
        app.start()
        app.wait_shown(timeout)
        return app

    def screenshot(self, path):
        subprocess.run(['import', '-window', 'root', path], env=self.env, check=True)
        return path

    def __exit__(self, *unused):
        for app in self.apps:
            app.kill()
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def matches(wanted, found):
    return wanted is None or (wanted.search(found or '') is not None if isinstance(wanted, re.Pattern) else wanted == found)


class Node:
    """An accessible object. Its methods may raise GLib.Error when the widget has gone meanwhile."""

    def __init__(self, app, accessible):
        self.app, self.accessible = app, accessible

    @property
    def role(self):
        return self.accessible.get_role_name()

    @property
    def name(self):
        return self.accessible.get_name()

    @property
    def description(self):
        return self.accessible.get_description()

    @property
    def text(self):
        interface = self.accessible.get_text_iface()
        return Atspi.Text.get_text(interface, 0, Atspi.Text.get_character_count(interface)) if interface else ''

    def has(self, state):
        """has('showing'), has('focused'), has('sensitive') …"""
        return self.accessible.get_state_set().contains(getattr(Atspi.StateType, state.upper()))

    def children(self):
        """None, or no more, of a widget that has gone meanwhile."""
        try:
            for index in range(self.accessible.get_child_count()):
                child = self.accessible.get_child_at_index(index)
                if child is not None:
                    yield Node(self.app, child)
        except gerror():
            return

    def walk(self, depth=60):
        """Everything below, in order of sight; what is not showing is left out with its children."""
        for child in self.children():
            try:
                if not child.has('showing') and not child.has('visible'):
                    continue
            except gerror():
                continue
            yield child
            if depth:
                yield from child.walk(depth - 1)

    def find_all(self, role=None, name=None, where=None):
        found = []
        for node in self.walk():
            try:
                if matches(role, node.role) and matches(name, node.name) and (where is None or where(node)):
                    found.append(node)
            except gerror():
                continue
        return found

    def find(self, role=None, name=None, where=None, timeout=15):
        wanted = ' '.join(str(part.pattern if isinstance(part, re.Pattern) else part) for part in (role, name) if part)
        try:
            return wait_until(lambda: self.find_all(role, name, where), f'"{wanted}" to be shown', timeout, every=0.05)[0]
        except AssertionError as error:
            raise AssertionError(f'{error}\n{self.app.describe()}') from None

    def absent(self, role=None, name=None, timeout=15):
        wait_until(lambda: not self.find_all(role, name), f'"{role} {name}" to be gone', timeout, every=0.05)

    def click(self):
        """Its first action, as a screen reader would; else the pointer."""
        action = self.accessible.get_action_iface()
        if action is not None and Atspi.Action.get_n_actions(action) > 0 and Atspi.Action.do_action(action, 0):
            return self
        return self.point_and_click()

    def extents(self):
        box = Atspi.Component.get_extents(self.accessible.get_component_iface(), Atspi.CoordType.WINDOW)
        return box.x, box.y, box.width, box.height

    def point_and_click(self, button=1):
        self.app.activate()
        x, y, width, height = self.extents()
        self.app.xdotool('mousemove', '--window', self.app.window(), str(int(x + width / 2)), str(int(y + height / 2)), 'click', str(button))
        return self

    def focus(self):
        self.app.activate()
        try:
            Atspi.Component.grab_focus(self.accessible.get_component_iface())
        except gerror():  # GTK says so for a text inside an entry
            self.point_and_click()
        wait_until(lambda: self.has('focused') or any(node.has('focused') for node in self.walk()), f'"{self.name}" to have the focus')
        return self

    def set_text(self, text):
        """All at once, in place of what it holds."""
        if self.accessible.get_editable_text_iface() is None:
            # An entry row holds the text widget inside.
            return self.find(where=lambda node: node.accessible.get_editable_text_iface() is not None).set_text(text)
        Atspi.EditableText.set_text_contents(self.accessible.get_editable_text_iface(), text)
        return self

    def type(self, text):
        """Key by key."""
        self.focus()
        self.app.type(text)
        return self


def gerror():
    from gi.repository import GLib
    return GLib.Error


class App(Program):
    """lobby, running; also the root of its tree: app.find ('button', 'Send')."""

    def __init__(self, desktop, command, env):
        super().__init__('lobby', command, desktop.folder, dict(desktop.env, **env), listens=False)
        # A second app in the same folder keeps its own log.
        self.name = f'lobby{len(desktop.apps) + 1}'
        self.desktop = desktop

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if unused[0] is not None and self.process is not None:
            print('# --- the app\'s tree and log')
            for line in (self.describe() + '\n' + self.read_log()).splitlines()[-150:]:
                print(f'# {line}')
        self.kill()

    def start(self, timeout=20):
        self.env.update({name: self.desktop.env[name] for name in ('DISPLAY', 'DBUS_SESSION_BUS_ADDRESS')})
        return super().start(timeout)

    @property
    def root(self):
        if self.process is None:
            raise NotYet('the app does not run')
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(index)
            try:
                if child is not None and child.get_process_id() == self.process.pid:
                    return Node(self, child)
            except gerror():
                continue
        raise NotYet(f'no accessible application with pid {self.process.pid}')

    def wait_shown(self, timeout=30):
        def shown():
            assert self.running, f'the app ended:\n{self.read_log()}'
            return any(True for _ in self.root.children())
        wait_until(shown, 'the app\'s window', timeout, every=0.05)
        self.window()
        return self

    def find(self, *arguments, **more):
        return self.root.find(*arguments, **more)

    def find_all(self, *arguments, **more):
        return self.root.find_all(*arguments, **more)

    def absent(self, *arguments, **more):
        return self.root.absent(*arguments, **more)

    def describe(self, depth=30):
        """The tree in words, for the log of a failed test."""
        lines = []

        def add(node, level):
            if level > depth or len(lines) > 300:
                return
            for child in node.children():
                try:
                    if child.has('showing'):
                        lines.append('  ' * level + f'{child.role} "{child.name}"')
                        add(child, level + 1)
                except gerror():
                    continue
        try:
            add(self.root, 0)
        except (NotYet, gerror()) as error:
            lines.append(str(error))
        return '\n'.join(lines)

    def xdotool(self, *arguments):
        return subprocess.run(['xdotool', *arguments], env=self.env, check=True, capture_output=True, text=True).stdout.strip()

    def window(self):
        """The X window's number. The largest one: GTK has small hidden ones too."""
        def look():
            ids = self.xdotool('search', '--onlyvisible', '--pid', str(self.process.pid)).split()
            sizes = {}
            for number in ids:
                shape = dict(line.split('=') for line in self.xdotool('getwindowgeometry', '--shell', number).splitlines())
                sizes[number] = int(shape['WIDTH']) * int(shape['HEIGHT'])
            return max(sizes, key=sizes.get) if sizes else None
        try:
            return wait_until(look, 'the app\'s X window', every=0.05)
        except subprocess.CalledProcessError as error:
            raise AssertionError(f'no X window: {error}') from None

    def activate(self):
        """There is no window manager: lays the window on top and gives it the keyboard."""
        window = self.window()
        self.xdotool('windowraise', window)
        self.xdotool('windowfocus', '--sync', window)
        return window

    def resize(self, width, height):
        window = self.window()
        self.xdotool('windowsize', window, str(width), str(height))
        wait_until(lambda: f'WIDTH={width}\n' in self.xdotool('getwindowgeometry', '--shell', window) + '\n', f'a width of {width}')
        return self

    def type(self, text, delay_ms=8):
        self.activate()
        for number, line in enumerate(text.split('\n')):
            if number:
                self.xdotool('key', 'Return')
            if line:
                self.xdotool('type', '--delay', str(delay_ms), '--', line)
        return self

    def key(self, *keys):
        """key('Return'), key('ctrl+k')"""
        self.activate()
        self.xdotool('key', *keys)
        return self

    def sign_in(self, server, user=None, password=None):
        """On the first page; the owner, unless somebody else is named."""
        self.find('text', 'Server address').set_text(server.url)
        self.find('text', 'User').set_text(user or server.user)
        self.find('text', 'Password').set_text(password or server.password)
        self.find('button', 'Sign In', where=lambda node: node.has('sensitive')).click()

    def open_conversation(self, name):
        """By a click on its row, and again if the list moved the row away under the pointer; the button above the conversation."""
        begins = re.compile('^' + re.escape(name))

        def opened():
            found = self.find_all('button', begins)
            if found:
                return found[0]
            try:
                self.find_all('table cell', begins)[0].point_and_click()
            except gerror() as error:
                raise NotYet('the row has gone') from error
            return None
        return wait_until(opened, f'the conversation with {name}', every=0.5)

    def screenshot(self, path):
        subprocess.run(['import', '-window', self.window(), path], env=self.env, check=True)
        return path

    def settle(self, quiet=0.3, timeout=10):
        """For pictures only, never to synchronise: until the window has not changed for a while."""
        deadline = time.monotonic() + timeout * PATIENCE
        last, since = None, time.monotonic()
        while time.monotonic() < deadline:
            now = subprocess.run(['import', '-window', self.window(), 'rgb:-'], env=self.env, check=True, capture_output=True).stdout
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since >= quiet:
                return
            time.sleep(0.05)

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""session.py CMD [ARG...]: runs one test in surroundings of its own and leaves nothing behind.

Meson puts it in front of every test (tests/meson.build). The test gets an empty home and XDG folders, pinned
language, time zone, settings and renderer; tests of the desktop and of the programs together also get a private
X display (Xvfb) and session bus. When the test ends, whatever it started and left is killed."""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time

TESTS = os.path.dirname(os.path.abspath(__file__))
NEED_DISPLAY = ('/tests/desktop/', '/tests/integration/')
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
libc = ctypes.CDLL(None)


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def pinned_environment(folder):
    env = dict(os.environ)
    for name in ('DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'DBUS_SESSION_BUS_ADDRESS', 'AT_SPI_BUS_ADDRESS', 'PULSE_SERVER',
                 'GTK_THEME', 'GNOME_KEYRING_CONTROL', 'SSH_AUTH_SOCK', 'http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY',
                 'all_proxy', 'ALL_PROXY'):
        env.pop(name, None)
    for name in [name for name in env if name.startswith('LC_')]:
        del env[name]
    for variable, name in (('HOME', 'home'), ('XDG_CONFIG_HOME', 'config'), ('XDG_DATA_HOME', 'data'), ('XDG_CACHE_HOME', 'cache'),
                           ('XDG_STATE_HOME', 'state'), ('XDG_RUNTIME_DIR', 'run'), ('TMPDIR', 'tmp')):
        env[variable] = os.path.join(folder, name)
        os.mkdir(env[variable], 0o700)
    env.update(LANG='C.UTF-8', GSETTINGS_BACKEND='memory', GDK_BACKEND='x11', GIO_USE_VFS='local',
               # Loopback is all the network there is; the tests that pull it bring their own.
               GIO_USE_NETWORK_MONITOR='base', NO_AT_BRIDGE='1')
    for name, value in (('TZ', 'UTC'), ('GSK_RENDERER', 'cairo'), ('LIBGL_ALWAYS_SOFTWARE', '1'), ('MALLOC_PERTURB_', '165'),
                        ('ASAN_OPTIONS', 'detect_leaks=1:halt_on_error=1:abort_on_error=0:print_summary=1'),
                        ('UBSAN_OPTIONS', 'halt_on_error=1:print_stacktrace=1'),
                        ('LSAN_OPTIONS', f'suppressions={TESTS}/lsan.supp:print_suppressions=0')):
        env.setdefault(name, value)
    return env


def start_display(env):
    read, write = os.pipe()
    server = subprocess.Popen(['Xvfb', '-displayfd', str(write), '-screen', '0', '1600x1200x24', '-nolisten', 'tcp', '-noreset'],
                              env=env, pass_fds=[write], preexec_fn=die_with_parent, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as answer:
        number = answer.readline().strip()
    if not number:
        sys.exit('session.py: Xvfb did not start')
    env['DISPLAY'] = ':' + number
    return server


def start_bus(env):
    read, write = os.pipe()
    bus = subprocess.Popen(['dbus-daemon', '--session', '--nofork', f'--print-address={write}'], env=env, pass_fds=[write],
                           preexec_fn=die_with_parent, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as answer:
        env['DBUS_SESSION_BUS_ADDRESS'] = answer.readline().strip()
    if not env['DBUS_SESSION_BUS_ADDRESS']:
        sys.exit('session.py: dbus-daemon did not start')
    return bus


def kill_the_rest():
    """Orphans come to us (subreaper), so our children are all that is left."""
    deadline = time.monotonic() + 10
    me = str(os.getpid())
    while time.monotonic() < deadline:
        children = []
        for entry in os.listdir('/proc'):
            if entry.isdigit():
                try:
                    with open(f'/proc/{entry}/stat') as file:
                        if file.read().rsplit(')', 1)[1].split()[1] == me:
                            children.append(int(entry))
                except OSError:
                    pass
        if not children:
            return
        for child in children:
            try:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            except (ProcessLookupError, ChildProcessError):
                pass


def main(command):
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    with tempfile.TemporaryDirectory(prefix='lobby-test-', ignore_cleanup_errors=True) as folder:
        env = pinned_environment(folder)
        if any(part in argument for argument in command for part in NEED_DISPLAY):
            start_display(env)
            start_bus(env)
        test = subprocess.Popen(command, env=env, preexec_fn=die_with_parent)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda number, frame: test.send_signal(number))
        code = test.wait()
        kill_the_rest()
    return code if code >= 0 else 128 - code


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))

# SPDX-License-Identifier: GPL-3.0-or-later
"""lobbyd on a small disk: in a mount namespace of its own, its data folder a tmpfs with something useless on it (the file "ballast", which
a test makes smaller or larger)."""

import os
import subprocess
import sys
import tempfile

from lobby_test import PATIENCE, Skip

# FOLDER SIZE BALLAST COMMAND…
PROGRAM = '''
import ctypes, os, sys
folder, size, ballast = sys.argv[1], sys.argv[2], int(sys.argv[3])
kept = {}
for name in os.listdir(folder):
    path = os.path.join(folder, name)
    if os.path.isfile(path):
        with open(path, 'rb') as file:
            kept[name] = file.read()
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b'tmpfs', folder.encode(), b'tmpfs', 0, b'mode=0700,size=' + size.encode()) != 0:
    sys.exit('cannot mount: ' + os.strerror(ctypes.get_errno()))
for name, content in kept.items():
    with open(os.path.join(folder, name), 'wb') as file:
        file.write(content)
with open(os.path.join(folder, 'ballast'), 'wb') as file:
    file.write(bytes(ballast))
os.execvp(sys.argv[4], sys.argv[4:])
'''


def command(folder, size, ballast, start):
    return ['unshare', '-Urm', sys.executable, '-c', PROGRAM, folder, size, str(ballast), *start]


def require():
    """Skips the test where nothing can be mounted."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(command(folder, '1m', 0, ['true']), capture_output=True, timeout=20 * PATIENCE, check=False).returncode == 0
        except OSError:
            done = False
    if not done:
        raise Skip('a small disk cannot be mounted here (unshare -Urm)')


def inside(server):
    """The data folder as the running server sees it."""
    return f'/proc/{server.process.pid}/root{server.data}'


def leave(server, size, free):
    """Makes the ballast so large that so many bytes are free."""
    folder = inside(server)
    path = os.path.join(folder, 'ballast')
    status = os.statvfs(folder)
    ballast = os.path.getsize(path) + status.f_bavail * status.f_frsize - free
    assert 0 <= ballast <= size
    with open(path, 'r+b') as file:
        if ballast < os.path.getsize(path):
            file.truncate(ballast)
        else:
            file.seek(0, os.SEEK_END)
            file.write(bytes(ballast - os.path.getsize(path)))

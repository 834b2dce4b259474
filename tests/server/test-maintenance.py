#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""lobbyd backup beside a busy server, what is left of one that fails, a server started on a backup, and lobbyd check with
every damage it knows."""

import base64
import os
import random
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration', 'support'))
from lobby_test import OPENER, PATIENCE, RestError, Server, Skip, Tap, World, wait_until  # noqa: E402
from polling import PollingSocket  # noqa: E402

tap = Tap()
PNG = b'\x89PNG\r\n\x1a\n'


def command(server, *arguments, code=0, **more):
    """What it printed, after it ended with @code."""
    done = subprocess.run([server.command[0], '--config', server.config, *arguments], capture_output=True, text=True, check=False, **more)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def database(folder):
    return sqlite3.connect(os.path.join(folder, 'lobby.db'), isolation_level=None)


def one_picture(folder):
    """Where a stored file lies below the folder."""
    with database(folder) as file:
        sha256 = file.execute('SELECT sha256 FROM media_files ORDER BY sha256').fetchone()[0]
    return os.path.join('media', sha256[:2], sha256)


def upload_half(world):
    """The path of an upload of which something has come."""
    tus = {'Tus-Resumable': '1.0.0', 'Content-Type': 'application/offset+octet-stream', 'Authorization': f'Bearer {world.rest.token}'}
    about = f'business {base64.b64encode(world.rest.business.encode()).decode()},kind {base64.b64encode(b"document").decode()}'
    asked = urllib.request.Request(world.server.url + '/api/uploads', b'', {**tus, 'Upload-Length': '10', 'Upload-Metadata': about}, method='POST')
    with OPENER.open(asked, timeout=20 * PATIENCE) as answer:
        path = answer.headers['Location']
    asked = urllib.request.Request(world.server.url + path, b'half', {**tus, 'Upload-Offset': '0'}, method='PATCH')
    with OPENER.open(asked, timeout=20 * PATIENCE) as answer:
        assert answer.headers['Upload-Offset'] == '4'
    return path


def media_files(folder):
    return sorted(os.path.relpath(os.path.join(base, name), folder) for base, _, names in os.walk(os.path.join(folder, 'media')) for name in names)


class Filled(World):
    """Customers with pictures and messages."""

    def __enter__(self):
        super().__enter__()
        for number in range(5):
            self.sandbox.add_customer(f'1555020{number:04}', f'Customer {number}')
            self.sandbox.say(f'1555020{number:04}', 'message {n}', count=20)
        self.contacts = wait_until(lambda: (lambda found: len(found) == 5 and found)(self.rest.contacts()), 'all contacts')
        for contact in self.contacts:
            self.rest.put(f'/api/contacts/{contact["id"]}/picture', PNG + os.urandom(20000), 'image/png')
        os.chmod(self.server.data, 0o700)
        self.target = os.path.join(self.folder, 'backup')
        return self

    def second(self, data):
        """Another server, on a data folder."""
        server = Server(self.make_folder('second'))
        shutil.rmtree(server.data)
        os.rename(data, server.data)
        return server


def everything(rest):
    return {contact['id']: [(one['id'], one.get('content'), one['status']) for one in rest.messages(contact['id'])] for contact in rest.contacts()}


@tap.test
def a_backup_beside_a_busy_server():
    with Filled() as world:
        ending = threading.Event()

        def talk():
            while not ending.is_set():
                world.sandbox.say(f'1555020{random.randrange(5):04}', 'while it is copied {n}', count=5)

        talking = threading.Thread(target=talk, daemon=True)
        talking.start()
        for number in range(3):
            target = f'{world.target}-{number}'
            before = everything(world.rest)
            told = command(world.server, 'backup', target)
            assert 'checked' in told and 'hard links' in told, told
            assert sorted(os.listdir(target)) == ['lobby.db', 'media'], os.listdir(target)
            assert stat.S_IMODE(os.stat(target).st_mode) == 0o700
            assert command(world.server, 'check', '--data', target) == f'{target} is in order\n'
            with database(target) as copy:
                ids = {row[0] for row in copy.execute('SELECT id FROM messages')}
            missing = {one[0] for messages in before.values() for one in messages} - ids
            assert not missing, missing
            assert not os.path.exists(target + '.partial')
        ending.set()
        talking.join()
        assert command(world.server, 'check').endswith('is in order\n')
        assert 'already' in command(world.server, 'backup', target, code=1)
        assert 'lobbyd backup FOLDER' in command(world.server, 'backup', code=2)


@tap.test
def a_server_started_on_a_backup():
    with Filled() as world:
        # One is on its way and another waits behind it when the copy is made.
        world.sandbox.pause()
        waiting = [world.rest.send(world.contacts[0]['id'], f'sent after the backup {i}', f'c-{i}')['id'] for i in range(2)]
        begun = upload_half(world)
        command(world.server, 'backup', world.target)
        world.sandbox.resume()
        wait_until(lambda: len(world.sandbox.sent()) == 2, 'them to be sent')
        world.rest.send(world.contacts[1]['id'], 'lost with the disk', 'c-lost')
        wait_until(lambda: len(world.sandbox.sent()) == 3, 'the other one')
        newest = world.rest.get('/api/businesses')['businesses'][0]['seq']
        old = everything(world.rest)
        world.server.kill()

        second = world.second(world.target)
        second.env['LOBBYD_SETTLE_MSEC'] = '2000'
        second.start()
        try:
            rest = second.rest()
            new = everything(rest)
            assert set(new) == set(old)
            for contact, messages in new.items():
                assert {one[0] for one in messages} <= {one[0] for one in old[contact]}
            # A client that knows events which this server never had reads everything anew.
            live = PollingSocket(second.url, rest.token)
            ack = live.ask('join-business', rest.business, {'since': newest})
            assert ack['ok'] and ack['seq'] > newest + 1000, ack
            wait_until(lambda: live._poll() or any('sync:reset' in packet for packet in live.packets), 'the reset')
            conversations = rest.get('/api/conversations', business=rest.business)
            assert all(one['seq'] > newest for one in conversations['conversations'])
            # What was sent meanwhile is not sent twice; the agent sees that it is not certain.
            def doubted():
                return [one for one in rest.messages(world.contacts[0]['id']) if one['id'] in waiting and one['status'] == 'failed']

            wait_until(lambda: len(doubted()) == 2, 'the doubt to be told', timeout=30)
            assert all(one['metadata']['error'] for one in doubted())
            assert len(world.sandbox.sent()) == 3
            try:
                rest.get(begun)
                raise AssertionError('half an upload')
            except RestError as error:
                assert error.status == 404
            picture = rest.get(rest.get(f'/api/contacts/{world.contacts[0]["id"]}')['picture_url'])
            assert picture.startswith(PNG)
            assert second.stop() == 0
            assert command(second, 'check').endswith('in order\n')
        finally:
            second.kill()


@tap.test
def what_fails_leaves_nothing():
    with Filled() as world:
        def nothing_left():
            return not [name for name in os.listdir(world.folder) if name.startswith('backup')]

        limited = {'preexec_fn': lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000)))}
        told = command(world.server, 'backup', world.target, code=1, **limited)
        assert 'full' in told or 'too large' in told or 'disk' in told, told
        assert nothing_left(), os.listdir(world.folder)
        # A file that is damaged, and one that is gone, are not backed up in silence.
        path = os.path.join(world.server.data, one_picture(world.server.data))
        with open(path, 'rb') as file:
            content = file.read()
        os.chmod(path, 0o600)
        with open(path, 'wb') as file:
            file.write(content[:-1] + b'!')
        assert 'not what was stored' in command(world.server, 'backup', world.target, code=1)
        assert nothing_left()
        os.unlink(path)
        assert 'No such file' in command(world.server, 'backup', world.target, code=1)
        assert nothing_left()
        with open(path, 'wb') as file:
            file.write(content)
        os.chmod(path, 0o600)
        # Killed on the way: the next one goes on, and two at once do not meet.
        for after in (0.0, 0.005, 0.01, 0.02, 0.04):
            process = subprocess.Popen([world.server.command[0], '--config', world.server.config, 'backup', world.target],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(after)  # the time of the blow is the test's matter
            process.kill()
            process.wait()
            if os.path.exists(world.target):
                break
        if not os.path.exists(world.target):
            command(world.server, 'backup', world.target)
        assert command(world.server, 'check', '--data', world.target).endswith('in order\n')


@tap.test
def onto_another_disk():
    other = '/dev/shm'
    with Filled() as world:
        if not os.access(other, os.W_OK) or os.stat(other).st_dev == os.stat(world.folder).st_dev:
            raise Skip('there is no second file system')
        folder = tempfile.mkdtemp(dir=other, prefix='lobby-backup-')
        try:
            target = os.path.join(folder, 'copy')
            assert 'hard links' not in command(world.server, 'backup', target)
            assert one_picture(target) in media_files(target) and set(media_files(target)) <= set(media_files(world.server.data))
            assert all(os.stat(os.path.join(target, name)).st_nlink == 1 for name in media_files(target))
            assert command(world.server, 'check', '--data', target).endswith('in order\n')
        finally:
            shutil.rmtree(folder)


@tap.test
def every_damage_is_found():
    with Filled() as world:
        world.server.stop()
        good = os.path.join(world.folder, 'good')
        shutil.copytree(world.server.data, good)
        one_file = one_picture(good)

        def fresh():
            shutil.rmtree(world.server.data)
            shutil.copytree(good, world.server.data)
            return world.server.data

        damages = {
            'events: the log': 'DELETE FROM event_log WHERE seq = 5',
            'its counter is at': 'UPDATE businesses SET seq = seq + 1',
            'its business only at': 'UPDATE conversations SET seq = seq + 100000',
            'counters: conversation': 'UPDATE conversations SET message_count_in = message_count_in + 1',
            'unread messages': 'UPDATE conversations SET unread_count = -1 WHERE rowid = 1',
            'names a file': "UPDATE messages SET media_sha256 = 'x' WHERE rowid = 1",
            'names a picture': "UPDATE contacts SET picture_sha256 = 'x' WHERE rowid = 1",
            'names one of': "PRAGMA foreign_keys=OFF; DELETE FROM contacts WHERE rowid = 1",
            'no owner': "UPDATE agents SET role = 'agent'",
            'not of one business': "UPDATE messages SET contact_id = (SELECT id FROM contacts WHERE id <> contact_id) WHERE rowid = 1",
        }
        for wanted, sql in damages.items():
            with database(fresh()) as file:
                file.executescript(sql)
            told = command(world.server, 'check', code=3)
            assert wanted in told and 'problems in' in told, (wanted, told)
            if wanted.startswith('counters'):
                mended = command(world.server, 'check', '--repair')
                assert 'mended: counters: 5 conversations' in mended and mended.endswith('in order\n'), mended
                assert command(world.server, 'check').endswith('in order\n')
            else:
                assert wanted in command(world.server, 'check', '--repair', code=3)
        os.unlink(os.path.join(fresh(), one_file))
        assert 'is missing' in command(world.server, 'check', code=3)
        with open(os.path.join(fresh(), one_file), 'r+b') as file:
            file.write(b'x')
        assert 'not what was stored' in command(world.server, 'check', code=3)
        os.chmod(os.path.join(fresh(), 'lobby.db'), 0o644)
        assert 'permissions' in command(world.server, 'check', code=3)
        assert 'mended: permissions' in command(world.server, 'check', '--repair')
        assert stat.S_IMODE(os.stat(os.path.join(world.server.data, 'lobby.db')).st_mode) == 0o600
        with open(os.path.join(fresh(), 'lobby.db'), 'r+b') as file:
            file.seek(3 * 4096)
            file.write(os.urandom(8 * 4096))
        assert command(world.server, 'check', code=3 if 'database: ' in command_any(world.server, 'check') else 1)
        with open(os.path.join(fresh(), 'lobby.db'), 'wb') as file:
            file.write(b'no database at all' * 1000)
        told = command(world.server, 'check', code=1)
        assert 'not a database' in told or 'malformed' in told, told
        os.unlink(os.path.join(world.server.data, 'lobby.db'))
        assert 'no server' in command(world.server, 'check', code=1)
        assert 'no server' in command(world.server, 'backup', world.target, code=1)
        fresh()
        with open(world.server.config, 'a', encoding='utf-8') as file:
            file.write('[metrics]\ntoken=secret\n')
        os.chmod(world.server.config, 0o644)
        assert 'holds a secret' in command(world.server, 'check', code=3)
        os.chmod(world.server.config, 0o600)
        world.server.start()
        assert 'Stop the server' in command(world.server, 'check', '--repair', code=1)
        assert command(world.server, 'check').endswith('in order\n')


def command_any(server, *arguments):
    done = subprocess.run([server.command[0], '--config', server.config, *arguments], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


tap.run()

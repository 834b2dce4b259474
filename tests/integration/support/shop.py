# SPDX-License-Identifier: GPL-3.0-or-later
"""A shop whose customer has written, for tests of what agents send."""

import os
import struct
import sys

from lobby_test import TOP, RestError, World, wait_until

MEDIA = os.path.join(TOP, 'data', 'sandbox', 'media')
CUSTOMER = '15550102030'
DELIVERED = ('delivered', 'read', 'played')


def media(name):
    with open(os.path.join(MEDIA, name), 'rb') as file:
        return file.read()


def box(name, content=b''):
    return struct.pack('>I', 8 + len(content)) + name + content


MOVIE = box(b'ftyp', b'isom\0\0\2\0isomiso2avc1mp41') + box(b'moov', box(b'mvhd', b'\0' * 100)) + box(b'mdat', b'\0' * 2000)
SONG = b'ID3\4\0\0\0\0\0\0' + (b'\xff\xfb\x90\x64' + b'\0' * 413) * 20


class Shop(World):
    """A world whose customer has written; .contact, and .said, the customer's message."""

    def __enter__(self):
        super().__enter__()
        try:
            self.sandbox.knobs(status_delay_ms=20)
            self.sandbox.add_customer(CUSTOMER, 'Priya', reads_after_ms=30)
            self.sandbox.say(CUSTOMER, 'hello')
            self.contact = wait_until(lambda: self.rest.contact_named(CUSTOMER), 'the contact')
            self.said = wait_until(lambda: self.rest.messages(self.contact['id']), 'the message')[0]
            self.clients = 0
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def send(self, **message):
        self.clients += 1
        return self.rest.send_message(self.contact['id'], f'client-{self.clients}', **message)

    def message(self, message_id):
        return next(one for one in self.rest.messages(self.contact['id']) if one['id'] == message_id)

    def wait_status(self, message, *statuses):
        def reached():
            now = self.message(message['id'])
            assert now['status'] in statuses, (now['status'], now['metadata'].get('error'))
            return now
        return wait_until(reached, f'{message["message_type"]} to be {statuses}')

    def arrived(self, message):
        """What WhatsApp has of it."""
        def find():
            return next(one for one in self.sandbox.sent() if one.get('biz_opaque_callback_data') == message['id'])
        return wait_until(lambda: find_or_none(find), f'{message["message_type"]} to arrive')

    def refused(self, **message):
        try:
            self.send(**message)
        except RestError as error:
            assert error.status == 422, error
            assert len(error.body['error']['message']) > 10, error
            return error.code
        raise AssertionError(f'{message} was taken')


def find_or_none(find):
    try:
        return find()
    except StopIteration:
        return None

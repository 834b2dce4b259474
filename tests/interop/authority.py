# SPDX-License-Identifier: GPL-3.0-or-later
"""A small authority, made with openssl for one run of a test. Import it before whoever makes requests: Python and node then
trust it. AUTHORITY is None where there is no openssl."""

import atexit
import os
import shutil
import subprocess
import tempfile


class Authority:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='lobby-tls-')
        atexit.register(shutil.rmtree, self.folder)
        self.openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem',
                     '-days', '2', '-subj', '/CN=Authority of a test', '-addext', 'keyUsage=critical,keyCertSign,cRLSign')

    def openssl(self, *arguments):
        subprocess.run(['openssl', *arguments], cwd=self.folder, check=True, capture_output=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def issue(self, name, serial):
        self.openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', f'{name}.key', '-out', f'{name}.csr', '-subj', '/CN=localhost')
        with open(self.path('names'), 'w', encoding='utf-8') as file:
            file.write('subjectAltName=IP:127.0.0.1,DNS:localhost\nkeyUsage=digitalSignature\nauthorityKeyIdentifier=keyid\n')
        self.openssl('x509', '-req', '-in', f'{name}.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', str(serial), '-days', '1',
                     '-extfile', 'names', '-out', f'{name}.pem')


AUTHORITY = Authority() if shutil.which('openssl') else None
if AUTHORITY:
    os.environ['SSL_CERT_FILE'] = os.environ['NODE_EXTRA_CA_CERTS'] = AUTHORITY.path('ca.pem')

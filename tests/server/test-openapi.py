#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/openapi.yaml against the routes that lobbyd has, in both directions. What lobbyd answers is checked by test-rest.py."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'integration', 'support'))
from lobby_test import Tap, program  # noqa: E402
from openapi import Description, parse  # noqa: E402

tap = Tap()


@tap.test
def our_yaml_is_read_as_meant():
    assert parse('a: 1\n# no\nb:\n  - x: y z\n    n: ["q"]\n  - {"f": [true]}\nc:\n"200":\n  d: "e\\n"\n') == {
        'a': 1, 'b': [{'x': 'y z', 'n': ['q']}, {'f': [True]}], 'c': None, '200': {'d': 'e\n'}}


@tap.test
def every_route_is_described_and_every_description_has_a_route():
    listed = subprocess.run([program('server/lobbyd'), '--list-routes'], capture_output=True, text=True, check=True).stdout.split('\n')
    # Socket.IO is a protocol of its own: docs/protocol.md.
    routes = {line for line in listed if line and '/socket.io' not in line}
    described = Description().routes()
    assert routes - described == set(), f'not described: {routes - described}'
    assert described - routes == set(), f'no such route: {described - routes}'


@tap.test
def every_operation_says_how_it_refuses():
    for path, item in Description().document['paths'].items():
        for method, operation in item.items():
            if method in ('parameters', 'options'):
                continue
            answers, where = set(operation['responses']), f'{method} {path}'
            secured = operation.get('security') != []
            assert secured <= ('401' in answers), where
            assert (operation.get('x-role') == 'owner') <= ('403' in answers), where
            assert ('{' in path) <= ('404' in answers), where
            assert ('requestBody' in operation) <= ('413' in answers), where
            assert answers & {'200', '201', '202', '204'}, where


@tap.test
def every_operation_has_a_name_of_its_own():
    names = [operation['operationId'] for item in Description().document['paths'].values()
             for method, operation in item.items() if method != 'parameters']
    assert len(names) == len(set(names))


tap.run()

# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/openapi.yaml as data, and a check of JSON values against its schemas. Knows the part of YAML and of JSON Schema
that the file keeps to (its head says which), and fails loudly on anything else."""

import datetime
import json
import os
import re

PATH = os.path.join(os.path.dirname(__file__), '..', '..', 'docs', 'openapi.yaml')
METHODS = ('get', 'put', 'post', 'delete', 'patch', 'options')


def scalar(text):
    if text[0] in '{["':
        return json.loads(text)
    if re.fullmatch(r'-?\d+', text):
        return int(text)
    if text in ('true', 'false', 'null'):
        return json.loads(text)
    assert text[0] not in "|>&*!'%@`", f'not in our subset of YAML: {text}'
    return text


def read_lines(text):
    """(indent, content) of each line that says something. A list item is a line of its own, its content two deeper."""
    lines = []
    for line in text.splitlines():
        content = line.strip()
        if not content or content.startswith('#'):
            continue
        indent = len(line) - len(line.lstrip(' '))
        assert indent % 2 == 0 and '\t' not in line, f'indentation: {line!r}'
        if content.startswith('- '):
            lines.append((indent, '-'))
            lines.append((indent + 2, content[2:].strip()))
        else:
            lines.append((indent, content))
    return lines


def split_key(content):
    found = re.match(r'("(?:[^"\\]|\\.)*"|[^"{\[][^:]*):(?: +(.*))?$', content)
    assert found, f'no key: {content}'
    key = found.group(1)
    return (json.loads(key) if key.startswith('"') else key), found.group(2)


def parse_block(lines, at, indent):
    if lines[at][1] == '-':
        items = []
        while at < len(lines) and lines[at] == (indent, '-'):
            item, at = parse_block(lines, at + 1, indent + 2)
            items.append(item)
        return items, at
    if lines[at][1][0] in '{[':
        return scalar(lines[at][1]), at + 1
    block = {}
    while at < len(lines) and lines[at][0] == indent and lines[at][1] != '-':
        key, value = split_key(lines[at][1])
        assert key not in block, f'twice: {key}'
        at += 1
        if value is not None:
            block[key] = scalar(value)
        elif at < len(lines) and lines[at][0] > indent:
            block[key], at = parse_block(lines, at, lines[at][0])
        else:
            block[key] = None
    return block, at


def parse(text):
    lines = read_lines(text)
    document, at = parse_block(lines, 0, 0)
    assert at == len(lines), f'cannot read from: {lines[at]}'
    return document


class Description:
    def __init__(self):
        with open(PATH, encoding='utf-8') as file:
            self.document = parse(file.read())
        self._check_references(self.document)

    def _check_references(self, value):
        if isinstance(value, dict):
            if '$ref' in value:
                self.resolve(value)
            for one in value.values():
                self._check_references(one)
        elif isinstance(value, list):
            for one in value:
                self._check_references(one)

    def resolve(self, value):
        while isinstance(value, dict) and '$ref' in value:
            target = self.document
            for part in value['$ref'].removeprefix('#/').split('/'):
                target = target[part]
            value = target
        return value

    def routes(self):
        return {f'{method.upper()} {path}' for path, item in self.document['paths'].items() for method in item if method in METHODS}

    def find(self, method, path):
        """The path of the file that a request's path (without query) is one of; the one with the fewest {parameters}."""
        fitting = [template for template, item in self.document['paths'].items()
                   if method.lower() in item and re.fullmatch(re.sub(r'\{\w+\}', '[^/]+', template), path)]
        return min(fitting, key=lambda template: template.count('{')) if fitting else None

    def check(self, method, path, status, body):
        """@path as in the file. Fails when the answer is not as described."""
        responses = self.document['paths'][path][method.lower()]['responses']
        assert str(status) in responses, f'{method} {path}: {status} is not described'
        content = self.resolve(responses[str(status)]).get('content', {})
        if 'application/json' in content:
            self.check_value(content['application/json']['schema'], body, f'{method} {path} {status}')
        else:
            assert not content or isinstance(body, bytes)

    def check_value(self, schema, value, where):
        """Members that are not described are wrong unless additionalProperties says otherwise."""
        properties, required, open_ended = self._members(schema)
        schema = self.resolve(schema)
        kinds = schema.get('type', 'object')
        assert any(is_kind(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)), f'{where}: {value!r} is no {kinds}'
        assert 'enum' not in schema or value in schema['enum'], f'{where}: {value!r} is none of {schema["enum"]}'
        if schema.get('format') == 'date-time':
            assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z', value), f'{where}: {value!r} is no time'
            datetime.datetime.fromisoformat(value)
        if isinstance(value, list):
            for number, one in enumerate(value):
                self.check_value(schema['items'], one, f'{where}[{number}]')
        if isinstance(value, dict):
            for name in required:
                assert name in value, f'{where}: {name} is missing'
            for name, one in value.items():
                assert open_ended or name in properties, f'{where}: {name} is not described'
                if name in properties:
                    self.check_value(properties[name], one, f'{where}.{name}')

    def _members(self, schema):
        schema = self.resolve(schema)
        properties, required = dict(schema.get('properties', {})), list(schema.get('required', []))
        open_ended = schema.get('additionalProperties', False)
        for part in schema.get('allOf', []):
            more, needed, loose = self._members(part)
            properties.update(more)
            required += needed
            open_ended = open_ended or loose
        return properties, required, open_ended


def is_kind(value, kind):
    if kind == 'integer':
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, {'object': dict, 'array': list, 'string': str, 'boolean': bool, 'null': type(None), 'number': (int, float)}[kind])

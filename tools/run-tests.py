#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tools/test does inside the root: builds, runs meson's tests and counts them."""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), '..'))
BUILDS = {
    'normal': ('build', []),
    'asan': ('build-asan', ['-Db_sanitize=address,undefined', '-Db_lundef=false']),
}
# A sanitized program is two to four times slower, and the machine may have other work.
PATIENCE = {'normal': 2, 'asan': 4}
TAP_LINE = re.compile(r'^(not )?ok\b(.*)$', re.M)


def say(words):
    print(f'== {words}', flush=True)


def run_quietly(command, what, pattern=None):
    """Runs with one line of progress on a terminal, now and then one elsewhere; the output is shown on failure."""
    started = shown = time.monotonic()
    lines = []
    process = subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
    for line in process.stdout:
        lines.append(line)
        step = pattern and re.match(pattern, line)
        if step and (sys.stdout.isatty() or time.monotonic() - shown >= 15):
            shown = time.monotonic()
            text = f'== {what}: {step[1]} of {step[2]}'
            print(f'\r\033[K{text}' if sys.stdout.isatty() else text, end='' if sys.stdout.isatty() else '\n', flush=True)
    if sys.stdout.isatty():
        print('\r\033[K', end='')
    if process.wait():
        # An error stands somewhere before ninja's last words.
        errors = [index for index, line in enumerate(lines) if re.search(r'error|FAILED|ERROR', line)]
        first = max(0, errors[0] - 5) if errors else max(0, len(lines) - 60)
        print(''.join(lines[first:first + 120]))
        say(f'{what}: failed')
        return False
    say(f'{what}: done ({time.monotonic() - started:.0f} s)')
    return True


def build(name):
    folder, options = BUILDS[name]
    if not os.path.exists(os.path.join(TOP, folder, 'build.ninja')):
        if not run_quietly(['meson', 'setup', folder, *options], f'{name} build: setting up {folder}'):
            return False
    return run_quietly(['ninja', '-C', folder, '-j', str(os.cpu_count() or 2)], f'{name} build: compiling', r'\[(\d+)/(\d+)\]')


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []

    def add_test(self, build_name, test):
        passed = failed = skipped = 0
        # Only g_test's own lines: those of a test that a test started are indented or not of this form.
        for match in TAP_LINE.finditer(test.get('stdout') or ''):
            if re.search(r'#\s*SKIP', match[2], re.I):
                skipped += 1
            elif match[1] and not re.search(r'#\s*TODO', match[2], re.I):
                failed += 1
            else:
                passed += 1
        result = test['result']
        if result == 'SKIP':
            skipped = max(1, skipped)
        elif result in ('OK', 'EXPECTEDFAIL'):
            passed += not (passed or skipped)
        else:
            # A crash, a leak or a time-out after the last line counts too.
            failed = max(1, failed)
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        if failed:
            self.failures.append(f'{build_name}: {test["name"]} ({result.lower()}, {test["duration"]:.1f} s)')
            show_output(self.failures[-1], test)


def show_output(title, test):
    """What a failed test printed; meson itself leaves out what it read as TAP."""
    say(title)
    for stream in ('stdout', 'stderr'):
        lines = (test.get(stream) or '').splitlines()
        if len(lines) > 150:
            # TAP tells the failure where it happens, sanitizers at the end.
            wrong = next((index for index, line in enumerate(lines) if line.startswith(('not ok', 'Bail out'))), 0)
            lines = lines[max(0, wrong - 40):wrong + 60] + [f'[… {len(lines)} lines in all]'] + lines[-50:]
        for line in lines:
            print('   ' + line)


def run_tests(name, arguments, count):
    folder = BUILDS[name][0]
    log = os.path.join(TOP, folder, 'meson-logs', 'tools-test.json')
    if os.path.exists(log):
        os.unlink(log)
    command = ['meson', 'test', '-C', folder, '--no-rebuild', '--logbase', 'tools-test', '--no-suite', 'bench',
               '--timeout-multiplier', str(PATIENCE[name])]
    for suite in arguments.suite:
        command += ['--suite', suite]
    say(f'{name} build: running the tests')
    code = subprocess.run(command + arguments.names, cwd=TOP).returncode
    results = []
    if os.path.exists(log):
        with open(log, encoding='utf-8', errors='replace') as file:
            results = [json.loads(line) for line in file if line.strip()]
    failed_before = count.failed
    for test in results:
        count.add_test(name, test)
    if (code and count.failed == failed_before) or not results:
        count.failed += 1
        count.failures.append(f'{name}: meson test itself (exit code {code}, {len(results)} tests)')


def main():
    parser = argparse.ArgumentParser(prog='tools/test')
    which = parser.add_mutually_exclusive_group()
    which.add_argument('--no-asan', action='store_true', help='the normal build only')
    which.add_argument('--asan-only', action='store_true', help='the sanitized build only')
    parser.add_argument('--suite', action='append', default=[])
    parser.add_argument('names', nargs='*', metavar='NAME')
    arguments = parser.parse_args()
    started = time.monotonic()
    count = Count()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for name in BUILDS:
            if (name == 'asan' and arguments.no_asan) or (name == 'normal' and arguments.asan_only):
                continue
            if build(name):
                run_tests(name, arguments, count)
            else:
                count.failed += 1
                count.failures.append(f'{name}: does not build')
    except KeyboardInterrupt:
        count.failed += 1
        count.failures.append('stopped before the end')
    say(f'{(time.monotonic() - started) / 60:.1f} minutes; logs: build*/meson-logs/tools-test.txt')
    for failure in count.failures:
        print(f'   failed: {failure}')
    skipped = f', {count.skipped} skipped' if count.skipped else ''
    print(f'{count.passed} passed, {count.failed} failed{skipped}', flush=True)
    return 1 if count.failed else 0


if __name__ == '__main__':
    sys.exit(main())

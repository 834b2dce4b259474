#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the source tree against the rules, and each rule against a sample that breaks it."""

import os
import sys
import tempfile

import rules

LICENCE = '/* SPDX-License-Identifier: GPL-3.0-or-later */\n'
CLANG_FORMAT = 'BasedOnStyle: GNU\n'

# For each rule: samples it must pass, and samples it must complain about.
SAMPLES = {
    'layers': (
        [{'src/base/lobby-id.h': '', 'src/model/lobby-store.h': '', 'src/model/lobby-store.c': '#include "lobby-id.h"\n#include "lobby-store.h"\n'},
         {'src/sandbox/a.h': '', 'src/desktop/a.h': '', 'src/desktop/a.c': '#include "a.h"\n'},
         {'src/base/a.h': '', 'src/base/a.c': '/* #include "lobby-window.h" */\n'},
         {'src/desktop/a.c': '#include "desktop-resources.h"\n', 'src/desktop/meson.build': "gnome.compile_resources('desktop-resources', 'a.xml')\n"}],
        [{'src/client/lobby-account.h': '', 'src/model/a.c': '#include "lobby-account.h"\n'},
         {'src/protocol/lobby-wire.h': '', 'src/desktop/window/a.c': '#include "lobby-wire.h"\n'},
         {'src/protocol/lobby-wire.h': '', 'src/sandbox/a.h': '  # include "lobby-wire.h"\n'},
         {'src/base/a.c': '#include "nowhere.h"\n'},
         {'src/net/a.h': '', 'src/base/a.h': '', 'src/client/a.c': '#include "a.h"\n'},
         {'src/misc/a.c': ''}]),
    'fenced_headers': (
        [{'src/desktop/a.c': '#include <adwaita.h>\n'}, {'src/base/lobby-database-statement.c': '#include <sqlite3.h>\n'},
         {'src/sandbox/a.c': '#include <libsoup/soup.h>\n'}, {'tests/net/a.c': '#include <libsoup/soup.h>\n'}],
        [{'src/model/a.c': '#include <gtk/gtk.h>\n'}, {'src/client/a.h': '#include <libsoup/soup.h>\n'},
         {'src/base/lobby-id.c': '#include <sqlite3.h>\n'}, {'src/server/storage/a.c': '#include <sqlite3.h>\n'},
         {'src/sandbox/a.c': '#include <microhttpd.h>\n'}, {'src/desktop/a.c': '#include <libsecret/secret.h>\n'},
         {'src/protocol/a.c': '#include <libdex.h>\n'}, {'src/client/a.c': '#include <adwaita.h>\n'}]),
    'one_spawner': (
        [{'src/base/lobby-async.c': 'dex_scheduler_spawn ();\n'}, {'src/net/a.c': '/* dex_scheduler_spawn */\n'}],
        [{'src/net/a.c': 'x = dex_scheduler_spawn (NULL);\n'}, {'tests/net/a.c': 'dex_scheduler_spawn ();\n'}]),
    'no_model_swap': (
        [{'src/desktop/a.c': 'gtk_no_selection_new (m);\n'}],
        [{'src/desktop/a.c': 'gtk_no_selection_set_model (s, m);\n'}]),
    'guarded_routes': (
        [{'src/server/rest/lobby-rest-access.c': 'lobby_http_server_route ();\n'}, {'src/server/engine/a.c': 'lobby_http_server_route_early ();\n'},
         {'src/server/rest/a.c': 'lobby_rest_route ();\n'}],
        [{'src/server/rest/a.c': 'lobby_http_server_route ();\n'}, {'src/server/rest/a.c': 'lobby_http_server_route_early ();\n'}]),
    'spdx': (
        [{'src/base/a.c': LICENCE}, {'tools/x': '#!/bin/sh\n# SPDX-License-Identifier: GPL-3.0-or-later\n'}, {'docs/a.md': 'words\n'}],
        [{'src/base/a.c': 'int a;\n'}, {'tools/x': '#!/bin/sh\necho\n'}, {'resources/a.blp': 'using Gtk 4.0;\n'},
         {'src/base/a.h': '\n' + LICENCE}]),
    'no_machine_paths': (
        [{'a.c': 'g_build_filename (home, "work", NULL);\n'}, {'a.sh': 'ls "$HOME/root/x" /tmp/x\n'}],
        [{'a.c': '"/' + 'work/trees/x"\n'}, {'docs/a.md': 'in `/' + 'root/.cache`\n'}, {'a.py': '"/' + 'home/anna/x"\n'},
         {'a.json': 'https://registry.' + 'npmjs.org/\n'}]),
    'lock_files': (
        [{'tests/package-lock.json': '{"packages": {"": {}, "node_modules/ws": {"integrity": "sha512-x"}}}'}],
        [{'tests/package-lock.json': '{"packages": {"node_modules/ws": {"integrity": "x", "resolved": "https://example.org/ws.tgz"}}}'},
         {'tests/package-lock.json': '{"packages": {"node_modules/ws": {"version": "1.0.0"}}}'}]),
    'c_format': (
        [{'.clang-format': CLANG_FORMAT, 'src/base/a.c': 'int\na (void)\n{\n  return 1;\n}\n'}],
        [{'.clang-format': CLANG_FORMAT, 'src/base/a.c': 'int a(void) { return 1; }\n'}]),
    'blueprint_format': (
        [{'resources/a.blp': 'using Gtk 4.0;\n\nLabel {\n  label: "a";\n}\n'}],
        [{'resources/a.blp': 'using Gtk 4.0;\nLabel { label: "a"; }\n'}]),
    'text_form': (
        [{'src/base/a.c': 'int a;\n'}],
        [{'src/base/a.c': 'int a; \n'}, {'src/base/a.c': '\tint a;\n'}, {'a.py': 'a'}]),
    'translated': (
        [{'po/POTFILES': 'src/desktop/a.c\n', 'src/desktop/a.c': 'f (_ ("Reply"));\n', 'src/desktop/b.c': 'f ("Reply"); g_ (1);\n'}],
        [{'src/desktop/a.c': 'f (_ ("Reply"));\n'}, {'po/POTFILES': 'a.c\n', 'src/desktop/a.c': 'f (ngettext ("a", "b", 1));\n'},
         {'po/POTFILES': 'a.c\n', 'resources/ui/a.blp': 'Label { label: _("Reply"); }\n'}]),
}


def complaints_about(rule, sample):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in sample.items():
            os.makedirs(os.path.join(folder, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(folder, path), 'w', encoding='utf-8') as file:
                file.write(text)
        return rule(rules.Tree(folder, sorted(sample)))


def rule_can_fail(rule):
    """Why the rule itself is wrong, or nothing."""
    good, bad = SAMPLES[rule.__name__]
    wrong = [f'passes what it should not: {sample}' for sample in bad if complaints_about(rule, sample) == []]
    return wrong + [f'complains about a good sample: {found}' for sample in good for found in complaints_about(rule, sample) or []]


def main():
    top = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), '..', '..'))
    tree = rules.Tree.of_repository(top)
    checks = [(f'{rule.__name__}/{step}', check) for rule in rules.RULES
              for step, check in (('self-test', lambda rule=rule: rule_can_fail(rule)), ('tree', lambda rule=rule: rule(tree)))]
    failed = 0
    print(f'TAP version 14\n1..{len(checks)}')
    for number, (name, check) in enumerate(checks, 1):
        found = check()
        if found is None:
            print(f'ok {number} {name} # SKIP its formatter is not installed')
            continue
        failed += bool(found)
        print(f'{"not ok" if found else "ok"} {number} {name}')
        for complaint in found:
            print(f'# {complaint}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

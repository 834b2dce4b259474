# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the house, each a function from a Tree to a list of complaints "path:line: what"."""

import json
import os
import re
import shutil
import subprocess

# DESIGN.md's table: what each layer may include of the others.
LAYERS = {
    'base': set(),
    'net': {'base'},
    'protocol': {'base'},
    'model': {'base'},
    'client': {'base', 'net', 'protocol', 'model'},
    'desktop': {'base', 'model', 'client'},
    'server': {'base', 'net', 'protocol'},
    'sandbox': {'base', 'net'},
}

# System headers that only some layers (or one file) may see: pattern of the header, layers, pattern of the path.
FENCED = [
    (r'(gtk|gdk|gsk|graphene|pango)/|(adwaita|graphene|graphene-gobject|libspelling)\.h$', {'desktop'}, None),
    (r'libsoup/', {'net', 'sandbox'}, None),
    (r'microhttpd\.h$', {'server'}, None),
    (r'gnutls/', {'server'}, r'src/server/http/lobby-tls-[a-z]+\.[ch]$'),
    (r'sqlite3\.h$', {'base'}, r'src/base/lobby-database[^/]*$'),
    (r'libsecret/', {'client'}, None),
    # On the server, what strangers send is decoded in a program of its own.
    (r'(gst|gdk-pixbuf)/', {'desktop', 'server'}, r'src/(desktop|server/thumbnail)/'),
    (r'sys/epoll\.h$', {'server'}, None),
    # The codec is pure: bytes to structs and back.
    (r'libdex\.h$', {'base', 'net', 'model', 'client', 'desktop', 'server', 'sandbox'}, None),
    (r'(sys/socket|netdb|netinet/.*)\.h$', {'net', 'server', 'sandbox'}, None),
]

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*', re.S)


class Tree:
    """A folder and the text of those of its files that belong to the project."""

    def __init__(self, folder, paths):
        self.folder = folder
        self.text = {}
        for path in paths:
            try:
                with open(os.path.join(folder, path), encoding='utf-8') as file:
                    self.text[path] = file.read()
            except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
                pass  # pictures, sound, and what was deleted but not yet committed

    @classmethod
    def of_repository(cls, folder):
        git = ['git', '-c', 'safe.directory=*', '-C', folder, 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
        try:
            listed = subprocess.run(git, capture_output=True, check=True).stdout
            paths = [path for path in listed.decode().split('\0') if path]
        except (OSError, subprocess.CalledProcessError):  # an unpacked archive
            paths = []
            for base, folders, files in os.walk(folder):
                folders[:] = [name for name in folders if not name.startswith(('.git', 'build', 'node_modules', '__pycache__'))]
                paths += [os.path.relpath(os.path.join(base, name), folder) for name in files]
        return cls(folder, sorted(paths))

    def c_files(self, *folders):
        for path, text in self.text.items():
            if path.endswith(('.c', '.h')) and path.startswith(folders or ('src/', 'tests/')):
                # Comments keep their line breaks, so that line numbers stay.
                yield path, COMMENT.sub(lambda match: re.sub(r'[^\n]', ' ', match[0]), text)


def at(path, text, position, what):
    return f'{path}:{text.count(chr(10), 0, position) + 1}: {what}'


def layer_of(path):
    parts = path.split('/')
    return parts[1] if len(parts) > 2 and parts[0] == 'src' else None


def layers(tree):
    """A layer includes its own headers and those of the layers below it."""
    complaints = []
    owner = {}  # the layers with a header of that name
    # A header that meson makes is named, without its suffix, in a meson.build.
    builds = [text for path, text in tree.text.items() if os.path.basename(path) == 'meson.build']
    for path in tree.text:
        if path.endswith('.h') and layer_of(path):
            owner.setdefault(os.path.basename(path), []).append(layer_of(path))
    for path, text in tree.c_files('src/'):
        layer = layer_of(path)
        if layer not in LAYERS:
            complaints.append(f'{path}: no layer of this name in the table')
            continue
        for match in INCLUDE.finditer(text):
            if match[1] == '<':
                continue
            name = os.path.basename(match[2])
            if name in owner:
                seen = [one for one in owner[name] if one == layer or one in LAYERS[layer]]
                if not seen:
                    complaints.append(at(path, text, match.start(), f'{layer} may not include {name} of {" and ".join(owner[name])}'))
                elif len(seen) > 1:
                    complaints.append(at(path, text, match.start(), f'{name} may be that of {" or ".join(seen)}; includes are by bare name'))
            elif not any(f"'{name[:-2]}'" in build for build in builds):
                complaints.append(at(path, text, match.start(), f'{name} is in no layer'))
    return complaints


def fenced_headers(tree):
    """GTK in the desktop only, SQLite behind LobbyDatabase only, and so on."""
    complaints = []
    for path, text in tree.c_files('src/'):
        for match in INCLUDE.finditer(text):
            for header, allowed, only in FENCED:
                if match[1] == '<' and re.match(header, match[2]) and (
                        layer_of(path) not in allowed or (only and not re.match(only, path))):
                    complaints.append(at(path, text, match.start(), f'<{match[2]}> may not be included here'))
    return complaints


def one_spawner(tree):
    """libdex 0.10.0 needs each fiber pinned, so one place starts them (DESIGN.md 3)."""
    return [at(path, text, match.start(), 'fibers are started by lobby_async_spawn and lobby_async_go only')
            for path, text in tree.c_files() if path != 'src/base/lobby-async.c'
            for match in re.finditer(r'\bdex_scheduler_spawn\b', text)]


def no_model_swap(tree):
    """gtk_no_selection_set_model asks for every item of the model (DESIGN.md 4)."""
    return [at(path, text, match.start(), 'make a fresh GtkNoSelection instead')
            for path, text in tree.c_files() for match in re.finditer(r'\bgtk_no_selection_set_model\b', text)]


def guarded_routes(tree):
    """A REST route is added with the rule of who may ask (lobby_rest_route), so that none is without one."""
    return [at(path, text, match.start(), 'routes of REST are added by lobby_rest_route, which asks who may use them')
            for path, text in tree.c_files('src/server/rest/') if path != 'src/server/rest/lobby-rest-access.c'
            for match in re.finditer(r'\blobby_http_server_route\w*', text)]


SPDX_SUFFIXES = ('.c', '.h', '.py', '.sh', '.js', '.mjs', '.cjs', '.blp', '.css', '.sql', '.build', '.xml', '.ui', '.in', '.ini', '.supp',
                 '.service', '.desktop')


def spdx(tree):
    """Each source file says its licence in its first line (its second after #! or <?xml)."""
    complaints = []
    for path, text in tree.text.items():
        program = text.startswith('#!')
        if not text or not (path.endswith(SPDX_SUFFIXES) or program):
            continue
        lines = text.split('\n', 3)
        first = lines[1] if len(lines) > 1 and (program or lines[0].startswith('<?xml')) else lines[0]
        if 'SPDX-License-Identifier: GPL-3.0-or-later' not in first and not path.startswith('tests/fuzz/corpus'):
            complaints.append(f'{path}:1: no SPDX-License-Identifier: GPL-3.0-or-later')
    return complaints


# Written in parts, so that this file passes its own rule.
PLACES = [r'(?<![\w.$}])/' + r'work/(trees|main|shared)', r'(?<![\w$}])/' + r'root/', r'(?<![\w$}])/' + r'home/[a-z]\w*/',
          r'/tmp/' + r'(land|brief)\b', r'registry\.' + r'(npmjs|yarnpkg)', r'(?<!\w)/' + r'Users/\w+/']


def no_machine_paths(tree):
    """Nothing of the machine it was written on: no folders of its users, no registries."""
    place = re.compile('|'.join(PLACES))
    return [at(path, text, match.start(), f'names a place of one machine: {match[0]}')
            for path, text in tree.text.items() if path != 'COPYING' for match in place.finditer(text)]


def lock_files(tree):
    """Lock files pin versions and hashes; where to load from is the machine's own setting."""
    complaints = []
    for path, text in tree.text.items():
        if os.path.basename(path) in ('package-lock.json', 'npm-shrinkwrap.json'):
            for name, package in json.loads(text).get('packages', {}).items():
                if 'resolved' in package:
                    complaints.append(f'{path}: "{name}" holds an address ("resolved")')
                elif name and not package.get('link') and 'integrity' not in package:
                    complaints.append(f'{path}: "{name}" holds no hash ("integrity")')
    return complaints


def run_formatter(tree, command, paths, pattern):
    if not paths:
        return []
    done = subprocess.run(command + paths, cwd=tree.folder, capture_output=True, text=True)
    if done.returncode == 0:
        return []
    output = re.sub(r'\x1b\[[0-9;]*m', '', done.stdout + done.stderr)
    found = sorted({match[0].strip() for match in re.finditer(pattern, output, re.M)})
    return [f'{line} (run tools/format)' for line in found] or [f'{" ".join(command)}: {output[:500]}']


def c_format(tree):
    """.c files look as .clang-format says; headers are laid out by hand."""
    tool = shutil.which('clang-format-19') or shutil.which('clang-format')
    if not tool:
        return None
    paths = [path for path in tree.text if path.endswith('.c') and path.startswith(('src/', 'tests/'))]
    return run_formatter(tree, [tool, '--dry-run', '-Werror'], paths, r'^[^\s:]+\.c:\d+(?=:\d+: error)')


def blueprint_format(tree):
    """.blp files look as blueprint-compiler format makes them."""
    tool = shutil.which('blueprint-compiler')
    if not tool:
        return None
    paths = [path for path in tree.text if path.endswith('.blp')]
    return run_formatter(tree, [tool, 'format', '--no-diff'], paths, r'^.*\S+\.blp.*$')


def text_form(tree):
    """.editorconfig: no trailing blanks, no tabs in C, a line break at the end."""
    complaints = []
    for path, text in tree.text.items():
        if not path.endswith(('.c', '.h', '.py', '.blp', '.css', '.sql', '.build', '.js', '.mjs')):
            continue
        for match in re.finditer(r'[ \t]+$', text, re.M):
            complaints.append(at(path, text, match.start(), 'blanks at the end of the line'))
        if path.endswith(('.c', '.h')) and '\t' in text:
            complaints.append(at(path, text, text.index('\t'), 'a tab'))
        if text and not text.endswith('\n'):
            complaints.append(f'{path}: no line break at the end')
    return complaints


WORDS = re.compile(r'\b(N?_|n?gettext) ?\(')


def translated(tree):
    """What has words for people is listed where translations are made."""
    listed = tree.text.get('po/POTFILES', '').split('\n')
    sources = [*tree.c_files('src/desktop/'), *((path, text) for path, text in tree.text.items() if path.endswith('.blp'))]
    return [at(path, text, match.start(), 'words to be translated, and the file is not in po/POTFILES')
            for path, text in sources if path not in listed for match in [WORDS.search(text)] if match]


RULES = [layers, fenced_headers, one_spawner, no_model_swap, guarded_routes, spdx, no_machine_paths, lock_files, c_format, blueprint_format, text_form,
         translated]

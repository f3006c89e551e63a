"""What the rules look at: the files of the project, their code without comments and strings, and
the tables of docs/architecture.md."""

import fnmatch
import pathlib
import re

SKIPPED = {"build", "node_modules", "corpus"}
COMMENT_OR_STRING = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', re.M)


def folder_of(path, layers):
    """The innermost layer that holds the file, else its folder at the top."""
    holders = [layer for layer in layers if path.startswith(layer + "/")]
    return max(holders, key=len, default=path.split("/")[0])


class Source:
    """One file. 'code' is its text with comments and the insides of strings blanked, so that
    offsets and line numbers stay."""

    def __init__(self, root, path, layers=()):
        self.path = path.relative_to(root).as_posix()
        self.folder = folder_of(self.path, layers)
        self.name = path.name
        self.text = path.read_text(encoding="utf-8", errors="replace")
        self.lines = self.text.split("\n")
        self.is_c = path.suffix in (".c", ".h")
        self.is_header = path.suffix == ".h"
        self._code = None

    @property
    def length(self):
        """Lines of the file."""
        return len(self.lines) - 1

    @property
    def code(self):
        if self._code is None:
            self._code = COMMENT_OR_STRING.sub(
                lambda m: re.sub(r"[^\n]", " ", m.group()), self.text)
        return self._code

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def includes(self):
        """(line, is_system, name) of each include that is not commented out."""
        for m in INCLUDE.finditer(self.text):
            if self.code[m.start():m.end()].lstrip().startswith("#"):
                yield self.line_of(m.start()), m.group(1) == "<", m.group(2)


class Library:
    def __init__(self, name, headers, homes):
        self.name, self.headers, self.homes = name, headers, homes

    def owns(self, header):
        return any(fnmatch.fnmatch(header, pattern) for pattern in self.headers)

    def lives_in(self, source):
        return source.path in self.homes or source.folder in self.homes


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        text = (self.root / "docs/architecture.md").read_text(encoding="utf-8")
        self.layers = {row[0]: row[1].split() for row in table(text, "folder")}
        self.sources = [Source(self.root, path, self.layers) for path in self._files()]
        self.by_path = {s.path: s for s in self.sources}
        self.documents = [Source(self.root, path) for path in self._documents()]
        self.libraries = [Library(row[0], re.findall(r"`([^`]+)`", row[1]), row[2].split())
                          for row in table(text, "library")]
        self.budgets = [(row[0].strip("`"), int(row[1] or 0), int(row[2] or 0))
                        for row in table(text, "files")]

    def _files(self):
        tops = {folder.split("/")[0] for folder in self.layers}
        for folder in sorted(tops | {"tests", "samples"}):
            for path in sorted((self.root / folder).rglob("*")):
                parts = path.relative_to(self.root).parts
                if path.suffix in (".c", ".h", ".js", ".py") and not SKIPPED & set(parts) \
                        and path.is_file():
                    yield path

    def _documents(self):
        """What people read: Markdown, and the texts of the help pages."""
        for path in sorted([*self.root.rglob("*.md"), *self.root.glob("cli/help/*.txt")]):
            if not SKIPPED & set(path.relative_to(self.root).parts):
                yield path

    def c_files(self):
        return [s for s in self.sources if s.is_c]

    def product(self):
        """What becomes part of the program."""
        return [s for s in self.c_files() if s.folder in self.layers]


def table(text, first_heading):
    """The rows of the Markdown table whose first column has that heading."""
    rows, inside = [], False
    for line in text.split("\n"):
        cells = [c.strip() for c in line.strip().strip("|").split("|")] if "|" in line else []
        if cells and cells[0] == first_heading:
            inside = True
        elif inside and not cells:
            break
        elif inside and not set(cells[0]) <= set("-: "):
            rows.append(cells + [""] * (3 - len(cells)))
    return rows

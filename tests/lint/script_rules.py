"""The rules for the picture's script: modules in an assets/ folder, where model/ is free of the
document and page/ is not. Each is a function over a Tree that yields (path, line, what, complaint),
like those of rules.py. embed.cmake relies on script_imports and script_names, to join the modules
without esbuild."""

import posixpath
import re

from rules import circles_of

MODULE = re.compile(r"(.*/)?assets/(model|page)/[^/]+\.js$")
IMPORT = re.compile(r"import \{ (\w+(?:, \w+)*) \} from '([^']+)';")
BROWSER = re.compile(
    r"(?<![\w.'\"-])(document|window|globalThis|navigator|location|history|localStorage|"
    r"innerWidth|innerHeight|scrollX|scrollY|scrollTo|requestAnimationFrame|getComputedStyle|"
    r"addEventListener|ResizeObserver)(?![\w'\"]|\s*:)")


class Module:
    """One module: its 'code' without comments, and its imports as (line, names, path)."""

    def __init__(self, source):
        self.path = source.path
        self.code = [re.sub(r"^\s*//.*|\s//\s.*", "", line) for line in source.lines]
        self.imports, self.odd = [], []
        for at, line in enumerate(self.code, 1):
            m = IMPORT.fullmatch(line)
            if m:
                folder = posixpath.dirname(self.path)
                other = posixpath.normpath(posixpath.join(folder, m.group(2)))
                self.imports.append((at, m.group(1).split(", "), other))
            elif re.match(r"\s*import\b|\s*export\s*[{*]|\s*export\s+default\b", line):
                self.odd.append(at)

    def declared(self):
        """(line, name, is_exported) of each name that is declared at the top."""
        for at, line in enumerate(self.code, 1):
            m = re.match(r"(export )?(?:async )?(const|let|var|function|class)\b\*?\s*(.*)", line)
            if not m:
                continue
            for name in [m.group(3)] if m.group(2) in ("function", "class") else \
                    declarators(m.group(3)):
                yield at, re.match(r"\w*", name).group(), bool(m.group(1))


def declarators(text):
    """'a = f(b, c), d = 1' has two, 'a = …' and 'd = 1'. Text in quotes and brackets counts as one."""
    text = re.sub(r"'(?:\\.|[^'\\])*'|`[^`]*`|/(?:\\.|[^/\\ ])+/", "''", text)
    depth, start = 0, 0
    for at, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if c == "," and depth == 0:
            yield text[start:at].strip()
            start = at + 1
    yield text[start:].strip()


def modules_of(tree):
    return {s.path: Module(s) for s in tree.sources if MODULE.fullmatch(s.path)}


def script_imports(tree):
    """An import is 'import { a, b } from './c.js';' on one line, and that module exports the names."""
    modules = modules_of(tree)
    for m in modules.values():
        for line in m.odd:
            yield m.path, line, "import", "an import or export in another form than embed.cmake joins"
        for line, names, other in m.imports:
            exported = {name for _, name, is_exported in modules[other].declared() if is_exported} \
                if other in modules else set()
            for name in names:
                if name not in exported:
                    yield m.path, line, name, f"'{other}' does not export '{name}'"


def script_circles(tree):
    """No circle between modules of the script."""
    graph = {m.path: {other for _, _, other in m.imports} for m in modules_of(tree).values()}
    for circle in circles_of(graph):
        yield circle[0], 1, circle[0], "circle: " + " -> ".join(circle)


def script_names(tree):
    """Modules of one script declare different names at the top: joined, they share one scope."""
    modules = modules_of(tree)
    imported = {other for m in modules.values() for _, _, other in m.imports}
    told = set()
    for entry in modules.keys() - imported:
        first = {}
        for path in sorted(reachable(modules, entry)):
            for line, name, _ in modules[path].declared():
                other = first.setdefault(name, path)
                if other != path and (path, name) not in told:
                    told.add((path, name))
                    yield path, line, name, f"'{name}' is also declared at the top of '{other}'"


def reachable(modules, path, seen=None):
    seen = set() if seen is None else seen
    if path in modules and path not in seen:
        seen.add(path)
        for _, _, other in modules[path].imports:
            reachable(modules, other, seen)
    return seen


def script_model(tree):
    """Modules in model/ are free of the document: no global of browsers, no import from page/."""
    for m in modules_of(tree).values():
        if "/model/" not in m.path:
            continue
        for line, _, other in m.imports:
            if "/model/" not in other:
                yield m.path, line, other, f"model/ may not import '{other}'"
        for at, line in enumerate(m.code, 1):
            for name in BROWSER.findall(line):
                yield m.path, at, name, f"'{name}' in model/"


def script_state(tree):
    """state.js holds the only variables that outlive a call, and only actions.js calls its update()."""
    for m in modules_of(tree).values():
        for at, line in enumerate(m.code, 1):
            if re.match(r"(export )?(let|var)\b", line) and not m.path.endswith("/state.js"):
                yield m.path, at, "let", "a variable outside of state.js outlives its function"
        for line, names, other in m.imports:
            if other.endswith("/state.js") and "update" in names \
                    and not m.path.endswith("/actions.js"):
                yield m.path, line, "update", "only actions.js changes the state"


RULES = [script_imports, script_circles, script_names, script_model, script_state]

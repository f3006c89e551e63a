#!/usr/bin/env python3
"""lint.py ROOT [--cc COMPILER] - checks the tree at ROOT against docs/architecture.md and the rules
of docs/style.md that a machine can check. One line a complaint; exit 1 where there is one."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import rules  # noqa: E402
import script_rules  # noqa: E402
import word_rules  # noqa: E402
from tree import Tree  # noqa: E402


def exceptions(root):
    """(rule, path, what) -> reason, from tests/lint/exceptions.txt."""
    path = pathlib.Path(root) / "tests/lint/exceptions.txt"
    allowed = {}
    for line in path.read_text().split("\n") if path.exists() else []:
        words = line.split(None, 3)
        if words and not line.startswith("#"):
            allowed[tuple(words[:3])] = words[3] if len(words) > 3 else ""
    return allowed


def lint(root, compiler=None):
    """All complaints, as lines."""
    tree = Tree(root)
    allowed = exceptions(root)
    used, complaints = set(), []
    found = [(rule.__name__, *c) for rule in rules.RULES + script_rules.RULES + word_rules.RULES
             for c in rule(tree)]
    if compiler:
        found += [("headers", *c) for c in rules.headers(tree, compiler)]
    for rule, path, line, what, text in found:
        if (rule, path, what) in allowed:
            used.add((rule, path, what))
        else:
            complaints.append(f"{path}:{line}: {rule}: {text}")
    for key, reason in allowed.items():
        if not reason:
            complaints.append(f"tests/lint/exceptions.txt: {' '.join(key)}: no reason given")
        if key not in used and (key[0] != "headers" or compiler):
            complaints.append(f"tests/lint/exceptions.txt: {' '.join(key)}: nothing to except")
    if not tree.layers or not tree.libraries:
        complaints.append("docs/architecture.md: its tables were not found")
    return complaints


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("--cc")
    args = parser.parse_args()
    complaints = lint(args.root, args.cc)
    for line in complaints:
        print(line)
    print(f"lint: {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())

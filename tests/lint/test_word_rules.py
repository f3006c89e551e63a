#!/usr/bin/env python3
"""Every rule of word_rules.py must be able to fail: bad prose for each, and the complaint that it must
bring."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import word_rules  # noqa: E402
from tree import Tree  # noqa: E402

PLAIN = "Returns the frame of the sample and keeps its callchain. "  # ten words
MANY = 250  # times PLAIN: more than FEW_WORDS
ARCHITECTURE = "| folder | may include |\n| --- | --- |\n| base | |\n"


def comment(text):
    return "/*\n" + "".join(f" * {line.strip()}\n" for line in text.split(". ") if line) + " */\n"


class WordRules(unittest.TestCase):
    def complaints(self, code="", document=""):
        with tempfile.TemporaryDirectory() as root:
            for name, text in {"docs/architecture.md": ARCHITECTURE, "base/a.c": code,
                               "README.md": document}.items():
                path = pathlib.Path(root) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            tree = Tree(root)
            return [f"{path}: {rule.__name__}: {text}" for rule in word_rules.RULES
                    for path, _, _, text in rule(tree)]

    def test_plain_english(self):
        self.assertEqual(self.complaints(comment(PLAIN * MANY), PLAIN * MANY), [])

    def test_each_word(self):
        for name, bad, times in (("what", "What it does. ", 6), ("behind", "Not behind. ", 1),
                                 ("whoever", "The dso whose file. ", 2),
                                 ("tell", "The data tells this. ", 2),
                                 ("of it", "The end of those. ", 4)):
            good = [bad] * (times - 1)
            self.assertEqual(self.complaints(comment(PLAIN * MANY + "".join(good)) + " "), [])
            got = self.complaints(comment(PLAIN * MANY + bad * times))
            self.assertEqual(len(got), 1, (name, got))
            self.assertIn(f"base/a.c: words: '{name}'", got[0])
            got = self.complaints(document=PLAIN * MANY + bad * times)
            self.assertIn(f"README.md: words: '{name}'", got[0])

    def test_code_is_no_prose(self):
        code = 'int what;\nconst char *tell = "what whose behind";\n' * 50
        self.assertEqual(self.complaints(comment(PLAIN * MANY) + code), [])
        self.assertEqual(self.complaints(document=PLAIN * MANY + "\n\n    what tells whose\n" * 50), [])

    def test_few_words_are_chance(self):
        self.assertEqual(self.complaints("/* Not behind. */\n"), [])

    def test_shape(self):
        for code, bad in (("/* What it is. */\n", "begins with 'What'"),
                          ("// What it is.\n", "begins with 'What'"),
                          (f"\t\t/* {'x' * 73} */\n", "columns, more than 90"),
                          (f"/*\n * {'x' * 90}\n */\n", "columns, more than 90"),
                          ("int a; /* one\n\t* two */\n", "put it above"),
                          ("struct s {\n\tstruct dso\n\t\tidentity; /* of it */\n};\n", "torn apart")):
            got = self.complaints(code)
            self.assertEqual(len(got), 1, (code, got))
            self.assertIn(bad, got[0])
        self.assertEqual(self.complaints(f"\t/* {'x' * 76} */\nint a; /* one */\n"), [])


if __name__ == "__main__":
    unittest.main()

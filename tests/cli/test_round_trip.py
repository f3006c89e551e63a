"""Folded text with random names comes back the same: from fold, from a picture, and in a
comparison."""

import json
import os
import random
import re

from flame_test import CASES, Test, flame, main, needs_cases

COMMENT = re.compile(r"# (?!\d+$)")
LETTERS = "ab#_: .09[](){}<>'\"\\/=+-@,äß€&"


def random_name(rng):
    return "".join(rng.choices(LETTERS, k=rng.randrange(6)))


def random_text(rng):
    lines = []
    for _ in range(rng.randrange(1, 60)):
        names = [random_name(rng) for _ in range(rng.randrange(1, 5))]
        if not "".join(names[:2]).strip(): # a number alone is no stack
            names = ["x"]
        lines.append(f"{';'.join(names)} {rng.randrange(1, 1000)}")
    return "\n".join(lines) + "\n"


class RoundTrip(Test):
    def output(self, *args):
        result = flame(*args)
        self.assertEqual((result.returncode, result.stderr), (0, ""), args)
        return result.stdout

    def check(self, path):
        once = self.output("fold", path)
        again = self.write("again.folded", once)
        self.assertEqual(self.output("fold", again), once)
        picture = self.path("x.svg")
        self.output("render", path, "-o", picture)
        self.assertEqual(self.output("fold", picture), once)
        found = json.loads(self.output("diff", path, again, "--no-svg", "--format", "json"))
        self.assertEqual([f for f in found["functions"] if f["total"]["delta"]], [])
        return once

    def test_random_names(self):
        rng = random.Random(1)
        for number in range(60):
            text = random_text(rng)
            with self.subTest(number):
                once = self.check(self.write("x.folded", text))
                self.assertEqual(sum(int(l.rsplit(" ", 1)[1]) for l in once.splitlines()),
                                 sum(int(l.rsplit(" ", 1)[1]) for l in text.splitlines()
                                     if not COMMENT.match(l)))

    def test_names_that_look_like_other_things(self):
        for line in ("#x;main 5", "#", "# 5", "PERFILE2;main 5", "2ELIFREP 5", "<svg;main 5",
                     "<?xml;x 1", ";main 5", "a; 5", "a;;b 5", "a;b 42 5", "a 7;b 5",
                     "<module> (x.py:1);main (x.py:5) 7", "a;b\\;c 5", "a;[unknown] 3"):
            with self.subTest(line):
                text = line if line.endswith(tuple("0123456789")) else line + " 5"
                self.assertEqual(self.check(self.write("x.folded", text)), text + "\n")

    @needs_cases("faults")
    def test_blanks_of_a_first_frame(self):
        path = os.path.join(CASES, "faults/folded/blanks-in-first-frame.folded")
        with open(path, encoding="utf-8") as f:
            self.assertEqual(self.check(path), f.read())


if __name__ == "__main__":
    main()

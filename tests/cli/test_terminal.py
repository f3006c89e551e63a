"""A terminal gets printable text, whatever names are in it; a pipe gets the names as they are."""

import os
import pty
import subprocess
import unicodedata

from flame_test import FLAME, Test, main

EVIL = [b"esc\x1b]0;owned\x07", b"del\x7f", b"c1\x9b31m", b"c1 as utf-8 \xc2\x9b31m\xc2\x85",
        b"bidi\xe2\x80\xaeexe\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c", b"invalid\xff\xc3", b"tab\t",
        b"return\r2", b"surrogate\xed\xa0\x80", b"\xc3\xa4 is a letter"]
SHOWN = [rb"esc\x1b]0;owned\x07".replace(b";", b"|"), rb"del\x7f", rb"c1\x9b31m",
         rb"c1 as utf-8 \u009b31m\u0085", rb"bidi\u202eexe\u2066\u200f\u061c", rb"invalid\xff\xc3",
         rb"tab\t", rb"return\r2", rb"surrogate\xed\xa0\x80", b"\xc3\xa4 is a letter"]


def folded(names):
    return b"".join(b"root;%s;x %d\n" % (name.replace(b";", b"|"), 10 - i)
                    for i, name in enumerate(names))


def on_terminal(folder, *args):
    """Runs flame with a terminal as stdout and stderr; returns all that the terminal got."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([FLAME, *args], cwd=folder, stdin=subprocess.DEVNULL, stdout=theirs,
                          stderr=theirs):
        os.close(theirs)
        got = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError: # the last descriptor of the other end is closed
                break
            got += part
    os.close(ours)
    return got.replace(b"\r\n", b"\n")


def in_pipe(folder, *args):
    return subprocess.run([FLAME, *args], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                          check=False)


class Terminal(Test):
    def setUp(self):
        super().setUp()
        self.write("evil.folded", folded(EVIL))
        self.write("other.folded", b"root;all;x 1000\n")

    def assert_printable(self, got):
        for c in got.decode("utf-8", errors="strict"):
            if c != "\n":
                self.assertNotIn(unicodedata.category(c), ("Cc", "Cf", "Cs", "Co"), got)

    def test_names_in_output(self):
        for args in (("fold", "evil.folded"), ("report", "evil.folded"),
                     ("diff", "evil.folded", "other.folded", "--no-svg")):
            with self.subTest(args[0]):
                got = on_terminal(self.folder, *args)
                self.assert_printable(got)
                for name in SHOWN[:3] if args[0] == "diff" else SHOWN:
                    # Folded text has no line breaks: a return is a space there.
                    name = name.replace(rb"\r", b" ") if args[0] == "fold" else name
                    self.assertIn(name, got)

    def test_names_in_messages(self):
        for name in EVIL + [b"two\nlines"]:
            for args in (("fold", name), ("report", b"--" + name), (name,), ("fold", "-o", name),
                         ("help", name), ("record", "--", b"./" + name)):
                with self.subTest(args):
                    got = on_terminal(self.folder, *args)
                    self.assert_printable(got)
                    self.assertEqual(got.count(b"\n"), 1, got)
                    self.assertTrue(got.startswith(b"flame"), got)

    def test_pictures_and_data_on_a_terminal(self):
        for args in (("render", "evil.folded", "-o", "-"),
                     ("diff", "evil.folded", "other.folded", "--no-svg", "--format", "csv"),
                     ("diff", "evil.folded", "other.folded", "--no-svg", "--format", "json")):
            self.assert_printable(on_terminal(self.folder, *args))

    def test_long_output(self):
        """Characters that end beyond a block of output are whole."""
        self.write("long.folded", "".join(f"{'a' * (i % 97)};{'äß€𝄞' * 40} {i}\n"
                                          for i in range(1, 3000)))
        self.assertEqual(on_terminal(self.folder, "fold", "long.folded"),
                         in_pipe(self.folder, "fold", "long.folded").stdout)

    def test_pipes_get_the_bytes(self):
        got = in_pipe(self.folder, "fold", "evil.folded")
        self.assertEqual(sorted(got.stdout.splitlines()[:-1]),
                         sorted(folded(EVIL).replace(b"return\r2", b"return 2").splitlines()[:-1]))
        report = in_pipe(self.folder, "report", "evil.folded").stdout
        diff = in_pipe(self.folder, "diff", "evil.folded", "other.folded", "--no-svg").stdout
        for name in EVIL[:3]:
            self.assertIn(name.replace(b";", b"|"), report)
            self.assertIn(name.replace(b";", b"|"), diff)
        for name in EVIL:
            got = in_pipe(self.folder, "fold", name).stderr
            self.assertEqual(got, b"flame: cannot open '" + name
                             + b"': No such file or directory\n")

    def test_one_of_both_is_a_terminal(self):
        ours, theirs = pty.openpty()
        done = subprocess.run([FLAME, "fold", b"x\x1b"], stdout=theirs, stderr=subprocess.PIPE,
                              check=False)
        os.close(theirs)
        os.close(ours)
        self.assertIn(b"'x\x1b'", done.stderr)


if __name__ == "__main__":
    main()

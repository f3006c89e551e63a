"""The command line: help pages, messages for wrong command lines, the version."""

import os
import re

from flame_test import Test, flame, main

COMMANDS = ("record", "fold", "render", "report", "diff", "symbolize", "recover", "help")

# Values that are not numbers, or not within their limits.
WRONG_NUMBERS = [
    ("record", "-a", "0x1"), ("record", "-a", "1e3"), ("record", "-a", "0"),
    ("record", "-a", "1", "2"), ("record", "-a", "99999999999999999999"),
    ("record", "-p", "1,,2"), ("record", "-p", "1,"), ("record", "-p", "0"),
    ("record", "-p", "-1"), ("record", "-p", "4294967297"),
    ("record", "-aF", "1e3"), ("record", "-aF0"), ("record", "-aF", "-99"),
    ("record", "-aF", "18446744073709551616"), ("record", "-az23"), ("record", "-az0"),
    ("record", "-a", "--stack-size", "12"), ("record", "-a", "--stack-size", "65536"),
    ("record", "-a", "--width", "0x500"),
    ("fold", "--cpu", "1-0", "-"), ("fold", "--cpu", "0x1", "-"), ("fold", "--cpu", "1,", "-"),
    ("fold", "--cpu", "-1", "-"), ("fold", "--cpu", "99999999999999999999", "-"),
    ("fold", "--time", "1", "-"), ("fold", "--time", "2,1", "-"), ("fold", "--time", "0x1,2", "-"),
    ("fold", "--time", "1,2x", "-"), ("fold", "--time", "-1,2", "-"),
    ("fold", "--prune", "1e1", "-"), ("fold", "--prune", "101", "-"), ("fold", "--prune", "-1", "-"),
    ("render", "--width", "199", "-"), ("render", "--width", "20001", "-"),
    ("render", "--width", "1280px", "-"), ("report", "-n", "-1", "-"), ("report", "-n", "1.5", "-"),
    ("diff", "--fdr", "0.5x", "a", "b"), ("diff", "--fdr", "0x5", "a", "b"),
    ("diff", "--fdr", "0", "a", "b"), ("diff", "--fdr", "100", "a", "b"),
    ("diff", "--fdr", "5%%", "a", "b"), ("diff", "--work", "1e3:2", "a", "b"),
    ("diff", "--work", "1:0x2", "a", "b"), ("diff", "--work", "1:", "a", "b"),
    ("diff", "--work", "1", "a", "b"), ("diff", "--work-before", "-1", "a", "b"),
    ("diff", "-n", "1x", "a", "b"), ("symbolize", "--debuginfod=0", "a"),
    ("symbolize", "--debuginfod=1e3", "a"),
]

MESSAGES = [
    (("fold", "-e", "-"), "unknown option '-e'"),
    (("fold", "--bogus=1", "-"), "unknown option '--bogus'"),
    (("fold", "--i", "-"), "ambiguous option '--i': '--idle' or '--inline'"),
    (("fold", "-o"), "option '-o' needs a value"),
    (("fold", "-", "--output"), "option '--output' needs a value"),
    (("fold", "--idle=1", "-"), "option '--idle' takes no value"),
    (("fold", "--cpu", "x", "-"), "invalid CPU list 'x': expected numbers and ascending ranges, "
     "such as 0-3,8"),
    (("fold", "--unit", "x", "-"), "invalid unit 'x': expected samples, time or events"),
    (("fold", "--from", "x", "-"), "invalid format 'x': expected recording, perf-script, folded or "
     "picture"),
    (("render", "--width", "1", "-"), "invalid width '1': expected 200 to 20000"),
    (("render",), "expected one FILE, '-' for standard input"),
    (("render", "-", "-"), "expected one FILE, '-' for standard input"),
    (("record",), "nothing to record: give -a (the whole machine), -p PID, or a command"),
    (("record", "-ap1"), "-p cannot be combined with -a or a command"),
    (("record", "-p1", "true"), "-p cannot be combined with -a or a command"),
    (("diff", "a"), "expected BEFORE and AFTER, or --before FILE... and --after FILE..."),
    (("diff", "--fail-on", "x", "a", "b"), "invalid condition 'x': expected 'total(NAME) > +2%', "
     "'self(NAME) < -1%' or 'any'"),
    (("help", "x"), "unknown command 'x'"),
]


class HelpTest(Test):
    def page(self, *args):
        result = flame(*args)
        self.assertEqual((result.returncode, result.stderr), (0, ""), args)
        return result.stdout

    def test_each_command_has_a_page(self):
        for command in COMMANDS:
            page = self.page("help", command)
            self.assertRegex(page, rf"\Ausage: flame {command} ")
            self.assertRegex(page, rf"(?s)\nexamples:\n    .*flame {command} ")
            for line in page.splitlines():
                self.assertLessEqual(len(line), 80, line)
            self.assertEqual(self.page(command, "--help"), page)
            self.assertEqual(self.page(command, "-h"), page)

    def test_help_anywhere(self):
        page = self.page("help", "fold")
        self.assertEqual(self.page("fold", "none.data", "--idle", "--help"), page)
        self.assertEqual(self.page("fold", "none.data", "-h", "--bogus"), page)
        page = self.page("help", "record")
        self.assertEqual(self.page("record", "-a", "--help"), page)
        self.assertEqual(self.page("record", "-ah"), page)

    def test_overview(self):
        page = self.page("help")
        self.assertEqual(self.page("--help"), page)
        self.assertEqual(self.page("-h"), page)
        for command in COMMANDS:
            self.assertRegex(page, rf"\n    {command} +\S")
        for line in page.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_inputs_are_all_named(self):
        for command in ("fold", "render", "report", "diff"):
            prose = " ".join(self.page("help", command).split("options:")[0].split())
            self.assertIn("'perf script'", prose)

    def test_version(self):
        version = self.page("--version")
        self.assertRegex(version, r"\Aflame \d+\.\d+\.\d+\n\Z")
        verbose = self.page("--version", "--verbose")
        self.assertTrue(verbose.startswith(version))
        for text in (r"\ncompiler: \S", r"\nlibraries at build time: .*libelf \d",
                     r"\nhardening: .*-fPIE .*-Wl,-z,relro"):
            self.assertRegex(verbose, text)
        self.assertEqual(flame("--version", "--bogus").returncode, 2)


class WrongCommandLineTest(Test):
    def test_numbers(self):
        for args in WRONG_NUMBERS:
            with self.subTest(args=args):
                result = flame(*args, cwd=self.folder)
                self.assert_one_line_error(result, 2)
                self.assertRegex(result.stderr, "invalid|SECONDS is given twice|unknown option")
                self.assertEqual(os.listdir(self.folder), [])

    def test_messages(self):
        for args, message in MESSAGES:
            with self.subTest(args=args):
                result = flame(*args, cwd=self.folder)
                self.assert_one_line_error(result, 2)
                self.assertEqual(result.stderr, f"flame {args[0]}: {message} "
                                 f"(see 'flame help {args[0]}')\n")

    def test_no_command(self):
        for args, message in (((), "no command"), (("x",), "unknown command 'x'"),
                              (("-x",), "unknown option '-x'")):
            result = flame(*args)
            self.assertEqual(result.stderr, f"flame: {message} (see 'flame help')\n")
            self.assertEqual(result.returncode, 2)

    def test_missing_file(self):
        for command in ("fold", "render", "report", "symbolize"):
            result = flame(command, self.path("none.data"))
            self.assert_one_line_error(result)
            self.assertTrue(re.fullmatch("flame: cannot open '.*/none.data': No such file or "
                                         "directory\n", result.stderr), result.stderr)


if __name__ == "__main__":
    main()

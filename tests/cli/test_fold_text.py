"""perf script texts of other projects, and the folded stacks that those projects expect."""

import os

from flame_test import CASES, Test, flame, main, needs_cases

FOLDER = os.path.join(CASES, "fold-text")

# FlameGraph's own script no longer gives these results.
STALE = {(name, option) for option in ("pid", "tid")
         for name in ("perf-java-faults-01", "perf-java-stacks-01", "perf-java-stacks-02",
                      "perf-vertx-stacks-01")}


def lines(path):
    with open(path, "rb") as f:
        return sorted(f.read().splitlines())


@needs_cases("fold-text")
class Cases(Test):
    def check(self, project, extra, stale):
        results = os.path.join(FOLDER, project, "results")
        checked = 0
        for result in sorted(os.listdir(results)):
            name, _, option = result.removesuffix(".txt").partition("-collapsed")
            option = option.removeprefix("-")
            if (name, option) in stale:
                continue
            with self.subTest(f"{project}/{name} {option}"):
                args = extra + ([f"--{option}"] if option else [])
                source = os.path.join(FOLDER, project, name + ".txt")
                folded = flame("fold", "--from", "perf-script", *args, source)
                self.assertEqual(folded.returncode, 0, folded.stderr)
                got = folded.stdout.encode(errors="surrogateescape")
                self.assertEqual(sorted(got.splitlines()), lines(f"{results}/{result}"))
            checked += 1
        return checked

    # The projects differ for a last sample without an empty line after it, for
    # half-demangled names of Rust, and for operator(); --exact follows FlameGraph.
    def test_flamegraph(self):
        self.assertEqual(self.check("flamegraph", ["--exact"], STALE), 70)

    def test_inferno(self):
        operator = {("cpp-stacks-std-function", "")}
        self.assertEqual(self.check("inferno", [], operator), 7)
        name = "cpp-stacks-std-function"
        folded = flame("fold", os.path.join(FOLDER, "inferno", name + ".txt"))
        expected = lines(os.path.join(FOLDER, "inferno/results", name + "-collapsed.txt"))
        self.assertEqual(sorted(folded.stdout.encode().replace(b"operator()", b"operator").splitlines()),
                         expected)

    def test_recognized_by_their_looks(self):
        for project in ("flamegraph", "inferno"):
            for name in sorted(os.listdir(os.path.join(FOLDER, project))):
                source = os.path.join(FOLDER, project, name)
                if not name.endswith(".txt") or name.startswith("LICENSE") or \
                        not os.path.getsize(source):
                    continue
                with self.subTest(source):
                    named = flame("fold", "--from", "perf-script", source)
                    self.assertEqual(flame("fold", source).stdout, named.stdout)

    def test_message_has_number_of_bad_line(self):
        for name, number in (("empty-line", 6), ("weird-stack-line", 5)):
            result = flame("fold", os.path.join(FOLDER, "inferno", name + ".txt"))
            self.assertEqual(result.returncode, 0)
            self.assertRegex(result.stderr, rf"\Aflame: skipped line {number} of [^\n]*\n\Z")
            self.assertIn("inline-counter;main", result.stdout)


# Options of "flame fold" for results whose names say more than an event.
SELECTIONS = {"selections.comm-java": ["--comm", "java"], "selections.cpu-1": ["--cpu", "1"],
              "selections.time-0,0.5": ["--time", "0,0.5"]}


@needs_cases("faults/text")
class Kinds(Test):
    """Small texts of many kinds, and their results."""

    FOLDER = os.path.join(CASES, "faults/text")

    def check_all(self, change):
        checked = 0
        for result in sorted(os.listdir(self.FOLDER)):
            stem, suffix = os.path.splitext(result)
            name, _, event = stem.partition(".")
            if suffix != ".folded":
                continue
            with open(os.path.join(self.FOLDER, name + ".txt"), "rb") as f:
                text = change(f.read())
            with self.subTest(stem):
                with open(self.path("text"), "wb") as f:
                    f.write(text)
                args = SELECTIONS.get(stem, ["--event", event] if event else [])
                folded = flame("fold", *args, self.path("text"))
                self.assertEqual(folded.returncode, 0, folded.stderr)
                self.assertEqual(sorted(folded.stdout.encode().splitlines()),
                                 lines(os.path.join(self.FOLDER, result)))
            checked += 1
        self.assertGreaterEqual(checked, 14)

    def test_as_they_are(self):
        self.check_all(lambda text: text)

    def test_with_other_line_ends(self):
        self.check_all(lambda text: text.replace(b"\n", b"\r\n"))

    def test_with_a_byte_order_mark(self):
        self.check_all(lambda text: b"\xef\xbb\xbf" + text)

    def test_unknown_event(self):
        for name, events in (("probes", "probe_libc:malloc, probe_a:work__return"),
                             ("mixed-events", "cycles, sched:sched_switch")):
            result = flame("fold", "--event", "nosuch", os.path.join(self.FOLDER, name + ".txt"))
            self.assertEqual((result.returncode, result.stdout), (1, ""))
            self.assertRegex(result.stderr, rf"has no event 'nosuch'; there are {events}\n\Z")

    def test_all_events(self):
        result = flame("fold", "--event", "all", os.path.join(self.FOLDER, "probes.txt"))
        self.assertEqual(result.stdout, "a.out;main 1\na.out;main;malloc 1\n", result.stderr)


if __name__ == "__main__":
    main()

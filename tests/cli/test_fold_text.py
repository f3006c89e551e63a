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

    # The projects differ for a last sample without an empty line after it, and for
    # half-demangled names of Rust; --exact follows FlameGraph.
    def test_flamegraph(self):
        self.assertEqual(self.check("flamegraph", ["--exact"], STALE), 70)

    def test_inferno(self):
        self.assertEqual(self.check("inferno", [], set()), 8)

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


if __name__ == "__main__":
    main()

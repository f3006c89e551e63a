"""What perf script prints of a recording, with any fields and options, folds as the recording itself does."""

import collections
import subprocess

from flame_test import Test, flame, main, needs_tool, program

STACKS = ["ip,sym,dso", "ip,sym"]
FIELDS = [f"{head},{stack}" for stack in STACKS for head in
          ("comm", "comm,tid", "comm,pid", "comm,pid,tid", "comm,cpu", "comm,time", "comm,event",
           "comm,period", "comm,tid,cpu", "comm,tid,time", "comm,tid,event", "comm,tid,period",
           "comm,tid,cpu,time", "comm,tid,time,event", "comm,pid,tid,cpu,time,event,period")]
WITHOUT_COMM = [f"{head}ip,sym,dso" for head in ("", "tid,", "pid,tid,", "cpu,", "time,", "event,",
                                                 "period,", "tid,cpu,time,event,period,")]
OPTIONS = [[], ["--ns"], ["--header"], ["--deltatime"], ["--reltime"], ["--show-mmap-events"],
           ["--show-task-events"], ["--show-switch-events"], ["-F", "+srcline"], ["-F", "+misc"],
           ["-F", "+symoff"]]


def perf(*args):
    return subprocess.run(["perf", *args], capture_output=True, text=True, check=False,
                          errors="surrogateescape")


def counts(folded, with_root=True):
    stacks = collections.Counter()
    for line in folded.splitlines():
        stack, _, n = line.rpartition(" ")
        stacks[stack if with_root else stack.partition(";")[2]] += int(n)
    return stacks


def ends(folded):
    """Stacks without the functions of the dynamic linker at their beginning, which have many names."""
    stacks = collections.Counter()
    for stack, n in counts(folded).items():
        names = stack.split(";")
        stacks[f"{names[0]};{len(names)} frames;{names[-1]}"] += n
    return stacks


def names_of(stacks):
    return {name for stack in stacks for name in stack.split(";")}


def only_names(stacks, names):
    """The stacks with "*" for all other names."""
    result = collections.Counter()
    for stack, n in stacks.items():
        result[";".join(name if name in names else "*" for name in stack.split(";"))] += n
    return result


@needs_tool("perf")
class SameProfile(Test):
    def setUp(self):
        super().setUp()
        self.data = self.path("perf.data")

    def record(self, *options):
        done = perf("record", "-q", "-N", "--sample-cpu", "-o", self.data, *options, "--",
                    program("split"), "1")
        if done.returncode:
            self.skipTest(f"perf record: {done.stderr.strip()}")

    def fold_text(self, *args, options=()):
        script = perf("script", "--no-inline", "-i", self.data, *args)
        self.assertEqual(script.returncode, 0, script.stderr)
        with open(self.path("text"), "w", errors="surrogateescape") as f:
            f.write(script.stdout)
        folded = flame("fold", "--unit", "samples", *options, self.path("text"))
        self.assertEqual(folded.returncode, 0, folded.stderr)
        self.assertNotIn("skipped", folded.stderr)
        return folded.stdout

    def fold_recording(self, *options):
        folded = flame("fold", "--unit", "samples", "--no-inline", "--idle", *options, self.data)
        self.assertEqual(folded.returncode, 0, folded.stderr)
        return folded.stdout

    def check(self, got, expected):
        """All samples are there. Of an address with several names, perf and flame may choose different
        ones: such names count as equal."""
        common = names_of(got) & names_of(expected)
        got, expected = only_names(got, common), only_names(expected, common)
        self.assertEqual(got.total(), expected.total())
        self.assertGreaterEqual((got & expected).total(), 0.9 * expected.total(), got - expected)

    def test_fields_and_options(self):
        self.record("-g", "-F", "499")
        folded = self.fold_recording()
        expected, without_root = counts(folded), counts(folded, with_root=False)
        self.assertGreater(expected.total(), 10)
        for fields in FIELDS:
            with self.subTest(fields):
                self.check(counts(self.fold_text("-F", fields)), expected)
        for fields in WITHOUT_COMM:
            with self.subTest(fields):
                got = self.fold_text("-F", fields)
                self.check(counts(got, with_root="tid" not in fields), without_root)
        for options in OPTIONS:
            with self.subTest(options):
                self.check(counts(self.fold_text(*options)), expected)

    def test_source_lines(self):
        self.record("-g", "-F", "499")
        got = self.fold_text("-F", "+srcline", options=["--context"])
        self.assertRegex(got, r"split_\w+:split\.c:\d+")

    def check_events(self, *names):
        for name in names:
            with self.subTest(name):
                self.check(ends(self.fold_text(options=["--event", name])),
                           ends(self.fold_recording("--event", name)))

    def test_several_events(self):
        self.record("-g", "-e", "cpu-clock", "-e", "sched:sched_switch", "-e",
                    "raw_syscalls:sys_enter", "-e", "raw_syscalls:sys_exit", "-e", "page-faults")
        self.check_events("cpu-clock", "sched_switch", "sched:sched_switch", "sys_exit",
                          "raw_syscalls:sys_enter", "page-faults", "all")

    def test_traces_without_stacks(self):
        self.record("-e", "raw_syscalls:sys_enter", "-e", "raw_syscalls:sys_exit")
        for name in ("sys_enter", "sys_exit", "all"):
            with self.subTest(name):
                # Text of traces has no addresses.
                self.assertEqual(counts(self.fold_text(options=["--event", name])).total(),
                                 counts(self.fold_recording("--event", name)).total())
        fields = "comm,tid,cpu,time,event,trace,ip,sym,dso"
        self.assertEqual(counts(self.fold_text("-F", fields, options=["--event", "all"])).total(),
                         counts(self.fold_recording("--event", "all")).total())

    def test_uprobes(self):
        name = "flame_text_test"
        added = perf("probe", "-q", "-x", program("split"), "--add", f"{name}:entry=main", "--add",
                     f"{name}:result=main%return")
        if added.returncode:
            self.skipTest(f"perf probe: {added.stderr.strip()}")
        self.addCleanup(perf, "probe", "-q", "-d", f"{name}:*")
        self.record("-g", "-e", f"{name}:*", "-e", "cpu-clock")
        self.check_events("entry", f"{name}:entry", "cpu-clock")


if __name__ == "__main__":
    main()

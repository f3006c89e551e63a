"""The selections and outermost frames of flame fold: each option against a count of the same
samples from perf script."""

import collections
import re

from flame_test import Test, flame, main, needs_recording, needs_tool, program, running
from perf_stacks import perf

HEAD = re.compile(r"(?m)^\s*(.*?)\s+(-?\d+)/(-?\d+)\s+\[(\d+)\]\s+(\d+)\.(\d{9}):\s*(\d+)\s+(\S+):")

Sample = collections.namedtuple("Sample", "comm pid tid cpu time period event")


OWN = ["spin", "split", "swapper"]


@needs_recording
@needs_tool("perf")
class Options(Test):
    def setUp(self):
        super().setUp()
        self.data = self.path("x.data")
        with running(f"exec {program('split')} 30", f"exec {program('spin')} 2 30"):
            perf("record", "-q", "-a", "-g", "-F", "499", "-e", "cpu-clock,page-faults",
                 "-o", self.data, "--", "sleep", "2")
        text = perf("script", "--ns", "-i", self.data, "-F", "comm,pid,tid,cpu,time,period,event")
        samples = [Sample(m[1].replace(" ", "_"), int(m[2]), int(m[3]), int(m[4]),
                          int(m[5] + m[6]), int(m[7]), m[8]) for m in HEAD.finditer(text)]
        self.start = min(s.time for s in samples if s.event.startswith("cpu-clock"))
        # perf may have an old name of a process that started or ended during the recording.
        self.samples = [s for s in samples if s.comm in OWN]
        self.clock = [s for s in self.samples if s.event.startswith("cpu-clock")]
        self.assertGreater(len(self.clock), 0)

    def roots(self, *args):
        counts = collections.Counter()
        if "--comm" not in args:
            args = ("--comm", ",".join(OWN), *args)
        result = flame("fold", "--idle", *args, self.data)
        self.assertEqual(result.returncode, 0, result.stderr)
        for line in result.stdout.splitlines():
            stack, number = line.rsplit(" ", 1)
            counts[stack.split(";")[0]] += int(number)
        return counts

    def check(self, args, samples, root, weight=lambda s: 1):
        want = collections.Counter()
        for s in samples:
            want[root(s)] += weight(s)
        self.assertEqual(self.roots(*args), want)

    def test_all(self):
        comm = lambda s: s.comm
        start = self.start
        second = 1_000_000_000
        self.check([], self.clock, comm)
        self.check(["--pid"], self.clock, lambda s: f"{s.comm}-{s.pid}")
        self.check(["--tid"], self.clock, lambda s: f"{s.comm}-{s.pid}/{s.tid}")
        self.check(["--by", "cpu"], self.clock, lambda s: f"CPU_{s.cpu}")
        self.check(["--by", "pid"], self.clock, lambda s: f"pid_{s.pid}")
        self.check(["--by", "tid,comm"], self.clock, lambda s: f"tid_{s.tid}")
        self.check(["--cpu", "1"], [s for s in self.clock if s.cpu == 1], comm)
        self.check(["--cpu", "0,2-5"], [s for s in self.clock if s.cpu == 0], comm)
        self.check(["--comm", "spin"], [s for s in self.clock if s.comm == "spin"], comm)
        self.check(["--time", "0.5,1.25"],
                   [s for s in self.clock if second // 2 <= s.time - start < second * 5 // 4],
                   comm)
        for zero in ("0", "0.0", "0s"):
            self.check(["--time", f"{zero},0.5"],
                       [s for s in self.clock if s.time - start < second // 2], comm)
        self.check(["--time", "1,"], [s for s in self.clock if s.time - start >= second], comm)
        self.check(["--unit", "time"], self.clock, comm, lambda s: s.period)
        self.check(["--unit", "events"], self.clock, comm, lambda s: s.period)
        self.check(["--event", "cpu-clock"], self.clock, comm)
        faults = [s for s in self.samples if s.event.startswith("page-faults")]
        self.check(["--event", "page-faults"], faults, comm)
        self.check(["--event-filter", "page-faults", "--unit", "events"], faults, comm,
                   lambda s: s.period)
        self.check(["--event", "all"], self.samples, comm)

    def test_prune_keeps_the_sum(self):
        whole, pruned = self.folded("--idle", self.data), \
            self.folded("--idle", "--prune", "5", self.data)
        self.assertEqual(sum(whole.values()), sum(pruned.values()))
        self.assertLess(len(pruned), len(whole))
        limit = 0.05 * sum(whole.values())
        for stack in pruned:
            if ";" in stack:
                total = sum(n for s, n in whole.items() if (s + ";").startswith(stack + ";"))
                self.assertGreaterEqual(total, limit, stack)

    def test_nothing_is_selected(self):
        for args, said in ((["--comm", "ngnix"], "no selected sample of 'ngnix'; there are "),
                           (["--cpu", "1000"], "no sample is selected"),
                           (["--time", "5000,"], "no sample is selected")):
            result = flame("fold", *args, self.data)
            self.assertEqual((result.returncode, result.stdout), (0, ""), args)
            self.assertIn(said, result.stderr)
        self.assertNotIn("selected", flame("fold", "--comm", OWN[0], self.data).stderr)

    def test_mistakes(self):
        for args in (["--event", "nothing"], ["--event", "page-faults", "--unit", "time"],
                     ["--event", "all", "--unit", "events"]):
            self.assert_one_line_error(flame("fold", *args, self.data))
        for args in (["--by", "comm,comm"], ["--by", ""], ["--cpu", "1-"], ["--cpu", "x"],
                     ["--time", "1"], ["--time", "2,1"], ["--time", "0,0"], ["--time", "-1,1"],
                     ["--prune", "101"],
                     ["--unit", "apples"], ["--from", "nowhere"]):
            self.assert_one_line_error(flame("fold", *args, self.data), 2)


if __name__ == "__main__":
    main()

"""For the same recording, flame fold and perf script show the same stacks; perf_stacks explains
differences. test_perf_record has recordings of perf in all its modes."""

import subprocess

from flame_test import flame, main, needs_recording, needs_tool, program, running
from perf_stacks import StacksTest, perf

LOAD = ["while :; do gzip -c /usr/bin/perf > /dev/null; ls -lR /usr/share > /dev/null; done",
        "while :; do perl -e 'my %h; $h{$_ % 1000} .= $_ for 1..300000'; sh -c : ; done"]


@needs_recording
@needs_tool("perf")
class SameStacks(StacksTest):
    def test_recording_of_flame(self):
        with running(*LOAD, f"exec {program('split')} 30"):
            result = flame("record", "-a", "-F", "499", "3", "--max-cost", "100", "-o",
                           self.path("x.data"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.compare(self.path("x.data"))

    def test_compressed_recording_of_flame(self):
        with running(*LOAD, f"exec {program('split')} 30"):
            result = flame("record", "-a", "-z", "-F", "499", "3", "--max-cost", "100",
                           "--no-svg", "-o", self.path("x.data"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(perf("report", "--stats", "-i", self.path("x.data")),
                         r"COMPRESSED events:")
        self.assertRegex(perf("report", "--header-only", "-i", self.path("x.data")),
                         r"compressed : Zstd, level = 1")
        self.compare(self.path("x.data"))

    def test_recording_of_perf(self):
        with running(*LOAD, f"exec {program('split')} 30"):
            perf("record", "-q", "-N", "-a", "-g", "-F", "499", "-o", self.path("x.data"), "--",
                 "sleep", "3")
        self.compare(self.path("x.data"))

    def test_perf_report_reads_it(self):
        result = flame("record", "-F", "997", "-o", self.path("x.data"), "--",
                       program("split"), "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = subprocess.run(["perf", "report", "-i", self.path("x.data"), "--stdio",
                                 "--no-children", "-g", "none"], capture_output=True,
                                text=True)
        self.assertEqual(report.returncode, 0, report.stderr)
        self.assertRegex(report.stdout, r"\d+\.\d+%.*split_large")


if __name__ == "__main__":
    main()

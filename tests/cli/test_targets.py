"""Processes and threads to record: some are gone, or have more threads than events can be opened
on."""

import os
import resource
import subprocess
import unittest

from flame_test import FLAME, Test, main, needs_recording, needs_tool

GONE = 2147483632
SOURCE = """
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
static volatile unsigned n;
#define WORK(name) __attribute__((noinline)) void name(void) { for (int i = 0; i < 1000000; i++) n += n * 3 + 1; }
WORK(own_work) WORK(thread_work) WORK(older_child) WORK(newer_child)
static void *sleeps(void *arg) { pause(); return arg; }
static void *works(void *arg) {
	printf("%ld\\n", (long)syscall(SYS_gettid)); fflush(stdout);
	for (;;) thread_work();
	return arg;
}
static void start(void *(*run)(void *)) {
	pthread_t thread;
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	if (pthread_create(&thread, &attr, run, NULL)) { perror("thread"); exit(1); }
}
int main(int argc, char **argv) {
	(void)argc;
	for (int i = atoi(argv[1]); i > 0; i--) start(sleeps);
	if (!fork()) for (;;) older_child();
	start(works);
	for (int i = 0;; i++) {
		own_work();
		/* A child that lives shortly, again and again. */
		if (i % 50 == 0 && !fork()) { for (int j = 0; j < 40; j++) newer_child(); _exit(0); }
	}
}
"""


@needs_recording
@needs_tool("cc")
class Targets(Test):

    def start(self, threads, name="many"):
        """Returns the pid of the program, and the tid of its busy thread."""
        program, source = self.path(name), self.write(f"{name}.c", SOURCE)
        if not os.path.exists(program):
            subprocess.run(["cc", "-g", "-O1", "-pthread", source, "-o", program], check=True)
        job = subprocess.Popen(["setsid", program, str(threads)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end, job)
        return job.pid, int(job.stdout.readline())

    @staticmethod
    def end(job):
        subprocess.run(["kill", "-9", "--", f"-{job.pid}"], check=False)
        job.stdout.close()
        job.wait()

    def record(self, *args, files=None):
        def limit():
            if files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        return subprocess.run([FLAME, "record", "-F", "199", "-o", self.path("x.data"), "--no-svg",
                               *args], capture_output=True, text=True, timeout=300,
                              preexec_fn=limit)

    def functions(self):
        """The samples in which each function of the program is."""
        found = {}
        for stack, n in self.folded("--all", self.path("x.data")).items():
            for name in ("own_work", "thread_work", "older_child", "newer_child"):
                if f";{name}" in stack:
                    found[name] = found.get(name, 0) + n
        return found

    def test_one_process_of_several_is_gone(self):
        pid, _ = self.start(2)
        said = self.record("-p", f"{GONE},{pid}", "1")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn(f"no process {GONE}: 1 of 2 are recorded", said.stderr)
        self.assertGreater(self.functions().get("own_work", 0), 0)

    def test_all_are_gone(self):
        said = self.record("-p", f"{GONE},{GONE + 1}", "1")
        self.assert_one_line_error(said)
        self.assertIn(f"no processes {GONE}, {GONE + 1}", said.stderr)
        said = self.record("-t", str(GONE), "1")
        self.assert_one_line_error(said)
        self.assertIn(f"no thread {GONE}", said.stderr)

    def test_threads(self):
        """-t records a thread, not the others of its process."""
        _, tid = self.start(2)
        said = self.record("-t", f"{tid},{GONE}", "1")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn(f"no thread {GONE}: 1 of 2 are recorded", said.stderr)
        self.assertEqual(list(self.functions()), ["thread_work"])

    def test_too_many_threads(self):
        """Events of CPUs hold the samples of the same processes as those of threads."""
        pid, _ = self.start(300)
        self.start(0, "other")
        few = self.record("-p", str(pid), "3")
        self.assertEqual(few.returncode, 0, few.stderr)
        self.assertNotIn("too many", few.stderr)
        expected = self.functions()
        self.assertEqual(sorted(expected), ["newer_child", "own_work", "thread_work"])
        said = self.record("-p", str(pid), "3", files=600)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("threads are too many for events of their own", said.stderr)
        self.assertEqual(sorted(self.functions()), sorted(expected))
        comms = {stack.split(";")[0] for stack in self.folded("--all", self.path("x.data"))}
        self.assertEqual(comms, {"many"})

    @unittest.skipUnless(os.geteuid() == 0, "another user is to record")
    @needs_tool("setpriv")
    def test_too_many_threads_of_an_ordinary_user(self):
        """Without the right to record whole CPUs, the limit of files is the cause."""
        with open("/proc/sys/kernel/perf_event_paranoid", encoding="ascii") as file:
            if int(file.read()) not in (1, 2):
                self.skipTest("ordinary users may record CPUs, or nothing")
        os.chmod(self.folder, 0o777)
        program, source = self.path("many"), self.write("many.c", SOURCE)
        subprocess.run(["cc", "-O1", "-pthread", source, "-o", program], check=True)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                  "--inh-caps=-all", "--bounding-set=-all"]
        job = subprocess.Popen(["setsid", *nobody, program, "300"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end, job)
        if not job.stdout.readline():
            self.skipTest("another user may not execute the program")
        said = subprocess.run(["sh", "-c", 'ulimit -n 300; exec "$@"', "sh", *nobody, FLAME,
                               "record", "-p", str(job.pid), "1", "-o", self.path("x.data")],
                              capture_output=True, text=True, timeout=300)
        if "denied" in said.stderr:
            self.skipTest("another user may not execute flame")
        self.assert_one_line_error(said)
        self.assertRegex(said.stderr, r"too many threads \(30\d\) .* 300 files .*'ulimit -n \d+'")


if __name__ == "__main__":
    main()

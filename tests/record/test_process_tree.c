/* Commands that still run at the end, with the processes that they started. */
#include "base/scoped.h"
#include "record/target.h"
#include "tests/files.h"
#include "tests/test.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Starts a shell script that writes the pid of a process that it starts into a file, and
 * returns that pid. */
static pid_t start(struct target *t, char *script)
{
	char folder[64], name[512], line[2048];
	char *const command[] = {"sh", "-c", line, NULL};
	struct error err;
	FILE *file = NULL;
	int pid = 0;

	temp_dir_make(folder);
	snprintf(line, sizeof(line),
		 "%s echo $! > %s; mv %s %s.pid; while :; do wait; done", script,
		 temp_path(name, folder, "new"), name, name);
	*t = (struct target){.command = command};
	assert_int_equal(target_prepare(t, &err), 0);
	assert_int_equal(target_start(t, &err), 0);
	strcat(name, ".pid");
	while (!file) {
		file = fopen(name, "r");
		poll(NULL, 0, 1);
	}
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	temp_dir_remove(folder);
	return pid;
}

/* Reaps a descendant, which this process inherits. */
static int status_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static void sigterm_reaches_the_descendants(void **state)
{
	struct target t;
	pid_t pid = start(&t, "sleep 100 &");

	(void)state;
	target_stop(&t);
	assert_int_equal(t.exit_status, 128 + SIGTERM);
	assert_int_equal(t.n_killed, 0);
	assert_int_equal(status_of(pid), SIGTERM);
	target_release(&t);
}

static void those_that_ignore_it_are_killed(void **state)
{
	struct target t;
	pid_t pid = start(&t, "trap '' TERM; sleep 100 &");

	(void)state;
	target_stop(&t);
	assert_int_equal(t.exit_status, 128 + SIGKILL);
	assert_int_equal(t.n_killed, 2);
	assert_int_equal(status_of(pid), SIGKILL);
	target_release(&t);
}

static void a_stopped_command_ends(void **state)
{
	struct target t;
	pid_t pid = start(&t, "sleep 100 &");

	(void)state;
	kill(t.child, SIGSTOP);
	kill(pid, SIGSTOP);
	target_stop(&t);
	assert_int_equal(t.exit_status, 128 + SIGTERM);
	assert_int_equal(t.n_killed, 0);
	assert_int_equal(status_of(pid), SIGTERM);
	target_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sigterm_reaches_the_descendants),
		cmocka_unit_test(those_that_ignore_it_are_killed),
		cmocka_unit_test(a_stopped_command_ends),
	};

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "record/target.h"

#include "base/scoped.h"
#include "tests/files.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void wait_for_end(struct target *t)
{
	while (target_alive(t))
		poll(NULL, 0, 1);
}

static int run(char *const *command, struct error *err)
{
	struct target t = {.command = command};
	int status;

	assert_int_equal(target_prepare(&t, err), 0);
	assert_true(t.child > 0);
	if (target_start(&t, err) < 0)
		status = -t.exit_status;
	else {
		wait_for_end(&t);
		status = t.exit_status;
	}
	target_release(&t);
	return status;
}

static int run_shell(char *script)
{
	char *const command[] = {"sh", "-c", script, NULL};
	struct error err;

	return run(command, &err);
}

static void status_is_that_of_a_shell(void **state)
{
	(void)state;
	assert_int_equal(run_shell("exit 0"), 0);
	assert_int_equal(run_shell("exit 7"), 7);
	assert_int_equal(run_shell("kill -TERM $$"), 128 + SIGTERM);
	assert_int_equal(run_shell("kill -KILL $$"), 128 + SIGKILL);
}

static void failing_to_start_is_told(void **state)
{
	char *const absent[] = {"flame-no-such-command", NULL};
	char *const folder[] = {"/tmp", NULL};
	struct error err;

	(void)state;
	assert_int_equal(run(absent, &err), -127);
	assert_string_equal(
		err.text,
		"cannot run 'flame-no-such-command': No such file or directory");
	assert_int_equal(err.code, ENOENT);
	assert_int_equal(run(folder, &err), -126);
	assert_string_equal(err.text, "cannot run '/tmp': Permission denied");
}

static void does_not_start_before_its_time(void **state)
{
	char folder[64], name[512], script[600];
	char *const command[] = {"sh", "-c", script, NULL};
	struct target t = {.command = command};
	struct stat st;
	struct error err;

	(void)state;
	file_write(temp_path(name, temp_dir_make(folder), "file"), "", 0);
	snprintf(script, sizeof(script), "rm %s", name);

	assert_int_equal(target_prepare(&t, &err), 0);
	poll(NULL, 0, 50);
	assert_true(target_alive(&t));
	assert_int_equal(stat(name, &st), 0);
	target_release(&t);
	/* Nor afterwards: it was ended. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(stat(name, &st), 0);
	temp_dir_remove(folder);
}

static void command_killed_before_its_time(void **state)
{
	char *const command[] = {"sleep", "100", NULL};
	struct target t = {.command = command};
	struct error err;

	(void)state;
	assert_int_equal(target_prepare(&t, &err), 0);
	kill(t.child, SIGKILL);
	assert_int_equal(target_start(&t, &err), 0);
	wait_for_end(&t);
	assert_int_equal(t.exit_status, 128 + SIGKILL);
	target_release(&t);
}

static void ignore_nothing(int sig)
{
	(void)sig;
}

/* The command does not inherit the recorder's signals and limits, but the wishes of the
 * recorder's caller (nohup). */
static void command_has_signals_and_files_of_its_own(void **state)
{
	struct sigaction handler = {.sa_handler = ignore_nothing};
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old[3];
	char count[] = "exit $(ls /proc/self/fd | wc -l)";
	sigset_t term, mask;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	sigaction(SIGINT, &handler, &old[0]);
	sigaction(SIGPIPE, &ignore, &old[1]);
	sigaction(SIGHUP, &ignore, &old[2]);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &mask);

	/* sh has no own SIGHUP handling: it is still ignored; the others are not. */
	assert_int_equal(run_shell("kill -HUP $$; exit 3"), 3);
	assert_int_equal(run_shell("kill -PIPE $$; exit 3"), 128 + SIGPIPE);
	assert_int_equal(run_shell("kill -TERM $$; exit 3"), 128 + SIGTERM);
	assert_int_equal(run_shell("kill -INT $$; exit 3"), 128 + SIGINT);
	assert_int_equal(run_shell(count), WEXITSTATUS(system(count)));

	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGINT, &old[0], NULL);
	sigaction(SIGPIPE, &old[1], NULL);
	sigaction(SIGHUP, &old[2], NULL);
	close(fd);
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	return pid;
}

static void lives_as_long_as_one_process(void **state)
{
	pid_t a = sleeper(), b = sleeper();
	struct target t = {0};
	struct error err;

	(void)state;
	vec_push(&t.pids, (uint32_t)a);
	vec_push(&t.pids, (uint32_t)b);
	vec_push(&t.pids, (uint32_t)a);
	assert_int_equal(target_prepare(&t, &err), 0);
	assert_int_equal(t.pids.n, 2);
	assert_true(target_alive(&t));
	kill(a, SIGKILL);
	waitpid(a, NULL, 0);
	assert_true(target_alive(&t));
	kill(b, SIGKILL);
	/* Not reaped yet: a zombie is no longer there to be sampled. */
	waitid(P_PID, (id_t)b, &(siginfo_t){0}, WEXITED | WNOWAIT);
	assert_false(target_alive(&t));
	waitpid(b, NULL, 0);

	assert_int_equal(target_prepare(&t, &err), -1);
	target_release(&t);
}

static void *tell_tid(void *arg)
{
	int *pipes = arg;
	pid_t tid = (pid_t)syscall(SYS_gettid);
	char byte;

	if (write(pipes[1], &tid, sizeof(tid)) < 0 || read(pipes[2], &byte, 1) < 0)
		return arg;
	return NULL;
}

static void refuses_what_is_no_process(void **state)
{
	struct target t = {0};
	struct error err;
	char expected[100];
	pthread_t thread;
	int pipes[4];
	pid_t tid;

	(void)state;
	vec_push(&t.pids, 0x7ffffff0);
	assert_int_equal(target_prepare(&t, &err), -1);
	assert_string_equal(err.text, "no process 2147483632");
	target_release(&t);

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(pipe(pipes + 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, tell_tid, pipes), 0);
	assert_int_equal(read(pipes[0], &tid, sizeof(tid)), sizeof(tid));
	vec_push(&t.pids, (uint32_t)tid);
	assert_int_equal(target_prepare(&t, &err), -1);
	snprintf(expected, sizeof(expected),
		 "no process %d: it is a thread of process %d", tid, getpid());
	assert_string_equal(err.text, expected);
	target_release(&t);

	/* As a thread it is right. */
	t = (struct target){0};
	vec_push(&t.tids, (uint32_t)tid);
	assert_int_equal(target_prepare(&t, &err), 0);
	assert_true(target_alive(&t));
	target_release(&t);
	for (int i = 3; i >= 0; i--)
		close(pipes[i]);
	pthread_join(thread, NULL);
}

static void whole_machine_is_always_there(void **state)
{
	struct target t = {.whole_machine = true};
	struct error err;

	(void)state;
	assert_int_equal(target_prepare(&t, &err), 0);
	assert_int_equal(target_start(&t, &err), 0);
	assert_true(target_alive(&t));
	target_release(&t);
}

/* Processes that are gone are left out, unless all are. */
static void the_others_are_taken(void **state)
{
	struct target t = {0};
	char text[TARGET_TEXT_MAX];
	struct error err;

	(void)state;
	vec_push(&t.pids, 0x7ffffff0);
	vec_push(&t.pids, (uint32_t)getpid());
	vec_push(&t.pids, 0x7ffffff0);
	assert_int_equal(target_prepare(&t, &err), 0);
	assert_int_equal(t.pids.n, 1);
	assert_int_equal(t.pids.items[0], getpid());
	assert_int_equal(t.gone.n, 1);
	assert_true(target_gone_text(&t, text));
	assert_string_equal(text, "no process 2147483632: 1 of 2 are recorded");
	target_release(&t);

	t = (struct target){0};
	vec_push(&t.tids, 0x7ffffff0);
	vec_push(&t.tids, 0x7ffffff1);
	assert_int_equal(target_prepare(&t, &err), -1);
	assert_string_equal(err.text, "no threads 2147483632, 2147483633");
	target_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_is_that_of_a_shell),
		cmocka_unit_test(failing_to_start_is_told),
		cmocka_unit_test(does_not_start_before_its_time),
		cmocka_unit_test(command_killed_before_its_time),
		cmocka_unit_test(command_has_signals_and_files_of_its_own),
		cmocka_unit_test(lives_as_long_as_one_process),
		cmocka_unit_test(refuses_what_is_no_process),
		cmocka_unit_test(whole_machine_is_always_there),
		cmocka_unit_test(the_others_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

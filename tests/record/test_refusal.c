/* The messages when recording is not possible name the cause. */
#include "base/scoped.h"
#include "record/sampler.h"
#include "tests/test.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void says_what_is_not_possible(void **state)
{
	const struct sampler_options fast = {.frequency = 2000000000};
	struct target target = {.whole_machine = true};
	struct error err;

	(void)state;
	assert_null(sampler_open(&fast, &target, &err));
	assert_non_null(strstr(err.text, "kernel.perf_event_max_sample_rate"));
	assert_non_null(strstr(err.text, "2000000000"));
}

/* A filter as containers have it. */
static int perf_event_open_forbid(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {array_size(code), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void a_filter_is_named_as_the_cause(void **state)
{
	const struct sampler_options options = {.frequency = 99};
	struct target target = {.whole_machine = true};
	struct error err = {0};
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	pid = fork();
	if (pid == 0) {
		if (perf_event_open_forbid() < 0)
			_exit(0);
		_exit(sampler_open(&options, &target, &err) ||
		      !strstr(err.text, "seccomp filter") || strstr(err.text, "sudo"));
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_not_possible),
		cmocka_unit_test(a_filter_is_named_as_the_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

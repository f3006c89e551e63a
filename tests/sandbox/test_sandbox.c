/* Tries forbidden things from inside. */
#include "base/scoped.h"
#include "sandbox/privileges.h"
#include "sandbox/worker.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STATUS_REFUSED, STATUS_DONE };

/* Returns the status of attempt() inside, or minus the signal that ended the worker. */
static int try_inside(int (*attempt)(void))
{
	const struct worker_options options = {0};
	struct error err;
	scoped(worker_free) struct worker *w = worker_start(&options, &err);
	struct worker_request request;
	int sig;

	assert_non_null(w);
	if (worker_is_inside(w))
		worker_end(w, attempt());
	while (worker_next(w, &request))
		worker_answer(w, NULL, -1);
	if (worker_result(w)->has_finished)
		return worker_result(w)->status;
	return sscanf(worker_result(w)->cause, "crashed (signal %d)", &sig) == 1
		       ? -sig
		       : -SIGSYS;
}

static int refused(long result)
{
	return result == -1 ? STATUS_REFUSED : STATUS_DONE;
}

static int create_file(void)
{
	return refused(open("/tmp/flame-sandbox-test", O_CREAT | O_WRONLY, 0600));
}

static int create_unnamed(void)
{
	return refused(open("/tmp", O_TMPFILE | O_RDWR, 0600));
}

static int write_device(void)
{
	return refused(open("/dev/null", O_WRONLY));
}

static int make_folder(void)
{
	return refused(mkdir("/tmp/flame-sandbox-folder", 0700));
}

static int remove_file(void)
{
	return refused(unlink("/tmp/flame-sandbox-nothing")) || errno == ENOENT;
}

static int rename_file(void)
{
	return refused(rename("/tmp/flame-sandbox-nothing", "/tmp/x")) || errno == ENOENT;
}

static int link_file(void)
{
	return refused(symlink("/etc/passwd", "/tmp/flame-sandbox-link"));
}

static int read_secret(void)
{
	return refused(open("/etc/passwd", O_RDONLY));
}

static int read_other_memory(void)
{
	return refused(open("/proc/1/mem", O_RDONLY)) &&
	       refused(open("/proc/1/environ", 0));
}

static int read_device(void)
{
	return refused(open("/dev/zero", O_RDONLY));
}

static int list_folder(void)
{
	return refused(open("/root", O_RDONLY | O_DIRECTORY));
}

static int internet_socket(void)
{
	return refused(socket(AF_INET, SOCK_STREAM, 0));
}

static int local_socket(void)
{
	return refused(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int new_process(void)
{
	return refused(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}

static int kill_parent(void)
{
	return refused(kill(getppid(), SIGTERM));
}

/* The kernel sends the signal when the descriptor is ready. */
static int signal_by_descriptor(void)
{
	return refused(fcntl(STDIN_FILENO, F_SETOWN, getppid())) &&
	       refused(fcntl(STDIN_FILENO, F_SETSIG, SIGKILL));
}

static int outlive_parent(void)
{
	return refused(prctl(PR_SET_PDEATHSIG, 0));
}

/* For another user's process the kernel has another error. */
static int slow_parent(void)
{
	cpu_set_t cpus;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	return refused(sched_setaffinity(getppid(), sizeof(cpus), &cpus)) &&
	       errno == ENOSYS &&
	       refused(setpriority(PRIO_PROCESS, (id_t)getppid(), 19)) && errno == ENOSYS;
}

static int new_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED
		       ? STATUS_REFUSED
		       : STATUS_DONE;
}

static int type_into_terminal(void)
{
	/* ENOTTY would come from a descriptor that is no terminal. */
	return ioctl(STDIN_FILENO, TIOCSTI, "x") < 0 && errno != ENOTTY ? STATUS_REFUSED
									: STATUS_DONE;
}

static int get_privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == -1 &&
			       syscall(SYS_setuid, 0) < 0 &&
			       !privileges_have(CAP_SYS_ADMIN) &&
			       !privileges_have(CAP_DAC_OVERRIDE)
		       ? STATUS_REFUSED
		       : STATUS_DONE;
}

static int io_uring(void)
{
	return refused(syscall(SYS_io_uring_setup, 1, NULL));
}

static int execute(void)
{
	char *const argv[] = {"/bin/true", NULL};

	return refused(execv(*argv, argv));
}

static int trace(void)
{
	return refused(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int perf_event(void)
{
	return refused(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
}

static int bpf(void)
{
	return refused(syscall(SYS_bpf, 0, NULL, 0));
}

static int mount_something(void)
{
	return refused(syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL));
}

static int load_module(void)
{
	return refused(syscall(SYS_init_module, NULL, 0, ""));
}

static int read_other_process(void)
{
	return refused(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
}

static void everything_is_refused(void **unused)
{
	static const struct {
		const char *name;
		int (*attempt)(void);
	} attempts[] = {
		{"create a file", create_file},
		{"create a file without a name", create_unnamed},
		{"write into a device", write_device},
		{"make a folder", make_folder},
		{"remove a file", remove_file},
		{"rename a file", rename_file},
		{"make a link", link_file},
		{"read another file", read_secret},
		{"read the memory of a process", read_other_memory},
		{"read a device", read_device},
		{"list a folder", list_folder},
		{"open an internet socket", internet_socket},
		{"open a local socket", local_socket},
		{"fork", new_process},
		{"send a signal", kill_parent},
		{"send a signal by a descriptor", signal_by_descriptor},
		{"outlive the parent", outlive_parent},
		{"slow down the parent", slow_parent},
		{"make code", new_code},
		{"type into the terminal", type_into_terminal},
		{"get privileges", get_privileges},
	};

	(void)unused;
	for (size_t i = 0; i < array_size(attempts); i++)
		if (try_inside(attempts[i].attempt) != STATUS_REFUSED)
			fail_msg("inside one can %s", attempts[i].name);
}

static void some_calls_end_the_process(void **unused)
{
	static int (*const attempts[])(void) = {
		execute,	 trace,	      perf_event, bpf,
		mount_something, load_module, io_uring,	  read_other_process,
	};

	(void)unused;
	for (size_t i = 0; i < array_size(attempts); i++)
		assert_int_equal(try_inside(attempts[i]), -SIGSYS);
}

static void *thread_main(void *data)
{
	*(int *)data = 1;
	return NULL;
}

static int start_thread(void)
{
	pthread_t thread;
	int ran = 0;

	if (pthread_create(&thread, NULL, thread_main, &ran) == 0)
		pthread_join(thread, NULL);
	return ran;
}

static int read_program(void)
{
	char start[4] = "";
	int fd = open("/proc/self/exe", O_RDONLY);

	return fd >= 0 && read(fd, start, 4) == 4 && memcmp(start, "\177ELF", 4) == 0;
}

/* As nobody this link cannot be read. */
static int read_namespace(void)
{
	char path[64], target[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", getppid());
	return readlink(path, target, sizeof(target)) > 5 &&
	       strncmp(target, "mnt:[", 5) == 0 &&
	       readlink("/proc/self/exe", target, sizeof(target)) > 0;
}

static int use_memory(void)
{
	void *p = malloc(64 << 20);
	int fd = memfd_create("flame test", MFD_CLOEXEC);

	memset(p, 1, 64 << 20);
	free(p);
	return fd >= 0 && write(fd, "x", 1) == 1;
}

static void work_is_possible(void **unused)
{
	(void)unused;
	assert_int_equal(try_inside(start_thread), 1);
	assert_int_equal(try_inside(read_program), 1);
	assert_int_equal(try_inside(read_namespace), 1);
	assert_int_equal(try_inside(use_memory), 1);
}

static void root_becomes_nobody(void **unused)
{
	const struct worker_options options = {0};
	struct error err;
	scoped(worker_free) struct worker *w = NULL;

	(void)unused;
	if (!privileges_can_become_nobody())
		skip();
	w = worker_start(&options, &err);
	assert_non_null(w);
	if (worker_is_inside(w))
		worker_end(w, getuid() == 65534 && getgid() == 65534 &&
				      getgroups(0, NULL) == 0);
	for (struct worker_request request; worker_next(w, &request);)
		worker_answer(w, NULL, -1);
	assert_int_equal(worker_result(w)->status, 1);
	assert_true(worker_sandbox(w)->is_nobody);
	assert_true(worker_sandbox(w)->has_no_capabilities);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_refused),
		cmocka_unit_test(some_calls_end_the_process),
		cmocka_unit_test(work_is_possible),
		cmocka_unit_test(root_becomes_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

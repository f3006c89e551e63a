#include "sandbox/worker.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "sandbox/descriptors.h"
#include "sandbox/file_service.h"
#include "sandbox/message.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHECK_MS = 100 };

#define HURRY_NS UINT64_C(5000000000)

/* Memory of both processes. */
struct shared {
	bool has_finished;
};

/* The first message of the worker. */
struct hello {
	struct sandbox_state sandbox;
};

struct worker {
	struct worker_options options;
	pid_t pid;   /* 0: inside */
	int channel; /* to the other process */
	struct shared *shared;
	struct file_service *service;
	struct sandbox_state sandbox;
	bool is_served;
	uint64_t hurry; /* time of the first check that found it, 0: none */
	struct worker_result result;
};

bool worker_is_inside(const struct worker *w)
{
	return w->pid == 0;
}

bool worker_is_served(const struct worker *w)
{
	return w->is_served;
}

const struct worker_result *worker_result(const struct worker *w)
{
	return &w->result;
}

const struct sandbox_state *worker_sandbox(const struct worker *w)
{
	return &w->sandbox;
}

static void one_cpu_use(void)
{
	cpu_set_t cpus, one;

	CPU_ZERO(&one);
	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return;
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &cpus))
			continue;
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

static int descriptor_order(const void *x, const void *y)
{
	const int *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

static void range_close(unsigned from, unsigned to)
{
	long most = sysconf(_SC_OPEN_MAX);

	if (syscall(SYS_close_range, from, to, 0) == 0)
		return;
	/* Before Linux 5.9. */
	for (unsigned fd = from; fd <= to && (long)fd < most; fd++)
		close((int)fd);
}

/* Closes all descriptors but those of the options and the channel. What the worker
 * inherited must neither hold files nor be of use to a parser that was taken over. */
static void others_close(const struct worker *w)
{
	int kept[WORKER_KEEPS_MAX + 1], nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	size_t n = w->options.n_keeps;
	unsigned from = STDERR_FILENO + 1;

	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		dup2(nothing, fd);
	memcpy(kept, w->options.keeps, n * sizeof(*kept));
	kept[n++] = w->channel;
	qsort(kept, n, sizeof(*kept), descriptor_order);
	for (size_t i = 0; i < n; i++) {
		if (kept[i] > (int)from)
			range_close(from, (unsigned)kept[i] - 1);
		from = (unsigned)kept[i] + 1;
	}
	range_close(from, UINT_MAX);
}

/* The life of the worker begins. */
static void inside_start(struct worker *w, pid_t parent)
{
	struct hello hello = {0};
	scoped(fd_close) int listener = -1;

	if (w->options.is_single)
		one_cpu_use();
	if (w->options.n_keeps)
		others_close(w);
	else
		descriptors_close();
	sandbox_enter(&w->options.sandbox, &hello.sandbox, &listener);
	/* A change of the user resets it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent ||
	    message_send(w->channel, &hello, sizeof(hello), listener, 0) < 0)
		_exit(1);
	w->sandbox = hello.sandbox;
	w->is_served = listener >= 0;
}

/* The worker's first message comes when it is in the sandbox. */
static int outside_start(struct worker *w, struct error *err)
{
	struct file_service_options service = {
		w->options.files,
		.process = w->pid,
		.may_try_alone = w->options.sandbox.uses_network};
	struct hello hello;
	int listener;

	if (message_receive(w->channel, &hello, sizeof(hello), &listener, 0) < 0)
		return error_set(err, "the process for reading files did not start");
	w->sandbox = hello.sandbox;
	if (listener < 0)
		return 0;
	if (w->options.sandbox.uses_network)
		service.policy.downloads = w->options.sandbox.writable;
	w->service = file_service_start(&service, listener, err);
	return w->service ? 0 : -1;
}

static struct worker *worker_new(const struct worker_options *options)
{
	struct worker *w = mem_new(1, sizeof(*w));
	void *shared = mmap(NULL, sizeof(*w->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert(options->n_keeps <= WORKER_KEEPS_MAX);
	w->options = *options;
	w->channel = -1;
	w->pid = -1;
	w->shared = mem_check(shared == MAP_FAILED ? NULL : shared);
	return w;
}

struct worker *worker_start(const struct worker_options *options, struct error *err)
{
	struct worker *w = worker_new(options);
	pid_t parent = getpid();
	int ends[2], result = -1;

	/* Both processes would write it. */
	fflush(NULL);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		error_sys(err, "cannot start a process");
		worker_free(&w);
		return NULL;
	}
	w->pid = fork();
	w->channel = ends[w->pid == 0];
	close(ends[w->pid != 0]);
	if (w->pid == 0)
		inside_start(w, parent);
	if (w->pid >= 0)
		result = w->pid ? outside_start(w, err) : 0;
	else
		error_sys(err, "cannot start a process");
	if (result < 0)
		worker_free(&w);
	return w;
}

int worker_ask(struct worker *w, const struct worker_request *request, int *fd,
	       struct error *err)
{
	assert(worker_is_inside(w));
	if (message_send(w->channel, request, sizeof(*request), -1, 0) < 0 ||
	    message_receive(w->channel, err, sizeof(*err), fd, 0) < 0)
		return error_set(err, "the process that opens files has ended");
	return *err->text ? -1 : 0;
}

void worker_end(struct worker *w, int status)
{
	assert(worker_is_inside(w));
	w->shared->has_finished = fflush(NULL) == 0;
	_exit(status);
}

void worker_answer(struct worker *w, const struct error *err, int fd)
{
	struct error answer = {0};

	if (err)
		answer = *err;
	/* A worker that has died meanwhile needs no answer. */
	(void)message_send(w->channel, &answer, sizeof(answer), fd, 0);
}

/* CPU time of a thread of the worker in ns; 0: unknown. */
static uint64_t thread_time(pid_t pid, uint32_t tid)
{
	unsigned long long ns = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%u/schedstat", (int)pid, tid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%llu", &ns) != 1)
		ns = 0;
	fclose(f);
	return ns;
}

/* Kills the worker if a file takes too long. */
static void slow_file_check(struct worker *w)
{
	struct file_mark marks[FILE_MARKS_MAX];
	size_t n = w->options.file_ns ? file_marks_copy(w->options.marks, marks) : 0;

	for (size_t i = 0; i < n && !w->result.slow.key; i++) {
		uint64_t now = thread_time(w->pid, marks[i].tid);

		if (now > marks[i].began && now - marks[i].began > w->options.file_ns) {
			w->result.slow = marks[i];
			kill(w->pid, SIGKILL);
		}
	}
}

/* Kills the worker if it does not end in time. */
static void hurry_check(struct worker *w)
{
	if (!w->options.hurry || !atomic_load(w->options.hurry) || w->result.was_hurried)
		return;
	if (!w->hurry)
		w->hurry = clock_now();
	w->result.was_hurried = clock_now() - w->hurry > HURRY_NS;
	if (w->result.was_hurried)
		kill(w->pid, SIGKILL);
}

static void cause_describe(struct worker *w)
{
	char *cause = w->result.cause;
	size_t size = sizeof(w->result.cause);
	int sig = w->result.signal;

	if (w->result.slow.key)
		snprintf(cause, size, "took longer than %llu s of CPU time",
			 (unsigned long long)(w->options.file_ns / 1000000000));
	else if (!sig)
		snprintf(cause, size, "ran out of memory");
	else if (sig == SIGKILL)
		snprintf(cause, size, "was killed, perhaps for lack of memory");
	else if (sig == SIGSYS)
		snprintf(cause, size, "made a forbidden system call");
	else
		snprintf(cause, size, "crashed (signal %d)", sig);
}

/* The worker closed its end of the channel: it has ended, or ends now. One that was taken
 * over may do neither; in any other case the signal comes too late. */
static void worker_reap(struct worker *w)
{
	int status = 0;
	pid_t reaped;

	kill(w->pid, SIGKILL);
	do
		reaped = waitpid(w->pid, &status, 0);
	while (reaped < 0 && errno == EINTR);
	w->pid = -1;
	w->result.has_finished = w->shared->has_finished && WIFEXITED(status);
	w->result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	w->result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	if (!w->result.has_finished)
		cause_describe(w);
}

bool worker_next(struct worker *w, struct worker_request *request)
{
	struct pollfd ready = {.fd = w->channel, .events = POLLIN};

	assert(!worker_is_inside(w));
	while (poll(&ready, 1, CHECK_MS) <= 0) {
		slow_file_check(w);
		hurry_check(w);
	}
	if (message_receive(w->channel, request, sizeof(*request), NULL, 0) == 0)
		return true;
	worker_reap(w);
	return false;
}

bool worker_result_is_fault(const struct worker_result *r)
{
	static const int faults[] = {0 /* it ran out of memory */,
				     SIGSEGV, SIGABRT, SIGBUS,	SIGFPE,
				     SIGILL,  SIGTRAP, SIGSYS, SIGKILL};

	for (size_t i = 0; i < array_size(faults); i++)
		if (r->signal == faults[i])
			return true;
	return false;
}

pid_t worker_pid(const struct worker *w)
{
	return w->pid;
}

const struct worker_result *worker_kill(struct worker *w, const char *cause)
{
	assert(!worker_is_inside(w));
	if (w->pid > 0) {
		/* If it ends already, its status stays. */
		kill(w->pid, SIGKILL);
		worker_reap(w);
	}
	if (cause && w->result.signal == SIGKILL)
		snprintf(w->result.cause, sizeof(w->result.cause), "%s", cause);
	return &w->result;
}

void worker_free(struct worker **wp)
{
	struct worker *w = *wp;

	if (!w)
		return;
	if (w->pid > 0)
		worker_reap(w);
	file_service_free(&w->service);
	fd_close(&w->channel);
	munmap(w->shared, sizeof(*w->shared));
	mem_free(w);
	*wp = NULL;
}

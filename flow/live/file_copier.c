#include "flow/live/file_copier.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "base/thread/mutex.h"
#include "base/vec.h"
#include "elf/copy_plan.h"
#include "sandbox/file_policy.h"
#include "sandbox/message.h"
#include "sandbox/worker.h"

#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DEATHS_MAX = 16, /* then no file is copied any more */
	CHECK_MS = 100,
	HANG_S = 10,
	HURRY_S = 1,
};

#define NS_PER_S UINT64_C(1000000000)

/* A file that killed a process. */
struct bad_file {
	dev_t device;
	ino_t inode;
};

/* One for each file, in both directions; the plan itself is in shared memory. */
struct copy_message {
	uint64_t number;
	bool has_plan;
};

struct file_copier {
	uint64_t file_ns;
	struct copy_plan *shared; /* memory of both processes */
	int channel;
	uint64_t number; /* of the last message */
	atomic_bool is_hurried;
	pthread_mutex_t lock;  /* for the next two */
	struct worker *worker; /* NULL: after too many deaths */
	uint64_t earlier_time; /* CPU time of earlier processes, ns */
	int deaths;
	VEC(struct bad_file) bad; /* files */
	VEC(char *) notes;
};

/* The process without privileges. */
static void inside_run(struct worker *w, int channel, struct copy_plan *plan)
{
	struct copy_message message;

	for (;;) {
		scoped(fd_close) int fd = -1;

		if (message_receive(channel, &message, sizeof(message), &fd, 0) < 0)
			worker_end(w, 0);
		message.has_plan = fd >= 0 && copy_plan_make(fd, plan);
		if (message_send(channel, &message, sizeof(message), -1, 0) < 0)
			worker_end(w, 0);
	}
}

static int worker_begin(struct file_copier *c, struct error *err)
{
	struct worker_options options = {.n_keeps = 1};
	struct worker *w;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_sys(err, "cannot start a process");
	options.keeps[0] = ends[1];
	w = worker_start(&options, err);
	if (w && worker_is_inside(w))
		inside_run(w, ends[1], c->shared);
	close(ends[1]);
	if (!w) {
		close(ends[0]);
		return -1;
	}
	c->channel = ends[0];
	pthread_mutex_lock(&c->lock);
	c->worker = w;
	pthread_mutex_unlock(&c->lock);
	return 0;
}

struct file_copier *file_copier_start(uint64_t file_ns, struct error *err)
{
	struct file_copier *c = mem_new(1, sizeof(*c));
	void *shared = mmap(NULL, sizeof(*c->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	c->file_ns = file_ns;
	c->shared = mem_check(shared == MAP_FAILED ? NULL : shared);
	c->channel = -1;
	mutex_init(&c->lock);
	if (worker_begin(c, err) < 0)
		file_copier_stop(&c);
	return c;
}

void file_copier_stop(struct file_copier **cp)
{
	struct file_copier *c = *cp;
	char **note;

	if (!c)
		return;
	*cp = NULL;
	worker_free(&c->worker);
	fd_close(&c->channel);
	munmap(c->shared, sizeof(*c->shared));
	pthread_mutex_destroy(&c->lock);
	vec_each(note, &c->notes)
		mem_free(*note);
	vec_release(&c->notes);
	vec_release(&c->bad);
	mem_free(c);
}

static uint64_t worker_time(const struct worker *w)
{
	clockid_t clock;

	if (!w || worker_pid(w) <= 0 || clock_getcpuclockid(worker_pid(w), &clock) != 0)
		return 0;
	return clock_ns(clock);
}

uint64_t file_copier_time(struct file_copier *c)
{
	uint64_t time;

	pthread_mutex_lock(&c->lock);
	time = c->earlier_time + worker_time(c->worker);
	pthread_mutex_unlock(&c->lock);
	return time;
}

void file_copier_hurry(struct file_copier *c)
{
	atomic_store(&c->is_hurried, true);
}

const char *file_copier_note(const struct file_copier *c, size_t i)
{
	return i < c->notes.n ? c->notes.items[i] : NULL;
}

static bool is_bad(const struct file_copier *c, const struct stat *st)
{
	const struct bad_file *bad;

	vec_each(bad, &c->bad)
		if (bad->device == st->st_dev && bad->inode == st->st_ino)
			return true;
	return false;
}

static void note_add(struct file_copier *c, int fd, const char *cause)
{
	static const char deleted[] = " (deleted)";
	char self[64], path[PATH_MAX];
	ssize_t n;
	size_t len;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	len = strlen(path);
	if (len >= sizeof(deleted) &&
	    strcmp(path + len - (sizeof(deleted) - 1), deleted) == 0)
		path[len - (sizeof(deleted) - 1)] = '\0';
	vec_push(&c->notes, mem_format("reading '%s' failed: the process %s; flame has "
				       "no copy of the file",
				       path, cause));
}

/* Begins another process after the end of the last one: for 'cause', or if that is NULL,
 * its death. It read the file 'fd', or if that is -1, none. */
static void worker_replace(struct file_copier *c, int fd, const char *cause)
{
	struct worker *w = c->worker;
	struct error ignored;
	struct stat st;

	pthread_mutex_lock(&c->lock);
	c->earlier_time += worker_time(w);
	c->worker = NULL;
	pthread_mutex_unlock(&c->lock);
	cause = worker_kill(w, cause)->cause;
	if (fd >= 0)
		note_add(c, fd, cause);
	if (fd >= 0 && fstat(fd, &st) == 0)
		vec_push(&c->bad, ((struct bad_file){st.st_dev, st.st_ino}));
	worker_free(&w);
	fd_close(&c->channel);
	if (++c->deaths >= DEATHS_MAX || worker_begin(c, &ignored) < 0)
		vec_push(&c->notes, mem_format("from then on, files of ended processes "
					       "were not copied"));
}

/* The cause for which the process must be killed, while it reads a file since 'began',
 * with 'cpu' ns of CPU time then; NULL: none. */
static const char *patience_end(struct file_copier *c, uint64_t began, uint64_t cpu,
				uint64_t *hurry, char text[64])
{
	uint64_t now = clock_now();

	if (!*hurry && atomic_load(&c->is_hurried))
		*hurry = now;
	if (worker_time(c->worker) > cpu + c->file_ns) {
		snprintf(text, 64, "took longer than %" PRIu64 " s of CPU time",
			 c->file_ns / NS_PER_S);
		return text;
	}
	if (*hurry && now - *hurry > HURRY_S * NS_PER_S)
		return "needed too long at the end";
	return now - began > HANG_S * NS_PER_S ? "got no answer for 10 s" : NULL;
}

/* Waits for the answer. Returns false if the process must be replaced, with the cause,
 * which is NULL if it has died. */
static bool answer_wait(struct file_copier *c, struct copy_message *answer,
			const char **cause, char text[64])
{
	uint64_t began = clock_now(), cpu = worker_time(c->worker), hurry = 0;
	struct pollfd ready = {.fd = c->channel, .events = POLLIN};

	*cause = NULL;
	while (poll(&ready, 1, CHECK_MS) <= 0) {
		*cause = patience_end(c, began, cpu, &hurry, text);
		if (*cause)
			return false;
	}
	if (message_receive(c->channel, answer, sizeof(*answer), NULL, 0) < 0)
		return false;
	if (answer->number == c->number)
		return true;
	*cause = "sent nonsense";
	return false;
}

bool file_copier_plan(void *copier, int fd, struct copy_plan *plan)
{
	struct file_copier *c = copier;
	struct copy_message message = {.number = ++c->number};
	char text[64];
	const char *cause;
	struct stat st;

	if (!c->worker || !file_policy_knows(fd) || fstat(fd, &st) < 0 || is_bad(c, &st))
		return false;
	/* The kernel may have ended it between two files. */
	if (message_send(c->channel, &message, sizeof(message), fd, 0) < 0) {
		worker_replace(c, -1, NULL);
		if (!c->worker ||
		    message_send(c->channel, &message, sizeof(message), fd, 0) < 0)
			return false;
	}
	if (!answer_wait(c, &message, &cause, text)) {
		worker_replace(c, fd, cause);
		return false;
	}
	memcpy(plan, c->shared, sizeof(*plan));
	return message.has_plan;
}

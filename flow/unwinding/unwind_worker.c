#include "flow/unwinding/unwind_worker.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "elf/dso_mark.h"
#include "flow/unwinding/held_files.h"
#include "flow/unwinding/unwind_messages.h"
#include "flow/unwinding/unwinding_loop.h"
#include "sandbox/message.h"
#include "sandbox/worker.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum { SIDE_BAND_CHUNK = 64 << 10, HANG_S = 10 };

#define NS_PER_S UINT64_C(1000000000)

/* Both ends of a socket pair. */
struct ends {
	int here, there;
};

struct unwind_worker {
	struct unwind_worker_options options;
	struct worker *worker;
	struct held_files *files;
	struct unwinding_state *state; /* memory of both processes */
	struct ends stream, held, let_go;
	struct message_stream in, out;
	uint64_t asked, flushed; /* numbers of messages of MESSAGE_FLUSH */
	/* The last step of the process: its count of steps then, its CPU time, and the
	 * time. */
	uint64_t steps, step_cpu, step_time;
	uint64_t deadline;     /* ns, CLOCK_MONOTONIC; 0: none */
	_Atomic(bool) is_late; /* a message to let a file go was lost */
	char cause[64];	       /* for which it must be killed, or empty */
};

static int ends_open(struct ends *e, int type)
{
	int fds[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	*e = (struct ends){.here = fds[0], .there = fds[1]};
	return 0;
}

static void ends_close(struct ends *e)
{
	fd_close(&e->here);
	fd_close(&e->there);
}

static int worker_prepare(struct unwind_worker *w, struct error *err)
{
	void *state = mmap(NULL, sizeof(*w->state), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (state != MAP_FAILED)
		w->state = state;
	if (!w->state || ends_open(&w->stream, SOCK_STREAM) < 0 ||
	    ends_open(&w->held, SOCK_SEQPACKET) < 0 ||
	    ends_open(&w->let_go, SOCK_SEQPACKET) < 0)
		return error_sys(err, "cannot start a process");
	return 0;
}

static void inside_run(struct unwind_worker *w)
{
	struct unwinding_loop loop = {.machine = w->options.machine,
				      .events = w->options.events,
				      .processes = w->options.processes,
				      .memory = w->options.memory,
				      .marks = w->options.marks,
				      .state = w->state,
				      .is_served = worker_is_served(w->worker),
				      .stream = w->stream.there,
				      .files = w->held.there,
				      .let_go = w->let_go.there};

	worker_end(w->worker, unwinding_loop_run(&loop));
}

/* Called by the keeper, with its lock. */
static void file_let_go(void *worker, struct fd_cache_ref file, int copy)
{
	struct unwind_worker *w = worker;
	const struct unwinding_let_go message = {.file = file};

	if (message_send(w->let_go.here, &message, sizeof(message), copy, MSG_DONTWAIT) <
	    0)
		atomic_store(&w->is_late, true);
}

static int worker_begin(struct unwind_worker *w, struct error *err)
{
	const struct worker_options options = {
		.keeps = {w->stream.there, w->held.there, w->let_go.there,
			  sample_memory_descriptor(w->options.memory)},
		.n_keeps = 4,
		.marks = w->options.marks};

	file_marks_clear(w->options.marks);
	w->worker = worker_start(&options, err);
	if (!w->worker)
		return -1;
	if (worker_is_inside(w->worker))
		inside_run(w);
	fd_close(&w->stream.there);
	fd_close(&w->held.there);
	fd_close(&w->let_go.there);
	w->step_time = clock_now();
	w->files = held_files_start(w->options.keeper, w->held.here, err);
	w->held.here = -1;
	dso_keeper_hand_out(w->options.keeper, file_let_go, w);
	return w->files ? 0 : -1;
}

struct unwind_worker *unwind_worker_start(const struct unwind_worker_options *options,
					  struct error *err)
{
	const struct ends none = {-1, -1};
	struct unwind_worker *w = mem_new(1, sizeof(*w));

	w->options = *options;
	w->stream = w->held = w->let_go = none;
	if (worker_prepare(w, err) < 0 || worker_begin(w, err) < 0)
		unwind_worker_stop(&w);
	return w;
}

bool unwind_worker_stop(struct unwind_worker **wp)
{
	struct unwind_worker *w = *wp;
	bool is_ended;

	if (!w)
		return true;
	*wp = NULL;
	dso_keeper_hand_out(w->options.keeper, NULL, NULL);
	worker_free(&w->worker);
	is_ended = held_files_stop(&w->files);
	ends_close(&w->stream);
	ends_close(&w->held);
	ends_close(&w->let_go);
	message_stream_release(&w->in);
	message_stream_release(&w->out);
	if (w->state)
		munmap(w->state, sizeof(*w->state));
	mem_free(w);
	return is_ended;
}

pid_t unwind_worker_pid(const struct unwind_worker *w)
{
	return worker_pid(w->worker);
}

uint64_t unwind_worker_time(const struct unwind_worker *w)
{
	clockid_t clock;

	if (worker_pid(w->worker) <= 0 ||
	    clock_getcpuclockid(worker_pid(w->worker), &clock) != 0)
		return 0;
	return clock_ns(clock);
}

uint64_t unwind_worker_sample_time(const struct unwind_worker *w)
{
	return atomic_load(&w->state->sample_time);
}

static const char *event_text(const struct event *ev)
{
	if (ev->kind == EVENT_MMAP)
		return ev->mmap.path;
	if (ev->kind == EVENT_COMM)
		return ev->comm.comm;
	return ev->kind == EVENT_CGROUP ? ev->cgroup.path : "";
}

void unwind_worker_event(struct unwind_worker *w, const struct event *ev)
{
	const char *text = event_text(ev);
	size_t size = sizeof(*ev) + strlen(text) + 1;
	scoped(mem_release) uint8_t *data = mem_resize(NULL, size, 1);

	memcpy(data, ev, sizeof(*ev));
	memcpy(data + sizeof(*ev), text, size - sizeof(*ev));
	message_stream_put(&w->out, MESSAGE_EVENT, 0, data, size);
}

void unwind_worker_side_band(struct unwind_worker *w, const void *records, size_t size)
{
	for (size_t at = 0; at < size; at += SIDE_BAND_CHUNK) {
		size_t left = size - at;

		message_stream_put(&w->out, MESSAGE_SIDE_BAND, 0,
				   (const uint8_t *)records + at,
				   left < SIDE_BAND_CHUNK ? left : SIDE_BAND_CHUNK);
	}
}

void unwind_worker_advance(struct unwind_worker *w, uint64_t time)
{
	message_stream_put(&w->out, MESSAGE_ADVANCE, time, NULL, 0);
}

void unwind_worker_sample(struct unwind_worker *w, uint64_t number, const void *record,
			  size_t size)
{
	const struct unwind_sample_place at = {
		.place = sample_memory_place(w->options.memory, record), .size = size};

	message_stream_put(&w->out, MESSAGE_SAMPLE, number, &at, sizeof(at));
}

void unwind_worker_hurry(struct unwind_worker *w, uint64_t deadline)
{
	w->deadline = deadline;
	w->step_time = clock_now();
}

void unwind_worker_end(struct unwind_worker *w)
{
	message_stream_put(&w->out, MESSAGE_END, ++w->asked, NULL, 0);
}

static void cause_set(struct unwind_worker *w, const char *cause)
{
	snprintf(w->cause, sizeof(w->cause), "%s", cause);
}

/* Returns false if the process sent what it should not. */
static bool replies_take(struct unwind_worker *w,
			 void (*done)(void *data, uint64_t number, const void *chain,
				      size_t n),
			 void *data)
{
	struct unwind_message m;
	const void *words;
	bool is_broken;

	while (message_stream_take(&w->in, &m, &words, &is_broken)) {
		if (m.kind == MESSAGE_FLUSHED && m.number <= w->asked)
			w->flushed = m.number;
		else if (m.kind == MESSAGE_CHAIN)
			done(data, m.number, words, m.size / 8);
	}
	if (is_broken)
		cause_set(w, "sent nonsense");
	return !is_broken;
}

/* Finds out whether the process hangs. Sets w->cause. */
static bool step_check(struct unwind_worker *w)
{
	uint64_t steps = atomic_load(&w->state->n_tables) +
			 atomic_load(&w->state->n_chains) + w->flushed;
	uint64_t now = clock_now(), cpu;

	if (atomic_load(&w->is_late)) {
		cause_set(w, "did not close its files");
		return false;
	}
	if (w->flushed == w->asked || steps != w->steps || !w->step_cpu) {
		w->steps = steps;
		w->step_time = now;
		w->step_cpu = unwind_worker_time(w);
		return true;
	}
	cpu = unwind_worker_time(w) - w->step_cpu;
	if (cpu > w->options.file_ns)
		snprintf(w->cause, sizeof(w->cause),
			 "took longer than %" PRIu64 " s of CPU time",
			 w->options.file_ns / NS_PER_S);
	else if (w->deadline && 2 * now > w->step_time + w->deadline)
		cause_set(w, "needed too long at the end");
	else if (now - w->step_time > HANG_S * NS_PER_S && cpu < NS_PER_S)
		cause_set(w, "got no answer for 10 s");
	return !*w->cause;
}

bool unwind_worker_exchange(struct unwind_worker *w, uint64_t until,
			    void (*done)(void *data, uint64_t number, const void *chain,
					 size_t n),
			    void *data, bool *is_idle)
{
	message_stream_put(&w->out, MESSAGE_FLUSH, ++w->asked, NULL, 0);
	for (;;) {
		struct pollfd ready = {.fd = w->stream.here, .events = POLLIN};
		bool lives = message_stream_send(&w->out, w->stream.here, false);
		uint64_t now;

		lives &= message_stream_receive(&w->in, w->stream.here);
		if (!replies_take(w, done, data) || !lives || !step_check(w))
			return false;
		*is_idle = w->flushed == w->asked;
		now = clock_now();
		if (*is_idle || now >= until)
			return true;
		if (message_stream_is_full(&w->out))
			ready.events |= POLLOUT;
		poll(&ready, 1, (int)((until - now) / 1000000) + 1);
	}
}

struct unwind_worker_death unwind_worker_death(struct unwind_worker *w)
{
	const struct worker_result *r =
		worker_kill(w->worker, *w->cause ? w->cause : NULL);
	struct unwind_worker_death death = {0};
	struct file_mark marks[FILE_MARKS_MAX];

	snprintf(death.cause, sizeof(death.cause), "%s", r->cause);
	if (!worker_result_is_fault(r) || atomic_load(&w->is_late))
		return death;
	death.sample = atomic_load(&w->state->sample);
	death.key = atomic_load(&w->state->used_key);
	/* It makes a table or unwinds a sample, never both. */
	if (file_marks_copy(w->options.marks, marks))
		death.key = marks[0].key;
	return death;
}

char *unwind_worker_death_note(const struct unwind_worker_death *death,
			       const struct live_processes *processes)
{
	const struct dso *dso;

	vec_each(dso, &processes->dsos.items) {
		const char *path = strtab_str(&processes->strings, dso->path);

		if (death->key && dso_mark_key(dso, path) == death->key)
			return mem_format(
				"reading '%s' failed: the process %s; its unwind "
				"tables are not used",
				path, death->cause);
	}
	return mem_format("the process that unwinds stacks %s", death->cause);
}

#include "flow/unwinding/unwinding_loop.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/scoped.h"
#include "base/thread/slow_files.h"
#include "flow/unwinding/held_files.h"
#include "flow/unwinding/stack_engine.h"
#include "flow/unwinding/unwind_messages.h"
#include "sandbox/message.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { REPLIES_MAX = 64 << 10 }; /* bytes that are sent at once */

struct inside {
	struct unwinding_loop *loop;
	struct stack_engine *engine;
	struct dso_keeper *keeper;
	struct slow_files *slow;
	struct message_stream in, out;
};

static void inside_release(struct inside *i)
{
	stack_engine_free(&i->engine);
	dso_keeper_free(&i->keeper);
	slow_files_free(&i->slow);
	message_stream_release(&i->in);
	message_stream_release(&i->out);
}

static void chain_put(void *inside, uint64_t number, const void *chain, size_t n)
{
	struct inside *i = inside;

	message_stream_put(&i->out, MESSAGE_CHAIN, number, chain, 8 * n);
	atomic_fetch_add_explicit(&i->loop->state->n_chains, 1, memory_order_relaxed);
	if (i->out.bytes.n >= REPLIES_MAX)
		(void)message_stream_send(&i->out, i->loop->stream, true);
}

/* The strings of the event follow it. */
static void event_apply(struct inside *i, const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + sizeof(struct event);
	struct event ev;

	if (size <= sizeof(ev))
		return;
	memcpy(&ev, data, sizeof(ev));
	if (ev.kind == EVENT_MMAP)
		ev.mmap.path = text;
	else if (ev.kind == EVENT_COMM)
		ev.comm.comm = text;
	else if (ev.kind == EVENT_CGROUP)
		ev.cgroup.path = text;
	process_apply(&i->loop->processes->table, &ev);
}

static void sample_add(struct inside *i, uint64_t number, const void *data, size_t size)
{
	struct unwind_sample_place at;
	const void *record;

	if (size != sizeof(at))
		return;
	memcpy(&at, data, sizeof(at));
	record = sample_memory_at(i->loop->memory, at.place, (size_t)at.size);
	if (record)
		stack_engine_add(i->engine, number, record, (size_t)at.size);
}

static void flushed_put(struct inside *i, uint64_t number)
{
	uint64_t all = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	atomic_store(&i->loop->state->sample_time,
		     all - stack_engine_table_time(i->engine));
	message_stream_put(&i->out, MESSAGE_FLUSHED, number, NULL, 0);
}

static void message_do(struct inside *i, const struct unwind_message *m, const void *data)
{
	switch ((enum unwind_message_kind)m->kind) {
	case MESSAGE_EVENT:
		event_apply(i, data, m->size);
		break;
	case MESSAGE_SIDE_BAND:
		live_processes_add(i->loop->processes, data, m->size);
		break;
	case MESSAGE_ADVANCE:
		stack_engine_advance(i->engine, m->number);
		break;
	case MESSAGE_SAMPLE:
		sample_add(i, m->number, data, m->size);
		break;
	case MESSAGE_END:
		stack_engine_end(i->engine);
		flushed_put(i, m->number);
		break;
	case MESSAGE_FLUSH:
		flushed_put(i, m->number);
		break;
	case MESSAGE_CHAIN:
	case MESSAGE_FLUSHED:
		break;
	}
}

/* Returns false if the recorder has ended. */
static bool messages_do(struct inside *i)
{
	bool lives = message_stream_receive(&i->in, i->loop->stream), is_broken;
	struct unwind_message m;
	const void *data;

	while (message_stream_take(&i->in, &m, &data, &is_broken))
		message_do(i, &m, data);
	return lives && !is_broken;
}

static void files_let_go(struct inside *i)
{
	struct unwinding_let_go go;
	int copy;

	while (message_receive(i->loop->let_go, &go, sizeof(go), &copy, MSG_DONTWAIT) ==
	       0) {
		dso_keeper_let_go(i->keeper, go.file, copy);
		fd_close(&copy);
	}
}

/* Tables are made one at a time, while no messages wait. */
static void inside_loop(struct inside *i)
{
	struct pollfd ready[] = {{.fd = i->loop->stream, .events = POLLIN},
				 {.fd = i->loop->let_go, .events = POLLIN}};
	bool has_tables = true;

	for (;;) {
		if (!message_stream_send(&i->out, i->loop->stream, true) ||
		    poll(ready, 2, has_tables ? 0 : -1) < 0)
			return;
		if (ready[1].revents & POLLIN)
			files_let_go(i);
		if (ready[0].revents) {
			if (!messages_do(i))
				return;
			has_tables = true;
		} else if (has_tables) {
			has_tables = stack_engine_make_table(i->engine);
		}
	}
}

int unwinding_loop_run(struct unwinding_loop *l)
{
	scoped(inside_release) struct inside i = {.loop = l, .slow = slow_files_new()};
	const struct stack_engine_options options = {
		.machine = l->machine,
		.events = l->events,
		.processes = l->processes,
		.keeper = i.keeper = dso_keeper_new_remote(held_files_fetch, &l->files),
		.marks = l->marks,
		.slow = i.slow,
		.used_key = &l->state->used_key,
		.n_tables = &l->state->n_tables,
		.sample = &l->state->sample,
		.done = chain_put,
		.data = &i};
	struct error err;

	slow_files_retire(i.slow, l->is_served);
	if (sample_memory_read_only(l->memory) < 0)
		return 1;
	i.engine = stack_engine_new(&options, &err);
	if (!i.engine)
		return 1;
	inside_loop(&i);
	return 0;
}

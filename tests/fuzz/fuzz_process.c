/* Any bytes as a side band: who forked, executed and mapped what, each step perhaps many
 * times over. Then everybody is asked about everything. */
#include "base/bytes.h"
#include "model/process.h"
#include "tests/fuzz/fuzz.h"

enum {
	EVENTS_MAX = 1000, /* of one input */
	FORGOTTEN = 64,	   /* events after which the history is dropped */
	ASKED = 32,	   /* addresses, pids and times */
	PAGE = 4096,
};

/* One step as it stands in the input. */
struct step {
	uint8_t what, pid, parent, page, pages, dso;
	bool is_kernel, is_synthesized;
	unsigned times;	     /* how often it is done */
	unsigned pid_stride; /* and what differs from one time to the next */
	unsigned page_stride;
	unsigned time_stride;
};

struct fuzz_run {
	struct strtab strings;
	struct dso_table dsos;
	struct process_table t;
	struct process_table present; /* the same, without its history */
	uint64_t time;
	unsigned events;
	uint32_t pids; /* the highest that was met */
};

static bool take_step(struct bytes *b, struct step *s)
{
	uint8_t flags;

	s->what = bytes_u8(b);
	s->pid = bytes_u8(b);
	s->parent = bytes_u8(b);
	s->page = bytes_u8(b);
	s->pages = bytes_u8(b);
	flags = bytes_u8(b);
	s->dso = flags & 3;
	s->is_kernel = flags & 4;
	s->is_synthesized = flags & 8;
	s->pid_stride = flags >> 4 & 1;
	s->page_stride = flags >> 5 & 1;
	s->time_stride = flags >> 6 & 1;
	s->times = flags & 128 ? 1 + 16 * (unsigned)bytes_u8(b) : 1;
	return !b->failed;
}

static void fill(struct event *ev, const struct step *s, uint64_t page)
{
	static const char *const paths[] = {"/bin/a", "/lib/b.so", "[vdso]", "//anon"};
	static const enum event_kind kinds[] = {EVENT_MMAP,    EVENT_MMAP,   EVENT_FORK,
						EVENT_COMM,    EVENT_COMM,   EVENT_EXIT,
						EVENT_KSYMBOL, EVENT_CGROUP, EVENT_FORK};

	ev->kind = kinds[s->what % (sizeof(kinds) / sizeof(*kinds))];
	switch (ev->kind) {
	case EVENT_MMAP:
		ev->mmap.addr = page * PAGE;
		ev->mmap.len = (uint64_t)s->pages * PAGE;
		ev->mmap.inode = s->dso;
		ev->mmap.path = paths[s->dso];
		ev->mmap.is_kernel = s->is_kernel;
		ev->mmap.is_exec = true;
		break;
	case EVENT_FORK:
		ev->fork.parent_pid = ev->fork.parent_tid = s->parent;
		ev->fork.is_synthesized = s->is_synthesized;
		break;
	case EVENT_COMM:
		ev->comm.comm = paths[s->dso] + 1;
		ev->comm.is_exec = s->is_synthesized;
		break;
	case EVENT_KSYMBOL:
		ev->ksymbol.addr = page * PAGE;
		ev->ksymbol.len = s->pages;
		ev->ksymbol.is_gone = s->is_synthesized;
		ev->ksymbol.name = paths[s->dso];
		break;
	case EVENT_CGROUP:
		ev->cgroup.id = s->parent;
		ev->cgroup.path = paths[s->dso];
		break;
	default:
		break;
	}
}

static void apply(struct fuzz_run *r, const struct step *s)
{
	for (unsigned i = 0; i < s->times && r->events < EVENTS_MAX; i++, r->events++) {
		struct event ev = {.pid = s->pid + i * s->pid_stride};
		uint64_t page = s->page + (uint64_t)i * s->page_stride * s->pages;

		r->time += s->time_stride;
		ev.tid = ev.pid;
		ev.time = r->time;
		fill(&ev, s, page);
		/* Each the child of the one before: chains, not only families. */
		if (ev.kind == EVENT_FORK && i && s->pid_stride)
			ev.fork.parent_pid = ev.fork.parent_tid = ev.pid - 1;
		if (ev.pid > r->pids)
			r->pids = ev.pid;
		process_apply(&r->t, &ev);
		process_apply(&r->present, &ev);
		if (r->events % FORGOTTEN == 0)
			process_table_forget(&r->present, r->time, NULL);
	}
}

/* The present is the same without the history. */
static void ask_present(struct fuzz_run *r, uint32_t pid)
{
	space_id space = process_space(&r->t, pid, r->time);
	space_id present = process_space(&r->present, pid, r->time);

	for (unsigned i = 0; i < ASKED; i++) {
		uint64_t addr = (uint64_t)i * 7 * PAGE / 2;
		const struct mapping *m, *other;

		m = space_find(&r->t.spaces, space, addr, r->time);
		other = space_find(&r->present.spaces, present, addr, r->time);
		require(!m == !other && (!m || m->dso == other->dso));
	}
}

static void ask_space(struct fuzz_run *r, space_id space, uint64_t time)
{
	struct space_table *t = &r->t.spaces;
	uint64_t from = 0, until = UINT64_MAX;
	uint32_t epoch = space_epoch(t, space, time, &from, &until);
	bool is_same = epoch == space_epoch(t, space, time + 1, &from, &until);

	for (unsigned i = 0; i < ASKED; i++) {
		uint64_t addr = (uint64_t)i * 7 * PAGE / 2;
		const struct mapping *m = space_find(t, space, addr, time), *next;

		require(!m || (m->start <= addr && addr < m->end));
		require(!m || m->dso < r->dsos.items.n);
		next = space_find(t, space, addr, time + 1);
		require(!is_same || m == next);
	}
}

/* A view holds for its stated times. */
static void ask_view(struct fuzz_run *r, uint32_t pid, uint64_t time)
{
	struct task_view v = process_view(&r->t, pid, pid, time), other;
	uint64_t times[] = {time, v.from, v.until - 1};

	require(v.from <= time && (time < v.until || time == UINT64_MAX));
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		other = process_view(&r->t, pid, pid, times[i]);
		require(other.comm == v.comm && other.space == v.space);
		require(other.epoch == v.epoch);
		require(v.comm == process_comm(&r->t, pid, pid, times[i]));
		require(v.space == process_space(&r->t, pid, times[i]));
	}
}

static void ask(struct fuzz_run *r)
{
	for (unsigned i = 0; i < ASKED; i++) {
		uint32_t pid = i < ASKED / 2 ? i : r->pids - (i - ASKED / 2);
		uint64_t time = r->time * i / ASKED;
		space_id space = process_space(&r->t, pid, time);

		require(process_comm(&r->t, pid, pid, time) < r->strings.entries.n);
		require(process_cgroup(&r->t, i) < r->strings.entries.n);
		ask_view(r, pid, time);
		ask_present(r, pid);
		ask_space(r, space, time);
		ask_space(r, r->t.kernel, time);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = bytes_of(data, size);
	struct fuzz_run r = {.time = 1};
	struct step s;

	strtab_init(&r.strings);
	dso_table_init(&r.dsos, &r.strings);
	process_table_init(&r.t, &r.strings, &r.dsos);
	process_table_init(&r.present, &r.strings, &r.dsos);
	r.present.has_spaces_only = true;
	while (take_step(&b, &s))
		apply(&r, &s);
	ask(&r);
	process_table_release(&r.present);
	process_table_release(&r.t);
	dso_table_release(&r.dsos);
	strtab_release(&r.strings);
	return 0;
}

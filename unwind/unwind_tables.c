#include "unwind/unwind_tables.h"

#include "base/fd.h"
#include "base/mutex.h"
#include "base/scoped.h"
#include "elf/vdso.h"

#include <stdatomic.h>
#include <time.h>

/* What is known of a dso's table; the unwinding thread's alone. */
struct entry {
	enum { UNASKED, ASKED, KNOWN } state;
	struct unwind_table *table; /* NULL: none, or not there */
	uint64_t used;		    /* which look-up the last one was */
};

struct asked {
	dso_id id;
	struct dso dso;
	const char *path; /* in the arena of the dsos' strings, which does not move */
};

struct made {
	dso_id id;
	struct unwind_table *table;
	uint64_t ns;
};

struct unwind_tables {
	struct unwind_tables_options options;
	const struct dso_table *dsos;
	VEC(struct entry) entries; /* by dso_id */
	uint32_t version;
	uint64_t finds;			  /* look-ups so far */
	struct unwind_tables_stats stats; /* but of what is there */

	pthread_mutex_t lock; /* never held while a table is made */
	VEC(struct asked) asked;
	size_t first_asked;
	VEC(struct made) made;
	_Atomic(bool) has_made; /* to be looked at without the lock */
};

struct unwind_tables *unwind_tables_new(const struct unwind_tables_options *options,
					const struct dso_table *dsos)
{
	struct unwind_tables *t = mem_new(1, sizeof(*t));

	t->options = *options;
	if (!t->options.most_bytes)
		t->options.most_bytes = SIZE_MAX;
	t->dsos = dsos;
	mutex_init(&t->lock);
	return t;
}

void unwind_tables_free(struct unwind_tables **t)
{
	struct entry *e;
	struct made *made;

	if (!*t)
		return;
	vec_each(e, &(*t)->entries)
		unwind_table_free(&e->table);
	vec_each(made, &(*t)->made)
		unwind_table_free(&made->table);
	vec_release(&(*t)->entries);
	vec_release(&(*t)->asked);
	vec_release(&(*t)->made);
	pthread_mutex_destroy(&(*t)->lock);
	mem_free(*t);
	*t = NULL;
}

static void drop(struct unwind_tables *t, struct entry *e)
{
	t->stats.dropped++;
	unwind_table_free(&e->table);
	e->state = UNASKED;
}

/* Tables grow while they are used: what they take is only known from themselves. */
static void make_room(struct unwind_tables *t, size_t bytes)
{
	struct entry *e, *oldest;

	do {
		size_t all = bytes;

		oldest = NULL;
		vec_each(e, &t->entries) {
			if (!e->table)
				continue;
			all += unwind_table_bytes(e->table);
			if (!oldest || e->used < oldest->used)
				oldest = e;
		}
		if (all <= t->options.most_bytes)
			return;
		if (oldest)
			drop(t, oldest);
	} while (oldest);
}

static void take_up(struct unwind_tables *t, const struct made *made)
{
	struct entry *e = &t->entries.items[made->id];

	t->stats.ns += made->ns;
	e->state = KNOWN;
	if (!made->table)
		return;
	make_room(t, unwind_table_bytes(made->table));
	e->table = made->table;
	e->used = t->finds;
	t->stats.made++;
}

uint32_t unwind_tables_update(struct unwind_tables *t)
{
	const struct made *made;

	if (!atomic_load_explicit(&t->has_made, memory_order_relaxed))
		return t->version;
	t->version++;
	pthread_mutex_lock(&t->lock);
	vec_each(made, &t->made)
		take_up(t, made);
	t->made.n = 0;
	atomic_store_explicit(&t->has_made, false, memory_order_relaxed);
	pthread_mutex_unlock(&t->lock);
	return t->version;
}

size_t unwind_tables_dropped(const struct unwind_tables *t)
{
	return t->stats.dropped;
}

static void ask(struct unwind_tables *t, dso_id id)
{
	const struct dso *dso = dso_at(t->dsos, id);
	struct asked asked = {
		.id = id,
		.dso = *dso,
		.path = strtab_str(t->dsos->strings, dso->path),
	};

	pthread_mutex_lock(&t->lock);
	vec_push(&t->asked, asked);
	pthread_mutex_unlock(&t->lock);
}

struct unwind_table *unwind_tables_find(struct unwind_tables *t, dso_id dso, bool *waits)
{
	enum dso_kind kind = dso_at(t->dsos, dso)->kind;
	struct entry *e;

	if (kind != DSO_FILE && kind != DSO_VDSO)
		return NULL;
	while (t->entries.n <= dso)
		vec_add(&t->entries);
	e = &t->entries.items[dso];
	if (e->state == UNASKED) {
		ask(t, dso);
		e->state = ASKED;
	}
	e->used = ++t->finds;
	*waits |= e->state == ASKED;
	return e->table;
}

static struct unwind_table *make(const struct unwind_tables *t, const struct asked *asked)
{
	const struct build_id *id =
		asked->dso.build_id.size ? &asked->dso.build_id : NULL;
	struct elf_file *f = NULL;
	struct unwind_table *table = NULL;
	enum dso_trouble why;
	struct error err;
	int fd = -1;

	if (asked->dso.kind == DSO_VDSO) {
		f = source_vdso_open(id, &err);
	} else {
		fd = dso_keeper_open(t->options.keeper, &asked->dso, asked->path,
				     t->options.is_live, &why);
		f = fd < 0 ? NULL : elf_file_open(fd, &err);
	}
	if (f)
		table = unwind_table_new(f, fd, t->options.most_bytes);
	else
		fd_close(&fd);
	return table;
}

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

bool unwind_tables_make_next(struct unwind_tables *t)
{
	uint64_t start = cpu_ns();
	struct asked asked;
	struct made made;
	bool is_asked;

	pthread_mutex_lock(&t->lock);
	is_asked = t->first_asked < t->asked.n;
	if (is_asked)
		asked = t->asked.items[t->first_asked++];
	if (t->first_asked == t->asked.n)
		t->first_asked = t->asked.n = 0;
	pthread_mutex_unlock(&t->lock);
	if (!is_asked)
		return false;
	made = (struct made){.id = asked.id, .table = make(t, &asked)};
	made.ns = cpu_ns() - start;
	pthread_mutex_lock(&t->lock);
	vec_push(&t->made, made);
	atomic_store_explicit(&t->has_made, true, memory_order_relaxed);
	pthread_mutex_unlock(&t->lock);
	return true;
}

struct unwind_tables_stats unwind_tables_stats(struct unwind_tables *t)
{
	struct unwind_tables_stats stats = t->stats;
	const struct entry *e;

	vec_each(e, &t->entries) {
		if (!e->table)
			continue;
		stats.tables++;
		stats.rows += unwind_table_rows(e->table);
		stats.bytes += unwind_table_bytes(e->table);
	}
	return stats;
}

#include "unwind/unwind_tables.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/scoped.h"
#include "base/thread/mutex.h"
#include "elf/dso_mark.h"
#include "elf/search/debug_file.h"
#include "elf/vdso.h"

#include <stdatomic.h>
#include <string.h>

/* The table of one dso, used only by the thread that unwinds. */
struct entry {
	enum { TABLE_UNKNOWN, TABLE_REQUESTED, TABLE_KNOWN } state;
	struct unwind_table *table; /* NULL: none, or not made yet */
	uint64_t used;		    /* number of the last look-up */
};

struct request {
	dso_id id;
	struct dso dso;
	char *path;
};

struct made_table {
	dso_id id;
	struct unwind_table *table;
	uint64_t ns;
};

struct unwind_tables {
	struct unwind_tables_options options;
	const struct dso_table *dsos;
	VEC(struct entry) entries; /* by dso_id */
	uint32_t version;
	uint64_t finds; /* number of look-ups so far */
	/* Without the sums over existing tables. */
	struct unwind_tables_stats stats;

	pthread_mutex_t lock; /* never held while a table is made */
	VEC(struct request) requests;
	size_t first_request;
	VEC(struct made_table) made;
	_Atomic(bool) has_made; /* 'made' is not empty; may be read without the lock */
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
	struct made_table *made;

	if (!*t)
		return;
	vec_each(e, &(*t)->entries)
		unwind_table_free(&e->table);
	for (size_t i = (*t)->first_request; i < (*t)->requests.n; i++)
		mem_free((*t)->requests.items[i].path);
	vec_each(made, &(*t)->made)
		unwind_table_free(&made->table);
	vec_release(&(*t)->entries);
	vec_release(&(*t)->requests);
	vec_release(&(*t)->made);
	pthread_mutex_destroy(&(*t)->lock);
	mem_free(*t);
	*t = NULL;
}

static void table_drop(struct unwind_tables *t, struct entry *e)
{
	t->stats.dropped++;
	unwind_table_free(&e->table);
	e->state = TABLE_UNKNOWN;
}

/* Drops the least recently used tables until 'bytes' more fit. Tables grow while they are
 * used, so their sizes are summed anew each time. */
static void room_make(struct unwind_tables *t, size_t bytes)
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
			table_drop(t, oldest);
	} while (oldest);
}

static void made_table_store(struct unwind_tables *t, const struct made_table *made)
{
	struct entry *e = &t->entries.items[made->id];

	t->stats.ns += made->ns;
	e->state = TABLE_KNOWN;
	if (!made->table)
		return;
	room_make(t, unwind_table_bytes(made->table));
	e->table = made->table;
	e->used = t->finds;
	t->stats.made++;
}

uint32_t unwind_tables_update(struct unwind_tables *t)
{
	const struct made_table *made;

	if (!atomic_load_explicit(&t->has_made, memory_order_relaxed))
		return t->version;
	t->version++;
	pthread_mutex_lock(&t->lock);
	vec_each(made, &t->made)
		made_table_store(t, made);
	t->made.n = 0;
	atomic_store_explicit(&t->has_made, false, memory_order_relaxed);
	pthread_mutex_unlock(&t->lock);
	return t->version;
}

void unwind_tables_mark_requested(const struct unwind_tables *t, bool *is_used, size_t n)
{
	for (size_t i = 0; i < n && i < t->entries.n; i++)
		is_used[i] |= t->entries.items[i].state == TABLE_REQUESTED;
}

void unwind_tables_forget(struct unwind_tables *t, const bool *is_used, size_t n)
{
	size_t dropped = t->stats.dropped;

	for (size_t i = 0; i < n && i < t->entries.n; i++)
		if (!is_used[i] && t->entries.items[i].state != TABLE_UNKNOWN)
			table_drop(t, &t->entries.items[i]);
	t->version += t->stats.dropped != dropped;
}

size_t unwind_tables_dropped(const struct unwind_tables *t)
{
	return t->stats.dropped;
}

static void table_request(struct unwind_tables *t, dso_id id)
{
	const struct dso *dso = dso_at(t->dsos, id);
	const char *path = strtab_str(t->dsos->strings, dso->path);
	struct request request = {
		.id = id,
		.dso = *dso,
		.path = mem_str(path, strlen(path)),
	};

	pthread_mutex_lock(&t->lock);
	if (t->first_request && t->requests.n == t->requests.cap) {
		t->requests.n -= t->first_request;
		memmove(t->requests.items, t->requests.items + t->first_request,
			t->requests.n * sizeof(request));
		t->first_request = 0;
	}
	vec_push(&t->requests, request);
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
	if (e->state == TABLE_UNKNOWN) {
		table_request(t, dso);
		e->state = TABLE_REQUESTED;
	}
	e->used = ++t->finds;
	*waits |= e->state == TABLE_REQUESTED;
	return e->table;
}

void unwind_tables_use(const struct unwind_tables *t, const struct unwind_table *table)
{
	if (t->options.used_key)
		atomic_store_explicit(t->options.used_key, unwind_table_key(table),
				      memory_order_relaxed);
}

/* Opens the debug file of 'f', the file of a dso. While a recording is taken, there is no
 * time for it. Returns NULL if there is none. */
static struct elf_file *debug_open(const struct unwind_tables *t,
				   const struct request *request, struct elf_file *f,
				   const struct stat *state)
{
	struct debug_search search;
	struct elf_file *debug;
	struct error ignored;
	int fd;

	if (t->options.is_live || elf_file_find(f, ".debug_frame"))
		return NULL;
	search = debug_search_of_file(t->options.slow, request->path, state);
	search.places = t->options.places;
	fd = debug_file_open(f, &search);
	debug = fd < 0 ? NULL : elf_file_open(fd, &ignored);
	if (debug && elf_file_machine(debug) == elf_file_machine(f) &&
	    elf_file_data(debug, elf_file_find(debug, ".debug_frame")).size)
		elf_file_forget_fd(debug);
	else
		elf_file_close(&debug);
	fd_close(&fd);
	debug_search_release(&search);
	return debug;
}

/* The table of a file that is opened. */
static struct unwind_table *file_table_make(const struct unwind_tables *t,
					    const struct request *request)
{
	const struct program_search search = {.keeper = t->options.keeper,
					      .slow = t->options.slow,
					      .places = t->options.places,
					      .is_live = t->options.is_live,
					      .is_of_here = t->options.is_of_here};
	struct program_file found = {0};
	int fd = program_file_open(&search, &request->dso, request->path, &found);
	struct unwind_table *table = NULL;
	struct error ignored;
	struct elf_file *f = fd < 0 ? NULL : elf_file_open(fd, &ignored);

	mem_free(found.refused);
	if (f)
		table = unwind_table_new(f, debug_open(t, request, f, &found.state), fd,
					 t->options.most_bytes);
	else
		fd_close(&fd);
	return table;
}

static struct unwind_table *vdso_table_make(const struct unwind_tables *t,
					    const struct request *request)
{
	const struct build_id *id = &request->dso.build_id;
	struct error ignored;
	char *refused = NULL;
	int fd = -1;
	struct elf_file *f = source_vdso_open(id->size ? id : NULL, &ignored);

	if (!f) {
		fd = file_places_open(t->options.places, t->options.slow, PLACE_VDSO, id,
				      &refused);
		f = fd < 0 ? NULL : elf_file_open(fd, &ignored);
		mem_free(refused);
	}
	if (f)
		return unwind_table_new(f, NULL, fd, t->options.most_bytes);
	fd_close(&fd);
	return NULL;
}

static struct unwind_table *table_make(const struct unwind_tables *t,
				       const struct request *request)
{
	struct file_marks *marks = t->options.marks;
	scoped(dso_mark_end) struct dso_mark mark =
		dso_mark_begin(marks, &request->dso, request->path);
	struct unwind_table *table;

	if (dso_mark_forbids(marks, &request->dso, request->path))
		return NULL;
	table = request->dso.kind == DSO_VDSO ? vdso_table_make(t, request)
					      : file_table_make(t, request);
	if (table) {
		unwind_table_borrow(table, t->options.keeper, &request->dso);
		unwind_table_set_key(table, dso_mark_key(&request->dso, request->path));
	}
	return table;
}

bool unwind_tables_make_next(struct unwind_tables *t)
{
	uint64_t start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	struct request request;
	struct made_table made;
	bool is_requested;

	pthread_mutex_lock(&t->lock);
	is_requested = t->first_request < t->requests.n;
	if (is_requested)
		request = t->requests.items[t->first_request++];
	if (t->first_request == t->requests.n)
		t->first_request = t->requests.n = 0;
	pthread_mutex_unlock(&t->lock);
	if (!is_requested)
		return false;
	made = (struct made_table){.id = request.id, .table = table_make(t, &request)};
	mem_free(request.path);
	made.ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - start;
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

#include "flow/live/live_processes.h"

#include "base/scoped.h"
#include "base/sort.h"
#include "record/data/stream.h"

#include <string.h>

enum {
	DSOS_KEPT =
		2048, /* dsos without a mapping: programs that start again and again */
	STRINGS_MIN = 4096,
};

void live_processes_init(struct live_processes *l, const struct decode_event *format)
{
	*l = (struct live_processes){.format = *format};
	strtab_init(&l->strings);
	dso_table_init(&l->dsos, &l->strings);
	process_table_init(&l->table, &l->strings, &l->dsos);
	l->table.has_spaces_only = true;
}

void live_processes_release(struct live_processes *l)
{
	process_table_release(&l->table);
	dso_table_release(&l->dsos);
	strtab_release(&l->strings);
	vec_release(&l->unapplied);
	vec_release(&l->too_early);
	vec_release(&l->batch);
}

void live_processes_add(struct live_processes *l, const void *records, size_t size)
{
	vec_reserve(&l->unapplied, size);
	memcpy(l->unapplied.items + l->unapplied.n, records, size);
	l->unapplied.n += size;
}

/* Decodes a record into the batch if its time has come, else copies it to 'too_early'. */
static void record_sort_in(struct live_processes *l, const struct bytes *record,
			   uint64_t until)
{
	struct bytes b = *record;
	struct event *ev = vec_add(&l->batch);
	struct error ignored;

	if (decode_record(&l->format, &b, ev, &ignored) < 0) {
		l->batch.n--;
	} else if (ev->time > until) {
		memcpy(l->too_early.items + l->too_early.n, record->data, record->size);
		l->too_early.n += record->size;
		l->batch.n--;
	} else if (ev->time < l->applied_until) {
		/* The CPU was slow to write it; later events are applied already. */
		ev->time = l->applied_until;
	}
}

/* Records of different CPUs are not in the order of their times, and a record newer than
 * 'until' may precede an older one that has not arrived. */
void live_processes_advance(struct live_processes *l, uint64_t until)
{
	struct bytes left = bytes_of(l->unapplied.items, l->unapplied.n);
	struct stream_record record;
	const struct event *ev;

	if (!l->unapplied.n)
		return;
	l->batch.n = l->too_early.n = 0;
	vec_reserve(&l->too_early, l->unapplied.n);
	while (stream_cut(&left, &record) > 0)
		record_sort_in(l, &record.bytes, until);
	l->applied_until = until;
	sort_items(l->batch.items, l->batch.n, sizeof(*l->batch.items),
		   offsetof(struct event, time));
	vec_each(ev, &l->batch)
		process_apply(&l->table, ev);
	memcpy(l->unapplied.items, l->too_early.items, l->too_early.n);
	l->unapplied.n = l->too_early.n;
}

bool live_processes_has_grown(const struct live_processes *l)
{
	return process_table_has_grown(&l->table);
}

/* Strings cannot be removed, so the ones in use move to a new table. */
static void strings_forget(struct live_processes *l)
{
	struct strtab left;
	struct dso *dso;

	if (l->strings.entries.n < 2 * l->n_dsos + STRINGS_MIN)
		return;
	strtab_init(&left);
	vec_each(dso, &l->dsos.items)
		dso->path = strtab_add(&left, strtab_str(&l->strings, dso->path));
	strtab_release(&l->strings);
	l->strings = left;
	dso_table_hash(&l->dsos);
}

static void dsos_forget(struct live_processes *l, struct unwind_tables *tables)
{
	size_t n = l->dsos.items.n;
	scoped(mem_release) bool *is_used = NULL;

	if (n - l->dsos.free.n < 2 * (l->n_dsos + DSOS_KEPT))
		return;
	is_used = mem_new(n, sizeof(*is_used));
	space_table_mark_dsos(&l->table.spaces, is_used);
	if (tables)
		unwind_tables_mark_requested(tables, is_used, n);
	dso_table_forget(&l->dsos, is_used, DSOS_KEPT);
	if (tables)
		unwind_tables_forget(tables, is_used, n);
	l->n_dsos = n - l->dsos.free.n;
	strings_forget(l);
}

void live_processes_forget(struct live_processes *l, const struct sample_times *samples,
			   struct unwind_tables *tables)
{
	process_table_forget(&l->table, l->applied_until, samples);
	dsos_forget(l, tables);
}

#include "model/dso.h"

#include "base/narrow.h"
#include "base/sort.h"

#include <assert.h>
#include <string.h>

/* 'added' of a free dso */
#define DSO_FREE UINT64_MAX

void dso_table_init(struct dso_table *t, struct strtab *strings)
{
	*t = (struct dso_table){.strings = strings};
}

void dso_table_release(struct dso_table *t)
{
	struct dso_made *made;
	struct dso *dso;

	vec_each(dso, &t->items) {
		symbol_table_free(&dso->names);
		inline_table_free(&dso->places);
	}
	vec_each(made, &t->made)
		jit_code_table_free(&made->codes);
	vec_release(&t->items);
	vec_release(&t->free);
	vec_release(&t->made);
	hashmap_release(&t->by_hash);
}

uint64_t dso_file_hash(const struct dso *d)
{
	uint64_t device = (uint64_t)d->major << 32 | d->minor;

	if (d->inode)
		return hash_u64(d->inode, device);
	return hash_bytes(d->build_id.data, sizeof(d->build_id.data), 0);
}

/* As the kernel counts it; 0: unknown. */
static uint32_t generation(const struct dso *dso)
{
	return (uint32_t)dso->generation;
}

bool dso_is_same_file(const struct dso *a, const struct dso *b)
{
	bool have_ids = a->build_id.size && b->build_id.size;

	if (!a->inode && !b->inode)
		return (!a->build_id.size && !b->build_id.size) ||
		       build_id_same(&a->build_id, &b->build_id);
	return a->major == b->major && a->minor == b->minor && a->inode == b->inode &&
	       dso_version(a) == dso_version(b) &&
	       (generation(a) == generation(b) || !generation(a) || !generation(b)) &&
	       (!have_ids || build_id_same(&a->build_id, &b->build_id));
}

static uint64_t dso_hash(const struct dso *d)
{
	uint64_t h = hash_u64(d->path, d->kind);

	if (d->kind == DSO_ANON)
		return hash_u64(h, d->pid);
	return hash_u64(dso_file_hash(d), h);
}

static bool dso_is_same(const struct dso *a, const struct dso *b)
{
	if (a->path != b->path || a->kind != b->kind)
		return false;
	if (a->kind == DSO_ANON)
		return a->pid == b->pid;
	return dso_is_same_file(a, b);
}

/* Whether no fact is known of only one of two dsos that are the same. */
static bool facts_are_equal(const struct dso *a, const struct dso *b)
{
	return a->kind == DSO_ANON ||
	       (a->generation == b->generation && a->build_id.size == b->build_id.size);
}

/* Of several dsos that may be the one of 'like', the one with the same facts, else the
 * oldest. */
static dso_id dso_find(const struct dso_table *t, const struct dso *like, uint64_t hash)
{
	dso_id id, best = DSO_NONE;

	hashmap_each(id, &t->by_hash, hash) {
		const struct dso *dso = &t->items.items[id];

		if (!dso_is_same(dso, like))
			continue;
		if (facts_are_equal(dso, like))
			return id;
		best = id < best ? id : best;
	}
	return best;
}

/* Adds the facts that only 'like' has. */
static void facts_add(struct dso *dso, const struct dso *like)
{
	if (!dso->build_id.size)
		dso->build_id = like->build_id;
	if (!generation(dso))
		dso->generation = like->generation;
}

static dso_id dso_append(struct dso_table *t, const struct dso *like, uint64_t hash)
{
	struct dso *dso;
	dso_id id;

	if (t->free.n) {
		id = t->free.items[--t->free.n];
	} else {
		id = narrow_u32(t->items.n);
		vec_add(&t->items);
	}
	dso = &t->items.items[id];
	*dso = *like;
	dso->added = ++t->n_added;
	dso->names = NULL;
	dso->places = NULL;
	dso->reason = 0;
	dso->resolved = false;
	hashmap_put(&t->by_hash, hash, id);
	return id;
}

dso_id dso_add(struct dso_table *t, const struct dso *like)
{
	uint64_t hash = dso_hash(like);
	dso_id id = dso_find(t, like, hash);

	if (id == DSO_NONE)
		return dso_append(t, like, hash);
	dso_at(t, id)->added = ++t->n_added;
	facts_add(dso_at(t, id), like);
	return id;
}

dso_id dso_add_apart(struct dso_table *t, const struct dso *like)
{
	uint64_t hash = dso_hash(like);
	dso_id id = dso_find(t, like, hash);

	if (id != DSO_NONE && facts_are_equal(dso_at(t, id), like))
		return id;
	return dso_append(t, like, hash);
}

/* Whether a recording brought names of the dso. */
static bool dso_has_names(const struct dso *d)
{
	return d->names || d->places || d->reason || d->resolved || d->size;
}

/* Sets 'is_kept' of the 'most' dsos without it that were added last. */
static void newest_keep(const struct dso_table *t, bool *is_kept, size_t most)
{
	struct sort_item *others = mem_new(t->items.n, sizeof(*others));
	size_t n = 0;

	for (dso_id id = 0; id < t->items.n; id++)
		if (!is_kept[id] && t->items.items[id].added != DSO_FREE)
			others[n++] = (struct sort_item){t->items.items[id].added, id};
	sort_by_key(others, n);
	for (size_t i = n > most ? n - most : 0; i < n; i++)
		is_kept[others[i].index] = true;
	mem_free(others);
}

void dso_table_forget(struct dso_table *t, bool *is_kept, size_t most)
{
	for (dso_id id = 0; id < t->items.n; id++)
		is_kept[id] |= dso_has_names(&t->items.items[id]);
	newest_keep(t, is_kept, most);
	for (dso_id id = 0; id < t->items.n; id++) {
		struct dso *dso = &t->items.items[id];

		if (is_kept[id] || dso->added == DSO_FREE)
			continue;
		*dso = (struct dso){.added = DSO_FREE};
		vec_push(&t->free, id);
	}
	dso_table_hash(t);
}

void dso_table_hash(struct dso_table *t)
{
	hashmap_release(&t->by_hash);
	for (dso_id id = 0; id < t->items.n; id++)
		if (t->items.items[id].added != DSO_FREE)
			hashmap_put(&t->by_hash, dso_hash(&t->items.items[id]), id);
}

struct dso *dso_at(const struct dso_table *t, dso_id id)
{
	assert(id < t->items.n);
	return &t->items.items[id];
}

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

enum dso_kind dso_kind_of(const char *path, bool is_kernel)
{
	if (starts_with(path, "[vdso]"))
		return DSO_VDSO;
	if (is_kernel && starts_with(path, "bpf_prog_"))
		return DSO_BPF;
	/* perf writes "[kernel.kallsyms]_text" and "[guest.kernel.kallsyms]". */
	if (strstr(path, "kernel.kallsyms]"))
		return DSO_KERNEL;
	if (is_kernel)
		return DSO_MODULE;
	if (*path != '/' || starts_with(path, "//anon") ||
	    starts_with(path, "/dev/zero") || starts_with(path, "/SYSV") ||
	    starts_with(path, "/anon_hugepage"))
		return DSO_ANON;
	return DSO_FILE;
}

const char *dso_short_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return *path == '/' && slash && slash[1] ? slash + 1 : path;
}

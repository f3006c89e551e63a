#include "record/data/simpleperf/file_names.h"

#include "base/bisect.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "base/sort.h"
#include "record/data/simpleperf/file_entry.h"

#include <string.h>

/* Dsos with one path that get its names, each a copy: files that replaced each other. */
enum { DSOS_MAX = 8 };

/* Dsos by the id of their path. */
struct dsos_by_path {
	struct dso_table *dsos;
	struct sort_item *items;
	size_t n;
};

/* The kernel's mapping is "[kernel.kallsyms]_text", its file "[kernel.kallsyms]". */
static str_id path_key(struct strtab *strings, const char *path, size_t len)
{
	const char *end = len && *path == '[' ? memchr(path, ']', len) : NULL;

	return strtab_add_len(strings, path, end ? (size_t)(end + 1 - path) : len);
}

/* Leaves out dsos that have names. */
static void dsos_index(struct dsos_by_path *by, struct dso_table *dsos)
{
	size_t n = dsos->items.n;

	by->dsos = dsos;
	by->items = mem_new(n, sizeof(*by->items));
	for (uint32_t i = 0; i < n; i++) {
		const struct dso *dso = &dsos->items.items[i];
		const char *path = strtab_str(dsos->strings, dso->path);

		if (dso->names || dso->resolved || dso->added == UINT64_MAX)
			continue;
		by->items[by->n++] = (struct sort_item){
			path_key(dsos->strings, path, strlen(path)), i};
	}
	sort_by_key(by->items, by->n);
}

/* Code that was made at run time is no file: its symbols have addresses. Older versions
 * of simpleperf call it an ELF file with a name of their own. */
static bool has_addrs(const struct file_entry *f)
{
	return f->type == FILE_ENTRY_ADDRS ||
	       (f->type == FILE_ENTRY_ELF && !f->min_vaddr &&
		(memmem(f->path, f->path_len, "_jit_app_cache:", 15) ||
		 memmem(f->path, f->path_len, "TemporaryFile-", 14)));
}

static void names_add(struct dso *dso, const struct file_entry *f)
{
	const struct file_entry_symbol *s;

	if (!dso->names)
		dso->names = symbol_table_new();
	if (has_addrs(f)) {
		dso->kind = DSO_ANON;
		dso->has_addrs = true;
	}
	vec_each(s, &f->symbols) {
		uint64_t start = file_entry_place(f, s->vaddr);

		symbol_table_add(dso->names, start, start + s->len,
				 arena_str(&dso->names->text, s->name, s->name_len));
	}
}

static void entry_give(const struct dsos_by_path *by, const struct file_entry *f)
{
	uint64_t key = path_key(by->dsos->strings, f->path, f->path_len);
	size_t first = bisect(0, by->n, i, by->items[i].key < key);

	if (f->type == FILE_ENTRY_MODULE || !f->symbols.n)
		return;
	for (size_t i = first; i < by->n && i < first + DSOS_MAX; i++)
		if (by->items[i].key == key)
			names_add(dso_at(by->dsos, by->items[i].index), f);
}

void file_names_read(struct dso_table *dsos, struct bytes section, bool is_proto)
{
	struct dsos_by_path by = {0};
	struct file_entry f = {0};

	dsos_index(&by, dsos);
	while (file_entry_next(&f, &section, is_proto))
		entry_give(&by, &f);
	for (size_t i = 0; i < by.n; i++) {
		struct dso *dso = dso_at(dsos, by.items[i].index);

		if (dso->names)
			symbol_table_finish(dso->names, UINT64_MAX);
	}
	file_entry_release(&f);
	mem_free(by.items);
}

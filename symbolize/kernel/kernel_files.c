#include "symbolize/kernel/kernel_files.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "elf/path_open.h"
#include "elf/search/debug_file.h"
#include "symbolize/kernel/kernel_symbols.h"
#include "symbolize/kernel/module_file.h"

#include <string.h>
#include <sys/stat.h>

void kernel_files_release(struct kernel_files *k)
{
	char **note;

	vec_each(note, &k->notes)
		mem_free(*note);
	vec_release(&k->notes);
	kallsyms_release(&k->kallsyms);
	mem_release(&k->kallsyms_path);
}

static void note_refused(struct kernel_files *k, const char *refused, const char *path)
{
	if (refused)
		vec_push(&k->notes, mem_format("'%s' is not the file of '%s': its build "
					       "id is another one",
					       refused, path));
}

/* Names of vmlinux, from wherever it is. */
static struct symbol_table *vmlinux_read(struct kernel_files *k, const struct dso *dso,
					 const char *path, const struct mapping *m)
{
	struct debug_search search = {.slow = k->slow,
				      .path = path,
				      .places = k->places,
				      .root = process_root_none()};
	scoped(fd_close) int fd =
		debug_file_open_kernel(&dso->build_id, k->release, &search);
	struct error ignored;
	scoped(elf_file_close) struct elf_file *f =
		fd < 0 ? NULL : elf_file_open(fd, &ignored);
	struct symbol_table *t = NULL;
	uint64_t shift;

	note_refused(k, search.refused, path);
	if (f && kernel_symbols_shift(f, path, m->start, &shift))
		t = kernel_symbols_of_vmlinux(f, shift);
	else if (f)
		vec_push(&k->notes, mem_format("'%s' gives no names: the recording does "
					       "not say where the kernel was loaded",
					       search.opened ? search.opened : path));
	debug_search_release(&search);
	return t;
}

/* Opens the kallsyms that the user has named, or the one in perf's cache. */
static int kallsyms_open(struct kernel_files *k, const struct build_id *id)
{
	char *ignored = NULL, hex[BUILD_ID_HEX];
	struct stat st;
	scoped(fd_close) int at = -1;
	int fd;

	if (k->places->kallsyms) {
		k->kallsyms_path =
			mem_str(k->places->kallsyms, strlen(k->places->kallsyms));
		at = path_find(k->slow, -1, k->kallsyms_path, LINKS_ALL, &st);
		return at < 0 ? -1 : path_read(k->slow, at);
	}
	fd = file_places_open(k->places, k->slow, PLACE_KALLSYMS, id, &ignored);
	build_id_hex(id, hex);
	if (fd >= 0)
		k->kallsyms_path = mem_format("kallsyms of %s", hex);
	return fd;
}

static void kallsyms_read_once(struct kernel_files *k, const struct build_id *id)
{
	scoped(fd_close) int fd = -1;
	struct error err;

	if (k->kallsyms_was_read)
		return;
	k->kallsyms_was_read = true;
	fd = kallsyms_open(k, id);
	if (!k->kallsyms_path)
		return;
	if (fd < 0)
		error_set(&err, "cannot open '%s'", k->kallsyms_path);
	else if (kallsyms_read_fd(&k->kallsyms, fd, k->kallsyms_path, &err) == 0 &&
		 !k->kallsyms.hidden)
		return;
	else if (k->kallsyms.hidden)
		error_set(&err,
			  "'%s' has no addresses: only root can copy /proc/kallsyms with "
			  "them",
			  k->kallsyms_path);
	vec_push(&k->notes, mem_str(err.text, strlen(err.text)));
	mem_release(&k->kallsyms_path);
}

/* The distance of the recorded kernel from that of kallsyms. Returns false if the
 * recording does not name the symbol at its start. */
static bool kallsyms_shift(const struct kallsyms *k, const char *path,
			   const struct mapping *m, uint64_t *shift)
{
	const char *symbol = strchr(path, ']');
	uint64_t addr = 0;

	if (symbol && strcmp(symbol + 1, "_text") == 0)
		addr = k->text;
	else if (symbol && strcmp(symbol + 1, "_stext") == 0)
		addr = k->stext;
	*shift = m->start - addr;
	return addr;
}

/* A copy of the core kernel's symbols, at the addresses of the recording. */
static struct symbol_table *symbols_move(const struct symbol_table *from, uint64_t shift)
{
	struct symbol_table *t = symbol_table_new();
	const struct symbol *sym;

	vec_each(sym, &from->items) {
		const char *module;
		size_t ignored;

		kallsyms_split(sym->name, &module, &ignored);
		/* Modules move by themselves. */
		if (!module || !shift)
			symbol_table_add(t, sym->start + shift, sym->end + shift,
					 sym->name);
	}
	symbol_table_finish(t, UINT64_MAX);
	return t;
}

static struct symbol_table *kallsyms_core(struct kernel_files *k, const struct dso *dso,
					  const char *path, const struct mapping *m)
{
	const struct kallsyms *s = &k->kallsyms;
	bool is_by_id, fits;
	uint64_t shift;

	kallsyms_read_once(k, &dso->build_id);
	if (!k->kallsyms_path || !kallsyms_shift(s, path, m, &shift))
		return NULL;
	fits = (s->etext && m->end == s->etext + shift) ||
	       (s->edata && m->end == s->edata + shift);
	is_by_id = !k->places->kallsyms;
	if (!is_by_id && !fits && !k->places->insists) {
		vec_push(&k->notes, mem_format("'%s' is not of the recorded kernel: its "
					       "code ends elsewhere",
					       k->kallsyms_path));
		return NULL;
	}
	vec_push(&k->notes,
		 mem_format("kernel names are from %s, which has no build id%s",
			    k->kallsyms_path,
			    fits ? ": the start and the end of its code are those of "
				   "the recording"
				 : ": a guess"));
	return symbols_move(s->symbols, shift);
}

struct symbol_table *kernel_files_core(struct kernel_files *k, const struct dso *dso,
				       const char *path, const struct mapping *m)
{
	struct symbol_table *t = NULL;

	if (!k->places || !m)
		return NULL;
	if (k->places->kallsyms && !k->places->vmlinux)
		t = kallsyms_core(k, dso, path, m);
	if (!t)
		t = vmlinux_read(k, dso, path, m);
	return t || k->kallsyms_was_read ? t : kallsyms_core(k, dso, path, m);
}

/* Whether kallsyms is of the recorded kernel since the same boot: modules have other
 * addresses after the next one. */
static bool is_of_same_boot(const struct kernel_files *k)
{
	const struct kallsyms *s = &k->kallsyms;
	const struct mapping *m = k->kernel;

	return m && m->start && (m->start == s->text || m->start == s->stext) &&
	       (m->end == s->etext || m->end == s->edata || k->places->insists);
}

/* The symbols of a module in the kallsyms that the user has named. */
static struct symbol_table *kallsyms_of_module(struct kernel_files *k, const char *name,
					       const struct mapping *m)
{
	static const struct build_id none;
	struct symbol_table *t;

	if (!k->places->kallsyms)
		return NULL;
	kallsyms_read_once(k, &none);
	if (!k->kallsyms_path || !is_of_same_boot(k))
		return NULL;
	t = kallsyms_module(&k->kallsyms, name);
	if (t &&
	    (t->items.items[0].start < m->start || vec_last(&t->items)->start >= m->end))
		symbol_table_free(&t);
	return t;
}

struct symbol_table *kernel_files_module(struct kernel_files *k, const struct dso *dso,
					 const char *path, const char *name,
					 const struct mapping *m)
{
	const struct module_search search = {.places = k->places,
					     .slow = k->slow,
					     .path = path,
					     .name = name,
					     .release = k->release,
					     .build_id = dso->build_id};
	scoped(module_file_close) struct module_file file = {0};
	struct symbol_table *t = NULL;

	if (!k->places || !m)
		return NULL;
	if (module_file_open(&file, &search))
		t = kernel_symbols_of_module(file.elf, m->start);
	note_refused(k, file.refused, path);
	return t ? t : kallsyms_of_module(k, name, m);
}

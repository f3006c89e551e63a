#include "symbolize/dso_files.h"

#include "base/fd.h"
#include "base/scoped.h"
#include "elf/debug_file.h"
#include "elf/dso_keeper.h"
#include "elf/elf_symbols.h"
#include "symbolize/source_dwarf.h"
#include "symbolize/source_elf.h"

#include <string.h>

enum { PAGE = 4096 };

static void places_release(struct inline_list *places)
{
	vec_release(&places->items);
}

void dso_files_release(struct dso_files *f)
{
	symbol_table_free(&f->names);
	inline_table_free(&f->places);
	source_dwarf_close(&f->dwarf);
	mem_release(&f->refused);
}

/* Where debug files of the dso may be; ends with end_search(). */
static struct debug_search search_for(const struct dso_files_options *o,
				      const struct dso_asked *asked)
{
	bool is_of_process = o->is_live && asked->dso->kind == DSO_FILE;

	return (struct debug_search){
		.path = asked->path,
		.root = is_of_process ? dso_keeper_open_root(asked->dso->pid) : -1,
		.folder = o->debug_folder,
		.servers = o->servers,
	};
}

/* What asks twice, for names and for DWARF, finds the same file twice. */
static void end_search(struct dso_files *f, struct debug_search *search)
{
	if (!f->refused) {
		f->refused = search->refused;
		search->refused = NULL;
	}
	debug_search_release(search);
}

/* The file that was mapped, from here or from elsewhere; a descriptor, or -1. */
static int open_mapped(const struct dso_files_options *o, const struct dso_asked *asked,
		       enum dso_trouble *why)
{
	int fd = dso_keeper_open(o->keeper, asked->dso, asked->path, o->is_live, why);

	return fd >= 0 ? fd
		       : debuginfod_open(o->servers, DEBUGINFOD_PROGRAM,
					 &asked->dso->build_id);
}

void dso_files_read_names(struct dso_files *f, const struct dso_files_options *o,
			  const struct dso_asked *asked)
{
	struct debug_search search;
	scoped(fd_close) int fd = -1;
	struct error ignored;

	if (f->names_read || asked->dso->kind != DSO_FILE)
		return;
	f->names_read = true;
	fd = open_mapped(o, asked, &f->why);
	if (fd < 0)
		return;
	f->why = DSO_NO_TROUBLE;
	search = search_for(o, asked);
	f->names = source_elf_load(fd, &search, &ignored);
	end_search(f, &search);
}

/* How far from where the file has it the kernel was loaded. "[kernel.kallsyms]_text" is mapped from
 * its symbol _text on. */
static bool find_shift(int fd, const struct dso_asked *asked, uint64_t *shift)
{
	const char *symbol = strchr(asked->path, ']');
	scoped(elf_file_close) struct elf_file *file = NULL;
	struct error ignored;
	uint64_t vaddr;

	if (!symbol || !symbol[1])
		return false;
	file = elf_file_open(fd, &ignored);
	if (!file || !elf_symbols_find(file, symbol + 1, &vaddr))
		return false;
	*shift = asked->m->start - vaddr;
	return *shift % PAGE == 0;
}

static struct source_dwarf *open_dwarf(struct dso_files *f,
				       const struct dso_files_options *o,
				       const struct dso_asked *asked,
				       struct debug_search *search)
{
	bool is_kernel = asked->dso->kind == DSO_KERNEL;
	enum dso_trouble ignored;
	struct error unused;
	scoped(fd_close) int fd = is_kernel
					  ? debug_file_open_kernel(&asked->dso->build_id,
								   o->os_release, search)
					  : open_mapped(o, asked, &ignored);

	if (fd < 0 || (is_kernel && !find_shift(fd, asked, &f->shift)))
		return NULL;
	return source_dwarf_open(fd, search, o->lines, &unused);
}

static bool look_up(struct dso_files *f, const struct dso_asked *asked, uint64_t at,
		    struct inline_list *places)
{
	if (asked->dso->kind == DSO_KERNEL)
		return source_dwarf_look_up_vaddr(f->dwarf, at - f->shift, places);
	return source_dwarf_look_up(f->dwarf, at, places);
}

const struct inline_entry *dso_files_find(struct dso_files *f,
					  const struct dso_files_options *o,
					  const struct dso_asked *asked, uint64_t at)
{
	scoped(places_release) struct inline_list places = {0};
	const struct inline_entry *known =
		f->places ? inline_table_find(f->places, at) : NULL;

	if (known)
		return known;
	if (!f->dwarf_opened) {
		struct debug_search search = search_for(o, asked);

		f->dwarf_opened = true;
		f->dwarf = open_dwarf(f, o, asked, &search);
		end_search(f, &search);
	}
	if (!f->dwarf || !look_up(f, asked, at, &places))
		return NULL;
	if (!f->places)
		f->places = inline_table_new();
	inline_table_add(f->places, at, places.items.items, places.items.n);
	return vec_last(&f->places->spots);
}

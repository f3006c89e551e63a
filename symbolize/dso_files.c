#include "symbolize/dso_files.h"

#include "base/fd.h"
#include "base/file_state.h"
#include "base/scoped.h"
#include "elf/dso_keeper.h"
#include "elf/search/debug_file.h"
#include "elf/search/program_file.h"
#include "symbolize/dwarf/source_dwarf.h"
#include "symbolize/kernel/kernel_symbols.h"
#include "symbolize/source_elf.h"

#include <string.h>

static void frames_release(struct inline_list *frames)
{
	vec_release(&frames->items);
}

void dso_files_release(struct dso_files *f)
{
	symbol_table_free(&f->names);
	inline_table_free(&f->places);
	source_dwarf_close(&f->dwarf);
	mem_release(&f->refused);
	mem_release(&f->other);
	budget_return(&f->memory);
}

/* Where debug files of the dso may be, whose file is 'own'. search_end() releases it. */
static struct debug_search search_begin(const struct dso_files_options *o,
					const struct dso_request *request,
					const struct stat *own)
{
	struct debug_search search = debug_search_of_file(o->slow, request->path, own);

	search.places = o->places;
	search.memory = o->memory;
	if (o->is_live && request->dso->kind == DSO_FILE)
		search.root = process_root_open(request->dso->pid);
	return search;
}

/* Keeps the path of the first refused debug file. Names and DWARF are two searches,
 * which refuse the same file twice. */
static void search_end(struct dso_files *f, struct debug_search *search)
{
	f->lacks_memory |= search->lacks_memory;
	if (!f->refused) {
		f->refused = search->refused;
		search->refused = NULL;
	}
	debug_search_release(search);
}

/* Opens the file that was mapped, from this machine or from the user's places. Returns a
 * descriptor and its state, or -1. */
static int open_mapped(struct dso_files *f, const struct dso_files_options *o,
		       const struct dso_request *request, enum dso_trouble *why,
		       struct stat *own)
{
	const struct program_search search = {.keeper = o->keeper,
					      .slow = o->slow,
					      .places = o->places,
					      .is_live = o->is_live,
					      .is_of_here = o->is_of_here};
	struct program_file found = {0};
	int fd = program_file_open(&search, request->dso, request->path, &found);

	*why = found.why;
	*own = found.state;
	f->is_guess |= found.is_guess;
	if (f->other)
		mem_free(found.refused);
	else
		f->other = found.refused;
	return fd;
}

/* Sets the build id to that of the file, or if it cannot be opened (-1), to the one that
 * the keeper knows, and the size likewise. */
static void identity_find(struct dso_files *f, const struct dso_files_options *o,
			  const struct dso_request *request, int fd)
{
	struct error ignored;
	scoped(elf_file_close) struct elf_file *elf =
		fd < 0 ? NULL : elf_file_open(fd, &ignored);
	struct dso known = {0};

	if (o->keeper)
		known = dso_keeper_complete(o->keeper, request->dso);
	f->size = known.size;
	f->build_id = known.build_id;
	if (elf)
		elf_file_build_id(elf, &f->build_id);
}

void dso_files_identify(struct dso_files *f, const struct dso_files_options *o,
			const struct dso_request *request)
{
	const struct dso_opening how = {.slow = o->slow, .is_of_here = o->is_of_here};
	enum dso_trouble ignored;
	scoped(fd_close) int fd = dso_keeper_open(o->keeper, &how, request->dso,
						  request->path, o->is_live, &ignored);

	identity_find(f, o, request, fd);
}

/* Counts the names against the budget, or drops them. */
static void names_keep(struct dso_files *f, const struct dso_files_options *o)
{
	if (!f->names)
		return;
	f->memory.from = o->memory;
	if (!budget_take(&f->memory, symbol_table_memory(f->names)))
		symbol_table_free(&f->names);
	f->lacks_memory |= f->memory.was_refused;
}

static void names_read_once(struct dso_files *f, const struct dso_files_options *o,
			    const struct dso_request *request)
{
	struct debug_search search;
	scoped(fd_close) int fd = -1;
	struct file_state state;
	struct error ignored;
	struct stat own;
	bool is_known;

	if (f->names_read)
		return;
	f->names_read = true;
	fd = open_mapped(f, o, request, &f->why, &own);
	identity_find(f, o, request, fd);
	if (fd < 0)
		return;
	f->why = DSO_NO_TROUBLE;
	search = search_begin(o, request, &own);
	is_known = file_state_read(&state, fd) == 0;
	f->names = source_elf_load(fd, &search, &ignored);
	search_end(f, &search);
	if (!is_known || file_state_check(&state, fd, request->path, &ignored) < 0) {
		symbol_table_free(&f->names);
		f->why = DSO_REPLACED;
	}
	names_keep(f, o);
}

static bool names_apply(const struct name_request *r)
{
	return r->target.dso->kind == DSO_FILE;
}

static struct symbol_table *names_get(const struct name_request *r, bool *is_owned)
{
	names_read_once(r->files, r->file_options, &r->target);
	*is_owned = false;
	return r->files->names;
}

static void names_read_ahead(const struct name_request *r)
{
	names_read_once(r->files, r->file_options, &r->target);
}

const struct name_source file_name_source = {
	.name = "file",
	.is_of_system = true,
	.applies = names_apply,
	.read = names_get,
	.read_ahead = names_read_ahead,
};

/* Sets '*shift' to the address of the kernel's code minus its vaddr in the file. */
static bool kernel_shift(int fd, const struct dso_request *request, uint64_t *shift)
{
	struct error ignored;
	scoped(elf_file_close) struct elf_file *file = elf_file_open(fd, &ignored);

	return file &&
	       kernel_symbols_shift(file, request->path, request->m->start, shift);
}

/* The kernel is no file that is mapped. */
static struct source_dwarf *kernel_dwarf_open(struct dso_files *f,
					      const struct dso_files_options *o,
					      const struct dso_request *request)
{
	struct debug_search search;
	struct source_dwarf *dwarf = NULL;
	const struct stat unknown = {0};
	scoped(fd_close) int fd = -1;
	struct error unused;

	search = search_begin(o, request, &unknown);
	fd = debug_file_open_kernel(&request->dso->build_id, o->os_release, &search);
	if (fd >= 0 && kernel_shift(fd, request, &f->shift))
		dwarf = source_dwarf_open(fd, &search, o->lines, &unused);
	search_end(f, &search);
	return dwarf;
}

static struct source_dwarf *dwarf_open(struct dso_files *f,
				       const struct dso_files_options *o,
				       const struct dso_request *request)
{
	enum dso_trouble ignored;
	struct error unused;
	struct stat own;
	scoped(fd_close) int fd = open_mapped(f, o, request, &ignored, &own);
	struct debug_search search;
	struct source_dwarf *dwarf;

	if (fd < 0)
		return NULL;
	search = search_begin(o, request, &own);
	dwarf = source_dwarf_open(fd, &search, o->lines, &unused);
	search_end(f, &search);
	return dwarf;
}

static bool dwarf_look_up(struct dso_files *f, const struct dso_request *request,
			  uint64_t at, struct inline_list *frames)
{
	if (request->dso->kind == DSO_KERNEL)
		return source_dwarf_look_up_vaddr(f->dwarf, at - f->shift, frames);
	return source_dwarf_look_up(f->dwarf, at, frames);
}

const struct inline_entry *dso_files_find(struct dso_files *f,
					  const struct dso_files_options *o,
					  const struct dso_request *request, uint64_t at)
{
	scoped(frames_release) struct inline_list frames = {0};
	const struct inline_entry *cached =
		f->places ? inline_table_find(f->places, at) : NULL;

	if (cached)
		return cached;
	if (!f->dwarf_opened) {
		f->dwarf_opened = true;
		f->dwarf = request->dso->kind == DSO_KERNEL
				   ? kernel_dwarf_open(f, o, request)
				   : dwarf_open(f, o, request);
	}
	if (!f->dwarf)
		return NULL;
	f->lacks_memory |= source_dwarf_lacks_memory(f->dwarf);
	if (!dwarf_look_up(f, request, at, &frames))
		return NULL;
	if (!f->places)
		f->places = inline_table_new();
	inline_table_add(f->places, at, frames.items.items, frames.items.n);
	return vec_last(&f->places->spots);
}

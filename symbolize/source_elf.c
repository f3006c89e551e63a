#include "symbolize/source_elf.h"

#include "base/scoped.h"
#include "elf/mini_debug.h"
#include "symbolize/elf_names.h"
#include "symbolize/go_table.h"
#include "symbolize/plt.h"

#include <unistd.h>

static bool symtab_add(struct elf_names *n)
{
	return elf_symbols_add(n->file, ELF_SYMTAB, n->file, &n->choice, &n->table->text);
}

static bool debug_file_add(struct elf_names *n)
{
	struct elf_file *debug = NULL;
	struct error ignored;
	bool has_symbols;
	int fd = debug_file_open(n->file, n->search);

	if (fd < 0)
		return false;
	debug = elf_file_open(fd, &ignored);
	if (debug)
		elf_file_limit(debug, n->search->memory);
	has_symbols = debug && elf_symbols_add(debug, ELF_SYMTAB, n->file, &n->choice,
					       &n->table->text);
	n->search->lacks_memory |= debug && elf_file_lacks_memory(debug);
	elf_file_close(&debug);
	close(fd);
	return has_symbols;
}

static bool gnu_debugdata_add(struct elf_names *n)
{
	return mini_debug_add(n->file, &n->choice, &n->table->text);
}

static bool go_add(struct elf_names *n)
{
	return go_table_add(n->file, &n->choice, &n->table->text);
}

static bool dynsym_add(struct elf_names *n)
{
	return elf_symbols_add(n->file, ELF_DYNSYM, n->file, &n->choice, &n->table->text);
}

static bool stubs_add(struct elf_names *n)
{
	plt_add(n->file, n->table);
	return true;
}

/* The most trusted first within each use; the uses in the order of their numbers. */
static const struct elf_place elf_places[] = {
	{".symtab", USE_FIRST, symtab_add},
	{"debug file", USE_FIRST, debug_file_add},
	{".gnu_debugdata", USE_FIRST, gnu_debugdata_add},
	{"Go's function table", USE_FIRST, go_add},
	{".dynsym", USE_ALSO, dynsym_add},
	{"stubs in .plt", USE_FINISHED, stubs_add},
};

/* Goes through all places of one use. */
static void places_add(struct elf_names *n, enum elf_place_use use)
{
	for (size_t i = 0; i < array_size(elf_places); i++)
		if (elf_places[i].use == use && elf_places[i].add(n) && use == USE_FIRST)
			return;
}

struct symbol_table *source_elf_load(int fd, struct debug_search *search,
				     struct error *err)
{
	scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, err);
	struct elf_names n = {.file = f, .search = search};

	if (!f)
		return NULL;
	elf_file_limit(f, search->memory);
	n.table = symbol_table_new();
	places_add(&n, USE_FIRST);
	places_add(&n, USE_ALSO);
	symbol_choice_finish(&n.choice, n.table);
	symbol_choice_release(&n.choice);
	places_add(&n, USE_FINISHED);
	search->lacks_memory |= elf_file_lacks_memory(f);
	if (!n.table->items.n) {
		symbol_table_free(&n.table);
		error_set(err, "no symbols");
	}
	return n.table;
}

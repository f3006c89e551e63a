#include "symbolize/source_elf.h"

#include "base/scoped.h"
#include "elf/elf_symbols.h"
#include "elf/mini_debug.h"
#include "symbolize/go_table.h"
#include "symbolize/plt.h"

#include <unistd.h>

static bool add_debug(struct elf_file *f, struct debug_search *search,
		      struct symbol_choice *choice, struct arena *text)
{
	struct elf_file *debug = NULL;
	struct error ignored;
	bool found;
	int fd = debug_file_open(f, search);

	if (fd < 0)
		return false;
	debug = elf_file_open(fd, &ignored);
	found = debug && elf_symbols_add(debug, ELF_SYMTAB, f, choice, text);
	elf_file_close(&debug);
	close(fd);
	return found;
}

struct symbol_table *source_elf_load(int fd, struct debug_search *search,
				     struct error *err)
{
	scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, err);
	scoped(symbol_choice_release) struct symbol_choice choice = {0};
	struct symbol_table *t;

	if (!f)
		return NULL;
	t = symbol_table_new();
	if (!elf_symbols_add(f, ELF_SYMTAB, f, &choice, &t->text) &&
	    !add_debug(f, search, &choice, &t->text) &&
	    !mini_debug_add(f, &choice, &t->text))
		go_table_add(f, &choice, &t->text);
	elf_symbols_add(f, ELF_DYNSYM, f, &choice, &t->text);
	symbol_choice_finish(&choice, t);
	plt_add(f, t);
	if (!t->items.n) {
		symbol_table_free(&t);
		error_set(err, "no symbols");
	}
	return t;
}

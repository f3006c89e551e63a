#include "symbolize/source_elf.h"

#include "base/scoped.h"
#include "symbolize/debug_file.h"
#include "symbolize/elf_file.h"

#include <unistd.h>

static struct symbol_table *load_debug(struct elf_file *f)
{
	struct elf_file *debug = NULL;
	struct symbol_table *t = NULL;
	struct error ignored;
	struct build_id id;
	int fd = -1;

	if (elf_file_build_id(f, &id))
		fd = debug_file_open(&id);
	if (fd < 0)
		return NULL;
	debug = elf_file_open(fd, &ignored);
	if (debug)
		t = elf_file_symbols(debug, ELF_SYMTAB, f);
	elf_file_close(&debug);
	close(fd);
	return t;
}

struct symbol_table *source_elf_load(int fd, struct error *err)
{
	scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, err);
	struct symbol_table *t;

	if (!f)
		return NULL;
	t = elf_file_symbols(f, ELF_SYMTAB, f);
	if (!t)
		t = load_debug(f);
	if (!t)
		t = elf_file_symbols(f, ELF_DYNSYM, f);
	if (!t)
		error_set(err, "no symbols");
	return t;
}

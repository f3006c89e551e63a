#include "symbolize/source_elf.h"

#include "base/scoped.h"
#include "symbolize/elf_file.h"

struct symbol_table *source_elf_load(int fd, struct error *err)
{
	static const enum elf_symbols tables[] = {ELF_SYMTAB, ELF_DYNSYM};
	scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, err);

	if (!f)
		return NULL;
	for (size_t i = 0; i < array_size(tables); i++) {
		struct symbol_table *t = elf_file_symbols(f, tables[i]);

		if (t)
			return t;
	}
	error_set(err, "no symbols");
	return NULL;
}

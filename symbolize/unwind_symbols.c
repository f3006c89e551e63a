#include "symbolize/unwind_symbols.h"

#include "base/scoped.h"
#include "base/vec.h"
#include "symbolize/elf_symbols.h"

#include <elf.h>
#include <stdlib.h>

struct starts {
	VEC(uint32_t) items;
};

static int compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void add_table(struct elf_file *f, size_t number, struct starts *to)
{
	struct elf_symbols table;

	if (!elf_symbols_open(f, number, &table))
		return;
	for (size_t i = 1; i < table.n; i++) {
		struct elf_symbol sym = elf_symbols_at(&table, i);
		uint8_t type = ELF64_ST_TYPE(sym.info);
		uint64_t file_off, left;

		if ((type == STT_FUNC || type == STT_GNU_IFUNC) && sym.section &&
		    elf_file_code(f, sym.vaddr, &file_off, &left) &&
		    file_off <= UINT32_MAX)
			vec_push(&to->items, (uint32_t)file_off);
	}
}

void unwind_symbols_read(int fd, uint32_t **starts, size_t *n)
{
	struct error ignored;
	scoped(elf_file_close) struct elf_file *f =
		fd < 0 ? NULL : elf_file_open(fd, &ignored);
	struct starts found = {0};
	const struct elf_section *s;

	for (size_t i = 1; f && (s = elf_file_section(f, i)); i++)
		if (s->type == SHT_SYMTAB || s->type == SHT_DYNSYM)
			add_table(f, i, &found);
	if (found.items.n)
		qsort(found.items.items, found.items.n, sizeof(uint32_t), compare);
	*n = 0;
	for (size_t i = 0; i < found.items.n; i++)
		if (!i || found.items.items[i] != found.items.items[i - 1])
			found.items.items[(*n)++] = found.items.items[i];
	*starts = found.items.items;
}

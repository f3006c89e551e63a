/* Any bytes as an ELF file. */
#include "symbolize/elf_file.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void look_at(struct symbol_table *t)
{
	const struct symbol *symbol, *before = NULL;

	if (!t)
		return;
	require(t->items.n);
	vec_each(symbol, &t->items) {
		require(*symbol->name && symbol->start < symbol->end);
		require(!before || before->start < symbol->start);
		before = symbol;
	}
	for (size_t i = 0; i < t->items.n; i++)
		require(symbol_table_find(t, t->items.items[i].start));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct symbol_table *all, *dynamic;
	struct build_id id;
	struct elf_file *f;
	struct error err;
	uint64_t file_off;

	f = elf_file_of_image(data, size, &err);
	if (!f)
		return 0;
	if (elf_file_build_id(f, &id))
		require(id.size && id.size <= BUILD_ID_MAX);
	for (uint64_t vaddr = 0; vaddr < 1 << 20; vaddr += 4096)
		(void)elf_file_offset(f, vaddr, &file_off);
	all = elf_file_symbols(f, ELF_SYMTAB, f);
	dynamic = elf_file_symbols(f, ELF_DYNSYM, f);
	look_at(all);
	look_at(dynamic);
	symbol_table_free(&all);
	symbol_table_free(&dynamic);
	elf_file_close(&f);
	return 0;
}

/* Any bytes as an ELF file. */
#include "base/scoped.h"
#include "elf/elf_symbols.h"
#include "elf/mini_debug.h"
#include "elf/search/debug_file.h"
#include "symbolize/go_table.h"
#include "symbolize/plt.h"
#include "tests/fuzz/fuzz.h"
#include "unwind/go_functions.h"

#include <string.h>

static void look_at(struct symbol_table *t)
{
	const struct symbol *symbol, *before = NULL;

	vec_each(symbol, &t->items) {
		require(*symbol->name && symbol->start < symbol->end);
		require(!before || before->start < symbol->start);
		before = symbol;
	}
	for (size_t i = 0; i < t->items.n; i++)
		require(symbol_table_find(t, t->items.items[i].start));
}

/* Everything that names come from, in the order of source_elf. */
static struct symbol_table *load(struct elf_file *f)
{
	scoped(symbol_choice_release) struct symbol_choice choice = {0};
	struct symbol_table *t = symbol_table_new();

	elf_symbols_add(f, ELF_SYMTAB, f, &choice, &t->text);
	mini_debug_add(f, &choice, &t->text);
	go_table_add(f, &choice, &t->text);
	elf_symbols_add(f, ELF_DYNSYM, f, &choice, &t->text);
	symbol_choice_finish(&choice, t);
	plt_add(f, t);
	return t;
}

static void look_at_functions(struct elf_file *f)
{
	scoped(go_functions_free) struct go_functions *t = go_functions_new(f, 1 << 20);
	const struct go_function *fn;
	int64_t delta;

	if (!t)
		return;
	require(go_functions_bytes(t) <= 1 << 20);
	for (uint64_t at = 0; at < 1 << 16; at++) {
		fn = go_functions_find(t, at);
		if (!fn)
			continue;
		require(fn->start <= at && at < fn->end && fn->name);
		if (go_functions_sp_delta(t, fn, at, &delta))
			require(delta >= 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Unpacking writes to the image. */
	scoped(mem_release) char *image = mem_str((const char *)data, size);
	scoped(elf_file_close) struct elf_file *f = NULL;
	scoped(symbol_table_free) struct symbol_table *t = NULL;
	/* No debug file is found for it, but .gnu_debuglink is read. */
	struct debug_search search = debug_search_of(NULL, "/none/none", -1);
	struct build_id id;
	struct error err;
	uint64_t file_off;
	int fd;

	f = elf_file_of_image(image, size, &err);
	if (!f)
		return 0;
	if (elf_file_build_id(f, &id))
		require(id.size && id.size <= BUILD_ID_MAX);
	for (uint64_t vaddr = 0; vaddr < 1 << 20; vaddr += 4096)
		(void)elf_file_offset(f, vaddr, &file_off);
	t = load(f);
	look_at(t);
	look_at_functions(f);
	require(!elf_symbols_find(f, "no such name", &file_off));
	fd = debug_file_open(f, &search);
	require(fd < 0);
	debug_search_release(&search);
	elf_file_dwarf(f, true);
	return 0;
}

#include "unwind/unwind_symbols.h"

#include "base/narrow.h"
#include "base/scoped.h"
#include "base/sort.h"
#include "base/vec.h"
#include "elf/elf_file.h"

#include <elf.h>

struct starts {
	VEC(uint64_t) items;
};

static void starts_release(struct starts *s)
{
	vec_release(&s->items);
}

/* Adds the functions of one symbol table. Reads no names: they would take most of the
 * memory. */
static void symbol_section_add(struct elf_file *f, size_t number, uint64_t base,
			       struct starts *to)
{
	struct bytes b = elf_file_data(f, number);

	while (bytes_left(&b) >= sizeof(Elf64_Sym)) {
		uint64_t vaddr, file_off, left;
		uint16_t section;
		uint8_t type;

		bytes_skip(&b, sizeof(uint32_t)); /* name */
		type = ELF64_ST_TYPE(bytes_u8(&b));
		bytes_skip(&b, 1);
		section = bytes_u16(&b);
		vaddr = bytes_u64(&b);
		bytes_skip(&b, sizeof(uint64_t)); /* size */
		if ((type == STT_FUNC || type == STT_GNU_IFUNC) && section &&
		    elf_file_code(f, vaddr, &file_off, &left) &&
		    file_off - base <= UINT32_MAX)
			vec_push(&to->items, file_off - base);
	}
}

void unwind_symbols_read(int fd, uint64_t base, uint32_t **starts, size_t *n)
{
	struct error ignored;
	scoped(elf_file_close) struct elf_file *f =
		fd < 0 ? NULL : elf_file_open(fd, &ignored);
	scoped(starts_release) struct starts found = {0};
	const struct elf_section *s;

	for (size_t i = 1; f && elf_file_is_wide(f) && (s = elf_file_section(f, i)); i++)
		if (s->type == SHT_SYMTAB || s->type == SHT_DYNSYM)
			symbol_section_add(f, i, base, &found);
	sort_items(found.items.items, found.items.n, sizeof(uint64_t), 0);
	*n = 0;
	*starts = mem_new(found.items.n, sizeof(**starts));
	for (size_t i = 0; i < found.items.n; i++)
		if (!i || found.items.items[i] != found.items.items[i - 1])
			(*starts)[(*n)++] = narrow_u32(found.items.items[i]);
}

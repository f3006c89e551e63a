#include "elf/elf_relocs.h"

#include "base/scoped.h"
#include "elf/elf_symbols.h"

#include <elf.h>

/* Programs have two sections of relocations and fewer than 2 million of them; hostile
 * files have more. */
enum { MAX_SECTIONS = 8, MAX_RELOCS = 4 << 20 };

struct reloc_types {
	uint16_t machine;
	uint32_t relative, absolute;
};

/* Machines of 64 bits that Go is built for; older <elf.h> do not name LoongArch. */
static const struct reloc_types all_types[] = {
	{EM_X86_64, R_X86_64_RELATIVE, R_X86_64_64},
	{EM_AARCH64, R_AARCH64_RELATIVE, R_AARCH64_ABS64},
	{EM_RISCV, R_RISCV_RELATIVE, R_RISCV_64},
	{EM_PPC64, R_PPC64_RELATIVE, R_PPC64_ADDR64},
	{EM_S390, R_390_RELATIVE, R_390_64},
	{258, 3, 2},
};

/* A walk over all relocations that store a pointer. */
struct relocs {
	struct elf_file *f;
	const struct reloc_types *types;
	size_t section; /* number of the current section, 0 before the first */
	int sections_left, relocs_left;
	struct bytes entries;
	bool has_symbols;
	struct elf_symbols symbols;
};

void elf_places_release(struct elf_places *p)
{
	vec_release(&p->items);
}

static struct relocs relocs_start(struct elf_file *f)
{
	struct relocs w = {
		.f = f, .sections_left = MAX_SECTIONS, .relocs_left = MAX_RELOCS};

	for (size_t i = 0; i < array_size(all_types); i++)
		if (all_types[i].machine == elf_file_machine(f) && elf_file_is_wide(f))
			w.types = &all_types[i];
	return w;
}

static bool relocs_next_section(struct relocs *w)
{
	const struct elf_section *s;

	while (w->sections_left && (s = elf_file_section(w->f, ++w->section))) {
		if (s->type != SHT_RELA || !(s->flags & SHF_ALLOC))
			continue;
		w->sections_left--;
		w->entries = elf_file_data(w->f, w->section);
		w->has_symbols = elf_symbols_open(w->f, s->link, &w->symbols);
		return true;
	}
	return false;
}

/* Sets *value to the pointer that a relocation stores. Returns false if it depends on
 * other files. */
static bool reloc_value(const struct relocs *w, uint64_t info, uint64_t addend,
			uint64_t *value)
{
	uint64_t index = ELF64_R_SYM(info);
	struct elf_symbol sym;

	*value = addend;
	if (ELF64_R_TYPE(info) == w->types->relative)
		return true;
	if (ELF64_R_TYPE(info) != w->types->absolute || !w->has_symbols ||
	    index >= w->symbols.n)
		return false;
	sym = elf_symbols_at(&w->symbols, index);
	*value += sym.vaddr;
	return sym.section != SHN_UNDEF;
}

static bool relocs_next(struct relocs *w, uint64_t *place, uint64_t *value)
{
	if (!w->types)
		return false;
	while (w->relocs_left) {
		uint64_t info, addend;

		while (bytes_left(&w->entries) < sizeof(Elf64_Rela))
			if (!relocs_next_section(w))
				return false;
		*place = bytes_u64(&w->entries);
		info = bytes_u64(&w->entries);
		addend = bytes_u64(&w->entries);
		w->relocs_left--;
		if (reloc_value(w, info, addend, value))
			return true;
	}
	return false;
}

void elf_relocs_apply(struct elf_file *f, uint64_t vaddr, void *copy, size_t size)
{
	struct relocs w = relocs_start(f);
	uint64_t place, value;

	while (relocs_next(&w, &place, &value)) {
		if (size < sizeof(value) || place - vaddr > size - sizeof(value))
			continue;
		if (w.entries.swapped)
			value = bswap_64(value);
		memcpy((uint8_t *)copy + (place - vaddr), &value, sizeof(value));
	}
}

void elf_relocs_find(struct elf_file *f, uint64_t value, size_t most,
		     struct elf_places *places)
{
	struct relocs w = relocs_start(f);
	uint64_t place, stored;

	while (places->items.n < most && relocs_next(&w, &place, &stored))
		if (stored == value)
			vec_push(&places->items, place);
}

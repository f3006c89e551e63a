#include "symbolize/kernel/kernel_symbols.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "elf/elf_symbols.h"
#include "symbolize/kernel/source_kallsyms.h"

#include <elf.h>
#include <string.h>

enum {
	PAGE = 4096,
	/* The names of all symbols together, as in elf_symbols.c. */
	NAME_REUSE = 4,
	NAME_MEAN = 256,
};

/* Addresses of the sections minus the values of their symbols; 0: no code. */
struct layout {
	VEC(uint64_t) bases; /* by section */
};

static void layout_release(struct layout *l)
{
	vec_release(&l->bases);
}

bool kernel_symbols_shift(struct elf_file *f, const char *path, uint64_t start,
			  uint64_t *shift)
{
	const char *symbol = strchr(path, ']');
	uint64_t vaddr;

	if (!symbol || !symbol[1] || !elf_symbols_find(f, symbol + 1, &vaddr))
		return false;
	*shift = start - vaddr;
	return *shift % PAGE == 0;
}

static bool is_code(const struct elf_section *section)
{
	const uint64_t flags = SHF_ALLOC | SHF_EXECINSTR;

	return (section->flags & flags) == flags && section->size;
}

/* Sets *c to the candidate for a function. Returns false for other symbols. */
static bool candidate_of(struct elf_file *f, const struct elf_symbol *sym,
			 const struct layout *l, struct candidate *c)
{
	const struct elf_section *section;
	uint8_t type = ELF64_ST_TYPE(sym->info), binding = ELF64_ST_BIND(sym->info);
	uint64_t end;

	if ((type != STT_FUNC && type != STT_NOTYPE) || sym->section >= l->bases.n ||
	    !l->bases.items[sym->section] || !*sym->name || *sym->name == '$' ||
	    strncmp(sym->name, ".L", 2) == 0 || kallsyms_is_padding(sym->name))
		return false;
	section = elf_file_section(f, sym->section);
	if (sym->vaddr - section->vaddr >= section->size)
		return false;
	end = section->vaddr + section->size;
	*c = (struct candidate){.start = sym->vaddr + l->bases.items[sym->section],
				.is_label = type == STT_NOTYPE,
				.is_open = !sym->size};
	if (sym->size && sym->size < end - sym->vaddr)
		end = sym->vaddr + sym->size;
	c->end = c->start + (end - sym->vaddr);
	c->binding = BINDING_GLOBAL;
	if (binding == STB_LOCAL)
		c->binding = BINDING_LOCAL;
	else if (binding == STB_WEAK)
		c->binding = BINDING_WEAK;
	return c->end > c->start;
}

/* Returns false if the names are too long: names of many symbols may overlap. */
static bool candidates_add(struct elf_file *f, const struct elf_symbols *t,
			   const struct layout *l, struct symbol_choice *choice,
			   struct arena *text)
{
	const char *strings = (const char *)t->strings.data;
	size_t left = NAME_REUSE * t->strings.size + NAME_MEAN * t->n;
	const char *kept = arena_str(text, strings, t->strings.size);

	for (size_t i = 1; i < t->n; i++) {
		struct elf_symbol sym = elf_symbols_at(t, i);
		struct candidate c;
		size_t len;

		if (!candidate_of(f, &sym, l, &c))
			continue;
		c.name = kept + (sym.name - strings);
		len = strnlen(c.name, left);
		if (len == left)
			return false;
		left -= len;
		symbol_choice_add(choice, &c);
	}
	return true;
}

static struct symbol_table *table_make(struct elf_file *f, const struct layout *l)
{
	scoped(symbol_choice_release) struct symbol_choice choice = {0};
	struct symbol_table *table = NULL;
	struct elf_symbols t = {0};

	for (size_t i = 1; i < l->bases.n; i++)
		if (elf_file_section(f, i)->type == SHT_SYMTAB &&
		    elf_symbols_open(f, i, &t))
			break;
	if (!t.n)
		return NULL;
	table = symbol_table_new();
	if (candidates_add(f, &t, l, &choice, &table->text))
		symbol_choice_finish(&choice, table);
	if (!table->items.n)
		symbol_table_free(&table);
	return table;
}

struct symbol_table *kernel_symbols_of_vmlinux(struct elf_file *f, uint64_t shift)
{
	scoped(layout_release) struct layout l = {0};
	const struct elf_section *section;

	/* A shift of 0 is that of a kernel at its own address. */
	for (size_t i = 0; (section = elf_file_section(f, i)); i++)
		vec_push(&l.bases, is_code(section) ? shift : 0);
	return table_make(f, &l);
}

static bool is_for_start(const struct elf_section *section)
{
	return strncmp(section->name, ".init", 5) == 0;
}

struct symbol_table *kernel_symbols_of_module(struct elf_file *f, uint64_t start)
{
	scoped(layout_release) struct layout l = {0};
	const struct elf_section *section;
	uint64_t at = start;

	for (size_t i = 0; (section = elf_file_section(f, i)); i++) {
		uint64_t align = section->align ? section->align : 1;
		bool is_loaded = is_code(section) && !is_for_start(section);

		if (is_loaded)
			at = (at + align - 1) / align * align;
		vec_push(&l.bases, is_loaded ? at : 0);
		if (is_loaded)
			at += section->size;
	}
	return table_make(f, &l);
}

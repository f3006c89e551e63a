#include "elf/elf_symbols.h"

#include "elf/go_program.h"

#include <assert.h>
#include <elf.h>

/* The names of all symbols together: more than linkers leave after they merge equal
 * strings. */
enum { NAME_REUSE = 4, NAME_MEAN = 256 };

/* Bytes of a symbol while one is chosen: the candidate, keys for sorting, and twice the
 * symbol of the table. */
enum { SYMBOL_MEMORY = 192 };

bool elf_symbols_open(struct elf_file *f, size_t number, struct elf_symbols *t)
{
	const struct elf_section *table = elf_file_section(f, number), *strings;
	const char *end;

	if (!table || (table->type != SHT_SYMTAB && table->type != SHT_DYNSYM))
		return false;
	strings = elf_file_section(f, table->link);
	if (!strings || strings->type != SHT_STRTAB)
		return false;
	t->is_wide = elf_file_is_wide(f);
	t->entries = elf_file_data(f, number);
	t->strings = elf_file_data(f, table->link);
	end = memrchr(t->strings.data, '\0', t->strings.size);
	t->strings.size = end ? (size_t)(end + 1 - (const char *)t->strings.data) : 0;
	t->n = t->entries.size / (t->is_wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym));
	return true;
}

static struct elf_symbol symbol_read_32(struct bytes *b, uint32_t *name)
{
	struct elf_symbol sym = {0};

	*name = bytes_u32(b);
	sym.vaddr = bytes_u32(b);
	sym.size = bytes_u32(b);
	sym.info = bytes_u8(b);
	bytes_skip(b, 1);
	sym.section = bytes_u16(b);
	return sym;
}

static struct elf_symbol symbol_read_64(struct bytes *b, uint32_t *name)
{
	struct elf_symbol sym = {0};

	*name = bytes_u32(b);
	sym.info = bytes_u8(b);
	bytes_skip(b, 1);
	sym.section = bytes_u16(b);
	sym.vaddr = bytes_u64(b);
	sym.size = bytes_u64(b);
	return sym;
}

struct elf_symbol elf_symbols_at(const struct elf_symbols *t, size_t i)
{
	struct bytes b = t->entries;
	struct elf_symbol sym;
	uint32_t name;

	assert(i < t->n);
	b.at = i * (t->is_wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym));
	sym = t->is_wide ? symbol_read_64(&b, &name) : symbol_read_32(&b, &name);
	sym.name = name < t->strings.size ? (const char *)t->strings.data + name : "";
	return sym;
}

/* Whether the symbol marks code or data for disassemblers ($a, $x, $d), or is a local
 * label. */
static bool is_marker(const char *name)
{
	return !*name || (name[0] == '$' && strchr("atdx", name[1])) ||
	       strncmp(name, ".L", 2) == 0;
}

static uint8_t binding_of(const struct elf_symbol *sym)
{
	switch (ELF64_ST_BIND(sym->info)) {
	case STB_LOCAL:
		return BINDING_LOCAL;
	case STB_WEAK:
		return BINDING_WEAK;
	default:
		return BINDING_GLOBAL;
	}
}

/* Sets *c to the candidate for a symbol of code. The vaddrs of 'layout' are those of the
 * symbols plus 'moved'. Returns false for other symbols. */
static bool candidate_of_symbol(const struct elf_file *layout, uint64_t moved,
				const struct elf_symbol *sym,
				const struct elf_section *section, struct candidate *c)
{
	uint8_t type = ELF64_ST_TYPE(sym->info);
	uint64_t vaddr = sym->vaddr, left;

	if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
		return false;
	if (!(section->flags & SHF_EXECINSTR) || is_marker(sym->name))
		return false;
	/* Thumb code is marked in an address bit that is not part of the address. */
	if (elf_file_machine(layout) == EM_ARM && type == STT_FUNC)
		vaddr &= ~(uint64_t)1;
	if (!elf_file_code(layout, vaddr + moved, &c->start, &left))
		return false;
	c->binding = binding_of(sym);
	c->is_label = type == STT_NOTYPE;
	c->is_open = sym->size == 0;
	if (!c->is_open)
		left = sym->size < left ? sym->size : left;
	else if (vaddr - section->vaddr < section->size &&
		 section->vaddr + section->size - vaddr < left)
		left = section->vaddr + section->size - vaddr;
	c->end = c->start + left;
	return true;
}

/* The vaddr of the code in 'layout' minus that in 'f'. Prelinking moves a binary, but not
 * its debug file. */
static uint64_t code_distance(struct elf_file *layout, struct elf_file *f)
{
	const struct elf_section *there = elf_file_section(f, elf_file_find(f, ".text"));
	const struct elf_section *here =
		elf_file_section(layout, elf_file_find(layout, ".text"));

	return here && there && here->vaddr && there->vaddr ? here->vaddr - there->vaddr
							    : 0;
}

/* The name in the spelling of Go's own table, so that programs with and without symbols
 * have the same names; NULL if that table does not contain the function. */
static const char *go_name(const char *name, struct arena *text)
{
	size_t len = go_program_name_len(name);

	if (!len)
		return NULL;
	return name[len] ? arena_str(text, name, len) : name;
}

/* Returns false if the names are too long: names of many symbols may overlap. */
static bool candidates_add(struct elf_file *f, const struct elf_symbols *t,
			   struct elf_file *layout, struct symbol_choice *choice,
			   struct arena *text)
{
	const char *strings = (const char *)t->strings.data, *kept;
	size_t left = NAME_REUSE * t->strings.size + NAME_MEAN * t->n;
	uint64_t moved = code_distance(layout, f);
	bool is_go = go_program_is(layout);

	if (!elf_file_take(layout, SYMBOL_MEMORY * t->n + t->strings.size))
		return false;
	kept = arena_str(text, strings, t->strings.size);
	for (size_t i = 1; i < t->n; i++) {
		struct elf_symbol sym = elf_symbols_at(t, i);
		const struct elf_section *section;
		struct candidate c;
		size_t len;

		/* 0 means undefined; numbers from 0xff00 on have other meanings. */
		if (!sym.section || sym.section >= SHN_LORESERVE)
			continue;
		section = elf_file_section_of_symbol(f, sym.section, sym.vaddr);
		if (!section || !candidate_of_symbol(layout, moved, &sym, section, &c))
			continue;
		c.name = kept + (sym.name - strings);
		len = strnlen(c.name, left);
		if (len == left)
			return false;
		left -= len;
		if (is_go && !(c.name = go_name(c.name, text)))
			continue;
		symbol_choice_add(choice, &c);
	}
	return true;
}

/* Opens the first table of that type; a file has only one. */
static bool open_first_table(struct elf_file *f, uint32_t type, struct elf_symbols *t)
{
	const struct elf_section *section;

	for (size_t i = 1; (section = elf_file_section(f, i)); i++)
		if (section->type == type)
			return elf_symbols_open(f, i, t);
	return false;
}

bool elf_symbols_add(struct elf_file *f, enum elf_symbols_kind kind,
		     struct elf_file *layout, struct symbol_choice *choice,
		     struct arena *text)
{
	size_t before = choice->items.n;
	struct elf_symbols t;

	if (open_first_table(f, kind == ELF_SYMTAB ? SHT_SYMTAB : SHT_DYNSYM, &t) &&
	    !candidates_add(f, &t, layout, choice, text))
		choice->items.n = before;
	return choice->items.n > before;
}

bool elf_symbols_find(struct elf_file *f, const char *name, uint64_t *vaddr)
{
	struct elf_symbols t;

	if (!open_first_table(f, SHT_SYMTAB, &t))
		return false;
	for (size_t i = 1; i < t.n; i++) {
		struct elf_symbol sym = elf_symbols_at(&t, i);

		if (sym.section && strcmp(sym.name, name) == 0) {
			*vaddr = sym.vaddr;
			return true;
		}
	}
	return false;
}

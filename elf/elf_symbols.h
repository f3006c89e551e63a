/* The symbol tables of an ELF file. */
#pragma once

#include "base/arena.h"
#include "elf/elf_file.h"
#include "elf/symbol_choice.h"

enum elf_symbols_kind {
	ELF_SYMTAB, /* all, if nobody stripped them */
	ELF_DYNSYM, /* what others may link with */
};

/* One table with its strings; both are the file's. */
struct elf_symbols {
	struct bytes entries, strings; /* of the strings, each one has an end */
	bool is_wide;
	size_t n;
};

struct elf_symbol {
	const char *name; /* "": none */
	uint64_t vaddr, size;
	uint16_t section; /* its number or SHN_* */
	uint8_t info;	  /* as <elf.h> packs it: type and binding */
};

/* The table in section 'number'; false where that is none. */
bool elf_symbols_open(struct elf_file *f, size_t number, struct elf_symbols *t);

/* Symbol 'i' below 'n'. */
struct elf_symbol elf_symbols_at(const struct elf_symbols *t, size_t i);

/* Adds the code symbols of the table of a kind, by file_off, to 'choice', with their
 * names in 'text'. The offsets are those of 'layout': the file itself, or the one that it
 * is the debug file of, whose own offsets mean nothing. False where there are none. */
bool elf_symbols_add(struct elf_file *f, enum elf_symbols_kind kind,
		     struct elf_file *layout, struct symbol_choice *choice,
		     struct arena *text);

/* Where .symtab has the first symbol of that name; false where it has none. */
bool elf_symbols_find(struct elf_file *f, const char *name, uint64_t *vaddr);

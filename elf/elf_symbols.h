/* The symbol tables of an ELF file. */
#pragma once

#include "base/arena.h"
#include "elf/elf_file.h"
#include "elf/symbol_choice.h"

enum elf_symbols_kind {
	ELF_SYMTAB, /* all symbols, unless the file is stripped */
	ELF_DYNSYM, /* the symbols that other files can link to */
};

/* One table with its strings; both belong to the file. */
struct elf_symbols {
	struct bytes entries;
	struct bytes strings; /* each string in it has a NUL */
	bool is_wide;
	size_t n;
};

struct elf_symbol {
	const char *name; /* "": none */
	uint64_t vaddr, size;
	uint16_t section; /* number of a section, or SHN_* */
	uint8_t info;	  /* type and binding, as in <elf.h> */
};

/* Opens the table in section 'number'. Returns false if the section is not a symbol
 * table. */
bool elf_symbols_open(struct elf_file *f, size_t number, struct elf_symbols *t);

/* Reads symbol 'i', which must be less than t->n. */
struct elf_symbol elf_symbols_at(const struct elf_symbols *t, size_t i);

/* Adds the code symbols of a table to 'choice', by file_off; the names are stored in
 * 'text'. The file_offs are those of 'layout': 'f' itself, or the binary of the debug
 * file 'f', as the file_offs of a debug file are meaningless. Returns false if there are
 * none, or if their names together are far longer than the table of strings. */
bool elf_symbols_add(struct elf_file *f, enum elf_symbols_kind kind,
		     struct elf_file *layout, struct symbol_choice *choice,
		     struct arena *text);

/* Sets *vaddr to the address of the first symbol of that name in .symtab. Returns false
 * if there is none. */
bool elf_symbols_find(struct elf_file *f, const char *name, uint64_t *vaddr);

/* An ELF file, of any class, byte order and machine, read through libelf and with pread()
 * alone: a file that shrinks meanwhile gives an error, not a signal. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "model/build_id.h"
#include "model/symbol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file;

/* Reads through 'fd', which stays the caller's and has to outlive the file. NULL where it is
 * no ELF file, or one of absurd proportions. */
struct elf_file *elf_file_open(int fd, struct error *err);

/* The same for an image in memory, which has to outlive the file. */
struct elf_file *elf_file_of_image(const void *data, size_t size, struct error *err);

void elf_file_close(struct elf_file **f);

/* False where it has none. */
bool elf_file_build_id(struct elf_file *f, struct build_id *id);

/* Where in the file the byte lies that is loaded at 'vaddr'; false for what is not in it. */
bool elf_file_offset(const struct elf_file *f, uint64_t vaddr, uint64_t *file_off);

/* The other way; false for what is loaded from nowhere. */
bool elf_file_vaddr(const struct elf_file *f, uint64_t file_off, uint64_t *vaddr);

/* Whether what is loaded at 'vaddr' may be run. */
bool elf_file_is_code(const struct elf_file *f, uint64_t vaddr);

/* libelf's own handle, which stays the file's, for libdw, with the DWARF read and unpacked.
 * NULL where there is none, where its strings have no end, or so much that memory would
 * suffer. */
struct Elf *elf_file_dwarf(struct elf_file *f);

/* Those bytes of a section of DWARF, "info" for one, that libdw reads; none where there is no
 * such section. */
struct bytes elf_file_dwarf_data(const struct elf_file *f, const char *name);

/* Whether what libdw gave out as a string is one that ends inside of its section. */
bool elf_file_has_string(const struct elf_file *f, const char *text);

/* From now on the descriptor is left alone, and what was not read yet cannot be read. */
void elf_file_forget_fd(struct elf_file *f);

enum elf_symbols {
	ELF_SYMTAB, /* all, if nobody stripped them */
	ELF_DYNSYM, /* what others may link with */
};

/* The code symbols of one of its tables, by file_off, or NULL where it has none there. The
 * offsets are those of 'layout': the file itself, or the one that it is the debug file of,
 * whose own offsets mean nothing. */
struct symbol_table *elf_file_symbols(struct elf_file *f, enum elf_symbols which,
				      const struct elf_file *layout);

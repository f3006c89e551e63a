/* An ELF file, of any class, byte order and machine, read through libelf and with pread()
 * alone: a file that shrinks meanwhile gives an error, not a signal. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "model/build_id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file;

/* Reads through 'fd', which stays the caller's and has to outlive the file. NULL where it is
 * no ELF file, or one of absurd proportions. */
struct elf_file *elf_file_open(int fd, struct error *err);

/* The same for an image in memory, which has to outlive the file. Unpacking one of its
 * sections changes what the image says about it. */
struct elf_file *elf_file_of_image(void *data, size_t size, struct error *err);

void elf_file_close(struct elf_file **f);

/* False where it has none. */
bool elf_file_build_id(struct elf_file *f, struct build_id *id);

/* Where in the file the byte lies that is loaded at 'vaddr'; false for what is not in it. */
bool elf_file_offset(const struct elf_file *f, uint64_t vaddr, uint64_t *file_off);

/* The other way; false for what is loaded from nowhere. */
bool elf_file_vaddr(const struct elf_file *f, uint64_t file_off, uint64_t *vaddr);

/* Whether what is loaded at 'vaddr' may be run; a debug file says so of what it does not hold. */
bool elf_file_is_code(const struct elf_file *f, uint64_t vaddr);

/* Where in the file the code lies that is loaded at 'vaddr', and how much of its segment is
 * left from there on. False for what is not in the file or may not be run. */
bool elf_file_code(const struct elf_file *f, uint64_t vaddr, uint64_t *file_off,
		   uint64_t *left);

uint16_t elf_file_machine(const struct elf_file *f); /* EM_* */

uint64_t elf_file_entry(const struct elf_file *f); /* vaddr of the first instruction */

bool elf_file_is_wide(const struct elf_file *f); /* of 64 bits */

/* A section as the table of sections has it, its fields unchecked. */
struct elf_section {
	const char *name; /* "": none */
	uint64_t flags, vaddr, file_off, size;
	uint32_t type, link;
};

/* Section 'number', from 0 up; NULL behind the last. Valid until the file is closed. */
const struct elf_section *elf_file_section(struct elf_file *f, size_t number);

/* The number of the first section of that name, 0: there is none. */
size_t elf_file_find(struct elf_file *f, const char *name);

/* What is in the section, unpacked, valid until the file is closed; empty where nothing is, or
 * too much (256 MiB, with the others 1 GiB), or where it is packed in a way that nobody knows. */
struct bytes elf_file_data(struct elf_file *f, size_t number);

/* libelf's own handle, which stays the file's, for libdw, with the DWARF read and unpacked, but
 * the tables of source lines only with 'lines'. NULL where there is none, where its strings have
 * no end, or so much that memory would suffer. */
struct Elf *elf_file_dwarf(struct elf_file *f, bool lines);

/* Those bytes of a section of DWARF, "info" for one, that libdw reads; none where there is no
 * such section. */
struct bytes elf_file_dwarf_data(const struct elf_file *f, const char *name);

/* Whether what libdw gave out as a string is one that ends inside of its section. */
bool elf_file_has_string(const struct elf_file *f, const char *text);

/* From now on the descriptor is left alone, and what was not read yet cannot be read. */
void elf_file_forget_fd(struct elf_file *f);

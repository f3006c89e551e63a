/* An ELF file of any class, byte order and machine, read with libelf and pread() alone:
 * if the file shrinks meanwhile, a read returns an error and the process gets no
 * signal. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "elf/elf_sections.h"
#include "model/budget.h"
#include "model/build_id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file;

/* Reads through 'fd', which stays the caller's and must outlive the file (but see
 * elf_file_forget_fd()). Returns NULL if it is no ELF file, or if its header states more
 * program or section headers than programs have. */
struct elf_file *elf_file_open(int fd, struct error *err);

/* The same for an image in memory, which must outlive the file. Unpacking a section
 * changes the section's header in the image. */
struct elf_file *elf_file_of_image(void *data, size_t size, struct error *err);

void elf_file_close(struct elf_file **f);

/* From now on the file's sections count against the budget (NULL: none), which must
 * outlive the file. */
void elf_file_limit(struct elf_file *f, struct budget *memory);

/* Takes 'n' bytes from the file's budget for data made of its sections, until the file is
 * closed. Returns false if less is left. */
bool elf_file_take(struct elf_file *f, uint64_t n);

/* Whether the budget was too small for something. */
bool elf_file_lacks_memory(const struct elf_file *f);

/* Returns false if the file has no build id. */
bool elf_file_build_id(struct elf_file *f, struct build_id *id);

/* Whether 'fd' is an ELF file with this build id. */
bool elf_file_has_build_id(int fd, const struct build_id *id);

/* Sets *file_off to the file offset of the byte that is loaded at 'vaddr'. Returns false
 * if no byte of the file is loaded there. */
bool elf_file_offset(const struct elf_file *f, uint64_t vaddr, uint64_t *file_off);

/* The reverse: sets *vaddr to the address at which the byte at 'file_off' is loaded. An
 * executable segment wins if several contain the byte. Returns false if no segment
 * does. */
bool elf_file_vaddr(const struct elf_file *f, uint64_t file_off, uint64_t *vaddr);

/* Whether the segment at 'vaddr' is executable. A separate debug file answers too,
 * although it does not contain the segment's bytes. */
bool elf_file_is_code(const struct elf_file *f, uint64_t vaddr);

/* For code that is loaded at 'vaddr': sets *file_off to its file offset, and *left to the
 * number of bytes from there to the end of its segment. Returns false if the file does
 * not contain the byte or its segment is not executable. */
bool elf_file_code(const struct elf_file *f, uint64_t vaddr, uint64_t *file_off,
		   uint64_t *left);

/* EM_* */
uint16_t elf_file_machine(const struct elf_file *f);

/* The vaddr of the program's first instruction (e_entry). */
uint64_t elf_file_entry(const struct elf_file *f);

/* Whether it is an ELF file of 64 bits. */
bool elf_file_is_wide(const struct elf_file *f);

/* The file_off of the first code, 0 if there is none. */
uint64_t elf_file_code_start(const struct elf_file *f);

/* The section of a symbol with that number and vaddr, or NULL. In a file without section
 * headers the number means nothing. */
const struct elf_section *elf_file_section_of_symbol(struct elf_file *f, size_t number,
						     uint64_t vaddr);

/* Section 'number', counted from 0; NULL after the last one. Valid until the file is
 * closed. */
const struct elf_section *elf_file_section(struct elf_file *f, size_t number);

/* The number of the first section of that name, or 0. */
size_t elf_file_find(struct elf_file *f, const char *name);

/* The unpacked bytes of a section, valid until the file is closed. Empty if the section
 * does not exist or has no bytes, if it has more than 256 MiB, all together more than
 * 1 GiB or more than the budget, or if it is damaged or packed in an unknown format. */
struct bytes elf_file_data(struct elf_file *f, size_t number);

/* libelf's handle for libdw, owned by the file, with the DWARF sections read and
 * unpacked, and names of other files hidden; with the tables of source lines only if
 * 'lines'. Returns NULL if the file has no .debug_info, if its DWARF takes more than 2
 * GiB, or if it has a section of strings without a NUL at the end. */
struct Elf *elf_file_dwarf(struct elf_file *f, bool lines);

/* The bytes of the DWARF section ".debug_NAME" that libdw reads; empty if there is no
 * such section, or before elf_file_dwarf(). */
struct bytes elf_file_dwarf_data(const struct elf_file *f, const char *name);

/* Whether 'text', a string that libdw returned, lies in a DWARF section and ends in
 * it. */
bool elf_file_has_string(const struct elf_file *f, const char *text);

/* The file never uses its descriptor again; bytes that were not read yet can no longer be
 * read. */
void elf_file_forget_fd(struct elf_file *f);

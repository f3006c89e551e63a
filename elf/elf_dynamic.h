/* The tables of an ELF file without section headers, by the headers that the dynamic
 * linker and the unwinder of exceptions use: PT_DYNAMIC and PT_GNU_EH_FRAME. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct Elf; /* libelf's handle of a file */

/* A table as if it were a section, see <elf.h>. */
struct elf_dynamic_table {
	const char *name;
	uint64_t flags, vaddr, file_off, size;
	uint32_t type;
	/* index of the table that it refers to, from 1 up */
	uint32_t link;
};

enum { ELF_DYNAMIC_TABLES = 16 };

/* Stores the tables that the file has: ".dynsym" and ".dynstr", ".eh_frame_hdr" and
 * ".eh_frame", ".note" (each), and a ".text" for each segment with code. Their bytes may
 * not exist. Returns the number of tables. Only for files of this machine's byte
 * order. */
size_t elf_dynamic_find(struct Elf *elf, bool is_wide,
			struct elf_dynamic_table tables[ELF_DYNAMIC_TABLES]);

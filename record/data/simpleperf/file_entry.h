/* One entry of the sections in which simpleperf, Android's recorder, stores the names of
 * a file: FILE (plain fields) and FILE2 (protocol buffers). Source: record_file_format.h
 * and record_file.proto in simpleperf. */
#pragma once

#include "base/bytes.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

enum file_entry_type {
	FILE_ENTRY_KERNEL,
	FILE_ENTRY_MODULE,
	FILE_ENTRY_ELF,
	FILE_ENTRY_DEX,	  /* code of the Android runtime */
	FILE_ENTRY_ADDRS, /* symbols have addresses, not offsets */
	FILE_ENTRY_UNKNOWN,
};

struct file_entry_symbol {
	uint64_t vaddr;
	uint32_t len;
	/* 'name_len' bytes in the section */
	const char *name;
	uint32_t name_len;
};

struct file_entry {
	/* 'path_len' bytes in the section */
	const char *path;
	size_t path_len;
	enum file_entry_type type;
	/* of the first segment with code: its address, and its offset in the file or 0 */
	uint64_t min_vaddr, min_offset;
	VEC(struct file_entry_symbol) symbols;
};

void file_entry_release(struct file_entry *f);

/* Reads the next entry of a section FILE, or FILE2 with 'is_proto', into 'f', which is
 * zeroed or holds an earlier entry. Returns false at the end and if the rest is
 * damaged. */
bool file_entry_next(struct file_entry *f, struct bytes *section, bool is_proto);

/* Returns the place of a symbol as struct symbol wants it: an offset in the file, or an
 * address. */
uint64_t file_entry_place(const struct file_entry *f, uint64_t vaddr);

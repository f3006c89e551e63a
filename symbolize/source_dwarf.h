/* Functions that were inlined, and source lines, from the DWARF of the file that was mapped
 * or of its separate debug file. What it needs is read when it is first asked for and stays
 * in memory; one of these is not to be used by two threads at once. */
#pragma once

#include "base/error.h"
#include "elf/debug_file.h"
#include "model/inline_table.h"

#include <stdbool.h>
#include <stdint.h>

struct source_dwarf;

/* Reads through 'fd', the file that was mapped, which stays the caller's and is not needed
 * any more afterwards. 'search' says where debug files may be, and is told of one that was not
 * the right one. 'lines': source lines are to be told as well. NULL where there is no DWARF to be
 * had, or too much of it. */
struct source_dwarf *source_dwarf_open(int fd, struct debug_search *search, bool lines,
				       struct error *err);
void source_dwarf_close(struct source_dwarf **d);

/* Adds what was inlined at an offset in the file, and then the function itself, to 'out'.
 * False, and nothing added, where DWARF does not know the code. The strings live as long as 'd'. */
bool source_dwarf_look_up(struct source_dwarf *d, uint64_t file_off,
			  struct inline_list *out);

/* The same for the address that the file has the code at. */
bool source_dwarf_look_up_vaddr(struct source_dwarf *d, uint64_t vaddr,
				struct inline_list *out);

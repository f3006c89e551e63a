/* Inlined functions and source lines, from the DWARF of the file that was mapped or of
 * its separate debug file. Data is read when it is first needed and stays in memory.
 * One struct source_dwarf must not be used by two threads at once. */
#pragma once

#include "base/error.h"
#include "elf/search/debug_file.h"
#include "model/inline_table.h"

#include <stdbool.h>
#include <stdint.h>

struct source_dwarf;

/* Opens the DWARF of 'fd', the file that was mapped. The caller may close 'fd'
 * afterwards. 'search' holds the places of debug files, and stores the path of a debug
 * file of another program. With 'lines' look-ups return source lines, too. Returns
 * NULL if there is no DWARF or too much of it. */
struct source_dwarf *source_dwarf_open(int fd, struct debug_search *search, bool lines,
				       struct error *err);
void source_dwarf_close(struct source_dwarf **d);

/* Whether the budget was too small until now. */
bool source_dwarf_lacks_memory(const struct source_dwarf *d);

/* Appends the inlined functions at a file offset, innermost first, and then the
 * function itself, to 'out'. Returns false and appends nothing if no DWARF covers the
 * code. The strings live as long as 'd'. */
bool source_dwarf_look_up(struct source_dwarf *d, uint64_t file_off,
			  struct inline_list *out);

/* The same for a vaddr of the file. */
bool source_dwarf_look_up_vaddr(struct source_dwarf *d, uint64_t vaddr,
				struct inline_list *out);

#include "symbolize/dwarf/call_tree.h"

#include "base/narrow.h"
#include "base/scoped.h"
#include "elf/elf_file.h"
#include "symbolize/dwarf/die_walk.h"

#include <dwarf.h>
#include <elfutils/libdw.h>

/* Far more than compilers write. A file with more was made to do harm. */
enum {
	MAX_DEPTH = 256,
	AT_ONCE = 1 << 20, /* bytes that are taken from the budget */
};

#define NONE RANGE_NONE

/* A function with code of its own. */
struct call_function {
	size_t first, end; /* its calls, and the calls of functions inside it */
	bool was_read;
	struct range_table code; /* of the calls */
};

/* A unit while it is read. */
struct unit {
	struct call_tree *tree;
	struct dwarf_limits *limits;
	const struct dwarf_file *file;
	Dwarf_Die die;
	uint64_t base;
};

void call_tree_release(struct call_tree *t)
{
	struct call_function *f;

	vec_each(f, &t->functions)
		range_table_release(&f->code);
	vec_release(&t->functions);
	vec_release(&t->calls);
	range_table_release(&t->code);
}

bool dwarf_limits_take(struct dwarf_limits *l, size_t size)
{
	if (size > l->memory_left) {
		if (!elf_file_take(l->budget, AT_ONCE))
			return false;
		l->memory_left = AT_ONCE;
	}
	l->memory_left -= size;
	return true;
}

/* Functions that the linker dropped leave ranges that begin at 0. */
static bool is_code(const struct dwarf_limits *l, uint64_t start, uint64_t end)
{
	return start && start < end && elf_file_is_code(l->mapped, start);
}

bool dwarf_limits_add_code(struct dwarf_limits *l, const struct dwarf_file *file,
			   uint64_t die, uint64_t base, struct range_table *t,
			   uint32_t item)
{
	size_t before = t->items.n;
	Dwarf_Addr of_list, start, end;
	ptrdiff_t at = 0;
	Dwarf_Die entry;

	if (!dwarf_offdie(file->dwarf, (Dwarf_Off)die, &entry))
		return false;
	if (!dwarf_hasattr(&entry, DW_AT_ranges))
		base = 0;
	while ((at = dwarf_ranges(&entry, at, &of_list, &start, &end)) > 0) {
		uint64_t moved = of_list ? 0 : base;

		if (!l->ranges_left)
			break;
		l->ranges_left--;
		if (is_code(l, start + moved, end + moved) &&
		    dwarf_limits_take(l, 2 * sizeof(struct range)))
			range_table_add(t, start + moved, end + moved, item);
	}
	return t->items.n > before;
}

static bool is_of_c(int language)
{
	return language == DW_LANG_C || language == DW_LANG_C89 ||
	       language == DW_LANG_C99 || language == DW_LANG_C11;
}

static void walk_start(struct unit *u, struct die_walk *walk)
{
	struct bytes abbrevs = elf_file_dwarf_data(u->file->file, "abbrev");
	struct bytes info = elf_file_dwarf_data(u->file->file, "info");
	Dwarf_Off start = dwarf_dieoffset(&u->die), abbrevs_start, end;
	uint8_t address_size, offset_size;
	Dwarf_Half version;
	size_t header_size;
	Dwarf_Die die;

	if (!dwarf_cu_die(u->die.cu, &die, &version, &abbrevs_start, &address_size,
			  &offset_size, NULL, NULL) ||
	    dwarf_nextcu(u->file->dwarf, start - dwarf_cuoffset(&die), &end, &header_size,
			 NULL, NULL, NULL) != 0)
		return;
	/* libdw does not check the size of a unit. */
	end = end < info.size ? end : info.size;
	bytes_skip(&abbrevs, abbrevs_start);
	bytes_skip(&info, start);
	die_walk_start(walk, &(struct die_format){version, address_size, offset_size},
		       bytes_sub(&abbrevs, bytes_left(&abbrevs)),
		       bytes_sub(&info, end > start ? end - start : 0));
}

static uint64_t offset_of(struct unit *u, const struct die *die)
{
	return dwarf_dieoffset(&u->die) + die->at;
}

/* The function and the inlined call that contain an entry: their numbers, or NONE. */
struct container {
	uint32_t function, call;
};

/* Whether the children of an entry may contain an inlined call. A function may be in a
 * type (in Rust, even in an enumeration), and that type in another function, even in
 * one that only exists inlined: lambdas are. */
static bool may_hold_calls(const struct die *die, int language)
{
	switch (die->tag) {
	case DW_TAG_subprogram:
		return !die->is_declaration;
	case DW_TAG_inlined_subroutine:
	case DW_TAG_lexical_block:
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
	case DW_TAG_with_stmt:
		return true;
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
		return !is_of_c(language);
	case DW_TAG_enumeration_type:
		return language == DW_LANG_Rust;
	default:
		return die->depth == 0;
	}
}

static uint32_t function_add(struct unit *u, const struct die *die)
{
	struct call_tree *t = u->tree;
	size_t number = t->functions.n;

	if (!die->has_code ||
	    !dwarf_limits_add_code(u->limits, u->file, offset_of(u, die), u->base,
				   &t->code, narrow_u32(number)) ||
	    !dwarf_limits_take(u->limits, 2 * sizeof(struct call_function)))
		return NONE;
	vec_add(&t->functions)->first = t->calls.n;
	return narrow_u32(number);
}

/* Returns NONE for a call in a function without code, which is of no use. */
static uint32_t call_add(struct unit *u, const struct die *die, struct container outer)
{
	struct call_tree *t = u->tree;

	if (outer.function == NONE ||
	    !dwarf_limits_take(u->limits, 2 * sizeof(struct call)))
		return NONE;
	vec_push(&t->calls, ((struct call){offset_of(u, die), outer.call}));
	t->functions.items[outer.function].end = t->calls.n;
	return narrow_u32(t->calls.n - 1);
}

static void unit_read(struct unit *u)
{
	scoped(die_walk_release) struct die_walk walk = {0};
	struct container containers[MAX_DEPTH + 1] = {{NONE, NONE}};
	int language = dwarf_srclang(&u->die);
	uint64_t *left = &u->limits->abbrevs_left;
	struct die die;

	u->tree->was_read = true;
	if (!*left)
		return;
	walk_start(u, &walk);
	*left -= walk.abbrevs_size < *left ? walk.abbrevs_size : *left;
	while (die_walk_next(&walk, &die)) {
		struct container here = containers[die.depth];

		if (die.tag == DW_TAG_subprogram)
			here = (struct container){function_add(u, &die), NONE};
		else if (die.tag == DW_TAG_inlined_subroutine)
			here.call = call_add(u, &die, here);
		if (die.depth < MAX_DEPTH && may_hold_calls(&die, language))
			containers[die.depth + 1] = here;
		else
			die_walk_skip(&walk, &die);
	}
	range_table_finish(&u->tree->code);
}

/* Reads the code ranges of a function's calls, when they are first needed. */
static void function_read(struct call_tree *t, struct dwarf_limits *l,
			  const struct dwarf_file *file, uint64_t base,
			  struct call_function *f)
{
	f->was_read = true;
	for (size_t i = f->first; i < f->end; i++)
		dwarf_limits_add_code(l, file, t->calls.items[i].die, base, &f->code,
				      (uint32_t)i);
	range_table_finish(&f->code);
}

uint32_t call_tree_find(struct call_tree *t, struct dwarf_limits *l,
			const struct dwarf_file *file, uint64_t unit, uint64_t base,
			uint64_t vaddr)
{
	struct unit u = {.tree = t, .limits = l, .file = file, .base = base};
	struct call_function *f;
	uint32_t number;

	if (!t->was_read && dwarf_offdie(file->dwarf, (Dwarf_Off)unit, &u.die))
		unit_read(&u);
	number = range_table_find(&t->code, vaddr);
	if (number == NONE)
		return NONE;
	f = &t->functions.items[number];
	if (!f->was_read)
		function_read(t, l, file, base, f);
	return range_table_find(&f->code, vaddr);
}

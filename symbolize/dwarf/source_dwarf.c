#include "symbolize/dwarf/source_dwarf.h"

#include "base/fd.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "elf/elf_file.h"
#include "symbolize/dwarf/die_walk.h"
#include "symbolize/dwarf/dwarf_file.h"
#include "symbolize/dwarf/line_table_check.h"
#include "symbolize/dwarf/range_table.h"

#include <dwarf.h>
#include <elfutils/libdw.h>

/* Far more than compilers write. A file with more was made to do harm. */
enum {
	MAX_DEPTH = 256,
	MAX_UNITS = 1 << 20,
	/* Bytes of abbreviations that are compiled for units, besides four times all. */
	ABBREVS_MIN = 4 << 20,
	RANGES_MIN = 1 << 16,
	AT_ONCE = 1 << 20, /* bytes that are taken from the budget */
};

#define NONE RANGE_NONE

/* An inlined call. */
struct call {
	uint64_t die;	 /* offset in .debug_info */
	uint32_t parent; /* the call that contains it, or NONE */
};

/* A function with code of its own. */
struct function {
	size_t first, end; /* its calls, and the calls of functions inside it */
	bool was_read;
	struct range_table code; /* of the calls */
};

struct unit {
	Dwarf_Die die;
	bool was_read;
	bool lines_checked; /* 'has_lines' is set */
	bool has_lines;	    /* libdw may read the line table */
	VEC(struct call) calls;
	VEC(struct function) functions;
	struct range_table code; /* of the functions */
};

struct source_dwarf {
	struct elf_file *mapped;
	bool lines;		    /* read source lines */
	struct dwarf_file own, alt; /* 'alt': the file of parts that debug files share */
	VEC(struct unit) units;
	struct range_table code;	    /* of the units */
	uint64_t ranges_left, abbrevs_left; /* limits for repeated reading of the same */
	uint64_t memory_left;		    /* taken from the budget, not used yet */
	struct line_checks line_checks;
};

/* Opens the file of parts that several debug files share: .gnu_debugaltlink has its path,
 * with a NUL, and its build id. */
static bool alt_open(struct source_dwarf *d, struct debug_search *search)
{
	struct bytes link = d->own.alt_link;
	size_t len = strnlen((const char *)link.data, link.size);
	const char *path = bytes_str(&link, len + 1);
	size_t size = bytes_left(&link);
	struct build_id id = build_id_of(bytes_take(&link, size), size);
	scoped(fd_close) int fd = -1;

	if (!d->own.alt_link.size)
		return true;
	if (link.failed || !size || size > sizeof(id.data))
		return false;
	fd = debug_file_open_shared(path, &id, search);
	if (fd < 0 || !dwarf_file_open(&d->alt, fd, d->lines, search->memory,
				       &search->lacks_memory))
		return false;
	dwarf_setalt(d->own.dwarf, d->alt.dwarf);
	return true;
}

static bool own_open(struct source_dwarf *d, int fd, struct debug_search *search)
{
	scoped(fd_close) int debug = -1;

	if (dwarf_file_open(&d->own, fd, d->lines, search->memory, &search->lacks_memory))
		return true;
	debug = debug_file_open(d->mapped, search);
	return debug >= 0 && dwarf_file_open(&d->own, debug, d->lines, search->memory,
					     &search->lacks_memory);
}

/* Takes memory for the data of this module. Returns false if there is none. */
static bool memory_take(struct source_dwarf *d, size_t size)
{
	if (size > d->memory_left) {
		if (!elf_file_take(d->own.file, AT_ONCE))
			return false;
		d->memory_left = AT_ONCE;
	}
	d->memory_left -= size;
	return true;
}

/* Each range has a byte or more in one of these sections. */
static void limits_set(struct source_dwarf *d)
{
	static const char *const sections[] = {"info", "ranges", "rnglists"};
	struct bytes abbrevs = elf_file_dwarf_data(d->own.file, "abbrev");

	d->ranges_left = RANGES_MIN;
	for (size_t i = 0; i < array_size(sections); i++)
		d->ranges_left += elf_file_dwarf_data(d->own.file, sections[i]).size;
	d->abbrevs_left = ABBREVS_MIN + 4 * abbrevs.size;
}

/* Functions that the linker dropped leave ranges that begin at 0. */
static bool is_code(const struct source_dwarf *d, uint64_t start, uint64_t end)
{
	return start && start < end && elf_file_is_code(d->mapped, start);
}

static void ranges_add(struct source_dwarf *d, Dwarf_Die *die, struct range_table *t,
		       uint32_t item)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(die, at, &base, &start, &end)) > 0) {
		if (!d->ranges_left)
			break;
		d->ranges_left--;
		if (is_code(d, start, end) && memory_take(d, 2 * sizeof(struct range)))
			range_table_add(t, start, end, item);
	}
}

/* Finds the units and their code without .debug_aranges, which clang does not write. */
static void units_find(struct source_dwarf *d)
{
	Dwarf_CU *cu = NULL;
	uint8_t type;
	Dwarf_Die die;

	while (d->units.n < MAX_UNITS &&
	       dwarf_get_units(d->own.dwarf, cu, &cu, NULL, &type, &die, NULL) == 0) {
		size_t before = d->code.items.n;

		if (type != DW_UT_compile && type != DW_UT_skeleton)
			continue;
		ranges_add(d, &die, &d->code, (uint32_t)d->units.n);
		if (d->code.items.n > before && memory_take(d, 2 * sizeof(struct unit)))
			vec_add(&d->units)->die = die;
	}
	range_table_finish(&d->code);
}

struct source_dwarf *source_dwarf_open(int fd, struct debug_search *search, bool lines,
				       struct error *err)
{
	struct source_dwarf *d = mem_new(1, sizeof(*d));

	d->lines = lines;
	d->mapped = elf_file_open(fd, err);
	if (!d->mapped || !own_open(d, fd, search) || !alt_open(d, search)) {
		if (d->mapped)
			error_set(err, "no DWARF");
		source_dwarf_close(&d);
		return NULL;
	}
	elf_file_forget_fd(d->mapped);
	limits_set(d);
	units_find(d);
	return d;
}

void source_dwarf_close(struct source_dwarf **at)
{
	struct source_dwarf *d = *at;
	struct function *f;
	struct unit *u;

	if (!d)
		return;
	vec_each(u, &d->units) {
		vec_each(f, &u->functions)
			range_table_release(&f->code);
		vec_release(&u->functions);
		vec_release(&u->calls);
		range_table_release(&u->code);
	}
	vec_release(&d->units);
	range_table_release(&d->code);
	line_checks_release(&d->line_checks);
	dwarf_file_close(&d->own);
	dwarf_file_close(&d->alt);
	elf_file_close(&d->mapped);
	mem_free(d);
	*at = NULL;
}

bool source_dwarf_lacks_memory(const struct source_dwarf *d)
{
	return elf_file_lacks_memory(d->own.file);
}

static bool is_of_c(int language)
{
	return language == DW_LANG_C || language == DW_LANG_C89 ||
	       language == DW_LANG_C99 || language == DW_LANG_C11;
}

static void walk_start(struct source_dwarf *d, struct unit *u, struct die_walk *walk)
{
	struct bytes abbrevs = elf_file_dwarf_data(d->own.file, "abbrev");
	struct bytes info = elf_file_dwarf_data(d->own.file, "info");
	Dwarf_Off start = dwarf_dieoffset(&u->die), abbrevs_start, end;
	uint8_t address_size, offset_size;
	Dwarf_Half version;
	size_t header_size;
	Dwarf_Die die;

	if (!dwarf_cu_die(u->die.cu, &die, &version, &abbrevs_start, &address_size,
			  &offset_size, NULL, NULL) ||
	    dwarf_nextcu(d->own.dwarf, start - dwarf_cuoffset(&die), &end, &header_size,
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

static uint32_t function_add(struct source_dwarf *d, struct unit *u,
			     const struct die *die)
{
	size_t number = u->functions.n, before = u->code.items.n;
	Dwarf_Die of_libdw;

	if (die->has_code && dwarf_offdie(d->own.dwarf, offset_of(u, die), &of_libdw))
		ranges_add(d, &of_libdw, &u->code, narrow_u32(number));
	if (u->code.items.n == before || !memory_take(d, 2 * sizeof(struct function)))
		return NONE;
	vec_add(&u->functions)->first = u->calls.n;
	return narrow_u32(number);
}

/* Returns NONE for a call in a function without code, which is of no use. */
static uint32_t call_add(struct source_dwarf *d, struct unit *u, const struct die *die,
			 struct container outer)
{
	if (outer.function == NONE || !memory_take(d, 2 * sizeof(struct call)))
		return NONE;
	vec_push(&u->calls, ((struct call){offset_of(u, die), outer.call}));
	u->functions.items[outer.function].end = u->calls.n;
	return narrow_u32(u->calls.n - 1);
}

static void unit_read(struct source_dwarf *d, struct unit *u)
{
	scoped(die_walk_release) struct die_walk walk = {0};
	struct container containers[MAX_DEPTH + 1] = {{NONE, NONE}};
	int language = dwarf_srclang(&u->die);
	struct die die;

	u->was_read = true;
	if (!d->abbrevs_left)
		return;
	walk_start(d, u, &walk);
	d->abbrevs_left -=
		walk.abbrevs_size < d->abbrevs_left ? walk.abbrevs_size : d->abbrevs_left;
	while (die_walk_next(&walk, &die)) {
		struct container here = containers[die.depth];

		if (die.tag == DW_TAG_subprogram)
			here = (struct container){function_add(d, u, &die), NONE};
		else if (die.tag == DW_TAG_inlined_subroutine)
			here.call = call_add(d, u, &die, here);
		if (die.depth < MAX_DEPTH && may_hold_calls(&die, language))
			containers[die.depth + 1] = here;
		else
			die_walk_skip(&walk, &die);
	}
	range_table_finish(&u->code);
}

/* Reads the code ranges of a function's calls, when they are first needed. */
static void function_read(struct source_dwarf *d, struct unit *u, struct function *f)
{
	Dwarf_Die call;

	f->was_read = true;
	for (size_t i = f->first; i < f->end; i++)
		if (dwarf_offdie(d->own.dwarf, u->calls.items[i].die, &call))
			ranges_add(d, &call, &f->code, (uint32_t)i);
	range_table_finish(&f->code);
}

/* The innermost inlined call at 'vaddr', or NONE. */
static uint32_t call_find(struct source_dwarf *d, struct unit *u, uint64_t vaddr)
{
	uint32_t number;
	struct function *f;

	if (!u->was_read)
		unit_read(d, u);
	number = range_table_find(&u->code, vaddr);
	if (number == NONE)
		return NONE;
	f = &u->functions.items[number];
	if (!f->was_read)
		function_read(d, u, f);
	return range_table_find(&f->code, vaddr);
}

static const char *short_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

static uint64_t number_of(Dwarf_Die *die, unsigned attribute)
{
	Dwarf_Attribute attr;
	Dwarf_Word number;

	if (!dwarf_attr(die, attribute, &attr) || dwarf_formudata(&attr, &number) != 0)
		return 0;
	return number;
}

/* Whether libdw may read the line table of the unit. libdw also trusts that the unit's
 * directory ends with a NUL. */
static bool lines_check(struct source_dwarf *d, struct unit *u)
{
	struct line_table t = {
		.line = elf_file_dwarf_data(d->own.file, "line"),
		.offset = number_of(&u->die, DW_AT_stmt_list),
		.line_str = elf_file_dwarf_data(d->own.file, "line_str"),
		.str = elf_file_dwarf_data(d->own.file, "str"),
	};
	Dwarf_Attribute attr;
	const char *directory;
	uint64_t memory;
	Dwarf_Die die;

	if (!dwarf_hasattr(&u->die, DW_AT_stmt_list) ||
	    !dwarf_cu_die(u->die.cu, &die, NULL, NULL, &t.address_size, NULL, NULL,
			  NULL) ||
	    (t.address_size != 4 && t.address_size != 8))
		return false;
	directory = dwarf_formstring(dwarf_attr(&u->die, DW_AT_comp_dir, &attr));
	if (directory && !dwarf_file_has_string(&d->own, directory) &&
	    !dwarf_file_has_string(&d->alt, directory))
		return false;
	t.directory_len = directory ? strlen(directory) : 0;
	return line_checks_find(&d->line_checks, &t, &memory) &&
	       elf_file_take(d->own.file, memory);
}

static bool has_lines(struct source_dwarf *d, struct unit *u)
{
	if (!u->lines_checked)
		u->has_lines = lines_check(d, u);
	u->lines_checked = true;
	return u->has_lines;
}

/* The source line of the code at 'vaddr', by the line table. */
static struct inline_frame line_of_code(struct source_dwarf *d, struct unit *u,
					uint64_t vaddr)
{
	Dwarf_Line *line = has_lines(d, u) ? dwarf_getsrc_die(&u->die, vaddr) : NULL;
	int number = 0;

	if (!line)
		return (struct inline_frame){0};
	if (dwarf_lineno(line, &number) != 0 || number < 0)
		number = 0;
	return (struct inline_frame){.file = short_name(dwarf_linesrc(line, NULL, NULL)),
				     .line = (uint32_t)number};
}

/* The source line of an inlined call in its caller. */
static struct inline_frame line_of_call(struct source_dwarf *d, struct unit *u,
					Dwarf_Die *call)
{
	uint64_t file = number_of(call, DW_AT_call_file);
	uint64_t line = number_of(call, DW_AT_call_line);
	Dwarf_Files *files;
	size_t n;
	struct inline_frame frame = {0};

	if (!has_lines(d, u) || dwarf_getsrcfiles(&u->die, &files, &n) != 0 || file >= n)
		return frame;
	frame.file = short_name(dwarf_filesrc(files, file, NULL, NULL));
	frame.line = line <= UINT32_MAX ? (uint32_t)line : 0;
	return frame;
}

/* The linkage name of the function that was inlined. */
static const char *name_of(const struct source_dwarf *d, Dwarf_Die *call)
{
	static const unsigned attributes[] = {DW_AT_linkage_name, DW_AT_MIPS_linkage_name,
					      DW_AT_name};
	const char *name = NULL;

	for (size_t i = 0; !name && i < array_size(attributes); i++) {
		Dwarf_Attribute attr;

		if (dwarf_attr_integrate(call, attributes[i], &attr))
			name = dwarf_formstring(&attr);
	}
	if (name && !dwarf_file_has_string(&d->own, name) &&
	    !dwarf_file_has_string(&d->alt, name))
		name = NULL;
	return name && *name ? name : "[unknown]";
}

bool source_dwarf_look_up_vaddr(struct source_dwarf *d, uint64_t vaddr,
				struct inline_list *out)
{
	struct inline_frame frame = {0};
	uint32_t number, at;
	struct unit *u;

	number = range_table_find(&d->code, vaddr);
	if (number == NONE)
		return false;
	u = &d->units.items[number];
	if (d->lines)
		frame = line_of_code(d, u, vaddr);
	for (at = call_find(d, u, vaddr); at != NONE; at = u->calls.items[at].parent) {
		Dwarf_Die call;

		if (!dwarf_offdie(d->own.dwarf, u->calls.items[at].die, &call))
			break;
		frame.function = name_of(d, &call);
		vec_push(&out->items, frame);
		frame = d->lines ? line_of_call(d, u, &call) : (struct inline_frame){0};
	}
	frame.function = NULL;
	vec_push(&out->items, frame);
	return true;
}

bool source_dwarf_look_up(struct source_dwarf *d, uint64_t file_off,
			  struct inline_list *out)
{
	uint64_t vaddr;

	return elf_file_vaddr(d->mapped, file_off, &vaddr) &&
	       source_dwarf_look_up_vaddr(d, vaddr, out);
}

#include "symbolize/dwarf/source_dwarf.h"

#include "base/fd.h"
#include "base/scoped.h"
#include "elf/elf_file.h"
#include "symbolize/dwarf/call_tree.h"
#include "symbolize/dwarf/dwarf_file.h"
#include "symbolize/dwarf/line_table_check.h"
#include "symbolize/dwarf/split_unit.h"

#include <dwarf.h>
#include <elfutils/libdw.h>

/* Far more than compilers write. A file with more was made to do harm. */
enum {
	MAX_UNITS = 1 << 20,
	/* Bytes of abbreviations that are compiled for units, besides four times all. */
	ABBREVS_MIN = 4 << 20,
	RANGES_MIN = 1 << 16,
};

struct unit {
	Dwarf_Die die;
	bool is_skeleton;   /* most of its entries are elsewhere, */
	bool split_opened;  /* and were looked for */
	bool lines_checked; /* 'has_lines' is set */
	bool has_lines;	    /* libdw may read the line table */
	struct split_unit split;
	struct call_tree calls; /* of the unit or of its split part */
};

struct source_dwarf {
	struct elf_file *mapped;
	bool lines;		    /* read source lines */
	struct dwarf_file own, alt; /* 'alt': the file of parts that debug files share */
	VEC(struct unit) units;
	struct range_table code; /* of the units */
	struct dwarf_limits limits;
	struct split_files split_files;
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

/* Each range has a byte or more in one of these sections. */
static void limits_set(struct source_dwarf *d)
{
	static const char *const sections[] = {"info", "ranges", "rnglists"};
	struct bytes abbrevs = elf_file_dwarf_data(d->own.file, "abbrev");

	d->limits.mapped = d->mapped;
	d->limits.budget = d->own.file;
	d->limits.ranges_left = RANGES_MIN;
	for (size_t i = 0; i < array_size(sections); i++)
		d->limits.ranges_left +=
			elf_file_dwarf_data(d->own.file, sections[i]).size;
	d->limits.abbrevs_left = ABBREVS_MIN + 4 * abbrevs.size;
}

/* Finds the units and their code without .debug_aranges, which clang does not write. */
static void units_find(struct source_dwarf *d)
{
	Dwarf_CU *cu = NULL;
	uint8_t type;
	Dwarf_Die die;

	while (d->units.n < MAX_UNITS &&
	       dwarf_get_units(d->own.dwarf, cu, &cu, NULL, &type, &die, NULL) == 0) {
		if (type != DW_UT_compile && type != DW_UT_skeleton)
			continue;
		if (!dwarf_limits_add_code(&d->limits, &d->own, dwarf_dieoffset(&die), 0,
					   &d->code, (uint32_t)d->units.n) ||
		    !dwarf_limits_take(&d->limits, 2 * sizeof(struct unit)))
			continue;
		*vec_add(&d->units) =
			(struct unit){.die = die, .is_skeleton = type == DW_UT_skeleton};
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
	split_files_init(&d->split_files, search);
	limits_set(d);
	units_find(d);
	return d;
}

void source_dwarf_close(struct source_dwarf **at)
{
	struct source_dwarf *d = *at;
	struct unit *u;

	if (!d)
		return;
	vec_each(u, &d->units) {
		call_tree_release(&u->calls);
		split_unit_close(&u->split);
	}
	vec_release(&d->units);
	range_table_release(&d->code);
	split_files_release(&d->split_files);
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
static const char *name_of(const struct source_dwarf *d, const struct unit *u,
			   Dwarf_Die *call)
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
	    !dwarf_file_has_string(&d->alt, name) &&
	    !dwarf_file_has_string(&u->split.file, name))
		name = NULL;
	return name && *name ? name : "[unknown]";
}

static const char *string_of(const struct source_dwarf *d, Dwarf_Die *die,
			     unsigned attribute, unsigned old)
{
	Dwarf_Attribute attr;
	const char *text;

	if (!dwarf_attr(die, attribute, &attr) && !dwarf_attr(die, old, &attr))
		return NULL;
	text = dwarf_formstring(&attr);
	return text && dwarf_file_has_string(&d->own, text) ? text : NULL;
}

/* An address in a unit that has one, or 0. */
static uint64_t low_pc(Dwarf_Die *die)
{
	Dwarf_Addr addr = 0;

	return dwarf_lowpc(die, &addr) == 0 ? addr : 0;
}

/* Opens the split part of a skeleton unit when it is first needed. */
static void split_open(struct source_dwarf *d, struct unit *u)
{
	struct skeleton skeleton = {
		.folder = string_of(d, &u->die, DW_AT_comp_dir, DW_AT_comp_dir),
		.name = string_of(d, &u->die, DW_AT_dwo_name, DW_AT_GNU_dwo_name),
		.ranges = number_of(&u->die, DW_AT_GNU_ranges_base),
	};
	Dwarf_Half version;
	uint8_t type;

	u->split_opened = true;
	if (dwarf_cu_info(u->die.cu, &version, &type, NULL, NULL, &skeleton.id, NULL,
			  NULL) != 0)
		return;
	skeleton.addrs =
		number_of(&u->die, version < 5 ? DW_AT_GNU_addr_base : DW_AT_addr_base);
	split_unit_open(&u->split, &d->split_files, &d->own, &skeleton);
}

/* The file with the entries of a unit. */
static const struct dwarf_file *file_of(const struct source_dwarf *d,
					const struct unit *u)
{
	return u->split.file.dwarf ? &u->split.file : &d->own;
}

static uint32_t call_find(struct source_dwarf *d, struct unit *u, uint64_t vaddr)
{
	uint64_t die = dwarf_dieoffset(&u->die), base = 0;

	if (u->is_skeleton && !u->split_opened)
		split_open(d, u);
	if (u->split.file.dwarf) {
		die = u->split.unit;
		base = low_pc(&u->die);
	}
	return call_tree_find(&u->calls, &d->limits, file_of(d, u), die, base, vaddr);
}

bool source_dwarf_look_up_vaddr(struct source_dwarf *d, uint64_t vaddr,
				struct inline_list *out)
{
	struct inline_frame frame = {0};
	uint32_t number, at;
	struct unit *u;

	number = range_table_find(&d->code, vaddr);
	if (number == RANGE_NONE)
		return false;
	u = &d->units.items[number];
	if (d->lines)
		frame = line_of_code(d, u, vaddr);
	for (at = call_find(d, u, vaddr); at != RANGE_NONE;
	     at = u->calls.calls.items[at].parent) {
		Dwarf_Die call;

		if (!dwarf_offdie(file_of(d, u)->dwarf, u->calls.calls.items[at].die,
				  &call))
			break;
		frame.function = name_of(d, u, &call);
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

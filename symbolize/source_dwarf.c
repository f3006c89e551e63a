#include "symbolize/source_dwarf.h"

#include "base/scoped.h"
#include "symbolize/debug_file.h"
#include "symbolize/dso_keeper.h"
#include "symbolize/elf_file.h"
#include "symbolize/range_table.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <unistd.h>

/* Compilers stay far below these; what goes beyond was made to hurt. */
enum {
	MAX_DEPTH = 256,
	MAX_UNITS = 1 << 20,
	MAX_RANGES = 64 << 20,
	MAX_REREAD = 64,
};

#define NO_NODE RANGE_NONE

/* An inlined call. */
struct node {
	uint64_t die;	 /* where in .debug_info it stands */
	uint32_t parent; /* the call around it, or NO_NODE */
};

struct unit {
	Dwarf_Die die;
	bool was_read;
	VEC(struct node) nodes;
	struct range_table calls; /* of the nodes */
};

/* A file that DWARF is read from. */
struct info {
	struct elf_file *file;
	Dwarf *dwarf;
};

struct source_dwarf {
	struct elf_file *mapped;
	struct info own, alt; /* 'alt' is what several debug files have in common */
	VEC(struct unit) units;
	struct range_table code; /* of the units */
	size_t n_ranges;
};

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void info_close(struct info *info)
{
	dwarf_end(info->dwarf);
	elf_file_close(&info->file);
	info->dwarf = NULL;
}

/* libdwfl would look for debug files by itself, also on the network; this only reads what it
 * is given, all of it at once. */
static bool info_open(struct info *info, int fd)
{
	struct error unused;
	struct Elf *elf;

	info->file = elf_file_open(fd, &unused);
	elf = info->file ? elf_file_dwarf(info->file) : NULL;
	if (elf)
		info->dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	if (info->dwarf) {
		elf_file_forget_fd(info->file);
		return true;
	}
	elf_file_close(&info->file);
	return false;
}

/* Parts that several debug files share stand in a file of their own. Left alone, libdw would
 * open whatever stands at the path in the file. */
static bool open_alt(struct source_dwarf *d)
{
	struct dso wanted = {0};
	enum dso_trouble ignored;
	const char *path;
	const void *id;
	ssize_t size = dwelf_dwarf_gnu_debugaltlink(d->own.dwarf, &path, &id);
	scoped(close_fd) int fd = -1;

	if (size == 0)
		return true;
	if (size < 0 || (size_t)size > sizeof(wanted.build_id.data))
		return false;
	wanted.build_id.size = (uint8_t)size;
	memcpy(wanted.build_id.data, id, (size_t)size);
	fd = debug_file_open(&wanted.build_id);
	if (fd < 0)
		fd = dso_keeper_open(&wanted, path, false, &ignored);
	if (fd < 0 || !info_open(&d->alt, fd))
		return false;
	dwarf_setalt(d->own.dwarf, d->alt.dwarf);
	return true;
}

static bool open_own(struct source_dwarf *d, int fd)
{
	struct build_id id;
	scoped(close_fd) int debug = -1;

	if (info_open(&d->own, fd))
		return true;
	if (!elf_file_build_id(d->mapped, &id))
		return false;
	debug = debug_file_open(&id);
	return debug >= 0 && info_open(&d->own, debug);
}

/* Of functions that the linker threw away, ranges stay behind that begin at nothing. */
static bool is_code(const struct source_dwarf *d, uint64_t start, uint64_t end)
{
	return start && start < end && elf_file_is_code(d->mapped, start);
}

static void add_ranges(struct source_dwarf *d, Dwarf_Die *die, struct range_table *t,
		       uint32_t item)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(die, at, &base, &start, &end)) > 0) {
		if (d->n_ranges++ >= MAX_RANGES)
			break;
		if (is_code(d, start, end))
			range_table_add(t, start, end, item);
	}
}

/* Not from .debug_aranges, which clang does not write. */
static void find_units(struct source_dwarf *d)
{
	Dwarf_CU *cu = NULL;
	uint8_t type;
	Dwarf_Die die;

	while (d->units.n < MAX_UNITS &&
	       dwarf_get_units(d->own.dwarf, cu, &cu, NULL, &type, &die, NULL) == 0) {
		size_t before = d->code.items.n;

		if (type != DW_UT_compile && type != DW_UT_skeleton)
			continue;
		add_ranges(d, &die, &d->code, (uint32_t)d->units.n);
		if (d->code.items.n > before)
			vec_add(&d->units)->die = die;
	}
	range_table_finish(&d->code);
}

struct source_dwarf *source_dwarf_open(int fd, struct error *err)
{
	struct source_dwarf *d = mem_new(1, sizeof(*d));

	d->mapped = elf_file_open(fd, err);
	if (!d->mapped || !open_own(d, fd) || !open_alt(d)) {
		if (d->mapped)
			error_set(err, "no DWARF");
		source_dwarf_close(&d);
		return NULL;
	}
	elf_file_forget_fd(d->mapped);
	find_units(d);
	return d;
}

void source_dwarf_close(struct source_dwarf **at)
{
	struct source_dwarf *d = *at;
	struct unit *u;

	if (!d)
		return;
	vec_each(u, &d->units) {
		vec_release(&u->nodes);
		range_table_release(&u->calls);
	}
	vec_release(&d->units);
	range_table_release(&d->code);
	info_close(&d->own);
	info_close(&d->alt);
	elf_file_close(&d->mapped);
	mem_free(d);
	*at = NULL;
}

/* The way down a unit's tree. */
struct walk {
	bool has_classes; /* functions may stand inside of types */
	bool is_rust;	  /* even of enumerations */
	size_t depth;
	struct step {
		Dwarf_Die die;
		uint32_t call; /* the innermost one around it */
	} steps[MAX_DEPTH];
	uint64_t last; /* where the last entry stood */
	uint64_t reread, max_reread;
};

/* An inlined call may be below it. A function may be inside of a type, and that inside of
 * another function, even one that only exists inlined: lambdas are. */
static bool may_hold_calls(const struct walk *w, Dwarf_Die *die, int tag)
{
	switch (tag) {
	case DW_TAG_subprogram:
		return !dwarf_hasattr(die, DW_AT_declaration);
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
		return w->has_classes;
	case DW_TAG_enumeration_type:
		return w->is_rust;
	default:
		return false;
	}
}

/* On to the next entry beside the current one. Entries can name their sibling, so the tree of
 * a hostile file may have circles; but a sound one is read from front to back. libdw reads the
 * entries between two siblings again unless a compiler tells their distance. */
static bool walk_aside(struct walk *w)
{
	Dwarf_Die *die = &w->steps[w->depth - 1].die;
	uint64_t before = dwarf_dieoffset(die), now;

	if (dwarf_siblingof(die, die) != 0)
		return false;
	now = dwarf_dieoffset(die);
	w->reread += now > before ? now - before : 0;
	if (now <= w->last || w->reread > w->max_reread) {
		w->depth = 1;
		return false;
	}
	w->last = now;
	return true;
}

static bool walk_down(struct walk *w, uint32_t call)
{
	struct step *step = &w->steps[w->depth - 1];

	if (w->depth >= MAX_DEPTH || dwarf_child(&step->die, &step[1].die) != 0)
		return false;
	step[1].call = call;
	w->last = dwarf_dieoffset(&step[1].die);
	w->depth++;
	return true;
}

static uint32_t add_call(struct source_dwarf *d, struct unit *u, const struct step *step)
{
	Dwarf_Die die = step->die;
	uint32_t number = (uint32_t)u->nodes.n;

	vec_push(&u->nodes, ((struct node){dwarf_dieoffset(&die), step->call}));
	add_ranges(d, &die, &u->calls, number);
	return number;
}

static bool is_of_c(Dwarf_Die *unit)
{
	switch (dwarf_srclang(unit)) {
	case DW_LANG_C:
	case DW_LANG_C89:
	case DW_LANG_C99:
	case DW_LANG_C11:
		return true;
	default:
		return false;
	}
}

/* In bytes, its header included. */
static uint64_t size_of_unit(struct source_dwarf *d, Dwarf_Die *unit)
{
	Dwarf_Off start = dwarf_dieoffset(unit) - dwarf_cuoffset(unit), next;
	size_t header_size;

	if (dwarf_nextcu(d->own.dwarf, start, &next, &header_size, NULL, NULL, NULL) != 0)
		return 0;
	return next - start;
}

static void read_unit(struct source_dwarf *d, struct unit *u)
{
	scoped(mem_release) struct walk *w = mem_new(1, sizeof(*w));

	u->was_read = true;
	w->has_classes = !is_of_c(&u->die);
	w->is_rust = dwarf_srclang(&u->die) == DW_LANG_Rust;
	w->max_reread = MAX_REREAD * size_of_unit(d, &u->die);
	if (dwarf_child(&u->die, &w->steps[0].die) != 0)
		return;
	w->steps[0].call = NO_NODE;
	w->depth = 1;
	while (w->depth) {
		const struct step *step = &w->steps[w->depth - 1];
		Dwarf_Die die = step->die;
		int tag = dwarf_tag(&die);
		uint32_t call = step->call;

		if (tag == DW_TAG_inlined_subroutine)
			call = add_call(d, u, step);
		else if (tag == DW_TAG_subprogram)
			call = NO_NODE;
		if (may_hold_calls(w, &die, tag) && walk_down(w, call))
			continue;
		while (w->depth && !walk_aside(w))
			w->depth--;
	}
	range_table_finish(&u->calls);
}

static const char *short_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

/* What the line table says of the code at 'vaddr'. */
static struct place place_of_code(struct unit *u, uint64_t vaddr)
{
	Dwarf_Line *line = dwarf_getsrc_die(&u->die, vaddr);
	int number = 0;

	if (!line)
		return (struct place){0};
	if (dwarf_lineno(line, &number) != 0 || number < 0)
		number = 0;
	return (struct place){.file = short_name(dwarf_linesrc(line, NULL, NULL)),
			      .line = (uint32_t)number};
}

static uint64_t number_of(Dwarf_Die *die, unsigned attribute)
{
	Dwarf_Attribute attr;
	Dwarf_Word number;

	if (!dwarf_attr(die, attribute, &attr) || dwarf_formudata(&attr, &number) != 0)
		return 0;
	return number;
}

/* Where an inlined call stands in the source of its caller. */
static struct place place_of_call(struct unit *u, Dwarf_Die *call)
{
	uint64_t file = number_of(call, DW_AT_call_file);
	uint64_t line = number_of(call, DW_AT_call_line);
	Dwarf_Files *files;
	size_t n;
	struct place place = {0};

	if (dwarf_getsrcfiles(&u->die, &files, &n) != 0 || file >= n)
		return place;
	place.file = short_name(dwarf_filesrc(files, file, NULL, NULL));
	place.line = line <= UINT32_MAX ? (uint32_t)line : 0;
	return place;
}

static bool has_string(const struct info *info, const char *text)
{
	return info->file && elf_file_has_string(info->file, text);
}

/* As the linker would know the function that an inlined call called. */
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
	if (name && !has_string(&d->own, name) && !has_string(&d->alt, name))
		name = NULL;
	return name && *name ? name : "[unknown]";
}

bool source_dwarf_look_up(struct source_dwarf *d, uint64_t file_off, bool lines,
			  struct place_list *out)
{
	struct place place = {0};
	uint32_t number, at;
	uint64_t vaddr;
	struct unit *u;

	if (!elf_file_vaddr(d->mapped, file_off, &vaddr))
		return false;
	number = range_table_find(&d->code, vaddr);
	if (number == RANGE_NONE)
		return false;
	u = &d->units.items[number];
	if (!u->was_read)
		read_unit(d, u);
	if (lines)
		place = place_of_code(u, vaddr);
	for (at = range_table_find(&u->calls, vaddr); at != NO_NODE;
	     at = u->nodes.items[at].parent) {
		Dwarf_Die call;

		if (!dwarf_offdie(d->own.dwarf, u->nodes.items[at].die, &call))
			break;
		place.function = name_of(d, &call);
		vec_push(&out->items, place);
		place = lines ? place_of_call(u, &call) : (struct place){0};
	}
	place.function = NULL;
	vec_push(&out->items, place);
	return true;
}

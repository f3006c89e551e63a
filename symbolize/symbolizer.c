#include "symbolize/symbolizer.h"

#include "base/hashmap.h"
#include "base/scoped.h"
#include "symbolize/dso_keeper.h"
#include "symbolize/kernel_names.h"
#include "symbolize/label.h"
#include "symbolize/named.h"
#include "symbolize/source_dwarf.h"
#include "symbolize/source_elf.h"
#include "symbolize/source_vdso.h"
#include "symbolize/stored.h"

#include <unistd.h>

enum { N_HOT = 4096, MAX_NOTES = 20 };

#define NO_FRAME UINT32_MAX

/* What is known of one dso. */
struct names {
	bool asked;
	struct symbol_table *table; /* NULL: none */
	bool is_owned;		    /* by us, not by the dso or the kernel's names */
	enum dso_trouble why;	    /* there is no table */
	frame_id *frames;	    /* of the table's symbols, NO_FRAME: not made yet */
	frame_id unknown;	    /* of all else */
	struct source_dwarf *dwarf; /* NULL: none */
	bool dwarf_asked;
	struct place_table *places; /* what it said, NULL: nothing yet */
	bool refusal_noted;	    /* of a debug file that was not its own */
	str_id object;
	uint8_t kind;
};

/* An address whose places were asked for, and its frames. */
struct spot {
	uint64_t at;
	dso_id dso;
	uint32_t first, n; /* of 'spot_frames' */
};

struct hot {
	uint64_t at;
	dso_id dso;
	frame_id frame;
};

struct symbolizer {
	struct symbolizer_options options;
	struct dso_table *dsos;
	struct frame_table *frames;
	struct kernel_names kernel;
	VEC(struct names) names; /* by dso_id */
	struct names bare;	 /* of a kernel that no mapping speaks of */
	struct hot *hot; /* recently asked, each in the one place that it can have */
	VEC(struct spot) spots;
	struct hashmap spot_by_hash;
	VEC(frame_id) spot_frames;
	VEC(char *) notes;
	size_t n_troubles, n_refused; /* told of, or would have been */
	bool kernel_noted;
};

struct symbolizer *symbolizer_new(const struct symbolizer_options *options,
				  struct dso_table *dsos, struct frame_table *frames)
{
	struct symbolizer *s = mem_new(1, sizeof(*s));

	s->options = *options;
	s->dsos = dsos;
	s->frames = frames;
	s->kernel.path = options->kallsyms ? options->kallsyms : "/proc/kallsyms";
	s->kernel.is_live = options->is_live;
	s->hot = mem_resize(NULL, N_HOT, sizeof(*s->hot));
	for (size_t i = 0; i < N_HOT; i++)
		s->hot[i].frame = NO_FRAME;
	return s;
}

static void names_release(struct names *names)
{
	if (names->is_owned)
		symbol_table_free(&names->table);
	place_table_free(&names->places);
	source_dwarf_close(&names->dwarf);
	mem_free(names->frames);
}

void symbolizer_free(struct symbolizer **at)
{
	struct symbolizer *s = *at;
	struct names *names;
	char **note;

	if (!s)
		return;
	vec_each(names, &s->names)
		names_release(names);
	vec_each(note, &s->notes)
		mem_free(*note);
	names_release(&s->bare);
	kernel_names_release(&s->kernel);
	vec_release(&s->names);
	vec_release(&s->notes);
	vec_release(&s->spots);
	hashmap_release(&s->spot_by_hash);
	vec_release(&s->spot_frames);
	mem_free(s->hot);
	mem_free(s);
	*at = NULL;
}

static const char *path_of(const struct symbolizer *s, const struct dso *dso)
{
	return strtab_str(s->dsos->strings, dso->path);
}

/* Of what a foreign recording's files were we expect nothing; of what was kept we tell. */
static void note_trouble(struct symbolizer *s, const char *path, enum dso_trouble why)
{
	static const char *const texts[] = {
		[DSO_GONE] = "'%s' has no names: it was gone before it could be opened",
		[DSO_DENIED] = "'%s' has no names: not permitted to open it",
		[DSO_REPLACED] = "'%s' is not the file that ran: it was replaced",
	};
	bool is_told = why == DSO_REPLACED ||
		       (s->options.keeper && (why == DSO_GONE || why == DSO_DENIED));

	if (is_told && ++s->n_troubles <= MAX_NOTES)
		vec_push(&s->notes, mem_format(texts[why], path));
}

/* Where debug files of the dso may be; ends with end_search(). */
static struct debug_search search_for(const struct symbolizer *s, const struct dso *dso)
{
	return (struct debug_search){
		.path = path_of(s, dso),
		.root = s->options.is_live ? dso_keeper_open_root(dso->pid) : -1,
		.servers = s->options.servers,
	};
}

/* What asks twice, for names and for DWARF, finds the same file twice. */
static void end_search(struct symbolizer *s, struct names *names,
		       struct debug_search *search)
{
	if (search->refused && !names->refusal_noted && s->n_refused++ < MAX_NOTES)
		vec_push(&s->notes, mem_format("'%s' is not the debug file of '%s'",
					       search->refused, search->path));
	names->refusal_noted |= search->refused != NULL;
	debug_search_release(search);
}

static void note_kernel(struct symbolizer *s)
{
	if (!*s->kernel.error.text || s->kernel_noted)
		return;
	s->kernel_noted = true;
	vec_push(&s->notes, mem_format("%s", s->kernel.error.text));
}

/* The file of a dso, from here or from elsewhere; a descriptor, or -1. */
static int open_file(struct symbolizer *s, const struct dso *dso, enum dso_trouble *why)
{
	int fd = dso_keeper_open(s->options.keeper, dso, path_of(s, dso),
				 s->options.is_live, why);

	return fd >= 0 ? fd
		       : debuginfod_open(s->options.servers, DEBUGINFOD_PROGRAM,
					 &dso->build_id);
}

static void ask_file(struct symbolizer *s, struct names *names, const struct dso *dso)
{
	struct debug_search search;
	struct error ignored;
	int fd = open_file(s, dso, &names->why);

	if (fd < 0) {
		note_trouble(s, path_of(s, dso), names->why);
		return;
	}
	search = search_for(s, dso);
	names->table = source_elf_load(fd, &search, &ignored);
	names->is_owned = true;
	end_search(s, names, &search);
	close(fd);
}

static void ask_system(struct symbolizer *s, struct names *names, const struct dso *dso,
		       const struct mapping *m)
{
	char object[LABEL_MAX];
	struct error ignored;

	switch (dso->kind) {
	case DSO_FILE:
		ask_file(s, names, dso);
		break;
	case DSO_VDSO:
		if (s->options.is_live || dso->build_id.size)
			names->table = source_vdso_load(
				s->options.is_live ? NULL : &dso->build_id, &ignored);
		names->is_owned = true;
		break;
	case DSO_KERNEL:
		if (!label_is_guest(path_of(s, dso)))
			names->table = kernel_names_all(&s->kernel, dso, m);
		break;
	case DSO_MODULE:
		label_object(dso->kind, path_of(s, dso), object);
		names->table = kernel_names_module(&s->kernel, object);
		names->is_owned = true;
		break;
	case DSO_ANON:
	case DSO_BPF:
		break;
	}
}

/* Whether more may be asked than what the recording carries. */
static bool wants_system(const struct symbolizer *s, const struct dso *dso)
{
	return s->options.use_system && (s->options.completes || !dso->resolved);
}

/* Makes 'names' ready; 'm' is where the dso is mapped, if that is known. */
static void ask(struct symbolizer *s, struct names *names, const struct dso *dso,
		const struct mapping *m)
{
	const char *path = path_of(s, dso);
	char object[LABEL_MAX];

	names->asked = true;
	names->unknown = NO_FRAME;
	names->object =
		strtab_add(s->frames->strings, label_object(dso->kind, path, object));
	names->kind = label_kind(dso->kind, path);
	if (wants_system(s, dso))
		ask_system(s, names, dso, m);
	if (!names->table) {
		names->table = dso->names;
		names->is_owned = false;
	}
	if (!names->table)
		return;
	names->frames = mem_resize(NULL, names->table->items.n, sizeof(frame_id));
	memset(names->frames, 0xff, names->table->items.n * sizeof(frame_id));
}

static struct names *names_of(struct symbolizer *s, dso_id id, const struct mapping *m)
{
	struct names *names;

	while (s->names.n <= id)
		vec_add(&s->names);
	names = &s->names.items[id];
	if (!names->asked) {
		ask(s, names, dso_at(s->dsos, id), m);
		note_kernel(s);
	}
	return names;
}

static frame_id add_frame(struct symbolizer *s, const char *name, size_t len,
			  str_id object, enum frame_kind kind)
{
	const struct named n = {name, len, object, kind};

	return named_frame(s->frames, &n);
}

static frame_id symbol_frame(struct symbolizer *s, const struct names *names,
			     const struct dso *dso, const char *name)
{
	scoped(mem_release) char *shown = NULL;

	if (label_is_kernel(dso->kind))
		return named_kernel_frame(s->frames, name, names->object, names->kind);
	shown = named_shown(name, s->options.keep_mangled);
	return add_frame(s, shown, strlen(shown), names->object, names->kind);
}

static frame_id unknown_frame(struct symbolizer *s, struct names *names,
			      const struct dso *dso)
{
	enum frame_kind kind = dso->kind == DSO_ANON ? FRAME_JIT : FRAME_UNKNOWN;
	char text[LABEL_MAX];
	const char *name = text;

	if (names->unknown != NO_FRAME)
		return names->unknown;
	/* A file that was found after all has other reasons. */
	if (dso->reason && !names->is_owned)
		name = strtab_str(s->dsos->strings, dso->reason);
	else
		label_unknown(dso->kind, path_of(s, dso), names->why, text);
	names->unknown = add_frame(s, name, strlen(name), names->object, kind);
	return names->unknown;
}

static frame_id frame_of(struct symbolizer *s, struct names *names, const struct dso *dso,
			 uint64_t at)
{
	const struct symbol *sym;
	frame_id *frame;

	/* Its mapping is as long as the program, and its path is its name. */
	if (dso->kind == DSO_BPF)
		return symbol_frame(s, names, dso, path_of(s, dso));
	sym = names->table ? symbol_table_find(names->table, at) : NULL;
	if (!sym)
		return unknown_frame(s, names, dso);
	frame = &names->frames[sym - names->table->items.items];
	if (*frame == NO_FRAME)
		*frame = symbol_frame(s, names, dso, sym->name);
	return *frame;
}

/* A vdso that lies this low is that of a 32-bit process. */
static bool is_foreign_vdso(const struct dso *dso, const struct mapping *m)
{
	return dso->kind == DSO_VDSO && sizeof(void *) == 8 && m->start <= UINT32_MAX;
}

static struct hot *hot_place(const struct symbolizer *s, dso_id dso, uint64_t at)
{
	return &s->hot[hash_u64(at, dso) & (N_HOT - 1)];
}

static uint64_t place_in(const struct dso *dso, const struct mapping *m, uint64_t addr)
{
	return label_is_kernel(dso->kind) ? addr : addr - m->start + m->file_off;
}

static frame_id mapped(struct symbolizer *s, const struct mapping *m, uint64_t addr)
{
	const struct dso *dso = dso_at(s->dsos, m->dso);
	uint64_t at = place_in(dso, m, addr);
	struct hot *hot = hot_place(s, m->dso, at);
	struct names *names;

	if (is_foreign_vdso(dso, m))
		return unknown_frame(s, names_of(s, m->dso, m), dso);
	if (hot->frame != NO_FRAME && hot->at == at && hot->dso == m->dso)
		return hot->frame;
	names = names_of(s, m->dso, m);
	*hot = (struct hot){at, m->dso, frame_of(s, names, dso, at)};
	return hot->frame;
}

static struct source_dwarf *dwarf_of(struct symbolizer *s, struct names *names,
				     const struct dso *dso)
{
	struct debug_search search;
	enum dso_trouble ignored;
	struct error unused;
	int fd;

	if (names->dwarf_asked)
		return names->dwarf;
	names->dwarf_asked = true;
	fd = open_file(s, dso, &ignored);
	if (fd < 0)
		return NULL;
	search = search_for(s, dso);
	names->dwarf = source_dwarf_open(fd, &search, &unused);
	end_search(s, names, &search);
	close(fd);
	return names->dwarf;
}

/* What stands behind a name: nothing, ":main.c:12" or ":main.c:?"; mem_free() ends it. */
static char *line_text(const struct symbolizer *s, const struct place *place)
{
	size_t len = place->file ? strnlen(place->file, LABEL_MAX) : 0;

	if (!len || !s->options.lines)
		return mem_str("", 0);
	if (!place->line)
		return mem_format(":%.*s:?", (int)len, place->file);
	return mem_format(":%.*s:%u", (int)len, place->file, place->line);
}

/* The frame of a place: that of an inlined function, or 'function' with its line. */
static frame_id place_frame(struct symbolizer *s, const struct names *names,
			    const struct place *place, frame_id function)
{
	scoped(mem_release) char *line = line_text(s, place), *shown = NULL, *name = NULL;
	struct frame f = *frame_at(s->frames, function);

	if (!place->function && (!*line || f.kind == FRAME_UNKNOWN))
		return function;
	if (place->function) {
		shown = named_shown(place->function, s->options.keep_mangled);
		f.kind = names->kind;
		f.is_inlined = true;
	}
	name = mem_format("%s%s", shown ? shown : strtab_str(s->frames->strings, f.name),
			  line);
	f.name = strtab_add(s->frames->strings, name);
	return frame_add(s->frames, &f);
}

/* What DWARF says of an address, kept so that a recording can carry it away. */
static void ask_dwarf(struct symbolizer *s, struct names *names, const struct dso *dso,
		      uint64_t at, struct place_list *places)
{
	bool lines = s->options.lines || s->options.is_live;
	struct source_dwarf *dwarf = dwarf_of(s, names, dso);

	if (!dwarf || !source_dwarf_look_up(dwarf, at, lines, places))
		return;
	if (!names->places)
		names->places = place_table_new();
	place_table_add(names->places, at, places->items.items, places->items.n);
}

/* All places of an address; at least one, which may be empty. */
static void find_places(struct symbolizer *s, struct names *names, const struct dso *dso,
			uint64_t at, struct place_list *places)
{
	const struct place_spot *spot =
		dso->places ? place_table_find(dso->places, at) : NULL;

	for (uint32_t i = 0; spot && i < spot->n; i++)
		vec_push(&places->items, dso->places->places.items[spot->first + i]);
	if (!spot && wants_system(s, dso))
		ask_dwarf(s, names, dso, at, places);
	if (!places->items.n)
		vec_add(&places->items);
}

/* The frames of an address that is looked up for the first time. */
static struct spot *add_spot(struct symbolizer *s, const struct mapping *m, uint64_t addr,
			     uint64_t hash)
{
	const struct dso *dso = dso_at(s->dsos, m->dso);
	struct place_list places = {0};
	frame_id function = mapped(s, m, addr);
	struct names *names = names_of(s, m->dso, m);
	struct spot *spot = vec_add(&s->spots);

	*spot = (struct spot){.at = place_in(dso, m, addr), .dso = m->dso};
	spot->first = (uint32_t)s->spot_frames.n;
	find_places(s, names, dso, spot->at, &places);
	for (size_t i = s->options.inlines ? 0 : places.items.n - 1; i < places.items.n;
	     i++)
		vec_push(&s->spot_frames,
			 place_frame(s, names, &places.items.items[i], function));
	spot->n = (uint32_t)(s->spot_frames.n - spot->first);
	vec_release(&places.items);
	hashmap_put(&s->spot_by_hash, hash, (uint32_t)(s->spots.n - 1));
	return spot;
}

/* With what was inlined there. */
static void mapped_in_detail(struct symbolizer *s, const struct mapping *m, uint64_t addr,
			     struct frame_list *out)
{
	uint64_t at = place_in(dso_at(s->dsos, m->dso), m, addr);
	uint64_t hash = hash_u64(at, m->dso);
	struct spot *spot = NULL;
	struct hashmap_probe probe;
	uint32_t i;

	for (i = hashmap_first(&probe, &s->spot_by_hash, hash); i != HASHMAP_NONE;
	     i = hashmap_next(&probe)) {
		spot = &s->spots.items[i];
		if (spot->at == at && spot->dso == m->dso)
			break;
	}
	if (i == HASHMAP_NONE)
		spot = add_spot(s, m, addr, hash);
	for (i = 0; i < spot->n; i++)
		vec_push(&out->items, s->spot_frames.items[spot->first + i]);
}

static bool wants_detail(const struct symbolizer *s, const struct mapping *m)
{
	const struct dso *dso = dso_at(s->dsos, m->dso);

	return (s->options.inlines || s->options.lines) && dso->kind == DSO_FILE &&
	       (dso->places || wants_system(s, dso));
}

/* The kernel's dso, or DSO_NONE. */
static dso_id find_kernel(const struct symbolizer *s)
{
	for (size_t i = 0; i < s->dsos->items.n; i++) {
		const struct dso *dso = &s->dsos->items.items[i];

		if (dso->kind == DSO_KERNEL && !label_is_guest(path_of(s, dso)))
			return (dso_id)i;
	}
	return DSO_NONE;
}

/* A module may have come since the recording to where another one was. */
static bool is_of_module(const struct names *names, uint64_t addr)
{
	const struct symbol *sym =
		names->table ? symbol_table_find(names->table, addr) : NULL;
	const char *module = NULL;
	size_t ignored;

	if (sym)
		kallsyms_split(sym->name, &module, &ignored);
	return module;
}

/* The kernel's mapping ends before the code of its start, in which the idle task of the first
 * CPU stays; and modules come late, so that their mappings may have been missed. */
static frame_id unmapped_kernel(struct symbolizer *s, uint64_t addr)
{
	static const struct dso bare = {.kind = DSO_KERNEL};
	struct hot *hot = hot_place(s, DSO_NONE, addr);
	const struct dso *dso = &bare;
	struct names *names = &s->bare;
	dso_id id = s->options.kernel ? s->options.kernel->dso : find_kernel(s);
	frame_id frame;

	if (hot->frame != NO_FRAME && hot->at == addr && hot->dso == DSO_NONE)
		return hot->frame;
	if (id != DSO_NONE) {
		names = names_of(s, id, s->options.kernel);
		dso = dso_at(s->dsos, id);
	} else if (!names->asked) {
		ask(s, names, dso, NULL);
		note_kernel(s);
	}
	if (s->options.is_live || dso->resolved || !is_of_module(names, addr))
		frame = frame_of(s, names, dso, addr);
	else
		frame = unknown_frame(s, names, dso);
	*hot = (struct hot){addr, DSO_NONE, frame};
	return frame;
}

void symbolizer_look_up(struct symbolizer *s, const struct mapping *m, uint64_t addr,
			bool is_return, enum symbolizer_space space,
			struct frame_list *out)
{
	static const char unknown[] = "[unknown]", hypervisor[] = "[hypervisor]";
	frame_id frame;

	addr -= is_return;
	if (m && wants_detail(s, m)) {
		mapped_in_detail(s, m, addr, out);
		return;
	}
	if (m)
		frame = mapped(s, m, addr);
	else if (space == SPACE_KERNEL)
		frame = unmapped_kernel(s, addr);
	else if (space == SPACE_HYPERVISOR)
		frame = add_frame(s, hypervisor, sizeof(hypervisor), 0, FRAME_UNKNOWN);
	else
		frame = add_frame(s, unknown, sizeof(unknown), 0, FRAME_UNKNOWN);
	vec_push(&out->items, frame);
}

static void store_names(struct symbolizer *s, const struct names *names, struct dso *dso)
{
	if (names->table && names->table != dso->names) {
		symbol_table_free(&dso->names);
		dso->names = stored_symbols(names->table);
	}
	if (names->places && !dso->places)
		dso->places = place_table_new();
	if (names->places)
		stored_places(dso->places, names->places, s->dsos->strings);
	if (names->unknown != NO_FRAME)
		dso->reason = strtab_add(s->dsos->strings,
					 frame_name(s->frames, names->unknown));
	dso->resolved = true;
}

void symbolizer_store(struct symbolizer *s)
{
	for (size_t i = 0; i < s->names.n; i++) {
		struct dso *dso = dso_at(s->dsos, (dso_id)i);

		if (s->names.items[i].asked && (!dso->resolved || s->options.completes))
			store_names(s, &s->names.items[i], dso);
	}
}

const char *symbolizer_note(const struct symbolizer *s, size_t i)
{
	return i < s->notes.n ? s->notes.items[i] : NULL;
}

#include "symbolize/symbolizer.h"

#include "base/hashmap.h"
#include "base/scoped.h"
#include "base/sort.h"
#include "base/threads.h"
#include "symbolize/dso_label.h"
#include "symbolize/dso_names.h"
#include "symbolize/frame_make.h"
#include "symbolize/saved_names.h"

enum { N_HOT = 4096, MAX_NOTES = 20 };

/* A dso, and what it is still to be asked for. */
struct known {
	struct dso_names names;
	VEC(uint64_t) expected; /* places in it, not read yet, */
	struct mapping m;	/* and one of its mappings */
	bool refusal_noted;	/* of a debug file that was not its own */
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
	struct dso_names_options naming;
	struct dso_table *dsos;
	struct frame_table *frames;
	struct kernel_names kernel;
	VEC(struct known) known; /* by dso_id */
	struct known bare;	 /* a kernel that no mapping speaks of */
	struct hot *hot; /* recently asked, each in the one place that it can have */
	VEC(struct spot) spots;
	struct hashmap spot_by_hash;
	VEC(frame_id) spot_frames;
	VEC(char *) notes;
	size_t n_troubles, n_refused; /* told of, or would have been */
	bool kernel_noted;
};

static struct dso_files_options files_options(const struct symbolizer_options *options)
{
	return (struct dso_files_options){
		/* A recording carries them, whoever asks for them later. */
		.lines = options->lines || options->is_live,
		.is_live = options->is_live,
		.keeper = options->keeper,
		.servers = options->servers,
		.debug_folder = options->debug_folder,
		.os_release = options->os_release,
	};
}

struct symbolizer *symbolizer_new(const struct symbolizer_options *options,
				  struct dso_table *dsos, struct frame_table *frames)
{
	struct symbolizer *s = mem_new(1, sizeof(*s));

	s->options = *options;
	s->naming = (struct dso_names_options){.files = files_options(options),
					       .kernel = &s->kernel,
					       .strings = dsos->strings,
					       .frames = frames,
					       .keep_mangled = options->keep_mangled,
					       .lines = options->lines};
	s->dsos = dsos;
	s->frames = frames;
	kernel_names_init(&s->kernel,
			  options->kallsyms ? options->kallsyms : "/proc/kallsyms",
			  options->is_live);
	s->hot = mem_resize(NULL, N_HOT, sizeof(*s->hot));
	for (size_t i = 0; i < N_HOT; i++)
		s->hot[i].frame = NO_FRAME;
	return s;
}

static void known_release(struct known *known)
{
	dso_names_release(&known->names);
	vec_release(&known->expected);
}

void symbolizer_free(struct symbolizer **at)
{
	struct symbolizer *s = *at;
	struct known *known;
	char **note;

	if (!s)
		return;
	vec_each(known, &s->known)
		known_release(known);
	vec_each(note, &s->notes)
		mem_free(*note);
	known_release(&s->bare);
	kernel_names_release(&s->kernel);
	vec_release(&s->known);
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
static void note_trouble(struct symbolizer *s, const struct known *known,
			 const struct dso *dso)
{
	static const char *const texts[] = {
		[DSO_GONE] = "'%s' has no names: it was gone before it could be opened",
		[DSO_DENIED] = "'%s' has no names: not permitted to open it",
		[DSO_REPLACED] = "'%s' is not the file that ran: it was replaced",
	};
	enum dso_trouble why = known->names.files.why;
	bool is_told = why == DSO_REPLACED ||
		       (s->options.keeper && (why == DSO_GONE || why == DSO_DENIED));

	if (is_told && ++s->n_troubles <= MAX_NOTES)
		vec_push(&s->notes, mem_format(texts[why], path_of(s, dso)));
}

static void note_refusal(struct symbolizer *s, struct known *known, const struct dso *dso)
{
	const char *refused = known->names.files.refused;

	if (!refused || known->refusal_noted)
		return;
	known->refusal_noted = true;
	if (s->n_refused++ < MAX_NOTES)
		vec_push(&s->notes, mem_format("'%s' is not the debug file of '%s'",
					       refused, path_of(s, dso)));
}

static void note_kernel(struct symbolizer *s)
{
	if (!*s->kernel.error.text || s->kernel_noted)
		return;
	s->kernel_noted = true;
	vec_push(&s->notes, mem_format("%s", s->kernel.error.text));
}

/* Whether more may be asked than what the recording carries. */
static bool wants_system(const struct symbolizer *s, const struct dso *dso)
{
	return s->options.use_system && (s->options.completes || !dso->resolved);
}

static struct known *known_at(struct symbolizer *s, dso_id id)
{
	while (s->known.n <= id)
		vec_add(&s->known);
	return &s->known.items[id];
}

/* Has its names ready; 'm' is where the dso is mapped, if that is known. */
static void ask(struct symbolizer *s, struct known *known, const struct dso *dso,
		const struct mapping *m)
{
	if (known->names.asked)
		return;
	dso_names_ask(&known->names, &s->naming, dso, m, wants_system(s, dso));
	note_trouble(s, known, dso);
	note_refusal(s, known, dso);
	note_kernel(s);
}

static struct known *known_of(struct symbolizer *s, dso_id id, const struct mapping *m)
{
	struct known *known = known_at(s, id);

	ask(s, known, dso_at(s->dsos, id), m);
	return known;
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
	return dso_label_is_kernel(dso->kind) ? addr : addr - m->start + m->file_off;
}

static frame_id mapped(struct symbolizer *s, const struct mapping *m, uint64_t addr)
{
	const struct dso *dso = dso_at(s->dsos, m->dso);
	uint64_t at = place_in(dso, m, addr);
	struct hot *hot = hot_place(s, m->dso, at);
	struct dso_names *names;

	if (is_foreign_vdso(dso, m))
		return dso_names_unknown(&known_of(s, m->dso, m)->names, &s->naming, dso);
	if (hot->frame != NO_FRAME && hot->at == at && hot->dso == m->dso)
		return hot->frame;
	names = &known_of(s, m->dso, m)->names;
	*hot = (struct hot){at, m->dso, dso_names_frame(names, &s->naming, dso, at)};
	return hot->frame;
}

/* All places of an address; at least one, which may be empty. */
static void find_places(struct symbolizer *s, struct known *known,
			const struct mapping *m, uint64_t at, struct inline_list *places)
{
	const struct dso *dso = dso_at(s->dsos, m->dso);
	const struct inline_table *t = dso->places;
	const struct inline_entry *spot = t ? inline_table_find(t, at) : NULL;

	if (!spot && wants_system(s, dso)) {
		const struct dso_asked asked = {dso, path_of(s, dso), m};

		spot = dso_files_find(&known->names.files, &s->naming.files, &asked, at);
		t = known->names.files.places;
		note_refusal(s, known, dso);
	}
	for (uint32_t i = 0; spot && i < spot->n; i++)
		vec_push(&places->items, t->places.items[spot->first + i]);
	if (!places->items.n)
		vec_add(&places->items);
}

/* The frames of an address that is looked up for the first time. */
static struct spot *add_spot(struct symbolizer *s, const struct mapping *m, uint64_t addr,
			     uint64_t hash)
{
	const struct dso *dso = dso_at(s->dsos, m->dso);
	struct inline_list places = {0};
	frame_id function = mapped(s, m, addr);
	struct known *known = known_of(s, m->dso, m);
	struct spot *spot = vec_add(&s->spots);

	*spot = (struct spot){.at = place_in(dso, m, addr), .dso = m->dso};
	spot->first = (uint32_t)s->spot_frames.n;
	find_places(s, known, m, spot->at, &places);
	for (size_t i = s->options.inlines ? 0 : places.items.n - 1; i < places.items.n;
	     i++)
		vec_push(&s->spot_frames,
			 dso_names_place(&known->names, &s->naming,
					 &places.items.items[i], function));
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

static bool is_host_kernel(const struct symbolizer *s, const struct dso *dso)
{
	return dso->kind == DSO_KERNEL && !dso_label_is_guest(path_of(s, dso));
}

static bool wants_detail(const struct symbolizer *s, const struct mapping *m)
{
	const struct dso *dso = dso_at(s->dsos, m->dso);

	return (s->options.inlines || s->options.lines) &&
	       (dso->kind == DSO_FILE || is_host_kernel(s, dso)) &&
	       (dso->places || wants_system(s, dso));
}

static bool may_read_ahead(const struct symbolizer *s, const struct dso *dso)
{
	return (dso->kind == DSO_FILE || is_host_kernel(s, dso)) &&
	       wants_system(s, dso) && !s->options.servers;
}

bool symbolizer_may_read_ahead(const struct symbolizer *s)
{
	const struct dso *dso;
	size_t n = 0;

	vec_each(dso, &s->dsos->items)
		n += may_read_ahead(s, dso);
	return n > 1;
}

void symbolizer_expect(struct symbolizer *s, const struct mapping *m, uint64_t addr,
		       bool is_return)
{
	const struct dso *dso = dso_at(s->dsos, m->dso);
	struct known *known;

	if (!may_read_ahead(s, dso))
		return;
	known = known_at(s, m->dso);
	if (!known->expected.n)
		known->m = *m;
	vec_push(&known->expected, place_in(dso, m, addr - is_return));
}

/* Touches nothing but what belongs to this dso, or has a lock. */
static void read_dso(struct symbolizer *s, struct known *known, const struct dso *dso)
{
	const struct dso_asked asked = {dso, path_of(s, dso), &known->m};
	struct dso_files *files = &known->names.files;
	const uint64_t *at;

	if (dso->kind == DSO_KERNEL)
		kernel_names_all(&s->kernel, dso, &known->m);
	dso_files_read_names(files, &s->naming.files, &asked);
	if (!wants_detail(s, &known->m))
		return;
	vec_each(at, &known->expected)
		if (!dso->places || !inline_table_find(dso->places, *at))
			dso_files_find(files, &s->naming.files, &asked, *at);
}

/* Dsos that are still to be read. */
struct ahead {
	struct symbolizer *s;
	VEC(struct sort_item) dsos;
};

static void read_next(void *data, size_t i)
{
	struct ahead *a = data;
	dso_id id = a->dsos.items[i].index;

	read_dso(a->s, &a->s->known.items[id], dso_at(a->s->dsos, id));
}

void symbolizer_read_ahead(struct symbolizer *s)
{
	struct ahead a = {.s = s};

	/* What takes longest begins first, so that nobody waits for it alone. */
	for (uint32_t id = 0; id < s->known.n; id++)
		if (s->known.items[id].expected.n)
			vec_push(&a.dsos,
				 ((struct sort_item){
					 ~(uint64_t)s->known.items[id].expected.n, id}));
	sort_by_key(a.dsos.items, a.dsos.n);
	threads_run(a.dsos.n, read_next, &a);
	for (size_t i = 0; i < a.dsos.n; i++)
		vec_release(&s->known.items[a.dsos.items[i].index].expected);
	vec_release(&a.dsos);
}

/* The kernel's dso, or DSO_NONE. */
static dso_id find_kernel(const struct symbolizer *s)
{
	for (size_t i = 0; i < s->dsos->items.n; i++)
		if (is_host_kernel(s, &s->dsos->items.items[i]))
			return (dso_id)i;
	return DSO_NONE;
}

/* A module may have come since the recording to where another one was. */
static bool is_of_module(const struct dso_names *names, uint64_t addr)
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
	struct known *known = &s->bare;
	dso_id id = s->options.kernel ? s->options.kernel->dso : find_kernel(s);
	frame_id frame;

	if (hot->frame != NO_FRAME && hot->at == addr && hot->dso == DSO_NONE)
		return hot->frame;
	if (id != DSO_NONE) {
		known = known_of(s, id, s->options.kernel);
		dso = dso_at(s->dsos, id);
	} else {
		ask(s, known, dso, NULL);
	}
	if (s->options.is_live || dso->resolved || !is_of_module(&known->names, addr))
		frame = dso_names_frame(&known->names, &s->naming, dso, addr);
	else
		frame = dso_names_unknown(&known->names, &s->naming, dso);
	*hot = (struct hot){addr, DSO_NONE, frame};
	return frame;
}

void symbolizer_look_up(struct symbolizer *s, const struct mapping *m, uint64_t addr,
			bool is_return, enum symbolizer_space space,
			struct frame_list *out)
{
	static const struct shown_name unknown = {"[unknown]", 9, 0, FRAME_UNKNOWN},
				       hypervisor = {"[hypervisor]", 12, 0,
						     FRAME_UNKNOWN};
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
	else
		frame = frame_make(s->frames,
				   space == SPACE_HYPERVISOR ? &hypervisor : &unknown);
	vec_push(&out->items, frame);
}

static void store_names(struct symbolizer *s, const struct dso_names *names,
			struct dso *dso)
{
	if (names->table && names->table != dso->names) {
		symbol_table_free(&dso->names);
		dso->names = saved_names_symbols(names->table);
	}
	if (names->files.places && !dso->places)
		dso->places = inline_table_new();
	if (names->files.places)
		saved_names_inlines(dso->places, names->files.places, s->dsos->strings);
	if (names->unknown != NO_FRAME)
		dso->reason = strtab_add(s->dsos->strings,
					 frame_name(s->frames, names->unknown));
	dso->resolved = true;
}

void symbolizer_store(struct symbolizer *s)
{
	for (size_t i = 0; i < s->known.n; i++) {
		struct dso *dso = dso_at(s->dsos, (dso_id)i);

		const struct dso_names *names = &s->known.items[i].names;

		if (names->asked && (!dso->resolved || s->options.completes))
			store_names(s, names, dso);
	}
}

const char *symbolizer_note(const struct symbolizer *s, size_t i)
{
	return i < s->notes.n ? s->notes.items[i] : NULL;
}

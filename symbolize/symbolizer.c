#include "symbolize/symbolizer.h"

#include "base/clock.h"
#include "base/scoped.h"
#include "base/sort.h"
#include "base/thread/threads.h"
#include "elf/dso_mark.h"
#include "symbolize/dso_label.h"
#include "symbolize/dso_names.h"
#include "symbolize/frame_make.h"
#include "symbolize/known_frames.h"
#include "symbolize/symbol_notes.h"

#include <assert.h>
#include <string.h>

/* A dso, its names, and the addresses to read ahead. */
struct dso_entry {
	struct dso_names names;
	VEC(uint64_t) expected;	    /* offsets in the dso, not read yet */
	struct mapping expected_in; /* the mapping of the first of them */
	uint64_t weight;	    /* of them, in samples */
	bool has_refusal_note, has_other_note, has_memory_note;
};

struct symbolizer {
	struct symbolizer_options options;
	struct dso_names_options naming;
	struct dso_table *dsos;
	struct frame_table *frames;
	struct kernel_names kernel;
	VEC(struct dso_entry) entries;	  /* by dso_id */
	struct dso_entry unmapped_kernel; /* for a recording without a kernel dso */
	dso_id host_kernel, n_searched;	  /* found; the next one to look at */
	struct known_frames known;
	struct symbol_notes notes;
};

static struct dso_files_options files_options(const struct symbolizer_options *options)
{
	return (struct dso_files_options){
		/* A recording always stores them: later commands may want them. */
		.lines = options->lines || options->is_live,
		.is_live = options->is_live,
		.is_of_here = options->is_of_here,
		.keeper = options->keeper,
		.slow = options->slow,
		.places = options->places,
		.os_release = options->os_release,
		.kernel = options->kernel,
		.memory = options->memory,
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
	s->notes =
		(struct symbol_notes){.until = options->until, .hurry = options->hurry};
	s->dsos = dsos;
	s->host_kernel = DSO_NONE;
	s->frames = frames;
	kernel_names_init(&s->kernel,
			  options->kallsyms ? options->kallsyms : "/proc/kallsyms",
			  options->is_live, options->hidden_kernel);
	known_frames_init(&s->known);
	return s;
}

static void entry_release(struct dso_entry *entry)
{
	dso_names_release(&entry->names);
	vec_release(&entry->expected);
}

void symbolizer_free(struct symbolizer **at)
{
	struct symbolizer *s = *at;
	struct dso_entry *entry;

	if (!s)
		return;
	vec_each(entry, &s->entries)
		entry_release(entry);
	entry_release(&s->unmapped_kernel);
	kernel_names_release(&s->kernel);
	vec_release(&s->entries);
	symbol_notes_release(&s->notes);
	known_frames_release(&s->known);
	mem_free(s);
	*at = NULL;
}

static const char *path_of(const struct symbolizer *s, const struct dso *dso)
{
	return strtab_str(s->dsos->strings, dso->path);
}

/* Notes about the files of a dso, each once. */
static void note_files(struct symbolizer *s, struct dso_entry *entry,
		       const struct dso *dso)
{
	const struct dso_files *f = &entry->names.files;

	if (f->refused && !entry->has_refusal_note)
		symbol_notes_refused(&s->notes, path_of(s, dso), f->refused);
	if (f->other && !entry->has_other_note)
		symbol_notes_other(&s->notes, path_of(s, dso), f->other);
	if (f->lacks_memory && !entry->has_memory_note)
		symbol_notes_memory(&s->notes, path_of(s, dso));
	entry->has_refusal_note = f->refused;
	entry->has_other_note = f->other;
	entry->has_memory_note = f->lacks_memory;
}

static struct dso_mark mark_begin(const struct symbolizer *s, const struct dso *dso)
{
	return dso_mark_begin(s->options.marks, dso, path_of(s, dso));
}

/* The file killed a process before this one, or its names did. */
static bool is_forbidden(const struct symbolizer *s, const struct dso *dso)
{
	return dso_mark_forbids(s->options.marks, dso, path_of(s, dso));
}

/* Whether files and kernel of this machine may be read for the dso. */
static bool may_use_system(const struct symbolizer *s, const struct dso *dso)
{
	return s->options.use_system && (s->options.completes || !dso->resolved) &&
	       !is_forbidden(s, dso);
}

/* The entry of a dso, whose names may be unread. Valid until the next call. */
static struct dso_entry *entry_at(struct symbolizer *s, dso_id id)
{
	assert(id < s->dsos->items.n);
	while (s->entries.n <= id)
		vec_add(&s->entries);
	return &s->entries.items[id];
}

/* Reads the names of a dso unless they are read. 'm' is one of its mappings, NULL:
 * unknown. */
static void names_read_once(struct symbolizer *s, struct dso_entry *entry,
			    const struct dso *dso, const struct mapping *m)
{
	scoped(dso_mark_end) struct dso_mark mark = {0};
	bool may_use = may_use_system(s, dso);

	if (entry->names.is_read)
		return;
	if (is_forbidden(s, dso)) {
		dso_names_refuse(&entry->names, &s->naming, dso);
		return;
	}
	mark = mark_begin(s, dso);
	if (may_use && dso->kind == DSO_FILE && !entry->names.files.names_read &&
	    symbol_notes_is_late(&s->notes)) {
		entry->names.files.why = DSO_LATE;
		symbol_notes_late(&s->notes, path_of(s, dso));
		dso_files_identify(&entry->names.files, &s->naming.files,
				   &(struct dso_request){dso, path_of(s, dso), m});
		may_use = false;
	}
	dso_names_read(&entry->names, &s->naming, dso, m, may_use);
	symbol_notes_trouble(&s->notes, path_of(s, dso), entry->names.files.why,
			     s->options.keeper);
	note_files(s, entry, dso);
	symbol_notes_kernel(&s->notes, s->kernel.error.text);
	symbol_notes_take(&s->notes, s->kernel.files.notes.items,
			  &s->kernel.files.notes.n);
}

static struct dso_entry *entry_with_names(struct symbolizer *s, dso_id id,
					  const struct mapping *m)
{
	struct dso_entry *entry = entry_at(s, id);

	names_read_once(s, entry, dso_at(s->dsos, id), m);
	return entry;
}

/* The vdso of a 32-bit process lies below 4 GiB. */
static bool is_foreign_vdso(const struct dso *dso, const struct mapping *m)
{
	return dso->kind == DSO_VDSO && sizeof(void *) == 8 && m->start <= UINT32_MAX;
}

/* The file offset of an address; of code that is named by addresses: the address. */
static uint64_t offset_of(const struct dso *dso, const struct mapping *m, uint64_t addr)
{
	return dso_names_have_addrs(dso) ? addr : addr - m->start + m->file_off;
}

static frame_id mapped_frame(struct symbolizer *s, const struct mapping *m, uint64_t addr)
{
	const struct dso *dso = dso_at(s->dsos, m->dso);
	uint64_t at = offset_of(dso, m, addr);
	frame_id frame = known_frames_innermost(&s->known, m->dso, at);
	scoped(dso_mark_end) struct dso_mark mark = {0};
	struct dso_names *names;

	if (is_foreign_vdso(dso, m))
		return dso_names_unknown(&entry_with_names(s, m->dso, m)->names,
					 &s->naming, dso);
	if (frame != NO_FRAME)
		return frame;
	mark = mark_begin(s, dso);
	names = &entry_with_names(s, m->dso, m)->names;
	frame = dso_names_frame(names, &s->naming, dso, at);
	known_frames_set_innermost(&s->known, m->dso, at, frame);
	return frame;
}

/* Appends the inline frames of an address and the function itself: at least one item,
 * which may have neither function nor line. */
static void find_inline_frames(struct symbolizer *s, struct dso_entry *entry,
			       const struct mapping *m, uint64_t at,
			       struct inline_list *frames)
{
	const struct dso *dso = dso_at(s->dsos, m->dso);
	const struct inline_table *t = dso->places;
	const struct inline_entry *inlined = t ? inline_table_find(t, at) : NULL;

	if (!inlined && may_use_system(s, dso) && symbol_notes_is_late(&s->notes)) {
		symbol_notes_late(&s->notes, path_of(s, dso));
	} else if (!inlined && may_use_system(s, dso)) {
		const struct dso_request request = {dso, path_of(s, dso), m};

		inlined = dso_files_find(&entry->names.files, &s->naming.files, &request,
					 at);
		t = entry->names.files.places;
		note_files(s, entry, dso);
	}
	for (uint32_t i = 0; inlined && i < inlined->n; i++)
		vec_push(&frames->items, inline_table_at(t, inlined)[i]);
	if (!frames->items.n)
		vec_add(&frames->items);
}

/* Appends the frames of an address that is looked up for the first time. */
static void detailed_add(struct symbolizer *s, const struct mapping *m, uint64_t addr,
			 struct frame_list *out)
{
	const struct dso *dso = dso_at(s->dsos, m->dso);
	scoped(dso_mark_end) struct dso_mark mark = mark_begin(s, dso);
	struct inline_list inlined = {0};
	uint64_t at = offset_of(dso, m, addr);
	frame_id function = mapped_frame(s, m, addr);
	struct dso_entry *entry = entry_with_names(s, m->dso, m);
	size_t first = out->items.n;

	find_inline_frames(s, entry, m, at, &inlined);
	for (size_t i = s->options.inlines ? 0 : inlined.items.n - 1; i < inlined.items.n;
	     i++)
		vec_push(&out->items,
			 dso_names_inlined(&entry->names, &s->naming,
					   &inlined.items.items[i], function));
	vec_release(&inlined.items);
	known_frames_add(&s->known, m->dso, at, &out->items.items[first],
			 out->items.n - first);
}

/* Appends the frames of an address, with inline frames or source lines. */
static void detailed_look_up(struct symbolizer *s, const struct mapping *m, uint64_t addr,
			     struct frame_list *out)
{
	uint64_t at = offset_of(dso_at(s->dsos, m->dso), m, addr);

	if (!known_frames_find(&s->known, m->dso, at, out))
		detailed_add(s, m, addr, out);
}

static bool is_host_kernel(const struct symbolizer *s, const struct dso *dso)
{
	return dso->kind == DSO_KERNEL && !dso_label_is_guest(path_of(s, dso));
}

static bool has_dwarf(const struct symbolizer *s, const struct dso *dso)
{
	return dso->kind == DSO_FILE || is_host_kernel(s, dso);
}

static bool wants_detail(const struct symbolizer *s, const struct mapping *m)
{
	const struct dso *dso = dso_at(s->dsos, m->dso);

	return (s->options.inlines || s->options.lines) && has_dwarf(s, dso) &&
	       (dso->places || may_use_system(s, dso));
}

static bool may_read_ahead(const struct symbolizer *s, const struct dso *dso)
{
	return !file_places_have_servers(s->options.places) && has_dwarf(s, dso) &&
	       may_use_system(s, dso);
}

bool symbolizer_may_read_ahead(const struct symbolizer *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->dsos->items.n; i++)
		n += may_read_ahead(s, &s->dsos->items.items[i]);
	return n > 1;
}

void symbolizer_expect(struct symbolizer *s, const struct mapping *m, uint64_t addr,
		       bool is_return, uint64_t weight)
{
	const struct dso *dso = dso_at(s->dsos, m->dso);
	struct dso_entry *entry = entry_at(s, m->dso);

	if (!may_read_ahead(s, dso))
		return;
	if (!entry->expected.n)
		entry->expected_in = *m;
	entry->weight += weight;
	vec_push(&entry->expected, offset_of(dso, m, addr - is_return));
}

/* Runs in several threads: uses only data of this dso, and data with a lock. */
static void dso_read_ahead(struct symbolizer *s, struct dso_entry *entry,
			   const struct dso *dso)
{
	const struct dso_request request = {dso, path_of(s, dso), &entry->expected_in};
	scoped(dso_mark_end) struct dso_mark mark = {0};
	const uint64_t *at;

	if (symbol_notes_is_late(&s->notes))
		return;
	mark = mark_begin(s, dso);
	dso_names_read_ahead(&entry->names, &s->naming, &request);
	if (!wants_detail(s, &entry->expected_in))
		return;
	vec_each(at, &entry->expected)
		if (!symbol_notes_is_late(&s->notes) &&
		    (!dso->places || !inline_table_find(dso->places, *at)))
			dso_files_find(&entry->names.files, &s->naming.files, &request,
				       *at);
}

/* The dsos to read, sorted by their number of samples. */
struct read_ahead {
	struct symbolizer *s;
	VEC(struct sort_item) dsos;
};

static void read_ahead_item(void *data, size_t i)
{
	struct read_ahead *a = data;
	dso_id id = a->dsos.items[i].index;

	dso_read_ahead(a->s, &a->s->entries.items[id], dso_at(a->s->dsos, id));
}

void symbolizer_read_ahead(struct symbolizer *s)
{
	struct read_ahead a = {.s = s};

	/* The dso with most samples begins first: time may end before the last one. */
	for (uint32_t id = 0; id < s->entries.n; id++)
		if (s->entries.items[id].expected.n)
			vec_push(&a.dsos,
				 ((struct sort_item){~s->entries.items[id].weight, id}));
	sort_by_key(a.dsos.items, a.dsos.n);
	threads_run(a.dsos.n, read_ahead_item, &a);
	for (size_t i = 0; i < a.dsos.n; i++)
		vec_release(&s->entries.items[a.dsos.items[i].index].expected);
	vec_release(&a.dsos);
}

/* The dso of the kernel, or DSO_NONE. There may be as many dsos as addresses. */
static dso_id kernel_find(struct symbolizer *s)
{
	while (s->host_kernel == DSO_NONE && s->n_searched < s->dsos->items.n)
		if (is_host_kernel(s, &s->dsos->items.items[s->n_searched++]))
			s->host_kernel = s->n_searched - 1;
	return s->host_kernel;
}

/* The frame of a kernel address in no mapping: the kernel's boot code, in which the idle
 * task of the first CPU stays, or a module that was loaded late. */
static frame_id unmapped_kernel_frame(struct symbolizer *s, uint64_t addr)
{
	static const struct dso unmapped = {.kind = DSO_KERNEL};
	const struct dso *dso = &unmapped;
	struct dso_entry *entry = &s->unmapped_kernel;
	dso_id id = s->options.kernel ? s->options.kernel->dso : kernel_find(s);
	frame_id frame = known_frames_innermost(&s->known, DSO_NONE, addr);

	if (frame != NO_FRAME)
		return frame;
	if (id != DSO_NONE) {
		entry = entry_with_names(s, id, s->options.kernel);
		dso = dso_at(s->dsos, id);
	} else {
		names_read_once(s, entry, dso, NULL);
	}
	if (s->options.is_live || dso->resolved ||
	    !dso_names_is_of_module(&entry->names, addr))
		frame = dso_names_frame(&entry->names, &s->naming, dso, addr);
	else
		frame = dso_names_unknown(&entry->names, &s->naming, dso);
	known_frames_set_innermost(&s->known, DSO_NONE, addr, frame);
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
		detailed_look_up(s, m, addr, out);
		return;
	}
	if (m)
		frame = mapped_frame(s, m, addr);
	else if (space == SPACE_KERNEL)
		frame = unmapped_kernel_frame(s, addr);
	else
		frame = frame_make(s->frames,
				   space == SPACE_HYPERVISOR ? &hypervisor : &unknown);
	vec_push(&out->items, frame);
}

void symbolizer_store(struct symbolizer *s)
{
	for (size_t i = 0; i < s->entries.n; i++) {
		struct dso *dso = dso_at(s->dsos, (dso_id)i);
		const struct dso_names *names = &s->entries.items[i].names;

		if (names->is_read)
			dso_names_store_identity(names, dso);
		/* Later commands may find names that are late. */
		if (names->is_read && names->files.why != DSO_LATE &&
		    (!dso->resolved || s->options.completes))
			dso_names_store(names, dso, s->dsos->strings, s->frames);
	}
}

const char *symbolizer_note(const struct symbolizer *s, size_t i)
{
	return i < s->notes.lines.n ? s->notes.lines.items[i] : NULL;
}

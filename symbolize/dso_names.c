#include "symbolize/dso_names.h"

#include "base/scoped.h"
#include "elf/vdso.h"
#include "symbolize/dso_label.h"
#include "symbolize/frame_make.h"
#include "symbolize/name_source.h"
#include "symbolize/saved_names.h"

#include <assert.h>
#include <string.h>

static bool vdso_applies(const struct name_request *r)
{
	return r->target.dso->kind == DSO_VDSO;
}

static struct symbol_table *vdso_read(const struct name_request *r, bool *is_owned)
{
	struct error ignored;

	*is_owned = true;
	/* While the recording is taken, every process has the vdso of the running
	 * kernel. */
	return source_vdso_load(
		r->file_options->is_live ? NULL : &r->target.dso->build_id, &ignored);
}

static const struct name_source vdso_name_source = {
	.name = "vdso",
	.is_of_system = true,
	.applies = vdso_applies,
	.read = vdso_read,
};

static bool recording_applies(const struct name_request *r)
{
	return r->target.dso->names;
}

static struct symbol_table *recording_read(const struct name_request *r, bool *is_owned)
{
	*is_owned = false;
	return r->target.dso->names;
}

static const struct name_source recording_name_source = {
	.name = "recording",
	.applies = recording_applies,
	.read = recording_read,
};

/* The most trusted first. The first source that has any names is the only one. */
static const struct name_source *const name_sources[] = {
	&file_name_source,	/* the file that was mapped */
	&vdso_name_source,	/* of this process */
	&kernel_name_source,	/* /proc/kallsyms */
	&module_name_source,	/* likewise */
	&recording_name_source, /* names that the recording has */
};

void dso_names_release(struct dso_names *n)
{
	if (n->is_owned)
		symbol_table_free(&n->table);
	dso_files_release(&n->files);
	mem_free(n->frames);
}

static struct name_request request_of(struct dso_names *n,
				      const struct dso_names_options *o,
				      const struct dso_request *target)
{
	return (struct name_request){.target = *target,
				     .files = &n->files,
				     .file_options = &o->files,
				     .kernel = o->kernel};
}

void dso_names_read_ahead(struct dso_names *n, const struct dso_names_options *o,
			  const struct dso_request *target)
{
	const struct name_request request = request_of(n, o, target);

	for (size_t i = 0; i < array_size(name_sources); i++)
		if (name_sources[i]->read_ahead && name_sources[i]->applies(&request))
			name_sources[i]->read_ahead(&request);
}

/* Sets the table to the names of the most trusted source that has any. */
static void read_table(struct dso_names *n, const struct name_request *request,
		       bool may_use_system)
{
	for (size_t i = 0; i < array_size(name_sources) && !n->table; i++) {
		const struct name_source *source = name_sources[i];

		if ((source->is_of_system && !may_use_system) ||
		    !source->applies(request))
			continue;
		n->table = source->read(request, &n->is_owned);
		n->is_owned = n->is_owned && n->table;
	}
}

static void names_begin(struct dso_names *n, const struct dso_names_options *o,
			const struct dso *dso)
{
	const char *path = strtab_str(o->strings, dso->path);
	char object[DSO_LABEL_MAX];

	assert(!n->is_read);
	n->is_read = true;
	n->unknown = NO_FRAME;
	n->object =
		strtab_add(o->frames->strings, dso_label_object(dso->kind, path, object));
	n->kind = (uint8_t)dso_label_kind(dso->kind, path);
}

void dso_names_refuse(struct dso_names *n, const struct dso_names_options *o,
		      const struct dso *dso)
{
	names_begin(n, o, dso);
	n->files.why = DSO_UNREADABLE;
}

void dso_names_read(struct dso_names *n, const struct dso_names_options *o,
		    const struct dso *dso, const struct mapping *m, bool may_use_system)
{
	const struct dso_request target = {dso, strtab_str(o->strings, dso->path), m};
	const struct name_request request = request_of(n, o, &target);

	names_begin(n, o, dso);
	read_table(n, &request, may_use_system);
	if (!n->table)
		return;
	n->frames = mem_resize(NULL, n->table->items.n, sizeof(frame_id));
	memset(n->frames, 0xff, n->table->items.n * sizeof(frame_id));
}

static frame_id frame_of_name(const struct dso_names *n,
			      const struct dso_names_options *o, const char *name,
			      enum frame_kind kind)
{
	const struct shown_name shown = {name, strlen(name), n->object, kind};

	return frame_make(o->frames, &shown);
}

static frame_id frame_of_symbol(const struct dso_names *n,
				const struct dso_names_options *o, const struct dso *dso,
				const char *name)
{
	scoped(mem_release) char *readable = NULL;

	if (dso_label_is_kernel(dso->kind))
		return frame_make_kernel(o->frames, name, n->object, n->kind);
	readable = frame_make_name(name, o->keep_mangled);
	return frame_of_name(n, o, readable, n->kind);
}

frame_id dso_names_unknown(struct dso_names *n, const struct dso_names_options *o,
			   const struct dso *dso)
{
	enum frame_kind kind = dso->kind == DSO_ANON ? FRAME_JIT : FRAME_UNKNOWN;
	char text[DSO_LABEL_MAX];
	const char *name = text;

	assert(n->is_read);
	if (n->unknown != NO_FRAME)
		return n->unknown;
	/* The recorded reason no longer holds if the file was found after all. */
	if (dso->reason && !n->is_owned && !n->files.names &&
	    n->files.why != DSO_UNREADABLE)
		name = strtab_str(o->strings, dso->reason);
	else
		dso_label_unknown(dso->kind, strtab_str(o->strings, dso->path),
				  n->files.why, text);
	n->unknown = frame_of_name(n, o, name, kind);
	return n->unknown;
}

frame_id dso_names_frame(struct dso_names *n, const struct dso_names_options *o,
			 const struct dso *dso, uint64_t at)
{
	const struct symbol *sym;
	frame_id *frame;

	assert(n->is_read);
	/* The mapping of a BPF program is as long as the program, and its path is its
	 * name. */
	if (dso->kind == DSO_BPF)
		return frame_of_symbol(n, o, dso, strtab_str(o->strings, dso->path));
	sym = n->table ? symbol_table_find(n->table, at) : NULL;
	if (!sym)
		return dso_names_unknown(n, o, dso);
	frame = &n->frames[sym - n->table->items.items];
	if (*frame == NO_FRAME)
		*frame = frame_of_symbol(n, o, dso, sym->name);
	return *frame;
}

/* The source line after a name: nothing, ":main.c:12" or ":main.c:?". mem_free() frees
 * it. */
static char *line_text(const struct dso_names_options *o,
		       const struct inline_frame *inlined)
{
	size_t len = inlined->file ? strnlen(inlined->file, DSO_LABEL_MAX) : 0;

	if (!len || !o->lines)
		return mem_str("", 0);
	if (!inlined->line)
		return mem_format(":%.*s:?", (int)len, inlined->file);
	return mem_format(":%.*s:%u", (int)len, inlined->file, inlined->line);
}

frame_id dso_names_inlined(const struct dso_names *n, const struct dso_names_options *o,
			   const struct inline_frame *inlined, frame_id function)
{
	scoped(mem_release) char *line = line_text(o, inlined);
	scoped(mem_release) char *readable = NULL;
	scoped(mem_release) char *name = NULL;
	struct frame f = *frame_at(o->frames, function);

	assert(n->is_read);
	if (!inlined->function && (!*line || f.kind == FRAME_UNKNOWN))
		return function;
	if (inlined->function) {
		readable = frame_make_name(inlined->function, o->keep_mangled);
		f.kind = n->kind;
		f.is_inlined = true;
	}
	name = mem_format("%s%s",
			  readable ? readable : strtab_str(o->frames->strings, f.name),
			  line);
	f.name = strtab_add(o->frames->strings, name);
	return frame_add(o->frames, &f);
}

bool dso_names_is_of_module(const struct dso_names *names, uint64_t addr)
{
	const struct symbol *sym =
		names->table ? symbol_table_find(names->table, addr) : NULL;
	const char *module = NULL;
	size_t ignored;

	if (sym)
		kallsyms_split(sym->name, &module, &ignored);
	return module;
}

void dso_names_store_identity(const struct dso_names *n, struct dso *dso)
{
	/* Without an inode the build id is the identity, which its mappings have. */
	if (!dso->build_id.size && dso->inode)
		dso->build_id = n->files.build_id;
	if (!dso->size)
		dso->size = n->files.size;
	dso->is_hit = true;
	dso->is_sought = n->files.names_read;
	dso->trouble = n->files.why;
}

void dso_names_store(const struct dso_names *n, struct dso *dso, struct strtab *strings,
		     const struct frame_table *frames)
{
	if (n->table && n->table != dso->names) {
		symbol_table_free(&dso->names);
		dso->names = saved_names_symbols(n->table);
	}
	if (n->files.places && !dso->places)
		dso->places = inline_table_new();
	if (n->files.places)
		saved_names_inlines(dso->places, n->files.places, strings);
	if (n->unknown != NO_FRAME)
		dso->reason = strtab_add(strings, frame_name(frames, n->unknown));
	dso->is_unverified = n->files.is_guess;
	dso->resolved = true;
}

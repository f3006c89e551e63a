#include "symbolize/dso_names.h"

#include "base/scoped.h"
#include "elf/vdso.h"
#include "symbolize/dso_label.h"
#include "symbolize/frame_make.h"

#include <string.h>

void dso_names_release(struct dso_names *n)
{
	if (n->is_owned)
		symbol_table_free(&n->table);
	dso_files_release(&n->files);
	mem_free(n->frames);
}

static void ask_system(struct dso_names *n, const struct dso_names_options *o,
		       const struct dso_asked *asked)
{
	const struct dso *dso = asked->dso;
	bool is_live = o->files.is_live;
	char object[DSO_LABEL_MAX];
	struct error ignored;

	switch (dso->kind) {
	case DSO_FILE:
		dso_files_read_names(&n->files, &o->files, asked);
		n->table = n->files.names;
		break;
	case DSO_VDSO:
		n->table = source_vdso_load(is_live ? NULL : &dso->build_id, &ignored);
		n->is_owned = true;
		break;
	case DSO_KERNEL:
		if (!dso_label_is_guest(asked->path))
			n->table = kernel_names_all(o->kernel, dso, asked->m);
		break;
	case DSO_MODULE:
		dso_label_object(dso->kind, asked->path, object);
		n->table = kernel_names_module(o->kernel, object);
		n->is_owned = true;
		break;
	case DSO_ANON:
	case DSO_BPF:
		break;
	}
}

void dso_names_ask(struct dso_names *n, const struct dso_names_options *o,
		   const struct dso *dso, const struct mapping *m, bool may_ask_system)
{
	const struct dso_asked asked = {dso, strtab_str(o->strings, dso->path), m};
	char object[DSO_LABEL_MAX];

	n->asked = true;
	n->unknown = NO_FRAME;
	n->object = strtab_add(o->frames->strings,
			       dso_label_object(dso->kind, asked.path, object));
	n->kind = dso_label_kind(dso->kind, asked.path);
	if (may_ask_system)
		ask_system(n, o, &asked);
	if (!n->table) {
		n->table = dso->names;
		n->is_owned = false;
	}
	if (!n->table)
		return;
	n->frames = mem_resize(NULL, n->table->items.n, sizeof(frame_id));
	memset(n->frames, 0xff, n->table->items.n * sizeof(frame_id));
}

static frame_id add_frame(const struct dso_names *n, const struct dso_names_options *o,
			  const char *name, enum frame_kind kind)
{
	const struct shown_name named = {name, strlen(name), n->object, kind};

	return frame_make(o->frames, &named);
}

static frame_id symbol_frame(const struct dso_names *n, const struct dso_names_options *o,
			     const struct dso *dso, const char *name)
{
	scoped(mem_release) char *shown = NULL;

	if (dso_label_is_kernel(dso->kind))
		return frame_make_kernel(o->frames, name, n->object, n->kind);
	shown = frame_make_name(name, o->keep_mangled);
	return add_frame(n, o, shown, n->kind);
}

frame_id dso_names_unknown(struct dso_names *n, const struct dso_names_options *o,
			   const struct dso *dso)
{
	enum frame_kind kind = dso->kind == DSO_ANON ? FRAME_JIT : FRAME_UNKNOWN;
	char text[DSO_LABEL_MAX];
	const char *name = text;

	if (n->unknown != NO_FRAME)
		return n->unknown;
	/* A file that was found after all has other reasons. */
	if (dso->reason && !n->is_owned && !n->files.names)
		name = strtab_str(o->strings, dso->reason);
	else
		dso_label_unknown(dso->kind, strtab_str(o->strings, dso->path),
				  n->files.why, text);
	n->unknown = add_frame(n, o, name, kind);
	return n->unknown;
}

frame_id dso_names_frame(struct dso_names *n, const struct dso_names_options *o,
			 const struct dso *dso, uint64_t at)
{
	const struct symbol *sym;
	frame_id *frame;

	/* Its mapping is as long as the program, and its path is its name. */
	if (dso->kind == DSO_BPF)
		return symbol_frame(n, o, dso, strtab_str(o->strings, dso->path));
	sym = n->table ? symbol_table_find(n->table, at) : NULL;
	if (!sym)
		return dso_names_unknown(n, o, dso);
	frame = &n->frames[sym - n->table->items.items];
	if (*frame == NO_FRAME)
		*frame = symbol_frame(n, o, dso, sym->name);
	return *frame;
}

/* What stands behind a name: nothing, ":main.c:12" or ":main.c:?"; mem_free() ends it. */
static char *line_text(const struct dso_names_options *o,
		       const struct inline_frame *place)
{
	size_t len = place->file ? strnlen(place->file, DSO_LABEL_MAX) : 0;

	if (!len || !o->lines)
		return mem_str("", 0);
	if (!place->line)
		return mem_format(":%.*s:?", (int)len, place->file);
	return mem_format(":%.*s:%u", (int)len, place->file, place->line);
}

frame_id dso_names_place(const struct dso_names *n, const struct dso_names_options *o,
			 const struct inline_frame *place, frame_id function)
{
	scoped(mem_release) char *line = line_text(o, place), *shown = NULL, *name = NULL;
	struct frame f = *frame_at(o->frames, function);

	if (!place->function && (!*line || f.kind == FRAME_UNKNOWN))
		return function;
	if (place->function) {
		shown = frame_make_name(place->function, o->keep_mangled);
		f.kind = n->kind;
		f.is_inlined = true;
	}
	name = mem_format("%s%s", shown ? shown : strtab_str(o->frames->strings, f.name),
			  line);
	f.name = strtab_add(o->frames->strings, name);
	return frame_add(o->frames, &f);
}

#include "record/data/flame_section.h"

#include "base/scoped.h"
#include "record/data/format.h"

#include <stddef.h>

#define SECTION_MAGIC "FLAMESEC"
enum { SECTION_VERSION = 1 };

enum block_tag {
	BLOCK_FIGURES = 1,
	BLOCK_NAMES = 2,
	BLOCK_MADE = 3,
	BLOCK_PLACES = 4,
};

enum { PLACES_MAX = 255 }; /* of one address: no compiler inlines as deep as that */

/* The keys of the figures: numbers for ever, never reused. */
static const struct figure {
	uint32_t key;
	size_t at;
} figures[] = {
	{1, offsetof(struct run_info, frequency)},
	{2, offsetof(struct run_info, start)},
	{3, offsetof(struct run_info, duration)},
	{4, offsetof(struct run_info, busy)},
	{5, offsetof(struct run_info, idle)},
	{6, offsetof(struct run_info, own_cpu)},
	{7, offsetof(struct run_info, lost)},
};

static void put_u8(struct out *o, uint8_t v)
{
	out_write(o, &v, sizeof(v));
}

static void put_u32(struct out *o, uint32_t v)
{
	out_write(o, &v, sizeof(v));
}

static void put_u64(struct out *o, uint64_t v)
{
	out_write(o, &v, sizeof(v));
}

static void put_str(struct out *o, const char *s)
{
	uint32_t len = (uint32_t)strlen(s) + 1;

	put_u32(o, len);
	out_write(o, s, len);
}

/* Puts the bytes of 'payload' as one block. */
static void put_block(struct out *o, enum block_tag tag, const struct out *payload)
{
	put_u32(o, tag);
	put_u32(o, 0);
	put_u64(o, out_pos(payload));
	out_write(o, out_data(payload), out_pos(payload));
}

static void put_figures(struct out *o, const struct run_info *c)
{
	put_u32(o, array_size(figures));
	for (size_t i = 0; i < array_size(figures); i++) {
		uint64_t value;

		memcpy(&value, (const char *)c + figures[i].at, sizeof(value));
		put_u32(o, figures[i].key);
		put_u64(o, value);
	}
}

static void put_identity(struct out *o, const struct dso_table *dsos,
			 const struct dso *dso)
{
	put_u8(o, (uint8_t)dso->kind);
	put_str(o, strtab_str(dsos->strings, dso->path));
	put_u8(o, dso->build_id.size);
	out_write(o, dso->build_id.data, BUILD_ID_MAX);
	put_u32(o, dso->major);
	put_u32(o, dso->minor);
	put_u64(o, dso->inode);
	put_u64(o, dso->generation);
	put_u32(o, dso->pid);
}

static void put_dso(struct out *o, const struct dso_table *dsos, const struct dso *dso)
{
	const struct symbol *symbol;
	uint32_t hits = 0;

	put_identity(o, dsos, dso);
	put_str(o, strtab_str(dsos->strings, dso->reason));
	if (dso->names)
		vec_each(symbol, &dso->names->items)
			hits += symbol->hit;
	put_u32(o, hits);
	if (!hits)
		return;
	vec_each(symbol, &dso->names->items) {
		if (!symbol->hit)
			continue;
		put_u64(o, symbol->start);
		put_u64(o, symbol->end);
		put_str(o, symbol->name);
	}
}

static void put_names(struct out *o, const struct dso_table *dsos)
{
	const struct dso *dso;
	uint32_t n = 0;

	vec_each(dso, &dsos->items)
		n += dso->resolved;
	put_u32(o, n);
	vec_each(dso, &dsos->items)
		if (dso->resolved)
			put_dso(o, dsos, dso);
}

/* A string that stands in the block's table, by its number; 0: none. */
static void put_ref(struct out *o, struct strtab *strings, const char *text)
{
	put_u32(o, text ? strtab_add(strings, text) : 0);
}

static void put_spots(struct out *o, struct strtab *strings, const struct inline_table *t)
{
	const struct inline_entry *spot;

	put_u32(o, (uint32_t)t->spots.n);
	vec_each(spot, &t->spots) {
		const struct inline_frame *places = inline_table_at(t, spot);
		uint8_t n = spot->n > PLACES_MAX ? PLACES_MAX : (uint8_t)spot->n;

		put_u64(o, spot->at);
		put_u8(o, n);
		/* The outermost are what must not be missing. */
		for (uint32_t i = spot->n - n; i < spot->n; i++) {
			put_ref(o, strings, places[i].function);
			put_ref(o, strings, places[i].file);
			put_u32(o, places[i].line);
		}
	}
}

/* The same names come again and again: they stand once, in front of what refers to them. */
static void put_places(struct out *o, const struct dso_table *dsos)
{
	scoped(strtab_release) struct strtab strings;
	scoped(out_free) struct out *spots = out_memory();
	uint32_t i = 0, n = 0;
	const struct dso *dso;

	strtab_init(&strings);
	vec_each(dso, &dsos->items) {
		if (dso->resolved && dso->places) {
			put_u32(spots, i);
			put_spots(spots, &strings, dso->places);
			n++;
		}
		i += dso->resolved;
	}
	put_u32(o, (uint32_t)strings.entries.n - 1);
	for (str_id id = 1; id < strings.entries.n; id++)
		put_str(o, strtab_str(&strings, id));
	put_u32(o, n);
	out_write(o, out_data(spots), out_pos(spots));
}

static void put_made(struct out *o, const struct dso_table *dsos)
{
	const struct dso_made *made;
	const struct jit_function *code;

	put_u32(o, (uint32_t)dsos->made.n);
	vec_each(made, &dsos->made) {
		put_u32(o, made->pid);
		put_u64(o, made->since);
		put_u32(o, (uint32_t)made->codes->items.n);
		vec_each(code, &made->codes->items) {
			put_u64(o, code->start);
			put_u64(o, code->end);
			put_u64(o, code->from);
			put_u64(o, code->until);
			put_str(o, code->name);
		}
	}
}

void flame_section_write(struct out *o, const struct run_info *c,
			 const struct dso_table *dsos)
{
	scoped(out_free) struct out *run = out_memory();
	scoped(out_free) struct out *names = out_memory();
	scoped(out_free) struct out *made = out_memory();
	scoped(out_free) struct out *places = out_memory();

	put_figures(run, c);
	put_names(names, dsos);
	put_made(made, dsos);
	put_places(places, dsos);
	out_write(o, SECTION_MAGIC, strlen(SECTION_MAGIC));
	put_u32(o, SECTION_VERSION);
	put_u32(o, 4);
	put_block(o, BLOCK_FIGURES, run);
	put_block(o, BLOCK_NAMES, names);
	put_block(o, BLOCK_MADE, made);
	put_block(o, BLOCK_PLACES, places);
}

static const char *get_str(struct bytes *b)
{
	return bytes_str(b, bytes_u32(b));
}

static void get_figures(struct bytes *b, struct run_info *c)
{
	uint32_t n = bytes_u32(b);

	for (; n && !b->failed; n--) {
		uint32_t key = bytes_u32(b);
		uint64_t value = bytes_u64(b);

		if (b->failed)
			return;
		for (size_t i = 0; i < array_size(figures); i++)
			if (figures[i].key == key)
				memcpy((char *)c + figures[i].at, &value, sizeof(value));
	}
}

static struct symbol_table *get_symbols(struct bytes *b)
{
	struct symbol_table *t = symbol_table_new();
	uint32_t n = bytes_u32(b);

	for (; n && !b->failed; n--) {
		uint64_t start = bytes_u64(b), end = bytes_u64(b);
		const char *name = get_str(b);

		if (!b->failed)
			symbol_table_add(t, start, end,
					 arena_str(&t->text, name, strlen(name)));
	}
	symbol_table_finish(t, UINT64_MAX);
	return t;
}

/* What the blocks of a section know of each other. */
struct section_reading {
	struct dso_table *dsos;
	VEC(dso_id) resolved; /* in the order of the names */
};

static void get_dso(struct bytes *b, struct section_reading *r)
{
	struct dso_table *dsos = r->dsos;
	struct dso like = {.kind = bytes_u8(b)}, *dso;
	const char *reason;
	const void *id;

	like.path = strtab_add(dsos->strings, get_str(b));
	like.build_id.size = bytes_u8(b);
	id = bytes_take(b, BUILD_ID_MAX);
	if (id)
		like.build_id = build_id_of(id, like.build_id.size);
	like.major = bytes_u32(b);
	like.minor = bytes_u32(b);
	like.inode = bytes_u64(b);
	like.generation = bytes_u64(b);
	like.pid = bytes_u32(b);
	reason = get_str(b);
	b->failed |= like.kind > DSO_KIND_LAST;
	if (b->failed)
		return;
	vec_push(&r->resolved, dso_add(dsos, &like));
	dso = dso_at(dsos, *vec_last(&r->resolved));
	if (dso->resolved) {
		b->failed = true;
		return;
	}
	dso->names = get_symbols(b);
	dso->reason = strtab_add(dsos->strings, reason);
	dso->resolved = true;
}

static void get_names(struct bytes *b, struct section_reading *r)
{
	for (uint32_t n = bytes_u32(b); n && !b->failed; n--)
		get_dso(b, r);
}

/* The string of a number, NULL for none. */
static const char *get_ref(struct bytes *b, const char *const *strings, size_t n)
{
	uint32_t ref = bytes_u32(b);

	b->failed |= ref > n;
	return ref && !b->failed ? strings[ref - 1] : NULL;
}

static void get_spot(struct bytes *b, const char *const *strings, size_t n_strings,
		     struct inline_table *t)
{
	struct inline_frame places[PLACES_MAX];
	uint64_t at = bytes_u64(b);
	uint8_t n = bytes_u8(b);

	for (size_t i = 0; i < n; i++) {
		places[i].function = get_ref(b, strings, n_strings);
		places[i].file = get_ref(b, strings, n_strings);
		places[i].line = bytes_u32(b);
	}
	if (!b->failed)
		inline_table_add(t, at, places, n);
}

static struct inline_table *get_spots(struct bytes *b, const char *const *strings,
				      size_t n_strings)
{
	struct inline_table *t = inline_table_new();

	for (uint32_t n = bytes_u32(b); n && !b->failed; n--)
		get_spot(b, strings, n_strings, t);
	return t;
}

static void get_places(struct bytes *b, struct section_reading *r)
{
	struct strtab *all = r->dsos->strings;
	VEC(const char *) strings = {0};

	for (uint32_t n = bytes_u32(b); n && !b->failed; n--)
		vec_push(&strings, strtab_str(all, strtab_add(all, get_str(b))));
	for (uint32_t n = bytes_u32(b); n && !b->failed; n--) {
		uint32_t i = bytes_u32(b);
		struct dso *dso = NULL;

		b->failed |= i >= r->resolved.n;
		if (!b->failed)
			dso = dso_at(r->dsos, r->resolved.items[i]);
		b->failed |= !dso || dso->places;
		if (!b->failed)
			dso->places = get_spots(b, strings.items, strings.n);
	}
	vec_release(&strings);
}

static struct jit_code_table *get_codes(struct bytes *b)
{
	struct jit_code_table *t = jit_code_table_new();

	for (uint32_t n = bytes_u32(b); n && !b->failed; n--) {
		uint64_t start = bytes_u64(b), end = bytes_u64(b);
		uint64_t from = bytes_u64(b), until = bytes_u64(b);
		const char *name = get_str(b);
		struct jit_function *code = NULL;

		if (!b->failed)
			code = jit_code_table_add(t, start, end, from, name,
						  strlen(name));
		if (code)
			code->until = until;
	}
	jit_code_table_finish(t, false);
	return t;
}

static void get_made(struct bytes *b, struct dso_table *dsos)
{
	for (uint32_t n = bytes_u32(b); n && !b->failed; n--) {
		struct dso_made made = {.pid = bytes_u32(b)};

		made.since = bytes_u64(b);
		if (b->failed)
			return;
		made.codes = get_codes(b);
		vec_push(&dsos->made, made);
	}
}

static void get_block(struct bytes *b, uint32_t tag, struct run_info *c,
		      struct section_reading *r)
{
	if (tag == BLOCK_FIGURES)
		get_figures(b, c);
	else if (tag == BLOCK_NAMES)
		get_names(b, r);
	else if (tag == BLOCK_MADE)
		get_made(b, r->dsos);
	else if (tag == BLOCK_PLACES)
		get_places(b, r);
}

int flame_section_read(struct bytes *b, struct run_info *c, struct dso_table *dsos,
		       struct error *err)
{
	const char *magic = bytes_take(b, strlen(SECTION_MAGIC));
	uint32_t version = bytes_u32(b), blocks = bytes_u32(b);
	struct section_reading r = {.dsos = dsos};

	if (b->failed || memcmp(magic, SECTION_MAGIC, strlen(SECTION_MAGIC)) != 0)
		return error_set(err, "the names in the recording are damaged");
	if (version != SECTION_VERSION)
		return error_set(err,
				 "the names in the recording are of version %u, not %d",
				 version, SECTION_VERSION);
	for (; blocks && !b->failed; blocks--) {
		uint32_t tag = bytes_u32(b);
		struct bytes payload;

		bytes_skip(b, 4);
		payload = bytes_sub(b, bytes_u64(b));
		get_block(&payload, tag, c, &r);
		b->failed |= payload.failed;
	}
	vec_release(&r.resolved);
	if (b->failed)
		return error_set(err, "the names in the recording are damaged");
	return 0;
}

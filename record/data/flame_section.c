#include "record/data/flame_section.h"

#include "base/narrow.h"
#include "base/scoped.h"
#include "record/data/format.h"
#include "record/data/section_blocks.h"

#include <stddef.h>

#define SECTION_MAGIC "FLAMESEC"
enum { SECTION_VERSION = 1 };

enum { FIGURES_MIN = 7 }; /* the first ones are always written */

enum { INLINE_DEPTH_MAX = 255 }; /* frames at one address: no compiler inlines deeper */

/* The contents of a section that is written. */
struct section_contents {
	const struct run_info *info;
	const struct dso_table *dsos;
};

/* The state of reading a section. */
struct section_reading {
	struct run_info *info;
	struct dso_table *dsos;
	VEC(dso_id) resolved; /* the dsos of the block of names, in its order */
};

/* The keys of the figures are permanent: never changed, never reused. */
static const struct figure {
	uint32_t key;
	size_t offset; /* of a uint64_t */
} figures[] = {
	{1, offsetof(struct run_info, frequency)},
	{2, offsetof(struct run_info, start)},
	{3, offsetof(struct run_info, duration)},
	{4, offsetof(struct run_info, busy)},
	{5, offsetof(struct run_info, idle)},
	{6, offsetof(struct run_info, own_cpu)},
	{7, offsetof(struct run_info, lost)},
	{8, offsetof(struct run_info, lost_side_band)},
	{9, offsetof(struct run_info, online)},
	{10, offsetof(struct run_info, frequency_lowest)},
	{11, offsetof(struct run_info, frequency_mean)},
	{12, offsetof(struct run_info, stolen)},
	{13, offsetof(struct run_info, pid_namespace)},
	{14, offsetof(struct run_info, unverified_files)},
	{15, offsetof(struct run_info, copy_least)},
	{16, offsetof(struct run_info, checked_cgroups)},
};

static uint64_t figure_of(const struct run_info *info, size_t i)
{
	uint64_t value;

	memcpy(&value, (const char *)info + figures[i].offset, sizeof(value));
	return value;
}

/* A figure that is missing is 0. */
static void figures_write(struct out *o, const struct section_contents *contents)
{
	uint32_t n = 0;

	for (size_t i = 0; i < array_size(figures); i++)
		n += i < FIGURES_MIN || figure_of(contents->info, i);
	out_put_u32(o, n);
	for (size_t i = 0; i < array_size(figures); i++) {
		uint64_t value = figure_of(contents->info, i);

		if (i >= FIGURES_MIN && !value)
			continue;
		out_put_u32(o, figures[i].key);
		out_put_u64(o, value);
	}
}

static void put_dso(struct out *o, const struct dso_table *dsos, const struct dso *dso)
{
	const struct symbol *symbol;
	uint32_t hits = 0;

	block_put_identity(o, dsos, dso);
	block_put_string(o, strtab_str(dsos->strings, dso->reason));
	if (dso->names)
		vec_each(symbol, &dso->names->items)
			hits += symbol->hit;
	out_put_u32(o, hits);
	if (!hits)
		return;
	vec_each(symbol, &dso->names->items) {
		if (!symbol->hit)
			continue;
		out_put_u64(o, symbol->start);
		out_put_u64(o, symbol->end);
		block_put_string(o, symbol->name);
	}
}

static void names_write(struct out *o, const struct section_contents *contents)
{
	const struct dso_table *dsos = contents->dsos;
	const struct dso *dso;
	uint32_t n = 0;

	vec_each(dso, &dsos->items)
		n += dso->resolved;
	out_put_u32(o, n);
	vec_each(dso, &dsos->items)
		if (dso->resolved)
			put_dso(o, dsos, dso);
}

/* The number of a string in the table of the block, 0: no string. */
static void put_string_number(struct out *o, struct strtab *strings, const char *text)
{
	out_put_u32(o, text ? strtab_add(strings, text) : 0);
}

static void put_inline_entries(struct out *o, struct strtab *strings,
			       const struct inline_table *t)
{
	const struct inline_entry *entry;

	out_put_u32(o, narrow_u32(t->spots.n));
	vec_each(entry, &t->spots) {
		const struct inline_frame *frames = inline_table_at(t, entry);
		uint8_t n = entry->n > INLINE_DEPTH_MAX ? INLINE_DEPTH_MAX
							: narrow_u8(entry->n);

		out_put_u64(o, entry->at);
		out_put_u8(o, n);
		/* The outermost frames are the important ones. */
		for (uint32_t i = entry->n - n; i < entry->n; i++) {
			put_string_number(o, strings, frames[i].function);
			put_string_number(o, strings, frames[i].file);
			out_put_u32(o, frames[i].line);
		}
	}
}

/* Names repeat: each is stored once, before the entries that refer to it by number. */
static void inlines_write(struct out *o, const struct section_contents *contents)
{
	const struct dso_table *dsos = contents->dsos;
	scoped(strtab_release) struct strtab strings;
	scoped(out_free) struct out *entries = out_memory();
	uint32_t i = 0, n = 0;
	const struct dso *dso;

	strtab_init(&strings);
	vec_each(dso, &dsos->items) {
		if (dso->resolved && dso->places) {
			out_put_u32(entries, i);
			put_inline_entries(entries, &strings, dso->places);
			n++;
		}
		i += dso->resolved;
	}
	out_put_u32(o, narrow_u32(strings.entries.n - 1));
	for (str_id id = 1; id < strings.entries.n; id++)
		block_put_string(o, strtab_str(&strings, id));
	out_put_u32(o, n);
	out_write(o, out_data(entries), out_pos(entries));
}

static void jit_write(struct out *o, const struct section_contents *contents)
{
	const struct dso_table *dsos = contents->dsos;
	const struct dso_made *made;
	const struct jit_function *code;

	out_put_u32(o, narrow_u32(dsos->made.n));
	vec_each(made, &dsos->made) {
		out_put_u32(o, made->pid);
		out_put_u64(o, made->since);
		out_put_u32(o, narrow_u32(made->codes->items.n));
		vec_each(code, &made->codes->items) {
			out_put_u64(o, code->start);
			out_put_u64(o, code->end);
			out_put_u64(o, code->from);
			out_put_u64(o, code->until);
			block_put_string(o, code->name);
		}
	}
}

static void figures_read(struct bytes *b, struct section_reading *r)
{
	uint32_t n = bytes_u32(b);

	for (; n && !b->failed; n--) {
		uint32_t key = bytes_u32(b);
		uint64_t value = bytes_u64(b);

		if (b->failed)
			return;
		for (size_t i = 0; i < array_size(figures); i++)
			if (figures[i].key == key)
				memcpy((char *)r->info + figures[i].offset, &value,
				       sizeof(value));
	}
}

static struct symbol_table *get_symbols(struct bytes *b)
{
	struct symbol_table *t = symbol_table_new();
	uint32_t n = bytes_u32(b);

	for (; n && !b->failed; n--) {
		uint64_t start = bytes_u64(b), end = bytes_u64(b);
		const char *name = block_get_string(b);

		if (!b->failed)
			symbol_table_add(t, start, end,
					 arena_str(&t->text, name, strlen(name)));
	}
	symbol_table_finish(t, UINT64_MAX);
	return t;
}

static void get_dso(struct bytes *b, struct section_reading *r)
{
	struct dso_table *dsos = r->dsos;
	const struct dso like = block_get_identity(b, dsos);
	const char *reason = block_get_string(b);
	struct dso *dso;

	if (b->failed)
		return;
	vec_push(&r->resolved, dso_add_apart(dsos, &like));
	dso = dso_at(dsos, *vec_last(&r->resolved));
	if (dso->resolved) {
		b->failed = true;
		return;
	}
	dso->names = get_symbols(b);
	dso->reason = strtab_add(dsos->strings, reason);
	dso->resolved = true;
}

static void names_read(struct bytes *b, struct section_reading *r)
{
	for (uint32_t n = bytes_u32(b); n && !b->failed; n--)
		get_dso(b, r);
}

/* The string of a number, NULL for 0. */
static const char *get_string(struct bytes *b, const char *const *strings, size_t n)
{
	uint32_t number = bytes_u32(b);

	b->failed |= number > n;
	return number && !b->failed ? strings[number - 1] : NULL;
}

static void get_inline_entry(struct bytes *b, const char *const *strings,
			     size_t n_strings, struct inline_table *t)
{
	struct inline_frame frames[INLINE_DEPTH_MAX];
	uint64_t at = bytes_u64(b);
	uint8_t n = bytes_u8(b);

	for (size_t i = 0; i < n; i++) {
		frames[i].function = get_string(b, strings, n_strings);
		frames[i].file = get_string(b, strings, n_strings);
		frames[i].line = bytes_u32(b);
	}
	if (!b->failed)
		inline_table_add(t, at, frames, n);
}

static struct inline_table *get_inline_table(struct bytes *b, const char *const *strings,
					     size_t n_strings)
{
	struct inline_table *t = inline_table_new();

	for (uint32_t n = bytes_u32(b); n && !b->failed; n--)
		get_inline_entry(b, strings, n_strings, t);
	return t;
}

static void inlines_read(struct bytes *b, struct section_reading *r)
{
	struct strtab *all = r->dsos->strings;
	VEC(const char *) strings = {0};

	for (uint32_t n = bytes_u32(b); n && !b->failed; n--)
		vec_push(&strings, strtab_str(all, strtab_add(all, block_get_string(b))));
	for (uint32_t n = bytes_u32(b); n && !b->failed; n--) {
		uint32_t i = bytes_u32(b);
		struct dso *dso = NULL;

		b->failed |= i >= r->resolved.n;
		if (!b->failed)
			dso = dso_at(r->dsos, r->resolved.items[i]);
		b->failed |= !dso || dso->places;
		if (!b->failed)
			dso->places = get_inline_table(b, strings.items, strings.n);
	}
	vec_release(&strings);
}

static struct jit_code_table *get_jit_code(struct bytes *b)
{
	struct jit_code_table *t = jit_code_table_new();

	for (uint32_t n = bytes_u32(b); n && !b->failed; n--) {
		uint64_t start = bytes_u64(b), end = bytes_u64(b);
		uint64_t from = bytes_u64(b), until = bytes_u64(b);
		const char *name = block_get_string(b);
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

static void jit_read(struct bytes *b, struct section_reading *r)
{
	for (uint32_t n = bytes_u32(b); n && !b->failed; n--) {
		struct dso_made made = {.pid = bytes_u32(b)};

		made.since = bytes_u64(b);
		if (b->failed)
			return;
		made.codes = get_jit_code(b);
		vec_push(&r->dsos->made, made);
	}
}

static void rates_write(struct out *o, const struct section_contents *contents)
{
	rates_block_write(o, contents->info);
}

static void rates_read(struct bytes *b, struct section_reading *r)
{
	rates_block_read(b, r->info);
}

static bool has_rates(const struct section_contents *contents)
{
	return contents->info->n_rates;
}

static void containers_write(struct out *o, const struct section_contents *contents)
{
	containers_block_write(o, contents->info);
}

static void containers_read(struct bytes *b, struct section_reading *r)
{
	containers_block_read(b, r->info);
}

static bool has_containers(const struct section_contents *contents)
{
	return contents->info->containers.n;
}

static void sizes_write(struct out *o, const struct section_contents *contents)
{
	sizes_block_write(o, contents->dsos);
}

static void sizes_read(struct bytes *b, struct section_reading *r)
{
	sizes_block_read(b, r->dsos);
}

static bool has_sizes(const struct section_contents *contents)
{
	return sizes_block_is_needed(contents->dsos);
}

static void stacks_write(struct out *o, const struct section_contents *contents)
{
	stacks_block_write(o, &contents->info->stacks);
}

static void stacks_read(struct bytes *b, struct section_reading *r)
{
	stacks_block_read(b, &r->info->stacks);
}

static bool has_stacks(const struct section_contents *contents)
{
	return contents->info->stacks.stacks.n;
}

/* The blocks, in their order in the section. Names come before inlines, which refer to
 * the dsos of that block. A tag is permanent: changed contents get a new
 * one. */
static const struct block {
	uint32_t tag;
	void (*write)(struct out *o, const struct section_contents *contents);
	void (*read)(struct bytes *b, struct section_reading *r);
	/* NULL: always */
	bool (*is_needed)(const struct section_contents *contents);
} blocks[] = {
	{1, figures_write, figures_read, NULL},
	{2, names_write, names_read, NULL},
	{3, jit_write, jit_read, NULL},
	{4, inlines_write, inlines_read, NULL},
	{5, rates_write, rates_read, has_rates},
	{6, containers_write, containers_read, has_containers},
	{7, sizes_write, sizes_read, has_sizes},
	{8, stacks_write, stacks_read, has_stacks},
};

static bool block_is_needed(const struct block *block,
			    const struct section_contents *contents)
{
	return !block->is_needed || block->is_needed(contents);
}

void flame_section_write(struct out *o, const struct run_info *info,
			 const struct dso_table *dsos)
{
	const struct section_contents contents = {info, dsos};
	uint32_t n = 0;

	for (size_t i = 0; i < array_size(blocks); i++)
		n += block_is_needed(&blocks[i], &contents);
	out_write(o, SECTION_MAGIC, strlen(SECTION_MAGIC));
	out_put_u32(o, SECTION_VERSION);
	out_put_u32(o, n);
	for (size_t i = 0; i < array_size(blocks); i++) {
		scoped(out_free) struct out *payload = NULL;

		if (!block_is_needed(&blocks[i], &contents))
			continue;
		payload = out_memory();
		blocks[i].write(payload, &contents);
		out_put_u32(o, blocks[i].tag);
		out_put_u32(o, 0);
		out_put_u64(o, out_pos(payload));
		out_write(o, out_data(payload), out_pos(payload));
	}
}

static void block_read(struct bytes *payload, uint32_t tag, struct section_reading *r)
{
	for (size_t i = 0; i < array_size(blocks); i++)
		if (blocks[i].tag == tag)
			blocks[i].read(payload, r);
}

int flame_section_read(struct bytes *b, struct run_info *info, struct dso_table *dsos,
		       struct error *err)
{
	const char *magic = bytes_take(b, strlen(SECTION_MAGIC));
	uint32_t version = bytes_u32(b), n = bytes_u32(b);
	struct section_reading r = {.info = info, .dsos = dsos};

	if (b->failed || memcmp(magic, SECTION_MAGIC, strlen(SECTION_MAGIC)) != 0)
		return error_set(err, "the names in the recording are damaged");
	if (version != SECTION_VERSION)
		return error_set(err,
				 "the names in the recording are of version %u, not %d",
				 version, SECTION_VERSION);
	for (; n && !b->failed; n--) {
		uint32_t tag = bytes_u32(b);
		struct bytes payload;

		bytes_skip(b, 4);
		payload = bytes_sub(b, bytes_u64(b));
		block_read(&payload, tag, &r);
		b->failed |= payload.failed;
	}
	vec_release(&r.resolved);
	if (b->failed)
		return error_set(err, "the names in the recording are damaged");
	return 0;
}

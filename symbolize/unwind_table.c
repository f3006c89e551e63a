#include "symbolize/unwind_table.h"

#include "base/scoped.h"
#include "base/sort.h"
#include "symbolize/cfi.h"

#include <elf.h>
#include <stddef.h>

/* From 'file_off' on, until the next row. Programs are at most 4 GiB large. */
struct row {
	uint32_t file_off;
	uint32_t rule; /* where in 'rules', NO_RULE: there is none */
};

enum { NO_RULE = 0 };

struct unwind_table {
	VEC(struct row) rows;
	VEC(uint64_t) rules; /* each a struct unwind_rule and what follows it */
	struct cfi_expressions expressions;
};

/* The rows of one description, on their way. */
struct chunk {
	uint64_t start; /* file_off */
	uint64_t end;
	size_t first, n; /* of the rows */
};

struct builder {
	struct unwind_table *table;
	struct elf_file *file;
	struct hashmap by_rule;
	VEC(struct row) rows;
	VEC(struct chunk) chunks;
	size_t most_bytes;
};

static void builder_release(struct builder *b)
{
	hashmap_release(&b->by_rule);
	vec_release(&b->rows);
	vec_release(&b->chunks);
}

/* Where the rule stands in the table; added when it is new. */
static uint32_t rule_add(struct builder *b, const struct cfi_rule *rule)
{
	struct unwind_table *t = b->table;
	size_t words = 1 + rule->head.n, size = words * sizeof(uint64_t);
	uint64_t hash = hash_bytes(rule, size, 0);
	struct hashmap_probe probe;
	uint32_t at;

	_Static_assert(sizeof(rule->head) == 8 && sizeof(*rule->saved) == 8, "of words");
	for (at = hashmap_first(&probe, &b->by_rule, hash); at != HASHMAP_NONE;
	     at = hashmap_next(&probe))
		if (words <= t->rules.n - at && !memcmp(&t->rules.items[at], rule, size))
			return at;
	at = (uint32_t)t->rules.n;
	hashmap_put(&b->by_rule, hash, at);
	vec_reserve(&t->rules, words);
	memcpy(t->rules.items + at, rule, size);
	t->rules.n += words;
	return at;
}

static size_t size_of(const struct builder *b)
{
	return b->rows.n * sizeof(struct row) + b->table->rules.n * sizeof(uint64_t) +
	       b->table->expressions.bytes.n;
}

static void add_rows(struct builder *b, const struct cfi_frame *frame)
{
	struct chunk chunk = {.first = b->rows.n};
	uint64_t start, end, left;
	struct cfi_program p;

	if (!elf_file_code(b->file, frame->start, &chunk.start, &left) ||
	    left > UINT32_MAX || chunk.start > UINT32_MAX - left)
		return;
	chunk.end = chunk.start;
	end = frame->end - frame->start < left ? frame->end : frame->start + left;
	cfi_program_init(&p, frame->context, frame->in, frame->start, end);
	while (size_of(b) <= b->most_bytes && cfi_program_next(&p, &start, &end)) {
		uint32_t rule = rule_add(b, &p.rule), file_off = (uint32_t)chunk.end;
		const struct row *last = vec_last(&b->rows);

		if (b->rows.n == chunk.first || last->rule != rule)
			vec_push(&b->rows, ((struct row){file_off, rule}));
		chunk.end += end - start;
	}
	chunk.n = b->rows.n - chunk.first;
	if (chunk.n)
		vec_push(&b->chunks, chunk);
}

static void read_section(struct builder *b, const char *name, bool is_eh)
{
	size_t number = elf_file_find(b->file, name);
	const struct elf_section *s = elf_file_section(b->file, number);
	struct cfi_frame frame;
	struct cfi c;

	if (!number)
		return;
	cfi_init(&c, elf_file_data(b->file, number), s->vaddr, is_eh,
		 elf_file_machine(b->file), &b->table->expressions);
	while (size_of(b) <= b->most_bytes && cfi_next(&c, &frame))
		add_rows(b, &frame);
}

static void put(struct unwind_table *t, uint64_t file_off, uint32_t rule)
{
	struct row *last = vec_last(&t->rows);

	if (last && last->file_off == file_off)
		last->rule = rule;
	else if (!last || last->rule != rule)
		vec_push(&t->rows, ((struct row){(uint32_t)file_off, rule}));
}

/* All rows in order. Where descriptions overlap the first one holds until its end. */
static void arrange(struct builder *b)
{
	struct unwind_table *t = b->table;
	const struct chunk *chunk;
	uint64_t end = 0;

	sort_items(b->chunks.items, b->chunks.n, sizeof(*b->chunks.items),
		   offsetof(struct chunk, start));
	vec_reserve(&t->rows, b->rows.n + b->chunks.n);
	vec_each(chunk, &b->chunks) {
		const struct row *rows = b->rows.items + chunk->first;

		if (chunk->end <= end)
			continue;
		if (chunk->start > end && t->rows.n)
			put(t, end, NO_RULE);
		for (size_t i = 0; i < chunk->n; i++)
			if (i + 1 == chunk->n || rows[i + 1].file_off > end)
				put(t, rows[i].file_off > end ? rows[i].file_off : end,
				    rows[i].rule);
		end = chunk->end;
	}
	put(t, end, NO_RULE);
	t->rows.items = mem_resize(t->rows.items, t->rows.n, sizeof(*t->rows.items));
	t->rows.cap = t->rows.n;
}

struct unwind_table *unwind_table_new(struct elf_file *f, size_t most_bytes)
{
	uint16_t machine = elf_file_machine(f);
	struct unwind_table *t;
	scoped(builder_release) struct builder b = {.file = f, .most_bytes = most_bytes};

	if (!elf_file_is_wide(f) || (machine != EM_X86_64 && machine != EM_AARCH64))
		return NULL;
	t = b.table = mem_new(1, sizeof(*t));
	vec_push(&t->rules, 0); /* NO_RULE */
	read_section(&b, ".eh_frame", true);
	read_section(&b, ".debug_frame", false);
	arrange(&b);
	if (!b.chunks.n || size_of(&b) > most_bytes)
		unwind_table_free(&t);
	return t;
}

void unwind_table_free(struct unwind_table **t)
{
	if (!*t)
		return;
	vec_release(&(*t)->rows);
	vec_release(&(*t)->rules);
	cfi_expressions_release(&(*t)->expressions);
	mem_free(*t);
	*t = NULL;
}

const struct unwind_rule *unwind_table_find(const struct unwind_table *t,
					    uint64_t file_off)
{
	size_t low = 0, high = t->rows.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->rows.items[mid].file_off <= file_off)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || t->rows.items[low - 1].rule == NO_RULE)
		return NULL;
	return (const void *)&t->rules.items[t->rows.items[low - 1].rule];
}

struct bytes unwind_table_expression(const struct unwind_table *t, int32_t number)
{
	const struct cfi_expression *it = &t->expressions.items.items[number];

	return bytes_of(t->expressions.bytes.items + it->at, it->size);
}

size_t unwind_table_rows(const struct unwind_table *t)
{
	return t->rows.n;
}

size_t unwind_table_bytes(const struct unwind_table *t)
{
	return sizeof(*t) + t->rows.cap * sizeof(struct row) +
	       t->rules.cap * sizeof(uint64_t) + t->expressions.bytes.cap +
	       t->expressions.items.cap * sizeof(struct cfi_expression);
}

#include "unwind/unwind_table.h"

#include "base/arena.h"
#include "base/bisect.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "base/sort.h"
#include "unwind/cfi.h"
#include "unwind/cfi_index.h"
#include "unwind/unwind_symbols.h"

#include <assert.h>
#include <elf.h>
#include <stddef.h>

/* One rule for the code from 'code_off' to the next row. A code_off is a file_off minus
 * the table's base: the code of a file has at most 4 GiB. */
struct row {
	uint32_t code_off;
	uint32_t rule; /* index in 'rules' */
};

enum {
	EH_FRAME,
	DEBUG_FRAME,
	SECTIONS,
	/* The bits in which a vaddr and its file_off are equal. */
	PAGE_MASK = 0xfff,
	NOT_COMPILED = UINT32_MAX,
};

/* An FDE. It is compiled to rows when one of its rules is first needed. */
struct fde {
	/* The code_offs of its code are [from, end); 'end' may be too large before it is
	 * compiled, 0 without a rule. 'start': 'from' or the end of the previous FDE. */
	uint64_t start;
	uint32_t from, end;
	uint32_t at;	   /* offset in the section */
	uint32_t section;  /* EH_FRAME or DEBUG_FRAME */
	uint32_t first, n; /* its rows; 'first' is NOT_COMPILED before that */
};

struct unwind_table {
	int fd; /* to read code from; -1: none */
	/* that lent 'fd'; NULL: 'fd' is the table's */
	struct dso_keeper *keeper;
	struct go_functions *go; /* or NULL */
	uint64_t entry, key;
	uint64_t base;		 /* file_off of the first code, rounded down to a page */
	VEC(uint32_t) functions; /* sorted code_offs of symbols, after functions_read */
	bool functions_read;
	struct elf_file *file;	       /* owns the bytes of: */
	struct cfi sections[SECTIONS]; /* .eh_frame and .debug_frame, */
	size_t index_size;	/* and .eh_frame_hdr, in bytes; or for .debug_frame: */
	struct elf_file *debug; /* NULL: 'file' has all sections */
	VEC(struct fde) fdes;	/* sorted by start, without overlaps */
	/* The file is divided into blocks of 1 << block_shift bytes. Item i is the number
	 * of FDEs that begin before block i; it bounds the binary search. */
	VEC(uint32_t) blocks;
	unsigned block_shift;
	VEC(struct row) rows;
	VEC(const struct unwind_rule *)
	rules;		    /* each once, with its struct unwind_saved */
	struct arena words; /* memory of the rules */
	size_t n_words;
	struct hashmap by_rule;
	struct cfi_expressions expressions;
	size_t most_bytes;
	bool is_too_large;
};

static size_t rule_size(const struct cfi_rule *rule)
{
	_Static_assert(sizeof(rule->head) == 8 && sizeof(*rule->saved) == 8,
		       "rules are whole words");
	return (1 + (size_t)rule->head.n) * sizeof(uint64_t);
}

/* Adds a rule unless it is there, and returns its index. */
static uint32_t rule_add(struct unwind_table *t, const struct cfi_rule *rule)
{
	size_t size = rule_size(rule);
	uint64_t hash = hash_bytes(rule, size, 0);
	uint32_t number = hashmap_find(&t->by_rule, hash, v,
				       t->rules.items[v]->n == rule->head.n &&
					       !memcmp(t->rules.items[v], rule, size));
	void *copy;

	if (number != HASHMAP_NONE)
		return number;
	number = narrow_u32(t->rules.n);
	hashmap_put(&t->by_rule, hash, number);
	copy = arena_take(&t->words, size);
	memcpy(copy, rule, size);
	vec_push(&t->rules, copy);
	t->n_words += size / sizeof(uint64_t);
	return number;
}

/* Adds the rows of an FDE. At a damaged instruction its code ends. */
static void fde_compile(struct unwind_table *t, struct fde *d)
{
	uint64_t start, end, code_off = d->from;
	struct cfi_frame frame;
	struct cfi_program p;

	d->first = narrow_u32(t->rows.n);
	/* A hostile index may name an FDE of other code. */
	if (!cfi_at(&t->sections[d->section], d->at, &frame) ||
	    (frame.start ^ d->from) & PAGE_MASK) {
		d->end = 0;
		return;
	}
	if (frame.end - frame.start > d->end - d->from)
		frame.end = frame.start + (d->end - d->from);
	cfi_program_init(&p, frame.context, frame.in, frame.start, frame.end);
	while (unwind_table_bytes(t) <= t->most_bytes &&
	       cfi_program_next(&p, &start, &end)) {
		uint32_t rule = rule_add(t, &p.rule);

		if (t->rows.n == d->first || vec_last(&t->rows)->rule != rule)
			vec_push(&t->rows, ((struct row){narrow_u32(code_off), rule}));
		code_off += end - start;
	}
	d->n = narrow_u32(t->rows.n) - d->first;
	/* The code after a damaged instruction has no rule. */
	d->end = d->n ? narrow_u32(code_off) : 0;
}

static void fde_add(struct unwind_table *t, const struct cfi_frame *frame,
		    uint32_t section)
{
	uint64_t at, left, size = frame->end - frame->start;

	if (!elf_file_code(t->file, frame->start, &at, &left))
		return;
	at -= t->base;
	if (left > UINT32_MAX || at > UINT32_MAX - left)
		return;
	vec_push(&t->fdes,
		 ((struct fde){.start = at,
			       .from = narrow_u32(at),
			       .end = narrow_u32(at + (size < left ? size : left)),
			       .at = narrow_u32(frame->at),
			       .section = section,
			       .first = NOT_COMPILED}));
}

/* Returns false if the section does not exist, or is too large. */
static bool cfi_section_open(struct unwind_table *t, uint32_t section)
{
	static const char *const names[SECTIONS] = {".eh_frame", ".debug_frame"};
	struct elf_file *f = section == DEBUG_FRAME && t->debug ? t->debug : t->file;
	size_t number = elf_file_find(f, names[section]);
	struct bytes data = elf_file_data(f, number);

	if (!number || !data.size || data.size > UINT32_MAX)
		return false;
	t->is_too_large = unwind_table_bytes(t) + data.size > t->most_bytes;
	if (t->is_too_large)
		return false;
	cfi_init(&t->sections[section], bytes_of(data.data, data.size),
		 elf_file_section(f, number)->vaddr, section == EH_FRAME,
		 elf_file_machine(t->file), &t->expressions);
	return true;
}

static void cfi_section_read(struct unwind_table *t, uint32_t section)
{
	struct cfi *c = &t->sections[section];
	struct cfi_frame frame;

	if (!cfi_section_open(t, section))
		return;
	while (unwind_table_bytes(t) <= t->most_bytes && cfi_next(c, &frame))
		fde_add(t, &frame, section);
}

/* Adds the FDEs of .eh_frame from its index, unread: until an FDE is compiled, its code
 * reaches to the next one. Returns false without an index, or with .debug_frame. */
static bool cfi_index_read(struct unwind_table *t)
{
	struct elf_file *f = t->file;
	size_t number = elf_file_find(f, ".eh_frame_hdr");
	const struct cfi *c = &t->sections[EH_FRAME];
	struct bytes data = elf_file_data(f, number);
	struct cfi_frame frame, next = {0};
	struct cfi_index index;
	uint64_t at;

	t->index_size = data.size;
	if (!number || t->debug || elf_file_find(f, ".debug_frame") ||
	    !cfi_index_open(&index, data, elf_file_section(f, number)->vaddr) ||
	    unwind_table_bytes(t) + index.n * sizeof(struct fde) > t->most_bytes ||
	    !cfi_section_open(t, EH_FRAME))
		return false;
	vec_reserve(&t->fdes, index.n);
	cfi_index_at(&index, 0, &next.start, &at);
	for (size_t i = 0; i < index.n; i++) {
		frame = next;
		frame.at = at - c->vaddr;
		next.start = UINT64_MAX;
		if (i + 1 < index.n)
			cfi_index_at(&index, i + 1, &next.start, &at);
		frame.end = next.start;
		if (frame.at < c->section.size)
			fde_add(t, &frame, EH_FRAME);
	}
	return true;
}

/* Sorts the FDEs. If two overlap, the first one holds until its end. */
static void fdes_sort(struct unwind_table *t)
{
	struct fde *d, *to = t->fdes.items;
	uint64_t end = 0;

	sort_items(t->fdes.items, t->fdes.n, sizeof(*d), offsetof(struct fde, start));
	vec_each(d, &t->fdes) {
		if (d->end <= end)
			continue;
		if (d->start < end)
			d->start = end;
		end = d->end;
		*to++ = *d;
	}
	t->fdes.n = (size_t)(to - t->fdes.items);
}

/* Makes about as many blocks as there are FDEs, so that few FDEs begin in each. */
static void blocks_make(struct unwind_table *t)
{
	const struct fde *d;
	size_t n;

	if (!t->fdes.n)
		return;
	n = vec_last(&t->fdes)->start;
	for (t->block_shift = 0; n >> t->block_shift > t->fdes.n; t->block_shift++)
		;
	n = (n >> t->block_shift) + 2;
	vec_reserve(&t->blocks, n);
	vec_each(d, &t->fdes)
		while (d->start > (uint64_t)t->blocks.n << t->block_shift)
			t->blocks.items[t->blocks.n++] =
				narrow_u32((uint64_t)(d - t->fdes.items));
	while (t->blocks.n < n)
		t->blocks.items[t->blocks.n++] = narrow_u32(t->fdes.n);
}

static uint64_t entry_point_of(const struct elf_file *f)
{
	uint64_t file_off, left;

	return elf_file_code(f, elf_file_entry(f), &file_off, &left) ? file_off
								     : UINT64_MAX;
}

/* Reads Go's functions through another struct elf_file, so that t->file does not keep the
 * bytes of .gopclntab in memory. */
static void go_functions_read(struct unwind_table *t)
{
	struct error ignored;
	scoped(elf_file_close) struct elf_file *f =
		t->fd < 0 ? NULL : elf_file_open(t->fd, &ignored);

	if (f)
		t->go = go_functions_new(f, t->most_bytes);
}

struct unwind_table *unwind_table_new(struct elf_file *f, struct elf_file *debug, int fd,
				      size_t most_bytes)
{
	uint16_t machine = elf_file_machine(f);
	struct unwind_table *t = mem_new(1, sizeof(*t));
	bool is_known =
		elf_file_is_wide(f) && (machine == EM_X86_64 || machine == EM_AARCH64);

	t->file = f;
	t->debug = debug;
	t->fd = fd;
	t->most_bytes = most_bytes;
	t->entry = entry_point_of(f);
	t->base = elf_file_code_start(f) & ~(uint64_t)PAGE_MASK;
	if (is_known) {
		go_functions_read(t);
		if (!cfi_index_read(t))
			for (uint32_t section = 0; section < SECTIONS; section++)
				cfi_section_read(t, section);
	}
	elf_file_forget_fd(f);
	fdes_sort(t);
	blocks_make(t);
	if (!is_known || t->is_too_large || unwind_table_bytes(t) > most_bytes)
		unwind_table_free(&t);
	return t;
}

void unwind_table_borrow(struct unwind_table *t, struct dso_keeper *keeper,
			 const struct dso *dso)
{
	if (t->fd < 0 || !keeper)
		return;
	dso_keeper_lend(keeper, dso, t->fd);
	t->keeper = keeper;
}

void unwind_table_set_key(struct unwind_table *t, uint64_t key)
{
	t->key = key;
}

uint64_t unwind_table_key(const struct unwind_table *t)
{
	return t->key;
}

void unwind_table_free(struct unwind_table **t)
{
	if (!*t)
		return;
	dso_keeper_take_back((*t)->keeper, &(*t)->fd);
	go_functions_free(&(*t)->go);
	elf_file_close(&(*t)->file);
	elf_file_close(&(*t)->debug);
	mem_free((*t)->functions.items);
	vec_release(&(*t)->fdes);
	vec_release(&(*t)->blocks);
	vec_release(&(*t)->rows);
	vec_release(&(*t)->rules);
	arena_release(&(*t)->words);
	hashmap_release(&(*t)->by_rule);
	cfi_expressions_release(&(*t)->expressions);
	mem_free(*t);
	*t = NULL;
}

/* The number of FDEs that begin at or before 'code_off'. */
static size_t fdes_before(const struct unwind_table *t, uint64_t code_off)
{
	const struct fde *fdes = t->fdes.items;
	size_t block = code_off >> t->block_shift;

	if (!t->fdes.n)
		return 0;
	/* Offsets after the last block belong to the last FDE. */
	if (block + 1 >= t->blocks.n)
		block = t->blocks.n - 2;
	return bisect(t->blocks.items[block], t->blocks.items[block + 1], i,
		      fdes[i].start <= code_off);
}

static struct fde *fde_at(const struct unwind_table *t, uint64_t code_off)
{
	size_t n = fdes_before(t, code_off);

	return n && code_off < t->fdes.items[n - 1].end ? &t->fdes.items[n - 1] : NULL;
}

const struct unwind_rule *unwind_table_find(struct unwind_table *t, uint64_t file_off)
{
	uint64_t code_off = file_off - t->base;
	struct fde *d = fde_at(t, code_off);
	const struct row *rows;
	size_t n;

	if (!d)
		return NULL;
	if (d->first == NOT_COMPILED)
		fde_compile(t, d);
	if (code_off >= d->end)
		return NULL;
	rows = t->rows.items + d->first;
	/* The first row begins with the code, so that at least one is at or before. */
	n = bisect(1, d->n, i, rows[i].code_off <= code_off);
	return t->rules.items[rows[n - 1].rule];
}

struct bytes unwind_table_expression(const struct unwind_table *t, int32_t number)
{
	const struct cfi_expression *it = &t->expressions.items.items[number];

	assert(number >= 0 && (size_t)number < t->expressions.items.n);
	return bytes_of(t->expressions.bytes.items + it->at, it->size);
}

const struct go_functions *unwind_table_go(const struct unwind_table *t)
{
	return t->go;
}

/* Copies code of an image in memory (the vdso), which has no descriptor. */
static size_t image_code_copy(struct unwind_table *t, uint64_t file_off, void *to,
			      size_t n)
{
	size_t number = elf_file_find(t->file, ".text");
	const struct elf_section *s = elf_file_section(t->file, number);
	struct bytes code = elf_file_data(t->file, number);
	uint64_t at;

	if (!number || file_off < s->file_off || file_off - s->file_off >= code.size)
		return 0;
	at = file_off - s->file_off;
	if (n > code.size - at)
		n = code.size - at;
	memcpy(to, (const uint8_t *)code.data + at, n);
	return n;
}

size_t unwind_table_code(struct unwind_table *t, uint64_t file_off, void *to, size_t n)
{
	ssize_t got;

	if (t->fd < 0)
		return image_code_copy(t, file_off, to, n);
	got = file_off > INT64_MAX ? -1 : io_read_at(t->fd, to, n, file_off);
	return got < 0 ? 0 : (size_t)got;
}

/* The number of functions with a symbol that begin at or before 'code_off'. */
static size_t symbols_before(struct unwind_table *t, uint64_t code_off)
{
	if (!t->functions_read)
		unwind_symbols_read(t->fd, t->base, &t->functions.items, &t->functions.n);
	t->functions_read = true;
	return bisect(0, t->functions.n, i, t->functions.items[i] <= code_off);
}

/* Narrows a gap between FDEs to the function with a symbol at 'code_off'. Returns false
 * if there is none; *end is then the start of the next one, if it is in the gap. */
static bool symbol_bounds_find(struct unwind_table *t, uint64_t code_off, uint64_t *start,
			       uint64_t *end)
{
	size_t n = symbols_before(t, code_off);

	if (n < t->functions.n && t->functions.items[n] < *end)
		*end = t->functions.items[n];
	if (!n || t->functions.items[n - 1] < *start)
		return false;
	*start = t->functions.items[n - 1];
	return true;
}

bool unwind_table_function(struct unwind_table *t, uint64_t file_off, uint64_t *start,
			   uint64_t *end)
{
	const struct go_function *go = t->go ? go_functions_find(t->go, file_off) : NULL;
	uint64_t code_off = file_off - t->base;
	size_t n = fdes_before(t, code_off);
	bool is_known;
	struct fde *d = n ? &t->fdes.items[n - 1] : NULL;

	if (go) {
		*start = go->start;
		*end = go->end;
		return true;
	}
	if (d && d->first == NOT_COMPILED)
		fde_compile(t, d);
	if (d && code_off < d->end) {
		*start = t->base + d->from;
		*end = t->base + d->end;
		return true;
	}
	*start = !d ? 0 : d->end ? d->end : d->from;
	*end = n < t->fdes.n ? t->fdes.items[n].start : UINT64_MAX;
	is_known = symbol_bounds_find(t, code_off, start, end);
	*start += t->base;
	if (*end != UINT64_MAX)
		*end += t->base;
	return is_known;
}

uint64_t unwind_table_entry(const struct unwind_table *t)
{
	return t->entry;
}

size_t unwind_table_rows(const struct unwind_table *t)
{
	return t->rows.n;
}

size_t unwind_table_bytes(const struct unwind_table *t)
{
	size_t size = sizeof(*t) + (t->go ? go_functions_bytes(t->go) : 0) +
		      t->functions.n * sizeof(*t->functions.items) +
		      t->fdes.cap * sizeof(*t->fdes.items) +
		      t->blocks.cap * sizeof(*t->blocks.items) + t->index_size +
		      t->rows.cap * sizeof(*t->rows.items) +
		      t->rules.cap * sizeof(*t->rules.items) +
		      t->n_words * sizeof(uint64_t) + t->expressions.bytes.cap +
		      t->expressions.items.cap * sizeof(*t->expressions.items.items);

	for (size_t i = 0; i < SECTIONS; i++)
		size += t->sections[i].section.size;
	return size;
}

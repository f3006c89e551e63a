#include "unwind/go_functions.h"

#include "base/bisect.h"
#include "base/hashmap.h"
#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "base/vec.h"
#include "elf/go_pclntab.h"

#include <string.h>

/* Go's abi.FuncFlag. */
enum { FLAG_TOP_FRAME = 1, FLAG_SP_WRITE = 2 };

/* A number in a table by pc has at most 5 bytes. */
enum { MAX_VARINT = 5 };

struct go_functions {
	VEC(struct go_function) items; /* sorted by start, without overlaps */
	char *names;
	size_t names_size;
	VEC(uint8_t) pcsp; /* the tables of stack pointers, in Go's format, each once */
	uint8_t quantum;
};

/* A table of stack pointers that was copied. */
struct copied_table {
	uint32_t from, to; /* offsets in Go's tables and in ours */
};

struct copies {
	struct hashmap by_from;
	VEC(struct copied_table) items;
};

static void copies_release(struct copies *c)
{
	hashmap_release(&c->by_from);
	vec_release(&c->items);
}

/* The flags of functions in programs of Go 1.16 and earlier, which have no flags: those
 * that Go 1.17 sets on x86-64 or arm64, by the names of Go 1.16. There gogo had a
 * package, and walltime1 had the task of the later time.now. Sources: src/runtime/asm_*.s
 * and sys_linux_*.s of both versions, and topofstack() in src/runtime/traceback.go of Go
 * 1.16. */
static const struct unflagged {
	const char *name;
	bool is_top, writes_sp;
} unflagged[] = {
	{.name = "runtime.goexit", .is_top = true},
	{.name = "runtime.mstart", .is_top = true},
	{.name = "runtime.rt0_go", .is_top = true, .writes_sp = true},
	{.name = "runtime.asmcgocall", .writes_sp = true},
	{.name = "runtime.callCgoMmap", .writes_sp = true},
	{.name = "runtime.callCgoMunmap", .writes_sp = true},
	{.name = "runtime.callCgoSigaction", .writes_sp = true},
	{.name = "runtime.clone", .writes_sp = true},
	{.name = "runtime.gogo", .writes_sp = true},
	{.name = "runtime.jmpdefer", .writes_sp = true},
	{.name = "runtime.mcall", .writes_sp = true},
	{.name = "runtime.morestack", .writes_sp = true},
	{.name = "runtime.nanotime1", .writes_sp = true},
	{.name = "runtime.sigfwd", .writes_sp = true},
	{.name = "runtime.systemstack", .writes_sp = true},
	{.name = "runtime.walltime1", .writes_sp = true},
};

/* Reads one number of a table by pc; Go's runtime.readvarint. */
static bool varint_read(struct bytes *b, uint32_t *value)
{
	uint8_t byte;

	*value = 0;
	for (int i = 0; i < MAX_VARINT; i++) {
		byte = bytes_u8(b);
		*value |= (uint32_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80))
			return !b->failed;
	}
	return false;
}

/* Adds the next entry of a table by pc to *value and *pc; Go's runtime.step. *value then
 * holds for the addresses below *pc, which counts the table's unit from the start of the
 * function. Returns false at the end of the table, which is a change of 0. */
static bool pc_table_next(struct bytes *b, bool is_first, uint64_t *pc, int32_t *value)
{
	uint32_t change, distance;

	if (!varint_read(b, &change) || (!change && !is_first) ||
	    !varint_read(b, &distance))
		return false;
	*value = (int32_t)((uint32_t)*value + (-(change & 1) ^ (change >> 1)));
	*pc += distance;
	return true;
}

/* The size of the table at the start of 'b'; 0 if it has no end. */
static size_t pc_table_size(struct bytes b)
{
	size_t start = b.at;
	uint64_t pc = 0;
	int32_t value = 0;

	for (bool is_first = true; pc_table_next(&b, is_first, &pc, &value);)
		is_first = false;
	return b.failed ? 0 : b.at - start;
}

/* Copies the table at offset 'from', unless that was done before, and sets *to to the
 * offset of the copy. Subtracts the size from *left, and returns false if it is larger:
 * hostile tables that overlap could need more memory than the file has bytes. */
static bool pc_table_copy(struct go_functions *t, struct copies *copies,
			  struct bytes tables, uint32_t from, size_t *left, uint32_t *to)
{
	const struct copied_table *items = copies->items.items;
	uint64_t hash = hash_u64(from, 1);
	uint32_t copy = hashmap_find(&copies->by_from, hash, v, items[v].from == from);
	size_t size;

	if (copy != HASHMAP_NONE) {
		*to = items[copy].to;
		return true;
	}
	bytes_skip(&tables, from);
	size = pc_table_size(tables);
	if (!size || size > *left)
		return false;
	*left -= size;
	*to = narrow_u32(t->pcsp.n);
	vec_reserve(&t->pcsp, size);
	memcpy(t->pcsp.items + t->pcsp.n, tables.data + tables.at, size);
	t->pcsp.n += size;
	hashmap_put(&copies->by_from, hash, narrow_u32(copies->items.n));
	vec_push(&copies->items, ((struct copied_table){from, *to}));
	return true;
}

/* Copies the names up to the last NUL, so that each has an end. */
static void names_copy(struct go_functions *t, const struct go_pclntab *from)
{
	const char *names = (const char *)from->all.data + from->names;
	const char *end = memrchr(names, '\0', from->names_size);

	t->names_size = end ? (size_t)(end + 1 - names) : 0;
	t->names = mem_str(names, t->names_size);
}

static const char *function_name(const struct go_functions *t, uint32_t offset)
{
	return offset < t->names_size ? t->names + offset : "";
}

/* Returns false if there is no function, or if a table of stack pointers is damaged or
 * too large. */
static bool functions_copy(struct elf_file *f, const struct go_pclntab *from,
			   struct go_functions *t)
{
	scoped(copies_release) struct copies copies = {0};
	struct bytes tables = from->all;
	size_t left = from->all.size;

	bytes_skip(&tables, from->pc_tables);
	vec_reserve(&t->items, from->n);
	vec_push(&t->pcsp, 0); /* offset 0 means: no table */
	for (uint64_t i = 0; i < from->n; i++) {
		struct go_pclntab_function fn;
		struct go_function *added;
		uint64_t file_off, room;

		if (!go_pclntab_function(from, i, &fn) ||
		    !elf_file_code(f, fn.start, &file_off, &room))
			continue;
		added = vec_add(&t->items);
		*added = (struct go_function){
			.start = file_off,
			.end = file_off + (fn.end - fn.start),
			.name = function_name(t, fn.name),
			.is_top = fn.flags & FLAG_TOP_FRAME,
			.writes_sp = fn.flags & FLAG_SP_WRITE,
		};
		if (fn.pcsp &&
		    !pc_table_copy(t, &copies, tables, fn.pcsp, &left, &added->pcsp))
			return false;
	}
	return t->items.n;
}

static void flags_set_by_name(struct go_functions *t)
{
	struct go_function *fn;

	vec_each(fn, &t->items) {
		for (size_t i = 0; i < array_size(unflagged); i++) {
			if (strcmp(fn->name, unflagged[i].name) != 0)
				continue;
			fn->is_top = unflagged[i].is_top;
			fn->writes_sp = unflagged[i].writes_sp;
		}
	}
}

static bool flags_are_set(const struct go_functions *t)
{
	const struct go_function *fn;

	/* Go 1.16 has the same magic number as 1.17, and 0 in the place of the flags. */
	vec_each(fn, &t->items)
		if (fn->is_top || fn->writes_sp)
			return true;
	return false;
}

struct go_functions *go_functions_new(struct elf_file *f, size_t most_bytes)
{
	scoped(go_pclntab_release) struct go_pclntab from = {0};
	struct go_functions *t;

	if (!go_pclntab_find(f, &from) || from.names_size > most_bytes ||
	    from.n > (most_bytes - from.names_size) / sizeof(struct go_function))
		return NULL;
	t = mem_new(1, sizeof(*t));
	t->quantum = from.quantum;
	names_copy(t, &from);
	if (!functions_copy(f, &from, t) || go_functions_bytes(t) > most_bytes) {
		go_functions_free(&t);
		return NULL;
	}
	if (!flags_are_set(t))
		flags_set_by_name(t);
	return t;
}

void go_functions_free(struct go_functions **t)
{
	if (!*t)
		return;
	vec_release(&(*t)->items);
	vec_release(&(*t)->pcsp);
	mem_free((*t)->names);
	mem_free(*t);
	*t = NULL;
}

const struct go_function *go_functions_find(const struct go_functions *t,
					    uint64_t file_off)
{
	const struct go_function *items = t->items.items;
	size_t n = bisect(0, t->items.n, i, items[i].start <= file_off);

	return n && file_off < items[n - 1].end ? &items[n - 1] : NULL;
}

bool go_functions_sp_delta(const struct go_functions *t, const struct go_function *fn,
			   uint64_t file_off, int64_t *delta)
{
	struct bytes b = bytes_of(t->pcsp.items, t->pcsp.n);
	uint64_t pc = 0, wanted = (file_off - fn->start) / t->quantum;
	int32_t value = -1;

	if (!fn->pcsp || file_off < fn->start)
		return false;
	bytes_skip(&b, fn->pcsp);
	for (bool is_first = true; pc_table_next(&b, is_first, &pc, &value);
	     is_first = false) {
		if (wanted >= pc)
			continue;
		*delta = value;
		return value >= 0;
	}
	return false;
}

size_t go_functions_bytes(const struct go_functions *t)
{
	return sizeof(*t) + t->items.cap * sizeof(*t->items.items) + t->pcsp.cap +
	       t->names_size;
}

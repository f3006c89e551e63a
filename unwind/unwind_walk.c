#include "unwind/unwind_walk.h"

#include <assert.h>

/* The size of the area below the CFA in which a plain rule finds all registers, or 0 for
 * other rules. Compilers write plain rules for nearly every function: all registers are
 * on the stack. */
static uint32_t plain_rule_depth(const struct unwind_rule *rule)
{
	const struct unwind_saved *saved;
	int64_t depth = 0;

	if (!rule || rule->is_signal)
		return 0;
	saved = unwind_rule_saved(rule);
	for (unsigned i = 0; i < rule->n; i++) {
		int64_t value = saved[i].value;

		if (saved[i].how != UNWIND_AT_CFA || value > -(int64_t)sizeof(uint64_t))
			return 0;
		depth = -value > depth ? -value : depth;
	}
	return (uint32_t)depth;
}

static void code_facts_read(struct code_facts *facts, struct unwind_table *table,
			    uint64_t key, uint64_t file_off)
{
	const struct go_functions *go = unwind_table_go(table);

	*facts = (struct code_facts){.key = key, .table = table};
	facts->go = go ? go_functions_find(go, file_off) : NULL;
	/* Go's .debug_frame does not describe changes of stacks. */
	if (!facts->go)
		facts->rule = unwind_table_find(table, file_off);
	facts->depth = plain_rule_depth(facts->rule);
}

/* The cache slot with the facts of a key, or the one for them. There are two for each
 * key: new facts take the second, and move to the first when they are looked up again. So
 * the addresses of innermost frames, which are rarely looked up twice, do not replace
 * those of callers. */
static struct code_facts *code_facts_slot(struct unwinder *u, uint64_t key)
{
	size_t at = (key * 0x9e3779b97f4a7c15 >> 32) % FACTS & ~(size_t)1;
	struct code_facts *first = &u->facts[at], *second = first + 1, swapped;

	if (first->key == key || second->key != key || !second->table)
		return first->key == key ? first : second;
	swapped = *first;
	*first = *second;
	*second = swapped;
	return first;
}

struct code_facts *walk_facts(struct walk *w, const struct mapping *m, uint64_t addr)
{
	uint64_t file_off = addr - m->start + m->file_off;
	uint64_t key = code_key(m->dso, file_off);
	struct unwind_table *table;
	struct code_facts *facts;

	if (file_off >> CODE_KEY_BITS || m->dso >= CODE_KEY_DSOS)
		return NULL;
	facts = code_facts_slot(w->u, key);
	if (facts->key == key && facts->table) {
		unwind_tables_use(w->u->tables, facts->table);
		return facts;
	}
	assert(addr - m->start < m->end - m->start);
	table = unwind_tables_find(w->u->tables, m->dso, &w->waits);
	if (!table)
		return NULL;
	unwind_tables_use(w->u->tables, table);
	code_facts_read(facts, table, key, file_off);
	return facts;
}

size_t walk_code(struct walk *w, uint64_t addr, void *to, size_t n)
{
	const struct mapping *m = walk_mapping(w, addr);
	const struct code_facts *facts = m ? walk_facts(w, m, addr) : NULL;

	if (!facts)
		return 0;
	if (n > m->end - addr) {
		n = m->end - addr;
		w->is_partial = true;
	}
	return unwind_table_code(facts->table, addr - m->start + m->file_off, to, n);
}

/* Reads the call that ends before 'addr', from its mapping. */
static struct call_site call_read(struct walk *w, const struct mapping *m,
				  struct unwind_table *table, uint64_t addr)
{
	size_t n = addr - m->start < CALL_SITE_BYTES ? addr - m->start : CALL_SITE_BYTES;
	uint8_t code[CALL_SITE_BYTES];
	struct call_site call;

	w->is_partial |= n < CALL_SITE_BYTES;
	if (unwind_table_code(table, addr - n - m->start + m->file_off, code, n) < n)
		return (struct call_site){.kind = CALL_UNREAD};
	call = call_site_before(w->sample->arch, code, n);
	/* A call of an address that is not mapped is data that looks like a call. */
	if (call.kind == CALL_DIRECT && !walk_mapping(w, addr + (uint64_t)call.target)) {
		call.kind = CALL_NONE;
		w->is_partial = true;
	}
	return call;
}

struct call_site walk_call(struct walk *w, uint64_t addr)
{
	const struct mapping *m = walk_mapping(w, addr - 1);
	struct code_facts *facts = m ? walk_facts(w, m, addr - 1) : NULL;

	if (!facts)
		return (struct call_site){.kind = CALL_UNREAD};
	if (!facts->is_call_read) {
		w->is_partial = false;
		facts->call = call_read(w, m, facts->table, addr);
		facts->is_call_read = !w->is_partial;
	}
	return facts->call;
}

enum walk_step walk_enter(struct walk *w, uint64_t ip, bool is_exact)
{
	ip &= w->arch->address;
	if (!is_exact)
		w->regs.known &= ~w->arch->link;
	unwind_regs_set(&w->regs, w->arch->ip, ip);
	w->is_exact = is_exact;
	return STEP_DONE;
}

void walk_note_no_call(struct walk *w)
{
	if (!w->is_exact)
		++*w->output;
}

#include "unwind/unwind_walk.h"

/* How far below the CFA the lowest register of a plain rule is saved: a rule that has all of them on
 * the stack, as compilers write it for nearly every function. 0 for other rules. */
static uint32_t depth_of(const struct unwind_rule *rule)
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

static uint64_t place_of(dso_id dso, uint64_t file_off)
{
	return (uint64_t)dso << 32 | (uint32_t)file_off;
}

static void read_facts(struct code_facts *facts, struct unwind_table *table,
		       uint64_t place, uint64_t file_off)
{
	const struct go_functions *go = unwind_table_go(table);

	*facts = (struct code_facts){.place = place, .table = table};
	facts->go = go ? go_functions_find(go, file_off) : NULL;
	/* The .debug_frame of Go knows nothing of changes of stacks. */
	if (!facts->go)
		facts->rule = unwind_table_find(table, file_off);
	facts->depth = depth_of(facts->rule);
}

/* Where the facts of a place are, or are to be: the second of two slots for a new place, the first for
 * one that was looked up again. So the places of samples, each of which is met once, do not drive out
 * those of callers. */
static struct code_facts *slot_of(struct unwinder *u, uint64_t place)
{
	size_t at = (place * 0x9e3779b97f4a7c15 >> 32) % FACTS & ~(size_t)1;
	struct code_facts *first = &u->facts[at], *second = first + 1, swapped;

	if (first->place == place || second->place != place || !second->table)
		return first->place == place ? first : second;
	swapped = *first;
	*first = *second;
	*second = swapped;
	return first;
}

struct code_facts *walk_facts(struct walk *w, const struct mapping *m, uint64_t addr)
{
	uint64_t file_off = addr - m->start + m->file_off;
	uint64_t place = place_of(m->dso, file_off);
	struct unwind_table *table;
	struct code_facts *facts;

	if (file_off > UINT32_MAX)
		return NULL;
	facts = slot_of(w->u, place);
	if (facts->place == place && facts->table)
		return facts;
	table = unwind_tables_find(w->u->tables, m->dso, &w->waits);
	if (!table)
		return NULL;
	read_facts(facts, table, place, file_off);
	return facts;
}

size_t walk_code(struct walk *w, uint64_t addr, void *to, size_t n)
{
	const struct mapping *m = walk_mapping(w, addr);
	const struct code_facts *facts = m ? walk_facts(w, m, addr) : NULL;

	if (!facts)
		return 0;
	if (n > m->end - addr)
		n = m->end - addr;
	return unwind_table_code(facts->table, addr - m->start + m->file_off, to, n);
}

/* The call among the bytes before 'addr', back to the mapping's start. */
static struct call_site read_call(struct walk *w, const struct mapping *m,
				  struct unwind_table *table, uint64_t addr)
{
	size_t n = addr - m->start < CALL_SITE_BYTES ? addr - m->start : CALL_SITE_BYTES;
	uint8_t code[CALL_SITE_BYTES];
	struct call_site call;

	if (unwind_table_code(table, addr - n - m->start + m->file_off, code, n) < n)
		return (struct call_site){.kind = CALL_UNREAD};
	call = call_site_before(w->sample->arch, code, n);
	/* A call that leads nowhere is data that looks like one. */
	if (call.kind == CALL_DIRECT && !walk_mapping(w, addr + (uint64_t)call.target))
		call.kind = CALL_NONE;
	return call;
}

struct call_site walk_call(struct walk *w, uint64_t addr)
{
	const struct mapping *m = walk_mapping(w, addr - 1);
	struct code_facts *facts = m ? walk_facts(w, m, addr - 1) : NULL;

	if (!facts)
		return (struct call_site){.kind = CALL_UNREAD};
	if (!facts->is_call_read) {
		facts->call = read_call(w, m, facts->table, addr);
		facts->is_call_read = true;
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
		++*w->place;
}

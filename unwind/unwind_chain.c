#include "unwind/unwind_chain.h"

#include "unwind/unwind_go.h"

#include <string.h>

enum {
	ENTRIES_MOST = 1024
}; /* of a chain, that are used; the kernel's have 127 by default */

static size_t entries(const struct walk *w)
{
	return w->sample->n_chain < ENTRIES_MOST ? w->sample->n_chain : ENTRIES_MOST;
}

static uint64_t entry(const struct walk *w, size_t i)
{
	uint64_t word;

	memcpy(&word, (const uint8_t *)w->sample->chain + 8 * i, sizeof(word));
	return word;
}

/* Which frame pointer of the kernel's 'fp' is, as far as they can be read in the copy. */
static bool find_frame_pointer(struct walk *w, uint64_t fp, size_t *at)
{
	uint64_t next = w->chain_fp;

	if (!unwind_regs_has(&w->sample->regs, w->arch->fp))
		return false;
	for (size_t i = w->chain_from; i + 1 < entries(w); i++) {
		if (next == fp) {
			*at = i;
			return true;
		}
		if (!unwind_stack_word(&w->stack, next, &next))
			return false;
	}
	return false;
}

/* Code of C that called Go: the chain leads from the goroutine's stack back to the scheduler's, which
 * is in the copy. Finds the word there that entry 'at' was read from, so that the walk can go on by
 * rules. */
static bool find_in_copy(struct walk *w, size_t at)
{
	uint64_t ip = entry(w, at), word, fp;

	if (!w->left_at)
		return false;
	for (uint64_t slot = w->left_at; unwind_stack_word(&w->stack, slot, &word);
	     slot += sizeof(word)) {
		if (word != ip || !unwind_stack_word(&w->stack, slot - 8, &fp))
			continue;
		unwind_regs_set(&w->regs, w->arch->fp, fp);
		unwind_regs_set(&w->regs, w->arch->sp, slot + sizeof(word));
		w->chain_at = 0;
		w->chain_from = at;
		w->chain_fp = fp;
		return true;
	}
	return false;
}

static int64_t offset_of(const struct unwind_rule *rule, unsigned reg)
{
	const struct unwind_saved *saved = unwind_rule_saved(rule);

	for (unsigned i = 0; i < rule->n; i++)
		if (saved[i].reg == reg && saved[i].how == UNWIND_AT_CFA)
			return saved[i].value;
	return INT64_MAX;
}

/* Whether a rule finds the caller's frame pointer where the frame pointer points to, and the return
 * address after it. */
static bool is_frame_pointer_rule(const struct walk *w, const struct unwind_rule *rule)
{
	return rule->cfa_reg == w->arch->fp && !rule->is_signal &&
	       offset_of(rule, w->arch->fp) == -(int64_t)rule->cfa &&
	       offset_of(rule, rule->ra) == -(int64_t)rule->cfa + 8;
}

/* Rules that keep no frame pointer; where there are none, nobody knows. */
static bool keeps_none(struct walk *w, uint64_t addr)
{
	const struct mapping *m = walk_mapping(w, addr);
	struct code_facts *f = m ? walk_facts(w, m, addr) : NULL;

	if (!f)
		return false;
	if (f->go)
		return !go_has_frame_pointer(f);
	return f->rule && !is_frame_pointer_rule(w, f->rule);
}

static bool is_on_both_stacks(struct walk *w, uint64_t addr)
{
	const struct mapping *m = walk_mapping(w, addr);
	struct code_facts *f = m ? walk_facts(w, m, addr) : NULL;

	return f && go_is_on_both_stacks(f);
}

enum walk_step leave_by_chain(struct walk *w, const struct frame_before *before,
			      bool *is_gap)
{
	uint64_t fp = before->fp, ip, saved;
	size_t at = before->chain_at;
	bool is_in_copy = false;

	if (entries(w) < 2 || entry(w, 0) != w->sample->regs.values[w->arch->ip])
		return STEP_FAILED;
	if (!at && (!before->has_fp || !find_frame_pointer(w, fp, &at)))
		return STEP_FAILED;
	if (at + 1 >= entries(w))
		return STEP_FAILED;
	*is_gap = keeps_none(w, before->addr);
	ip = entry(w, at + 1);
	if (!before->chain_at)
		is_in_copy = unwind_stack_word(&w->stack, fp, &saved) &&
			     unwind_stack_word(&w->stack, fp + 8, &ip);
	w->regs.known = 0;
	w->chain_at = is_in_copy ? 0 : at + 1;
	if (is_in_copy) {
		unwind_regs_set(&w->regs, w->arch->fp, saved);
		unwind_regs_set(&w->regs, w->arch->sp, fp + 16);
	} else if (is_on_both_stacks(w, before->addr)) {
		find_in_copy(w, at + 1);
	}
	w->by = WALK_BY_CHAIN;
	return ip ? walk_enter(w, ip, false) : STEP_FAILED;
}

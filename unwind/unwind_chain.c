#include "unwind/unwind_chain.h"

#include "unwind/unwind_go.h"

#include <string.h>

/* Entries of a chain that are used; the kernel's default maximum is 127. */
enum { CHAIN_MAX = 1024 };

static size_t chain_size(const struct walk *w)
{
	return w->sample->n_chain < CHAIN_MAX ? w->sample->n_chain : CHAIN_MAX;
}

static uint64_t chain_entry(const struct walk *w, size_t i)
{
	uint64_t word;

	memcpy(&word, (const uint8_t *)w->sample->chain + 8 * i, sizeof(word));
	return word;
}

/* Sets *at to the number of 'fp' among the frame pointers that the kernel followed.
 * Returns false if it was none of those in the copy of the stack. */
static bool chain_number_find(struct walk *w, uint64_t fp, size_t *at)
{
	uint64_t next = w->chain_fp;

	if (!unwind_regs_has(&w->sample->regs, w->arch->fp))
		return false;
	for (size_t i = w->chain_number; i + 1 < chain_size(w); i++) {
		if (next == fp) {
			*at = i;
			return true;
		}
		if (!unwind_stack_word(&w->stack, next, &next))
			return false;
	}
	return false;
}

/* C code called Go: the chain leads from the goroutine's stack back to the scheduler's,
 * which is in the copy. Searches the copy for the word from which the kernel read entry
 * 'at', so that the walk can continue by rules. */
static bool chain_entry_find_in_copy(struct walk *w, size_t at)
{
	uint64_t ip = chain_entry(w, at), word, fp;

	if (!w->scheduler_sp)
		return false;
	for (uint64_t slot = w->scheduler_sp; unwind_stack_word(&w->stack, slot, &word);
	     slot += sizeof(word)) {
		if (word != ip || !unwind_stack_word(&w->stack, slot - 8, &fp))
			continue;
		unwind_regs_set(&w->regs, w->arch->fp, fp);
		unwind_regs_set(&w->regs, w->arch->sp, slot + sizeof(word));
		w->chain_at = 0;
		w->chain_number = at;
		w->chain_fp = fp;
		return true;
	}
	return false;
}

static int64_t saved_offset(const struct unwind_rule *rule, unsigned reg)
{
	const struct unwind_saved *saved = unwind_rule_saved(rule);

	for (unsigned i = 0; i < rule->n; i++)
		if (saved[i].reg == reg && saved[i].how == UNWIND_AT_CFA)
			return saved[i].value;
	return INT64_MAX;
}

/* Whether a rule describes a frame as the kernel expects it: the frame pointer points to
 * the caller's frame pointer, and the next word is the return address. */
static bool is_frame_pointer_rule(const struct walk *w, const struct unwind_rule *rule)
{
	return rule->cfa_reg == w->arch->fp && !rule->is_signal &&
	       saved_offset(rule, w->arch->fp) == -(int64_t)rule->cfa &&
	       saved_offset(rule, rule->ra) == -(int64_t)rule->cfa + 8;
}

/* Whether the frame at 'addr' has rules, and they keep no frame pointer. */
static bool rules_keep_no_frame_pointer(struct walk *w, uint64_t addr)
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

	if (chain_size(w) < 2 || chain_entry(w, 0) != w->sample->regs.values[w->arch->ip])
		return STEP_FAILED;
	if (!at && (!before->has_fp || !chain_number_find(w, fp, &at)))
		return STEP_FAILED;
	if (at + 1 >= chain_size(w))
		return STEP_FAILED;
	*is_gap = rules_keep_no_frame_pointer(w, before->addr);
	ip = chain_entry(w, at + 1);
	if (!before->chain_at)
		is_in_copy = unwind_stack_word(&w->stack, fp, &saved) &&
			     unwind_stack_word(&w->stack, fp + 8, &ip);
	w->regs.known = 0;
	w->chain_at = is_in_copy ? 0 : at + 1;
	if (is_in_copy) {
		unwind_regs_set(&w->regs, w->arch->fp, saved);
		unwind_regs_set(&w->regs, w->arch->sp, fp + 16);
	} else if (is_on_both_stacks(w, before->addr)) {
		chain_entry_find_in_copy(w, at + 1);
	}
	w->left_by = WALK_BY_CHAIN;
	return ip ? walk_enter(w, ip, false) : STEP_FAILED;
}

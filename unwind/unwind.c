#include "unwind/unwind.h"

#include "model/callchain.h"
#include "unwind/unwind_chain.h"
#include "unwind/unwind_evidence.h"
#include "unwind/unwind_leave.h"

static const struct unwind_arch_info archs[] = {
	[UNWIND_X86_64] = {UNWIND_X86_IP, UNWIND_X86_SP, UNWIND_X86_BP, 0, UINT64_MAX},
	/* Programs have addresses of 48 bits unless they ask for more. */
	[UNWIND_ARM64] = {UNWIND_ARM_PC, UNWIND_ARM_SP, UNWIND_ARM_FP,
			  (uint64_t)1 << UNWIND_ARM_LR, ((uint64_t)1 << 48) - 1},
};

/* The callchain being written. */
struct output {
	uint64_t *addrs;
	size_t n, room;
	bool is_full; /* there was a frame more */
};

struct unwinder *unwinder_new(struct space_table *spaces, const struct dso_table *dsos,
			      struct unwind_tables *tables)
{
	struct unwinder *u = mem_new(1, sizeof(*u));

	u->spaces = spaces;
	u->dsos = dsos;
	u->tables = tables;
	return u;
}

void unwinder_free(struct unwinder **u)
{
	mem_free(*u);
	*u = NULL;
}

/* Cached facts may point into tables that have been dropped; what a call leads to may have been judged
 * without a table that is there now. */
static void begin(struct unwinder *u)
{
	uint32_t version = unwind_tables_update(u->tables);

	if (u->version == version)
		return;
	memset(u->edges, 0, sizeof(u->edges));
	if (u->dropped != unwind_tables_dropped(u->tables))
		memset(u->facts, 0, sizeof(u->facts));
	u->dropped = unwind_tables_dropped(u->tables);
	u->version = version;
}

/* Adds the frame at which the registers are now, if it is one. STEP_FAILED: it is none; STEP_ROOT: it
 * is the outermost one. */
static enum walk_step arrive(struct walk *w, struct output *out, bool is_gap)
{
	uint64_t ip = w->regs.values[w->arch->ip], inner = w->addr;
	uint64_t addr = w->is_exact ? ip : ip - 1;
	const struct mapping *m = walk_mapping(w, addr);
	enum evidence evidence = EVIDENCE_NO_CALL;
	bool by_rule = w->by == WALK_BY_RULE;

	if (!m)
		return STEP_FAILED;
	if (!w->is_exact)
		evidence = evidence_of(w, m, ip);
	if (evidence == EVIDENCE_NONE || w->waits)
		return STEP_FAILED;
	if (evidence == EVIDENCE_CALL && (!by_rule || w->is_guessed) &&
	    !evidence_leads(w, ip, inner)) {
		if (by_rule)
			return STEP_FAILED;
		is_gap = true;
	}
	if (w->waits)
		return STEP_FAILED;
	out->is_full = out->n + is_gap >= out->room;
	if (out->is_full)
		return STEP_ELSEWHERE;
	if (is_gap)
		out->addrs[out->n++] = CALLCHAIN_MISSING;
	w->addr = addr;
	w->place = &out->addrs[out->n++];
	*w->place = ip + w->is_exact;
	if (evidence == EVIDENCE_END)
		walk_note_no_call(w);
	return evidence == EVIDENCE_END ? STEP_ROOT : STEP_DONE;
}

/* How the stack ends at a frame that could not be left. */
static enum unwind_end end_of(const struct walk *w, enum walk_step step)
{
	return step == STEP_ELSEWHERE || w->is_other || w->stack.is_short
		       ? UNWIND_TRUNCATED
		       : UNWIND_BROKEN;
}

/* Whether a frame that could not be left is that of a new thread's first call: code that calls clone(2)
 * itself may have rules, which hold for the parent alone. */
static bool is_thread(struct walk *w, const struct mapping *m,
		      const struct frame_before *before)
{
	w->addr = before->addr;
	w->is_exact = false;
	w->regs.values[w->arch->fp] = before->fp;
	w->regs.known &= ~((uint64_t)1 << w->arch->fp);
	w->regs.known |= (uint64_t)before->has_fp << w->arch->fp;
	return !before->chain_at && evidence_is_entry(w, m);
}

/* From one frame to the next. Where that is not possible, *end says how the stack ends, whatever the
 * kernel's chain continues it by. */
static enum walk_step go_on(struct walk *w, struct output *out, enum unwind_end *end)
{
	const struct frame_before before = {
		.fp = w->regs.values[w->arch->fp],
		.addr = w->addr,
		.chain_at = w->chain_at,
		.has_fp = unwind_regs_has(&w->regs, w->arch->fp),
	};
	const struct mapping *m = walk_mapping(w, w->addr);
	enum walk_step step = w->chain_at ? leave_by_address(w, m) : leave(w, m);
	bool is_gap = false, is_innermost = out->n == 1;

	if (step == STEP_DONE)
		step = arrive(w, out, false);
	if (step == STEP_FAILED && is_innermost && !w->waits && !w->stack.is_short &&
	    leave_against_rules(w) == STEP_DONE)
		step = arrive(w, out, false);
	if (step == STEP_DONE || step == STEP_ROOT || w->waits)
		return step;
	if (step == STEP_FAILED && m && !is_innermost && is_thread(w, m, &before))
		return STEP_ROOT;
	if (*end == UNWIND_ROOT)
		*end = end_of(w, step);
	if (step == STEP_ELSEWHERE || leave_by_chain(w, &before, &is_gap) != STEP_DONE)
		return STEP_FAILED;
	return arrive(w, out, is_gap);
}

enum unwind_end unwind(struct unwinder *u, const struct unwind_sample *s, uint64_t *addrs,
		       size_t *n)
{
	const struct unwind_arch_info *arch = &archs[s->arch];
	struct walk w = {
		.u = u,
		.sample = s,
		.arch = arch,
		.stack = {s->stack, s->stack_size, s->regs.values[arch->sp], false},
		.regs = s->regs,
		.is_exact = true,
		.addr = s->regs.values[arch->ip],
		.place = addrs,
		.chain_fp = s->regs.values[arch->fp],
	};
	struct output out = {.addrs = addrs, .room = *n};
	enum unwind_end end = UNWIND_ROOT;
	enum walk_step step = STEP_DONE;

	*n = 0;
	if (!out.room || !unwind_regs_has(&w.regs, arch->ip) ||
	    !unwind_regs_has(&w.regs, arch->sp))
		return UNWIND_BROKEN;
	begin(u);
	out.addrs[out.n++] = w.addr;
	while (step == STEP_DONE)
		step = go_on(&w, &out, &end);
	*n = out.n;
	if (w.waits)
		return UNWIND_WAITS;
	return step == STEP_ROOT ? UNWIND_ROOT : end;
}

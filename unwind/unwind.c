#include "unwind/unwind.h"

#include "model/callchain.h"
#include "unwind/unwind_chain.h"
#include "unwind/unwind_evidence.h"
#include "unwind/unwind_leave.h"

static const struct unwind_arch_info archs[] = {
	[UNWIND_X86_64] = {UNWIND_X86_IP, UNWIND_X86_SP, UNWIND_X86_BP, 0, UINT64_MAX},
	/* Addresses have 48 bits unless a program requests larger ones from mmap(2). */
	[UNWIND_ARM64] = {UNWIND_ARM_PC, UNWIND_ARM_SP, UNWIND_ARM_FP,
			  (uint64_t)1 << UNWIND_ARM_LR, ((uint64_t)1 << 48) - 1},
};

/* The callchain being written. */
struct output {
	uint64_t *addrs;
	size_t n, room;
	bool is_full; /* there was no room for the last frame */
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

/* Cached facts point into tables, some of which may be dropped by now. Cached call edges
 * may be answers without a table that exists by now. */
static void caches_refresh(struct unwinder *u)
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

/* Adds the frame of the current registers to the output, if there is evidence for it.
 * Returns STEP_FAILED if there is not, STEP_ROOT if it is the outermost frame,
 * STEP_ELSEWHERE if the output is full. */
static enum walk_step frame_add(struct walk *w, struct output *out, bool is_gap)
{
	uint64_t ip = w->regs.values[w->arch->ip], inner = w->addr;
	uint64_t addr = w->is_exact ? ip : ip - 1;
	const struct mapping *m = walk_mapping(w, addr);
	enum evidence evidence = EVIDENCE_NO_CALL;
	bool by_rule = w->left_by == WALK_BY_RULE;

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
	w->output = &out->addrs[out->n++];
	*w->output = ip + w->is_exact;
	if (evidence == EVIDENCE_END)
		walk_note_no_call(w);
	return evidence == EVIDENCE_END ? STEP_ROOT : STEP_DONE;
}

/* The end of a stack after a frame that could not be left. */
static enum unwind_end end_at(const struct walk *w, enum walk_step step)
{
	return step == STEP_ELSEWHERE || w->is_other || w->stack.is_short
		       ? UNWIND_TRUNCATED
		       : UNWIND_BROKEN;
}

/* Whether a frame that could not be left is that of a new thread after clone(2). The
 * rules of code with that system call hold for the parent only. */
static bool thread_is_new(struct walk *w, const struct mapping *m,
			  const struct frame_before *before)
{
	w->addr = before->addr;
	w->is_exact = false;
	w->regs.values[w->arch->fp] = before->fp;
	w->regs.known &= ~((uint64_t)1 << w->arch->fp);
	w->regs.known |= (uint64_t)before->has_fp << w->arch->fp;
	return !before->chain_at && evidence_is_entry(w, m);
}

/* Leaves the current frame and adds its caller to the output. If the frame cannot be
 * left, sets *end, and tries the kernel's chain; *end is kept even if the chain continues
 * the stack. */
static enum walk_step frame_next(struct walk *w, struct output *out, enum unwind_end *end)
{
	const struct frame_before before = {
		.fp = w->regs.values[w->arch->fp],
		.addr = w->addr,
		.chain_at = w->chain_at,
		.has_fp = unwind_regs_has(&w->regs, w->arch->fp),
	};
	const struct mapping *m = walk_mapping(w, w->addr);
	enum walk_step step = w->chain_at ? leave_by_address(w, m) : leave_frame(w, m);
	bool is_gap = false, is_innermost = out->n == 1;

	if (step == STEP_DONE)
		step = frame_add(w, out, false);
	if (step == STEP_FAILED && is_innermost && !w->waits && !w->stack.is_short &&
	    leave_against_rules(w) == STEP_DONE)
		step = frame_add(w, out, false);
	if (step == STEP_DONE || step == STEP_ROOT || w->waits)
		return step;
	if (step == STEP_FAILED && m && !is_innermost && thread_is_new(w, m, &before))
		return STEP_ROOT;
	if (*end == UNWIND_ROOT)
		*end = end_at(w, step);
	if (step == STEP_ELSEWHERE || leave_by_chain(w, &before, &is_gap) != STEP_DONE)
		return STEP_FAILED;
	return frame_add(w, out, is_gap);
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
		.output = addrs,
		.chain_fp = s->regs.values[arch->fp],
	};
	struct output out = {.addrs = addrs, .room = *n};
	enum unwind_end end = UNWIND_ROOT;
	enum walk_step step = STEP_DONE;

	*n = 0;
	if (!out.room || !unwind_regs_has(&w.regs, arch->ip) ||
	    !unwind_regs_has(&w.regs, arch->sp))
		return UNWIND_BROKEN;
	caches_refresh(u);
	out.addrs[out.n++] = w.addr;
	while (step == STEP_DONE)
		step = frame_next(&w, &out, &end);
	*n = out.n;
	if (w.waits)
		return UNWIND_WAITS;
	return step == STEP_ROOT ? UNWIND_ROOT : end;
}

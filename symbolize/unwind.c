#include "symbolize/unwind.h"

#include "symbolize/unwind_expression.h"

/* Rules that were found: for one place in one file there is always the same one. */
struct known_rule {
	uint64_t place; /* dso and offset */
	const struct unwind_rule *rule;
	const struct unwind_table *table;
	uint64_t depth; /* see depth_of() */
};

enum {
	KNOWN_RULES = 8192,
	/* Bytes of the copy behind a frame's end that are asked for before the frames that are there
	 * are come to: memory takes longer than the way to them. */
	AHEAD_FROM = 128,
	AHEAD_TO = 512,
	CACHE_LINE = 64,
};

struct unwinder {
	struct space_table *spaces;
	const struct dso_table *dsos;
	struct unwind_tables *tables;
	uint32_t version; /* of the tables */
	struct known_rule known[KNOWN_RULES];
};

/* What the psABIs say of registers; bit i stands for register i. */
struct arch {
	uint8_t ip, sp, fp;
	uint64_t link; /* the register that holds the return address until it is saved, */
	uint64_t preserved; /* those that functions leave as they were */
	uint64_t address;   /* the bits of a return address that are not its signature */
};

static const struct arch archs[] = {
	[UNWIND_X86_64] = {UNWIND_X86_IP, UNWIND_X86_SP, UNWIND_X86_BP, 0,
			   1 << 3 | 1 << 6 | 0xf000, UINT64_MAX},
	/* Programs have addresses of 48 bits unless they ask for more. */
	[UNWIND_ARM64] = {UNWIND_ARM_PC, UNWIND_ARM_SP, UNWIND_ARM_FP,
			  (uint64_t)1 << UNWIND_ARM_LR, 0x3ff80000,
			  ((uint64_t)1 << 48) - 1},
};

/* A stack on its way out. */
struct walk {
	struct unwinder *u;
	const struct unwind_sample *sample;
	const struct arch *arch;
	struct unwind_stack stack;
	struct unwind_regs regs;
	const struct mapping *mapping; /* of the addresses [from, until), */
	uint64_t from, until;	       /* which were asked for last */
	bool is_exact; /* the ip is where the frame stands, not where a call returns to */
	uint64_t *place; /* of the frame's address in the output */
	bool is_other; /* a signal's frame led to another stack than the one of the copy */
};

enum step { STEP_DONE, STEP_ROOT, STEP_FAILED };

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

/* How far below the CFA the lowest register of a plain rule is saved: one that has all of them on the
 * stack, as compilers write it for nearly every function. 0 of other rules. */
static uint64_t depth_of(const struct unwind_rule *rule)
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
	return (uint64_t)depth;
}

/* The rule at an offset of a dso; NULL where there is none, or none yet. */
static const struct known_rule *find_rule(struct unwinder *u, dso_id dso,
					  uint64_t file_off, bool *waits)
{
	uint64_t place = (uint64_t)dso << 32 | (uint32_t)file_off;
	struct known_rule *known =
		&u->known[(place * 0x9e3779b97f4a7c15 >> 32) % KNOWN_RULES];
	struct unwind_table *table;

	if (file_off > UINT32_MAX)
		return NULL;
	if (known->place == place && known->table)
		return known;
	table = unwind_tables_find(u->tables, dso, waits);
	if (!table)
		return NULL;
	*known = (struct known_rule){place, unwind_table_find(table, file_off), table, 0};
	known->depth = depth_of(known->rule);
	return known;
}

/* Most frames are where the one before was. */
static const struct mapping *mapping_of(struct walk *w, uint64_t addr)
{
	if (addr - w->from >= w->until - w->from)
		w->mapping = space_find_around(w->u->spaces, w->sample->space, addr,
					       w->sample->time, &w->from, &w->until);
	return w->mapping;
}

/* What a word that is not in the copy says about it. */
static enum unwind_end end_of(const struct walk *w)
{
	return w->is_other || w->stack.is_short ? UNWIND_TRUNCATED : UNWIND_BROKEN;
}

static bool find_cfa(struct walk *w, const struct known_rule *k, uint64_t *cfa)
{
	const struct unwind_rule *rule = k->rule;

	if (rule->cfa_reg == UNWIND_NO_REG)
		return unwind_expression(unwind_table_expression(k->table, rule->cfa),
					 &w->regs, &w->stack, NULL, cfa);
	if (!unwind_regs_has(&w->regs, rule->cfa_reg))
		return false;
	*cfa = w->regs.values[rule->cfa_reg] + (uint64_t)(int64_t)rule->cfa;
	return true;
}

/* What the caller had in a register; false: nobody knows. */
static bool recover(struct walk *w, const struct known_rule *k,
		    const struct unwind_saved *saved, uint64_t cfa, uint64_t *value)
{
	switch ((enum unwind_how)saved->how) {
	case UNWIND_AT_CFA:
		return unwind_stack_word(&w->stack, cfa + (uint64_t)(int64_t)saved->value,
					 value);
	case UNWIND_CFA:
		*value = cfa + (uint64_t)(int64_t)saved->value;
		return true;
	case UNWIND_REGISTER:
		if (!unwind_regs_has(&w->regs, (unsigned)saved->value))
			return false;
		*value = w->regs.values[saved->value];
		return true;
	case UNWIND_AT_RESULT:
		return unwind_expression(unwind_table_expression(k->table, saved->value),
					 &w->regs, &w->stack, &cfa, value) &&
		       unwind_stack_word(&w->stack, *value, value);
	case UNWIND_RESULT:
		return unwind_expression(unwind_table_expression(k->table, saved->value),
					 &w->regs, &w->stack, &cfa, value);
	default:
		return false;
	}
}

static void fetch_ahead(const uint8_t *top)
{
	for (uintptr_t i = AHEAD_FROM; i < AHEAD_TO; i += CACHE_LINE)
		__builtin_prefetch((const void *)((uintptr_t)top + i));
}

/* recover_all() by a plain rule whose registers are all in the copy and not popped yet: one look at
 * the bounds for all of them. False where that is not so. */
static bool recover_plain(struct walk *w, const struct known_rule *k, uint64_t cfa)
{
	const struct unwind_saved *saved = unwind_rule_saved(k->rule);
	uint64_t at = cfa - k->depth - w->stack.start;
	const uint8_t *top;

	if (!k->depth || cfa - k->depth < w->regs.values[w->arch->sp] ||
	    at > w->stack.size || w->stack.size - at < k->depth)
		return false;
	top = w->stack.data + at + k->depth;
	fetch_ahead(top);
	w->regs.known &= w->arch->preserved | (w->is_exact ? w->arch->link : 0);
	unwind_regs_set(&w->regs, w->arch->sp, cfa);
	for (unsigned i = 0; i < k->rule->n; i++) {
		uint64_t value;

		memcpy(&value, top + saved[i].value, sizeof(value));
		unwind_regs_set(&w->regs, saved[i].reg, value);
	}
	return true;
}

/* Turns the registers into the caller's, but the ip; where that is, stands in rule->ra then. False:
 * it is the outermost frame. */
static bool recover_all(struct walk *w, const struct known_rule *k, uint64_t cfa)
{
	const struct unwind_saved *saved = unwind_rule_saved(k->rule);
	uint64_t values[UNWIND_REGS], found = 0, popped = 0;
	uint64_t sp = w->regs.values[w->arch->sp];

	if (recover_plain(w, k, cfa))
		return true;
	for (unsigned i = 0; i < k->rule->n; i++) {
		if (saved[i].how == UNWIND_UNDEFINED && saved[i].reg == k->rule->ra)
			return false;
		/* In an epilogue, what has been popped already is below the stack pointer, but CFI
		 * still says that it is there: the register has it. */
		if (saved[i].how == UNWIND_AT_CFA && !k->rule->is_signal &&
		    cfa + (uint64_t)(int64_t)saved[i].value < sp)
			popped |= (uint64_t)1 << i;
		else if (recover(w, k, &saved[i], cfa, &values[i]))
			found |= (uint64_t)1 << i;
	}
	if (!k->rule->is_signal)
		w->regs.known &= w->arch->preserved | (w->is_exact ? w->arch->link : 0);
	unwind_regs_set(&w->regs, w->arch->sp, cfa);
	for (unsigned i = 0; i < k->rule->n; i++) {
		if (found >> i & 1)
			unwind_regs_set(&w->regs, saved[i].reg, values[i]);
		else if (!(popped >> i & 1))
			w->regs.known &= ~((uint64_t)1 << saved[i].reg);
	}
	return true;
}

/* Goes on with the frame that 'ip' is in, all of whose other registers are there. */
static enum step enter(struct walk *w, uint64_t ip, bool is_exact)
{
	ip &= w->arch->address;
	if (!ip)
		return STEP_ROOT;
	if (!is_exact)
		w->regs.known &= ~w->arch->link;
	unwind_regs_set(&w->regs, w->arch->ip, ip);
	w->is_exact = is_exact;
	return STEP_DONE;
}

/* Nothing was called from the frame: what returns to it does so to its first instruction, and not
 * behind one. Has that found by whoever looks one byte back. */
static void note_no_call(struct walk *w)
{
	if (!w->is_exact)
		++*w->place;
}

/* A handler may have a stack of its own, which the copy is of then. */
static enum step enter_interrupted(struct walk *w, uint64_t ip)
{
	note_no_call(w);
	w->is_other |= w->regs.values[w->arch->sp] - w->stack.start > w->stack.size;
	return enter(w, ip, true);
}

/* Who unwinds for an exception (libgcc's _Unwind_Resume) leaves by GCC's __builtin_eh_return: at the
 * end all registers are what the handler's frame has, the stack pointer last, and a jump leads to
 * the handler. Only such functions save rax and rdx, in which handlers are told of the exception,
 * along with all that is preserved; at the end rbp is not theirs any more. */
static bool is_for_handler(const struct walk *w, const struct unwind_rule *rule)
{
	const struct unwind_saved *saved = unwind_rule_saved(rule);
	const uint64_t rax = 1 << 0, rdx = 1 << 1, rbx = 1 << 3;
	uint64_t all = 0;

	if (w->sample->arch != UNWIND_X86_64 || !w->is_exact || !rule->n || saved->reg)
		return false;
	for (unsigned i = 0; i < rule->n; i++)
		all |= (uint64_t)1 << saved[i].reg;
	return (all & (rax | rdx | rbx | 1 << UNWIND_X86_BP)) == (rax | rdx | rbx);
}

/* No call is before the handler's first instruction. Rules still say that registers are on the
 * stack, which was so before that pointer was changed. */
static enum step leave_for_handler(struct walk *w, const struct known_rule *k,
				   uint64_t cfa)
{
	const struct unwind_saved *saved = unwind_rule_saved(k->rule);
	unsigned ra = k->rule->ra;
	uint64_t ip = w->regs.values[ra];
	bool is_known = unwind_regs_has(&w->regs, ra);

	for (unsigned i = 0; i < k->rule->n; i++)
		if (saved[i].reg == ra)
			is_known = recover(w, k, &saved[i], cfa, &ip);
	if (!is_known || cfa < w->regs.values[w->arch->sp])
		return STEP_FAILED;
	unwind_regs_set(&w->regs, w->arch->sp, cfa);
	return enter(w, ip, true);
}

static enum step leave_by_rule(struct walk *w, const struct known_rule *k)
{
	const struct unwind_rule *rule = k->rule;
	uint64_t cfa, sp = w->regs.values[w->arch->sp];
	int64_t grown;

	if (!find_cfa(w, k, &cfa))
		return STEP_FAILED;
	if (is_for_handler(w, rule))
		return leave_for_handler(w, k, cfa);
	if (!recover_all(w, k, cfa))
		return STEP_ROOT;
	/* Every call takes room on the stack, but one of a function that has not begun to. */
	grown = (int64_t)(w->regs.values[w->arch->sp] - sp);
	if (!rule->is_signal &&
	    (grown < 0 || (!grown && !(w->is_exact && w->arch->link))))
		return STEP_FAILED;
	if (!unwind_regs_has(&w->regs, rule->ra))
		return STEP_FAILED;
	if (rule->is_signal)
		return enter_interrupted(w, w->regs.values[rule->ra]);
	return enter(w, w->regs.values[rule->ra], false);
}

/* Code without rules may keep frame pointers: the caller's stands where it points to, the return
 * address behind that. */
static enum step leave_by_frame_pointer(struct walk *w)
{
	const struct arch *arch = w->arch;
	uint64_t fp = w->regs.values[arch->fp], sp = w->regs.values[arch->sp], saved, ip;

	if (!unwind_regs_has(&w->regs, arch->fp))
		return STEP_FAILED;
	if (!fp)
		return STEP_ROOT;
	if (fp < sp || fp % sizeof(fp) != 0 ||
	    !unwind_stack_word(&w->stack, fp, &saved) ||
	    !unwind_stack_word(&w->stack, fp + sizeof(fp), &ip))
		return STEP_FAILED;
	w->regs.known = 0;
	unwind_regs_set(&w->regs, arch->fp, saved);
	unwind_regs_set(&w->regs, arch->sp, fp + 2 * sizeof(fp));
	return enter(w, ip, false);
}

/* arm64 leaves a signal handler through the vdso, which has no rules for that. There the stack
 * pointer points to struct rt_sigframe (arch/arm64/kernel/signal.c): 128 bytes of siginfo, a
 * ucontext with 176 bytes before its sigcontext, and in that 31 registers, sp and pc behind the
 * first word. */
static enum step leave_signal_of_arm64(struct walk *w)
{
	uint64_t at = w->regs.values[UNWIND_ARM_SP] + 128 + 176 + 8, value;

	for (unsigned reg = 0; reg <= UNWIND_ARM_PC; reg++) {
		if (!unwind_stack_word(&w->stack, at + reg * sizeof(value), &value))
			return STEP_FAILED;
		unwind_regs_set(&w->regs, reg, value);
	}
	return enter_interrupted(w, value);
}

/* Where there are no rules, in the first instruction of a function or in assembly that uses no stack
 * (_init, _fini), the return address is where the call put it. Taken only if there are rules again
 * where it leads to. */
static enum step leave_as_called(struct walk *w, bool *waits)
{
	uint64_t sp = w->regs.values[w->arch->sp], ip;
	const struct known_rule *k = NULL;
	const struct mapping *m;

	if (w->arch->link)
		ip = w->regs.values[UNWIND_ARM_LR] & w->arch->address;
	else if (!unwind_stack_word(&w->stack, sp, &ip))
		return STEP_FAILED;
	m = mapping_of(w, ip - 1);
	if (m)
		k = find_rule(w->u, m->dso, ip - 1 - m->start + m->file_off, waits);
	if (!k || !k->rule)
		return STEP_FAILED;
	w->regs.known &= w->arch->preserved;
	unwind_regs_set(&w->regs, w->arch->sp, w->arch->link ? sp : sp + sizeof(ip));
	return enter(w, ip, false);
}

static enum step leave_innermost(struct walk *w, dso_id dso, uint64_t file_off,
				 bool *waits)
{
	/* In a system call the ip is behind the instruction, and rt_sigreturn(2) is the last of its
	 * function. */
	const struct known_rule *k = find_rule(w->u, dso, file_off - 1, waits);
	enum step step;

	if (k && k->rule && k->rule->is_signal)
		return leave_by_rule(w, k);
	step = leave_as_called(w, waits);
	return step == STEP_FAILED ? leave_by_frame_pointer(w) : step;
}

/* Code that no rule is for, at an offset of a dso. */
static enum step leave_without_rule(struct walk *w, dso_id dso, uint64_t file_off,
				    bool *waits)
{
	bool is_vdso = dso_at(w->u->dsos, dso)->kind == DSO_VDSO;
	const struct known_rule *k;

	if (w->is_exact)
		return leave_innermost(w, dso, file_off, waits);
	if (is_vdso && w->sample->arch == UNWIND_ARM64)
		return leave_signal_of_arm64(w);
	/* An address that has a rule though the byte before has none is no call's: whoever made
	 * the stack by hand (makecontext(3)) put it at its end. */
	k = find_rule(w->u, dso, file_off + 1, waits);
	if (k && k->rule) {
		note_no_call(w);
		return STEP_ROOT;
	}
	return leave_by_frame_pointer(w);
}

/* 'addr' is in the instruction that the frame stands at. */
static enum step leave(struct walk *w, const struct mapping *m, uint64_t addr,
		       bool *waits)
{
	uint64_t file_off = m ? addr - m->start + m->file_off : 0;
	const struct known_rule *k;

	w->stack.is_short = false;
	if (!m)
		return leave_by_frame_pointer(w);
	k = find_rule(w->u, m->dso, file_off, waits);
	if (*waits)
		return STEP_FAILED;
	if (k && k->rule)
		return leave_by_rule(w, k);
	return leave_without_rule(w, m->dso, file_off, waits);
}

/* What was remembered may lead into tables that are no more. */
static void begin(struct unwinder *u)
{
	uint32_t version = unwind_tables_update(u->tables);

	if (u->version != version)
		memset(u->known, 0, sizeof(u->known));
	u->version = version;
}

enum unwind_end unwind(struct unwinder *u, const struct unwind_sample *s, uint64_t *addrs,
		       size_t *n)
{
	const struct arch *arch = &archs[s->arch];
	struct walk w = {
		.u = u,
		.sample = s,
		.arch = arch,
		.stack = {s->stack, s->stack_size, s->regs.values[arch->sp], false},
		.regs = s->regs,
		.is_exact = true,
	};
	enum step step = STEP_DONE;
	size_t room = *n;

	*n = 0;
	if (!unwind_regs_has(&w.regs, arch->ip) || !unwind_regs_has(&w.regs, arch->sp))
		return UNWIND_BROKEN;
	begin(u);
	while (step == STEP_DONE && *n < room) {
		uint64_t ip = w.regs.values[arch->ip], addr = w.is_exact ? ip : ip - 1;
		const struct mapping *m = mapping_of(&w, addr);
		bool waits = false;

		if (!m && *n)
			return UNWIND_BROKEN;
		w.place = &addrs[(*n)++];
		*w.place = ip + (w.is_exact && *n > 1);
		step = leave(&w, m, addr, &waits);
		if (waits)
			return UNWIND_WAITS;
	}
	if (step == STEP_DONE)
		return UNWIND_TRUNCATED;
	return step == STEP_ROOT ? UNWIND_ROOT : end_of(&w);
}

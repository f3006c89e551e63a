#include "unwind/unwind_evidence.h"

#include "base/scoped.h"

enum {
	BODY_MAX = 16384,	 /* bytes of a function that are searched for jumps */
	BODY_UNKNOWN_MAX = 4096, /* the same for code of unknown length */
	HOPS_MAX = 3,		 /* jumps from stub to stub to function */
	SEARCHED_MAX = 16,	 /* functions that are searched for one call */
	ENTRY_BYTES = 128,	 /* size of a program's first function */
	AROUND_BYTES = 24,	 /* code before and after a thread's first call */
	SIGRETURN_BYTES = 9,	 /* size of the instructions for rt_sigreturn(2) */
};

/* A function in memory, or a gap between functions (unwind_table_function()). */
struct bounds {
	uint64_t start, end; /* addr */
	bool is_function;
};

static bool bounds_find(struct walk *w, uint64_t addr, struct bounds *b)
{
	const struct mapping *m = walk_mapping(w, addr);
	const struct code_facts *facts = m ? walk_facts(w, m, addr) : NULL;
	uint64_t start, end;

	if (!facts)
		return false;
	b->is_function = unwind_table_function(
		facts->table, addr - m->start + m->file_off, &start, &end);
	if (start < m->file_off) {
		start = m->file_off;
		w->is_partial |= b->is_function;
	}
	if (end < start || end - m->file_off > m->end - m->start) {
		end = m->file_off + (m->end - m->start);
		w->is_partial |= b->is_function;
	}
	b->start = start - m->file_off + m->start;
	b->end = end - m->file_off + m->start;
	return true;
}

static bool is_within(uint64_t addr, const struct bounds *b)
{
	return addr - b->start < b->end - b->start;
}

/* Reads the code of a function from the address 'from' on, to its end; in a gap to the
 * first padding. Returns its size. */
static size_t body_read(struct walk *w, uint64_t from, const struct bounds *own,
			uint8_t body[BODY_MAX])
{
	size_t size = own->end - from,
	       most = own->is_function ? BODY_MAX : BODY_UNKNOWN_MAX;

	size = walk_code(w, from, body, size < most ? size : most);
	return own->is_function ? size
				: call_site_to_padding(w->sample->arch, body, size);
}

/* Whether the function at 'from' may continue in 'to': by a direct jump, maybe through
 * other functions, or by an indirect jump. Also true if the search would take too long.
 * *left is the number of functions that may still be searched. */
static bool may_jump(struct walk *w, uint64_t from, const struct bounds *to, int hops,
		     int *left)
{
	uint8_t body[BODY_MAX];
	struct jump_scan scan = {.arch = w->sample->arch, .code = body};
	struct bounds own, searched;
	struct jump j;

	if (--*left < 0 || !bounds_find(w, from, &own))
		return true;
	if (own.is_function && own.end - from > BODY_MAX)
		return true;
	/* Assembly may end its FDE and continue, as glibc's clone3 does before its system
	 * call. */
	if (own.is_function && !to->is_function && own.end == to->start)
		return true;
	scan.size = body_read(w, from, &own, body);
	/* A gap may contain many functions. */
	searched = own.is_function ? own : (struct bounds){from, from + scan.size, false};
	while (jump_scan_next(&scan, &j))
		if (j.is_indirect || is_within(from + (uint64_t)j.target, to))
			return true;
	scan.at = 0;
	while (hops > 1 && jump_scan_next(&scan, &j)) {
		uint64_t target = from + (uint64_t)j.target;
		struct bounds next;

		if (is_within(target, &searched) || !bounds_find(w, target, &next) ||
		    (next.is_function && next.start != target))
			continue;
		if (may_jump(w, target, to, hops - 1, left))
			return true;
	}
	return false;
}

static bool call_may_lead(struct walk *w, uint64_t target, uint64_t inner)
{
	struct bounds b;
	int left = SEARCHED_MAX;

	if (!bounds_find(w, inner, &b))
		b = (struct bounds){0};
	/* A gap may contain many functions. */
	if (is_within(target, &b) && (b.is_function || target <= inner))
		return true;
	return may_jump(w, target, &b, HOPS_MAX, &left);
}

/* The code key of the function around 'addr', the same for all of its addresses. */
static uint64_t function_key(struct walk *w, uint64_t addr)
{
	const struct mapping *m = walk_mapping(w, addr);
	const struct code_facts *facts = m ? walk_facts(w, m, addr) : NULL;
	uint64_t start, end;

	/* No direct call or jump leads to code outside of files: one key is enough. */
	if (!facts)
		return UINT64_MAX;
	if (unwind_table_function(facts->table, addr - m->start + m->file_off, &start,
				  &end))
		return code_key(m->dso, start);
	return facts->key;
}

bool evidence_leads(struct walk *w, uint64_t ip, uint64_t inner)
{
	struct call_site call = walk_call(w, ip);
	const struct mapping *m = walk_mapping(w, ip - 1);
	struct call_edge *edge;
	uint64_t from, to;
	bool leads;

	if (call.kind != CALL_DIRECT || !m)
		return true;
	from = code_key(m->dso, ip - m->start + m->file_off);
	to = function_key(w, inner);
	edge = &w->u->edges[((from ^ to * 31) * 0x9e3779b97f4a7c15 >> 32) % EDGES];
	if (edge->call != from || edge->inner != to) {
		w->is_partial = false;
		leads = call_may_lead(w, ip + (uint64_t)call.target, inner);
		if (w->is_partial)
			return leads;
		*edge = (struct call_edge){from, to, leads};
	}
	return edge->leads;
}

bool evidence_is_caller(struct walk *w, uint64_t ip, uint64_t inner)
{
	struct call_site call = walk_call(w, ip);
	uint64_t target = ip + (uint64_t)call.target;
	struct bounds b;

	return call.kind == CALL_DIRECT && target <= inner && bounds_find(w, inner, &b) &&
	       is_within(target, &b) && (!b.is_function || target == b.start);
}

/* Known instructions around an address. */
enum code_marks {
	MARK_READ = 1 << 0,
	MARK_SIGRETURN = 1 << 1,     /* a return from a signal begins at the address, */
	MARK_IN_SIGRETURN = 1 << 2,  /* or ends there */
	MARK_IN_ENTRY = 1 << 3,	     /* the address is in the program's first function */
	MARK_AFTER_SYSCALL = 1 << 4, /* a system call ends at the address */
	MARK_CLEARED = 1 << 5, /* the frame pointer is cleared before the address, */
	MARK_CLEARS = 1 << 6,  /* or after it */
	MARK_ENDS = 1 << 7,    /* the thread ends after the address */
};

static bool is_in_entry(struct walk *w, const struct mapping *m, uint64_t ip,
			struct unwind_table *table)
{
	uint64_t into = ip - m->start + m->file_off - unwind_table_entry(table);
	uint8_t code[ENTRY_BYTES];

	w->is_partial |= into < sizeof(code) && into > ip - m->start;
	return into < sizeof(code) && walk_code(w, ip - into, code, into) == into &&
	       !call_site_ends_function(w->sample->arch, code, into);
}

/* Whether a return from a signal ends at 'end': in its system call the ip is that of the
 * next instruction. */
static bool is_in_sigreturn(enum unwind_arch arch, const uint8_t *end, size_t n)
{
	for (size_t size = 1; size <= n && size <= SIGRETURN_BYTES; size++)
		if (call_site_is_sigreturn(arch, end - size, size) == size)
			return true;
	return false;
}

static uint8_t code_marks_read(struct walk *w, const struct mapping *m, uint64_t ip,
			       struct unwind_table *table)
{
	enum unwind_arch arch = w->sample->arch;
	uint8_t code[2 * AROUND_BYTES], *at;
	size_t before = ip - m->start < AROUND_BYTES ? ip - m->start : AROUND_BYTES;
	size_t n = walk_code(w, ip - before, code, before + AROUND_BYTES), after;
	uint8_t bits = MARK_READ;

	w->is_partial |= before < AROUND_BYTES;
	if (n < before)
		return bits;
	at = code + before;
	after = n - before;
	bits |= call_site_is_sigreturn(arch, at, after) ? MARK_SIGRETURN : 0;
	bits |= is_in_sigreturn(arch, at, before) ? MARK_IN_SIGRETURN : 0;
	bits |= is_in_entry(w, m, ip, table) ? MARK_IN_ENTRY : 0;
	bits |= call_site_is_syscall(arch, code, before) ? MARK_AFTER_SYSCALL : 0;
	bits |= call_site_clears_frame_pointer(arch, code, before) ? MARK_CLEARED : 0;
	bits |= call_site_clears_frame_pointer(arch, at, after) ? MARK_CLEARS : 0;
	bits |= call_site_never_returns(arch, at, after) ? MARK_ENDS : 0;
	return bits;
}

/* The marks around the current frame's address, in the mapping 'm'; 0 if its code cannot
 * be read. */
static uint8_t code_marks(struct walk *w, const struct mapping *m)
{
	struct code_facts *facts = walk_facts(w, m, w->addr);
	uint8_t *bits;

	if (!facts)
		return 0;
	bits = w->is_exact ? &facts->marks_exact : &facts->marks_return;
	if (!*bits) {
		struct unwind_table *table = facts->table;
		uint8_t marks;

		w->is_partial = false;
		marks = code_marks_read(w, m, w->addr + !w->is_exact, table);
		if (w->is_partial)
			return marks;
		/* Reading the code may have replaced the facts. */
		facts = walk_facts(w, m, w->addr);
		bits = w->is_exact ? &facts->marks_exact : &facts->marks_return;
		*bits = marks;
	}
	return *bits;
}

bool evidence_is_trampoline(struct walk *w, const struct mapping *m)
{
	/* A return address after a call is no trampoline, and is cheaper to find. */
	if (!w->is_exact && walk_call(w, w->addr + 1).kind != CALL_NONE)
		return false;
	return code_marks(w, m) & (w->is_exact ? MARK_IN_SIGRETURN : MARK_SIGRETURN);
}

static bool is_near_entry(struct walk *w, const struct mapping *m)
{
	const struct code_facts *facts = walk_facts(w, m, w->addr);

	return facts &&
	       w->addr + 1 - m->start + m->file_off - unwind_table_entry(facts->table) <
		       ENTRY_BYTES;
}

/* clone(2) returns 0 to a new thread, which clears the frame pointer, calls the thread's
 * function and never returns: glibc's clone.S and clone3.S, with an FDE that ends
 * before the system call, and musl's clone.s, without an FDE. */
bool evidence_is_entry(struct walk *w, const struct mapping *m)
{
	bool is_cleared =
		unwind_regs_has(&w->regs, w->arch->fp) && !w->regs.values[w->arch->fp];
	/* Register 0 has the result of a system call on both machines. */
	bool is_zero = w->is_exact && !w->regs.values[0];
	uint8_t bits;

	if (!is_cleared && !is_zero && !is_near_entry(w, m))
		return false;
	bits = code_marks(w, m);
	if (bits & MARK_IN_ENTRY)
		return true;
	if (w->is_exact && bits & MARK_AFTER_SYSCALL)
		return is_zero && bits & MARK_CLEARS;
	return is_cleared && bits & MARK_CLEARED && bits & MARK_ENDS;
}

/* The exceptions: return addresses that are not after a call. Each was found in a correct
 * stack. */

/* A signal handler returns to a trampoline, which has a rule for signals (by convention
 * from the byte before it on), or known instructions. */
static bool is_trampoline(struct walk *w, const struct mapping *m, uint64_t ip)
{
	const struct code_facts *facts = walk_facts(w, m, ip - 1);
	uint8_t code[AROUND_BYTES];

	if (facts && facts->rule && facts->rule->is_signal)
		return true;
	facts = ip < m->end ? walk_facts(w, m, ip) : NULL;
	if (facts && facts->rule && facts->rule->is_signal)
		return true;
	return call_site_is_sigreturn(w->sample->arch, code,
				      walk_code(w, ip, code, sizeof(code)));
}

/* The vdso of arm64 has a trampoline without rules
 * (arch/arm64/kernel/vdso/sigreturn.S). */
static bool is_vdso_of_arm64(struct walk *w, const struct mapping *m, uint64_t ip)
{
	(void)ip;
	return w->sample->arch == UNWIND_ARM64 &&
	       dso_at(w->u->dsos, m->dso)->kind == DSO_VDSO;
}

/* A goroutine begins with goexit+1 as its return address (runtime.newproc1). */
static bool is_top_of_go(struct walk *w, const struct mapping *m, uint64_t ip)
{
	const struct code_facts *facts = walk_facts(w, m, ip - 1);

	return facts && facts->go && facts->go->is_top;
}

/* systemstack and asmcgocall leave systemstack_switch+8 as the goroutine's pc, which
 * cgocallback pushes as its return address (runtime/asm_*.s: gosave_systemstack_switch,
 * cgocallback). */
static bool is_switch_of_go(struct walk *w, const struct mapping *m, uint64_t ip)
{
	const struct code_facts *facts = walk_facts(w, m, ip - 1);

	return facts && facts->go &&
	       strcmp(facts->go->name, "runtime.systemstack_switch") == 0;
}

/* makecontext(3) stores the start of a function as the return address (glibc:
 * __start_context). The inner frame must have been left by a rule: a word found otherwise
 * may be any function pointer. */
static bool is_start_of_function(struct walk *w, const struct mapping *m, uint64_t ip)
{
	struct bounds b;

	(void)m;
	return w->left_by == WALK_BY_RULE && bounds_find(w, ip, &b) && b.is_function &&
	       b.start == ip;
}

/* Coroutines of boost's make_fcontext, also used by PHP, return to a label after an
 * unconditional jump: xor %rdi,%rdi; call _exit; hlt
 * (libs/context/src/asm/make_x86_64_sysv_elf_gas.S). */
static bool is_end_of_fcontext(struct walk *w, const struct mapping *m, uint64_t ip)
{
	uint8_t code[AROUND_BYTES];
	size_t n = walk_code(w, ip, code, sizeof(code));

	(void)m;
	return w->sample->arch == UNWIND_X86_64 && n >= 9 && code[0] == 0x48 &&
	       code[1] == 0x31 && code[2] == 0xff && code[3] == 0xe8 && code[8] == 0xf4;
}

/* While a return probe (uretprobe) is active, the return address is in the kernel's
 * mapping for it. */
static bool is_return_probe(struct walk *w, const struct mapping *m, uint64_t ip)
{
	const struct dso *dso = dso_at(w->u->dsos, m->dso);

	(void)ip;
	return strcmp(strtab_str(w->u->dsos->strings, dso->path), "[uprobes]") == 0;
}

static const struct {
	bool (*holds)(struct walk *w, const struct mapping *m, uint64_t ip);
	enum evidence evidence;
} exceptions[] = {
	{is_trampoline, EVIDENCE_NO_CALL},    {is_vdso_of_arm64, EVIDENCE_NO_CALL},
	{is_top_of_go, EVIDENCE_NO_CALL},     {is_switch_of_go, EVIDENCE_NO_CALL},
	{is_return_probe, EVIDENCE_NO_CALL},  {is_end_of_fcontext, EVIDENCE_END},
	{is_start_of_function, EVIDENCE_END},
};

enum evidence evidence_of(struct walk *w, const struct mapping *m, uint64_t ip)
{
	if (walk_call(w, ip).kind != CALL_NONE)
		return EVIDENCE_CALL;
	for (size_t i = 0; i < array_size(exceptions); i++)
		if (exceptions[i].holds(w, m, ip))
			return exceptions[i].evidence;
	return EVIDENCE_NONE;
}

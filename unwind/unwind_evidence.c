#include "unwind/unwind_evidence.h"

#include "base/scoped.h"

enum {
	BODY_MOST = 16384,   /* bytes of a function that are searched for jumps */
	BODY_UNKNOWN = 4096, /* the same, of code of unknown length */
	HOPS_MOST = 3,	     /* from stub to stub to function */
	SEARCHED_MOST = 16,  /* functions that are searched for one call */
	ENTRY_BYTES = 128,   /* of a program's first function */
	AROUND_BYTES = 24,   /* before and after a thread's first call */
	SIGRETURN_BYTES = 9,
};

/* A function in memory; without FDE, the gap between two of them. */
struct bounds {
	uint64_t start, end; /* addr */
	bool is_described;
};

static bool find_bounds(struct walk *w, uint64_t addr, struct bounds *b)
{
	const struct mapping *m = walk_mapping(w, addr);
	const struct code_facts *facts = m ? walk_facts(w, m, addr) : NULL;
	uint64_t start, end;

	if (!facts)
		return false;
	b->is_described = unwind_table_function(
		facts->table, addr - m->start + m->file_off, &start, &end);
	if (start < m->file_off)
		start = m->file_off;
	if (end < start || end - m->file_off > m->end - m->start)
		end = m->file_off + (m->end - m->start);
	b->start = start - m->file_off + m->start;
	b->end = end - m->file_off + m->start;
	return true;
}

static bool is_within(uint64_t addr, const struct bounds *b)
{
	return addr - b->start < b->end - b->start;
}

/* The code of the function around 'from', from there on; of unknown length up to what looks like its
 * end. */
static size_t read_body(struct walk *w, uint64_t from, const struct bounds *own,
			uint8_t body[BODY_MOST])
{
	size_t size = own->end - from,
	       most = own->is_described ? BODY_MOST : BODY_UNKNOWN;

	size = walk_code(w, from, body, size < most ? size : most);
	return own->is_described ? size
				 : call_site_to_padding(w->sample->arch, body, size);
}

/* Whether the function at 'from' may be left to 'to': by a direct jump, by way of another one, by an
 * indirect jump, or by one that is too far inside of it or too far away to be looked for. */
static bool may_jump(struct walk *w, uint64_t from, const struct bounds *to, int hops,
		     int *left)
{
	uint8_t body[BODY_MOST];
	struct jump_scan scan = {.arch = w->sample->arch, .code = body};
	struct bounds own, searched;
	struct jump j;

	if (--*left < 0 || !find_bounds(w, from, &own))
		return true;
	if (own.is_described && own.end - from > BODY_MOST)
		return true;
	/* Assembly may end its FDE and run on, as glibc's clone3 before its system call. */
	if (own.is_described && !to->is_described && own.end == to->start)
		return true;
	scan.size = read_body(w, from, &own, body);
	/* A gap between FDEs may be many functions. */
	searched =
		own.is_described ? own : (struct bounds){from, from + scan.size, false};
	while (jump_scan_next(&scan, &j))
		if (j.is_indirect || is_within(from + (uint64_t)j.target, to))
			return true;
	scan.at = 0;
	while (hops > 1 && jump_scan_next(&scan, &j)) {
		uint64_t target = from + (uint64_t)j.target;
		struct bounds next;

		if (is_within(target, &searched) || !find_bounds(w, target, &next) ||
		    (next.is_described && next.start != target))
			continue;
		if (may_jump(w, target, to, hops - 1, left))
			return true;
	}
	return false;
}

static bool leads(struct walk *w, uint64_t target, uint64_t inner)
{
	struct bounds b;
	int left = SEARCHED_MOST;

	if (!find_bounds(w, inner, &b))
		b = (struct bounds){0};
	/* Code that no FDE describes may be many functions. */
	if (is_within(target, &b) && (b.is_described || target <= inner))
		return true;
	return may_jump(w, target, &b, HOPS_MOST, &left);
}

/* The function of an address, as a place that stands for all of its addresses. */
static uint64_t place_of_function(struct walk *w, uint64_t addr)
{
	const struct mapping *m = walk_mapping(w, addr);
	const struct code_facts *facts = m ? walk_facts(w, m, addr) : NULL;
	uint64_t start, end;

	/* No direct call or jump leads to code that no file has. */
	if (!facts)
		return UINT64_MAX;
	if (unwind_table_function(facts->table, addr - m->start + m->file_off, &start,
				  &end))
		return (uint64_t)m->dso << 32 | (uint32_t)start;
	return facts->place;
}

bool evidence_leads(struct walk *w, uint64_t ip, uint64_t inner)
{
	struct call_site call = walk_call(w, ip);
	const struct mapping *m = walk_mapping(w, ip - 1);
	struct edge *edge;
	uint64_t from, to;

	if (call.kind != CALL_DIRECT || !m)
		return true;
	from = (uint64_t)m->dso << 32 | (uint32_t)(ip - m->start + m->file_off);
	to = place_of_function(w, inner);
	edge = &w->u->edges[((from ^ to * 31) * 0x9e3779b97f4a7c15 >> 32) % EDGES];
	if (edge->call != from || edge->inner != to)
		*edge = (struct edge){from, to,
				      leads(w, ip + (uint64_t)call.target, inner)};
	return edge->leads;
}

bool evidence_is_caller(struct walk *w, uint64_t ip, uint64_t inner)
{
	struct call_site call = walk_call(w, ip);
	uint64_t target = ip + (uint64_t)call.target;
	struct bounds b;

	return call.kind == CALL_DIRECT && target <= inner && find_bounds(w, inner, &b) &&
	       is_within(target, &b) && (!b.is_described || target == b.start);
}

/* What the code around an instruction says, whatever the registers are. */
enum around {
	AROUND_READ = 1 << 0,
	AROUND_SIGRETURN = 1 << 1,     /* it begins a return from a signal, */
	AROUND_IN_SIGRETURN = 1 << 2,  /* or is the one after */
	AROUND_IN_ENTRY = 1 << 3,      /* it is in the program's first function */
	AROUND_AFTER_SYSCALL = 1 << 4, /* a system call is before it */
	AROUND_CLEARED = 1 << 5,       /* the frame pointer is cleared before it, */
	AROUND_CLEARS = 1 << 6,	       /* or after it */
	AROUND_ENDS = 1 << 7,	       /* the thread ends after it */
};

static bool is_in_entry(struct walk *w, const struct mapping *m, uint64_t ip,
			struct unwind_table *table)
{
	uint64_t into = ip - m->start + m->file_off - unwind_table_entry(table);
	uint8_t code[ENTRY_BYTES];

	return into < sizeof(code) && walk_code(w, ip - into, code, into) == into &&
	       !call_site_ends_function(w->sample->arch, code, into);
}

/* After a system call the ip is that of the next instruction. */
static bool is_in_sigreturn(enum unwind_arch arch, const uint8_t *end, size_t n)
{
	for (size_t size = 1; size <= n && size <= SIGRETURN_BYTES; size++)
		if (call_site_is_sigreturn(arch, end - size, size) == size)
			return true;
	return false;
}

static uint8_t read_around(struct walk *w, const struct mapping *m, uint64_t ip,
			   struct unwind_table *table)
{
	enum unwind_arch arch = w->sample->arch;
	uint8_t code[2 * AROUND_BYTES], *at;
	size_t before = ip - m->start < AROUND_BYTES ? ip - m->start : AROUND_BYTES;
	size_t n = walk_code(w, ip - before, code, before + AROUND_BYTES), after;
	uint8_t bits = AROUND_READ;

	if (n < before)
		return bits;
	at = code + before;
	after = n - before;
	bits |= call_site_is_sigreturn(arch, at, after) ? AROUND_SIGRETURN : 0;
	bits |= is_in_sigreturn(arch, at, before) ? AROUND_IN_SIGRETURN : 0;
	bits |= is_in_entry(w, m, ip, table) ? AROUND_IN_ENTRY : 0;
	bits |= call_site_is_syscall(arch, code, before) ? AROUND_AFTER_SYSCALL : 0;
	bits |= call_site_clears_frame_pointer(arch, code, before) ? AROUND_CLEARED : 0;
	bits |= call_site_clears_frame_pointer(arch, at, after) ? AROUND_CLEARS : 0;
	bits |= call_site_never_returns(arch, at, after) ? AROUND_ENDS : 0;
	return bits;
}

/* The bits for the frame at which the walk is, which 'm' maps; 0 where its code cannot be read. */
static uint8_t around(struct walk *w, const struct mapping *m)
{
	struct code_facts *facts = walk_facts(w, m, w->addr);
	uint8_t *bits;

	if (!facts)
		return 0;
	bits = w->is_exact ? &facts->around_exact : &facts->around_return;
	if (!*bits) {
		struct unwind_table *table = facts->table;
		uint8_t found = read_around(w, m, w->addr + !w->is_exact, table);

		/* Reading code asks for facts of other bytes. */
		facts = walk_facts(w, m, w->addr);
		bits = w->is_exact ? &facts->around_exact : &facts->around_return;
		*bits = found;
	}
	return *bits;
}

bool evidence_is_trampoline(struct walk *w, const struct mapping *m)
{
	/* Nothing calls a trampoline; looking for a call is cheaper. */
	if (!w->is_exact && walk_call(w, w->addr + 1).kind != CALL_NONE)
		return false;
	return around(w, m) & (w->is_exact ? AROUND_IN_SIGRETURN : AROUND_SIGRETURN);
}

static bool is_near_entry(struct walk *w, const struct mapping *m)
{
	const struct code_facts *facts = walk_facts(w, m, w->addr);

	return facts &&
	       w->addr + 1 - m->start + m->file_off - unwind_table_entry(facts->table) <
		       ENTRY_BYTES;
}

/* clone(2) and its like return 0 to the new thread, which then clears the frame pointer and calls the
 * thread's function, never to return: glibc's clone.S and clone3.S, which end their FDE before the
 * system call, and musl's clone.s, which has none. */
bool evidence_is_entry(struct walk *w, const struct mapping *m)
{
	bool is_cleared =
		unwind_regs_has(&w->regs, w->arch->fp) && !w->regs.values[w->arch->fp];
	/* Register 0 has the result of a system call on both machines. */
	bool is_zero = w->is_exact && !w->regs.values[0];
	uint8_t bits;

	if (!is_cleared && !is_zero && !is_near_entry(w, m))
		return false;
	bits = around(w, m);
	if (bits & AROUND_IN_ENTRY)
		return true;
	if (w->is_exact && bits & AROUND_AFTER_SYSCALL)
		return is_zero && bits & AROUND_CLEARS;
	return is_cleared && bits & AROUND_CLEARED && bits & AROUND_ENDS;
}

/* Return addresses that no call put there. Each was met in a stack that is right. */

/* A signal handler returns to a trampoline: known by its rule, which the psABI wants from the byte
 * before it on, or by its instructions. */
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

/* The vdso of arm64 has a trampoline without rules (arch/arm64/kernel/vdso/sigreturn.S). */
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

/* systemstack and asmcgocall leave systemstack_switch+8 as the goroutine's pc, which cgocallback
 * pushes as its return address (runtime/asm_*.s: gosave_systemstack_switch, cgocallback). */
static bool is_switch_of_go(struct walk *w, const struct mapping *m, uint64_t ip)
{
	const struct code_facts *facts = walk_facts(w, m, ip - 1);

	return facts && facts->go &&
	       strcmp(facts->go->name, "runtime.systemstack_switch") == 0;
}

/* makecontext(3) and the like put a function's start where the return address belongs
 * (glibc: __start_context); the frame before it must have been left by a rule, since a number that
 * was found otherwise may be any function pointer. */
static bool is_start_of_function(struct walk *w, const struct mapping *m, uint64_t ip)
{
	struct bounds b;

	(void)m;
	return w->by == WALK_BY_RULE && find_bounds(w, ip, &b) && b.is_described &&
	       b.start == ip;
}

/* boost's make_fcontext, also in PHP, has its coroutines return to: xor %rdi,%rdi; call _exit; hlt
 * (libs/context/src/asm/make_x86_64_sysv_elf_gas.S), a label after an unconditional jump. */
static bool is_end_of_fcontext(struct walk *w, const struct mapping *m, uint64_t ip)
{
	uint8_t code[AROUND_BYTES];
	size_t n = walk_code(w, ip, code, sizeof(code));

	(void)m;
	return w->sample->arch == UNWIND_X86_64 && n >= 9 && code[0] == 0x48 &&
	       code[1] == 0x31 && code[2] == 0xff && code[3] == 0xe8 && code[8] == 0xf4;
}

/* While a return probe waits, the return address is the kernel's (mm/special mapping). */
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

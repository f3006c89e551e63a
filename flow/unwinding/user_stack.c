#include "flow/unwinding/user_stack.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "model/callchain.h"

#include <assert.h>
#include <string.h>

enum {
	STACK_TABLES_MAX = 1024, /* missing tables of one stack */

	/* PERF_RECORD_MISC_CPUMODE_*; larger values than the guest's are guests, too */
	CPUMODE_KERNEL = 1,
	CPUMODE_GUEST_KERNEL = 4,

	/* words of the kernel's part: the user's part and two marks must fit as well */
	KERNEL_PART_MAX = USER_STACK_CHAIN - USER_STACK_FRAMES - 2,
};

struct user_stack {
	struct unwind_tables *tables; /* the caller's */
	struct unwinder *unwinder;
	enum unwind_arch arch;
	uint64_t chain[USER_STACK_CHAIN];
	size_t n;
};

static const struct {
	const char *name;
	enum unwind_arch arch;
} machines[] = {
	{"x86_64", UNWIND_X86_64},
	{"aarch64", UNWIND_ARM64},
};

struct user_stack *user_stack_new(const char *machine, struct space_table *spaces,
				  const struct dso_table *dsos,
				  struct unwind_tables *tables)
{
	struct user_stack *u;

	for (size_t i = 0; machine && i < array_size(machines); i++) {
		if (strcmp(machine, machines[i].name) != 0)
			continue;
		u = mem_new(1, sizeof(*u));
		u->arch = machines[i].arch;
		u->tables = tables;
		u->unwinder = unwinder_new(spaces, dsos, tables);
		return u;
	}
	return NULL;
}

void user_stack_free(struct user_stack **u)
{
	if (!*u)
		return;
	unwinder_free(&(*u)->unwinder);
	mem_free(*u);
	*u = NULL;
}

bool user_stack_is_in(const struct sample *s)
{
	return s->regs && s->stack && s->cpumode < CPUMODE_GUEST_KERNEL;
}

/* The chain in a record may be misaligned. */
static uint64_t sample_chain_word(const struct sample *s, size_t i)
{
	uint64_t word;

	memcpy(&word, (const uint8_t *)s->chain + 8 * i, sizeof(word));
	return word;
}

static void chain_push(struct user_stack *u, uint64_t word)
{
	assert(u->n < array_size(u->chain));
	u->chain[u->n++] = word;
}

/* Starts the chain with the kernel's part of the sample's chain. Returns the index of the
 * user's mark in the sample's chain. */
static size_t kernel_part_copy(struct user_stack *u, const struct sample *s)
{
	u->n = 0;
	while (u->n < s->n_chain && u->n < KERNEL_PART_MAX &&
	       sample_chain_word(s, u->n) != CALLCHAIN_USER)
		chain_push(u, sample_chain_word(s, u->n));
	if (u->n || s->cpumode != CPUMODE_KERNEL)
		return u->n;
	chain_push(u, CALLCHAIN_KERNEL);
	chain_push(u, s->addr);
	return 0;
}

/* Appends words of the sample's chain, as many as fit with a mark. */
static void user_part_copy(struct user_stack *u, const struct sample *s, size_t from)
{
	for (; from < s->n_chain && u->n + 1 < array_size(u->chain); from++)
		chain_push(u, sample_chain_word(s, from));
}

/* The number of addresses in the sample's chain from 'from' to the next mark. */
static size_t user_part_length(const struct sample *s, size_t from)
{
	size_t end = from;

	while (end < s->n_chain && sample_chain_word(s, end) < CALLCHAIN_CONTEXT_MAX)
		end++;
	return end - from;
}

static uint64_t mark_of_end(enum unwind_end end)
{
	return end == UNWIND_BROKEN ? CALLCHAIN_BROKEN : CALLCHAIN_TRUNCATED;
}

/* Appends the unwound part. Returns false if a table is missing. */
static bool user_part_unwind(struct user_stack *u, const struct sample *s, size_t from,
			     struct unwind_sample *sample)
{
	size_t n = USER_STACK_FRAMES;
	enum unwind_end end;

	sample->chain = (const uint8_t *)s->chain + 8 * from;
	sample->n_chain = user_part_length(s, from);
	end = unwind(u->unwinder, sample, u->chain + u->n, &n);
	if (end == UNWIND_WAITS)
		return false;
	u->n += n;
	/* Without a frame the recorder did not ask for the necessary registers. */
	if (!n)
		user_part_copy(u, s, from);
	else if (end != UNWIND_ROOT)
		chain_push(u, mark_of_end(end));
	return true;
}

static struct bytes registers_of(const struct sample *s, uint64_t mask)
{
	size_t n = (size_t)__builtin_popcountll(mask);

	return bytes_of(s->regs, n * sizeof(uint64_t));
}

const uint64_t *user_stack_chain(struct user_stack *u, const struct event *ev,
				 uint64_t mask, space_id space, size_t *n)
{
	const struct sample *s = &ev->sample;
	struct unwind_sample sample = {
		.arch = u->arch,
		.stack = s->stack,
		.stack_size = s->stack_size,
		.space = space,
		.time = ev->time,
	};
	struct bytes registers = registers_of(s, mask);
	size_t user_at = kernel_part_copy(u, s);

	assert(user_stack_is_in(s));
	chain_push(u, CALLCHAIN_USER);
	if (s->is_32_bit) {
		user_part_copy(u, s, user_at + 1);
		chain_push(u, CALLCHAIN_32_BIT);
	} else {
		unwind_regs_from_perf(&sample.regs, u->arch, mask, &registers);
		if (!user_part_unwind(u, s, user_at + 1, &sample))
			return NULL;
	}
	*n = u->n;
	return u->chain;
}

const uint64_t *user_stack_chain_at_once(struct user_stack *u, const struct event *ev,
					 uint64_t mask, space_id space, size_t *n)
{
	const uint64_t *chain = user_stack_chain(u, ev, mask, space, n);

	for (int i = 0; !chain && i < STACK_TABLES_MAX; i++)
		if (unwind_tables_make_next(u->tables))
			chain = user_stack_chain(u, ev, mask, space, n);
	return chain;
}

const uint64_t *user_stack_chain_truncated(struct user_stack *u, const struct event *ev,
					   uint64_t mask, size_t *n)
{
	struct bytes registers = registers_of(&ev->sample, mask);
	unsigned ip = u->arch == UNWIND_X86_64 ? UNWIND_X86_IP : UNWIND_ARM_PC;
	struct unwind_regs regs;

	assert(user_stack_is_in(&ev->sample));
	unwind_regs_from_perf(&regs, u->arch, mask, &registers);
	kernel_part_copy(u, &ev->sample);
	chain_push(u, CALLCHAIN_USER);
	if (unwind_regs_has(&regs, ip))
		chain_push(u, regs.values[ip]);
	chain_push(u, CALLCHAIN_TRUNCATED);
	*n = u->n;
	return u->chain;
}

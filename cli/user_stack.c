#include "cli/user_stack.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "model/callchain.h"

#include <string.h>

enum {
	TABLES_A_STACK = 1024, /* of files that it goes through, at most */
	GUEST_KERNEL = 4,      /* of PERF_RECORD_MISC_CPUMODE_*, and all behind it */
	KERNEL_MODE = 1,
	KERNEL_PART = USER_STACK_CHAIN - USER_STACK_FRAMES - 2, /* words, at most */
	AGREE = 4, /* frames that two ways to unwind must have in common, */
	SHIFT = 4, /* so many deeper in one than in the other: those without a frame pointer */
	KERNEL_DEPTH =
		127, /* of the kernel's chains (PERF_MAX_STACK_DEPTH): there may be more */
};

struct user_stack {
	struct unwind_tables *tables; /* somebody else's */
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
	return s->regs && s->stack && !s->is_32_bit && s->cpumode < GUEST_KERNEL;
}

static uint64_t word_of(const struct sample *s, size_t at)
{
	uint64_t v;

	memcpy(&v, (const uint8_t *)s->chain + 8 * at, sizeof(v));
	return v;
}

/* The kernel's part of the chain, up to the mark of the user's; returns where in the sample's chain
 * that stands. */
static size_t take_kernel_part(struct user_stack *u, const struct sample *s)
{
	u->n = 0;
	while (u->n < s->n_chain && u->n < KERNEL_PART &&
	       word_of(s, u->n) != CALLCHAIN_USER) {
		u->chain[u->n] = word_of(s, u->n);
		u->n++;
	}
	if (u->n || s->cpumode != KERNEL_MODE)
		return u->n;
	u->chain[u->n++] = CALLCHAIN_KERNEL;
	u->chain[u->n++] = s->addr;
	return 0;
}

/* Where the kernel's own user part, which begins at 'from', goes on behind the last of the 'n'
 * frames that were unwound; 0: nowhere, or not with the same frames. */
static size_t continuation(const struct sample *s, size_t from, const uint64_t *addrs,
			   size_t n)
{
	for (size_t shift = 0; shift <= SHIFT && n >= AGREE + shift; shift++) {
		size_t next = from + n - shift, same = 0;

		if (next >= s->n_chain)
			continue;
		while (same < AGREE && word_of(s, next - 1 - same) == addrs[n - 1 - same])
			same++;
		if (same == AGREE)
			return next;
	}
	return 0;
}

static void add_early_end(struct user_stack *u, const struct sample *s, size_t from,
			  const uint64_t *user, enum unwind_end end)
{
	size_t next = continuation(s, from, user, u->n - (size_t)(user - u->chain));
	size_t most = array_size(u->chain) - 1;

	for (; next && next < s->n_chain && u->n < most; next++)
		u->chain[u->n++] = word_of(s, next);
	if (!next || s->n_chain >= KERNEL_DEPTH)
		u->chain[u->n++] =
			end == UNWIND_BROKEN ? CALLCHAIN_BROKEN : CALLCHAIN_TRUNCATED;
}

/* Nothing was unwound, because the recorder did not ask for the registers that it takes. */
static void take_user_part(struct user_stack *u, const struct sample *s, size_t from)
{
	for (; from < s->n_chain && u->n < array_size(u->chain); from++)
		u->chain[u->n++] = word_of(s, from);
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
	struct bytes words =
		bytes_of(s->regs, sizeof(uint64_t) * (size_t)__builtin_popcountll(mask));
	size_t user_at = take_kernel_part(u, s), room = USER_STACK_FRAMES;
	uint64_t *user;
	enum unwind_end end;

	unwind_regs_from_perf(&sample.regs, u->arch, mask, &words);
	u->chain[u->n++] = CALLCHAIN_USER;
	user = u->chain + u->n;
	end = unwind(u->unwinder, &sample, user, &room);
	if (end == UNWIND_WAITS)
		return NULL;
	u->n += room;
	if (!room)
		take_user_part(u, s, user_at + 1);
	else if (end != UNWIND_ROOT)
		add_early_end(u, s, user_at + 1, user, end);
	*n = u->n;
	return u->chain;
}

const uint64_t *user_stack_chain_at_once(struct user_stack *u, const struct event *ev,
					 uint64_t mask, space_id space, size_t *n)
{
	const uint64_t *chain = user_stack_chain(u, ev, mask, space, n);

	for (int i = 0; !chain && i < TABLES_A_STACK; i++)
		if (unwind_tables_make_next(u->tables))
			chain = user_stack_chain(u, ev, mask, space, n);
	return chain;
}

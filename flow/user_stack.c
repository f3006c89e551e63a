#include "flow/user_stack.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "model/callchain.h"

#include <string.h>

enum {
	TABLES_A_STACK = 1024, /* of files that it goes through, at most */
	GUEST_KERNEL = 4,      /* of PERF_RECORD_MISC_CPUMODE_*, and all behind it */
	KERNEL_MODE = 1,
	KERNEL_PART = USER_STACK_CHAIN - USER_STACK_FRAMES - 2, /* words, at most */
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
	return s->regs && s->stack && s->cpumode < GUEST_KERNEL;
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

/* Nothing was unwound, because the recorder did not ask for the registers that it takes. */
static void take_user_part(struct user_stack *u, const struct sample *s, size_t from)
{
	for (; from < s->n_chain && u->n + 1 < array_size(u->chain); from++)
		u->chain[u->n++] = word_of(s, from);
}

/* The words of the kernel's user part, which begins at 'from'. */
static size_t words_of_user(const struct sample *s, size_t from)
{
	size_t n = from;

	while (n < s->n_chain && word_of(s, n) < CALLCHAIN_CONTEXT_MAX)
		n++;
	return n > from ? n - from : 0;
}

static uint64_t mark_of(enum unwind_end end)
{
	return end == UNWIND_BROKEN ? CALLCHAIN_BROKEN : CALLCHAIN_TRUNCATED;
}

/* Adds the user's part; false where a table is being made. */
static bool add_user_part(struct user_stack *u, const struct sample *s, size_t from,
			  struct unwind_sample *sample)
{
	size_t room = USER_STACK_FRAMES;
	enum unwind_end end;

	sample->chain = (const uint8_t *)s->chain + 8 * from;
	sample->n_chain = words_of_user(s, from);
	end = unwind(u->unwinder, sample, u->chain + u->n, &room);
	if (end == UNWIND_WAITS)
		return false;
	u->n += room;
	if (!room)
		take_user_part(u, s, from);
	else if (end != UNWIND_ROOT)
		u->chain[u->n++] = mark_of(end);
	return true;
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
	size_t user_at = take_kernel_part(u, s);

	u->chain[u->n++] = CALLCHAIN_USER;
	if (s->is_32_bit) {
		take_user_part(u, s, user_at + 1);
		u->chain[u->n++] = CALLCHAIN_32_BIT;
	} else {
		unwind_regs_from_perf(&sample.regs, u->arch, mask, &words);
		if (!add_user_part(u, s, user_at + 1, &sample))
			return NULL;
	}
	*n = u->n;
	return u->chain;
}

const uint64_t *user_stack_bare_chain(struct user_stack *u, const struct event *ev,
				      uint64_t mask, size_t *n)
{
	size_t n_words = (size_t)__builtin_popcountll(mask);
	struct bytes words = bytes_of(ev->sample.regs, n_words * sizeof(uint64_t));
	unsigned ip = u->arch == UNWIND_X86_64 ? UNWIND_X86_IP : UNWIND_ARM_PC;
	struct unwind_regs regs;

	unwind_regs_from_perf(&regs, u->arch, mask, &words);
	take_kernel_part(u, &ev->sample);
	u->chain[u->n++] = CALLCHAIN_USER;
	if (unwind_regs_has(&regs, ip))
		u->chain[u->n++] = regs.values[ip];
	u->chain[u->n++] = CALLCHAIN_TRUNCATED;
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

#include "flow/truncated_stacks.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "record/data/event_spec.h"

#include <assert.h>

enum {
	TRUNCATED_MIN = 10,
	TRUNCATED_SHARE = 100, /* more than one truncated stack in this many */
};

void truncated_stacks_release(struct truncated_stacks *t)
{
	vec_release(&t->by_root);
}

void truncated_stacks_count(struct truncated_stacks *t, uint32_t root, uint64_t samples,
			    bool is_truncated)
{
	struct truncated_count *count;

	while (t->by_root.n <= root)
		vec_add(&t->by_root);
	count = &t->by_root.items[root];
	count->samples += samples;
	count->truncated += is_truncated ? samples : 0;
}

static bool program_has_many(const struct truncated_program *p)
{
	return p->truncated >= TRUNCATED_MIN &&
	       p->truncated > p->samples / TRUNCATED_SHARE;
}

struct truncated_program truncated_stacks_most(const struct truncated_stacks *t,
					       const struct root_table *roots)
{
	struct truncated_program most = {0};
	uint32_t programs = 0;

	assert(t->by_root.n <= roots->items.n);
	for (size_t i = 0; i < t->by_root.n; i++) {
		struct truncated_program p = {
			.comm = roots->items.items[i].comm,
			.samples = t->by_root.items[i].samples,
			.truncated = t->by_root.items[i].truncated,
		};

		if (!p.comm || !program_has_many(&p))
			continue;
		programs++;
		if (p.truncated > most.truncated)
			most = p;
	}
	most.others = programs ? programs - 1 : 0;
	return most;
}

char *truncated_program_note(const struct truncated_program *p, const char *comm,
			     uint32_t copy_size)
{
	scoped(mem_release) char *others =
		p->others ? mem_format(" (also of %u other program%s)", p->others,
				       p->others > 1 ? "s" : "")
			  : NULL;

	assert(p->samples > 0);
	/* "Beyond the copy" and not "deeper": a copy also ends at a page of the stack
	 * that was never touched. */
	return mem_format("%.1f %% of the stacks of '%s' are truncated%s: they continue "
			  "beyond their copies of at most %u bytes%s",
			  100.0 * (double)p->truncated / (double)p->samples, comm,
			  others ? others : "", copy_size,
			  copy_size == STACK_SIZE_MOST ? ", the largest size"
						       : "; try --stack-size 65528");
}

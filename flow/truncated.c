#include "flow/truncated.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "record/data/event_spec.h"

enum { MATTERS = 10, MATTERS_SHARE = 100 };

void truncated_add(struct truncated_counts *t, uint32_t root, uint64_t samples,
		   bool is_truncated)
{
	struct truncated_count *count;

	while (t->by_root.n <= root)
		vec_add(&t->by_root);
	count = &t->by_root.items[root];
	count->samples += samples;
	count->truncated += is_truncated ? samples : 0;
}

void truncated_release(struct truncated_counts *t)
{
	vec_release(&t->by_root);
}

static bool matters(const struct truncated_program *p)
{
	return p->truncated >= MATTERS && p->truncated > p->samples / MATTERS_SHARE;
}

struct truncated_program truncated_most(const struct truncated_counts *t,
					const struct root_table *roots)
{
	struct truncated_program most = {0};
	uint32_t programs = 0;

	for (size_t i = 0; i < t->by_root.n; i++) {
		struct truncated_program p = {
			.comm = roots->items.items[i].comm,
			.samples = t->by_root.items[i].samples,
			.truncated = t->by_root.items[i].truncated,
		};

		if (!p.comm || !matters(&p))
			continue;
		programs++;
		if (p.truncated > most.truncated)
			most = p;
	}
	most.others = programs ? programs - 1 : 0;
	return most;
}

char *truncated_note(const struct truncated_program *p, const char *comm, uint32_t copy)
{
	scoped(mem_release) char *others =
		p->others ? mem_format(" (also of %u other program%s)", p->others,
				       p->others > 1 ? "s" : "")
			  : NULL;

	/* Not always deeper: a copy also ends at a page that was never touched. */
	return mem_format(
		"%.1f %% of the stacks of '%s' are truncated%s: they go on beyond "
		"their copies of at most %u bytes%s",
		100.0 * (double)p->truncated / (double)p->samples, comm,
		others ? others : "", copy,
		copy == STACK_SIZE_MOST ? ", the largest size"
					: "; --stack-size 65528 copies more");
}

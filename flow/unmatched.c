#include "flow/unmatched.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "base/sort.h"
#include "base/strtab.h"

enum { SHOWN_MAX = 8 };

/* The roots by their samples, fewest first; mem_free() frees them. */
static struct sort_item *roots_sort(const struct counter *c)
{
	struct sort_item *order = mem_new(c->roots.items.n, sizeof(*order));
	const struct callchain *chain;

	for (size_t i = 0; i < c->roots.items.n; i++)
		order[i].index = narrow_u32(i);
	vec_each(chain, &c->chains.items)
		order[chain->root].key += chain->count;
	sort_by_key(order, c->roots.items.n);
	return order;
}

/* The processes with most samples. */
static char *comms_join(const struct counter *c, const struct strtab *strings)
{
	scoped(mem_release) struct sort_item *order = roots_sort(c);
	size_t n = c->roots.items.n;
	scoped(mem_release) const char **comms = mem_new(n, sizeof(*comms));

	for (size_t i = 0; i < n; i++) {
		str_id comm = c->roots.items.items[order[n - 1 - i].index].comm;

		comms[i] = comm ? strtab_str(strings, comm) : "[unknown]";
	}
	return mem_list(comms, n, SHOWN_MAX);
}

char *unmatched_note(const struct counter *c, const struct counter_input *input)
{
	static const struct selection all = {.by = {ROOT_COMM}, .n_by = 1};
	scoped(counter_release) struct counter again = {.event = c->event};
	scoped(mem_release) char *comms = NULL;
	struct counter_input whole = *input;
	struct error ignored;

	if (!input->selection->comms)
		return mem_format("no sample is selected; the samples of the recording "
				  "last %.3f s",
				  (double)(c->last - c->first) / 1e9);
	whole.selection = &all;
	whole.is_done = NULL;
	whole.n_done = 0;
	(void)counter_run(&again, &whole, &ignored);
	comms = comms_join(&again, input->processes->strings);
	return mem_format("the recording has no selected sample of '%s'; there are %s",
			  input->selection->comms, comms);
}

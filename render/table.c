#include "render/table.h"

#include "base/scoped.h"
#include "model/function.h"
#include "render/box_label.h"
#include "render/columns.h"
#include "render/number.h"
#include "render/quote.h"
#include "render/text.h"

#include <stdlib.h>
#include <string.h>

enum {
	SHARE_WIDTH = 7,
	LEAST_COUNT_WIDTH = 7,
	INDENT = 2,
	SPACE = 2,
	LEAST_NAME = 16,
	OBJECT_WIDTH = 24,
	/* Width of the column of names if they are never truncated. */
	UNCUT_NAME = 40,
};

struct columns {
	/* width of the two columns of samples */
	size_t count;
	/* width of the names */
	size_t name;
	/* width of the objects, 0: none is known */
	size_t object;
	bool cut;
	const struct strtab *strings;
	struct arena *texts; /* of column_text() */
};

struct sorting {
	const struct strtab *strings;
	bool by_total;
};

static int compare(const void *a, const void *b, void *arg)
{
	const struct sorting *s = arg;
	const struct function *x = a, *y = b;
	uint64_t nx = s->by_total ? x->total_count : x->self_count;
	uint64_t ny = s->by_total ? y->total_count : y->self_count;
	int by_name;

	if (nx != ny)
		return nx > ny ? -1 : 1;
	by_name =
		strcmp(strtab_str(s->strings, x->name), strtab_str(s->strings, y->name));
	return by_name ? by_name
		       : strcmp(strtab_str(s->strings, x->object),
				strtab_str(s->strings, y->object));
}

static size_t wider(size_t a, size_t b)
{
	return a > b ? a : b;
}

static const char *cell_of(const struct columns *c, const struct out *o, str_id text)
{
	return column_text(c->texts, o, strtab_str(c->strings, text));
}

/* Sets the widths of a list's columns from the contents of its rows. */
static void columns_fit(struct columns *c, const struct out *o,
			const struct function *fns, size_t n, uint64_t total,
			size_t width)
{
	char count[NUMBER_MAX];
	size_t fixed, room, longest = 0;

	c->count = LEAST_COUNT_WIDTH;
	c->cut = width != 0;
	c->count = wider(c->count, strlen(number_grouped(count, total)));
	for (size_t i = 0; i < n; i++) {
		const char *object = cell_of(c, o, fns[i].object);
		const char *name = cell_of(c, o, fns[i].name);

		c->object = wider(c->object, text_columns(object, strlen(object)));
		longest = wider(longest, text_columns(name, strlen(name)));
	}
	fixed = INDENT + 2 * (SHARE_WIDTH + SPACE + c->count + SPACE);
	if (!c->cut) {
		c->name = longest < UNCUT_NAME ? longest : UNCUT_NAME;
		return;
	}
	if (c->object > OBJECT_WIDTH)
		c->object = OBJECT_WIDTH;
	room = width > fixed ? width - fixed : 0;
	/* Too narrow for both: the name matters more. */
	if (room < LEAST_NAME + SPACE + c->object)
		c->object = 0;
	c->name = room - (c->object ? SPACE + c->object : 0);
	c->name = c->name < LEAST_NAME ? LEAST_NAME : c->name;
	c->name = longest < c->name ? longest : c->name;
}

static void write_count(struct out *o, const struct columns *c, uint64_t n,
			uint64_t total)
{
	char share[NUMBER_MAX], text[NUMBER_MAX + 1];

	number_share(share, n, total);
	strcat(strcpy(text, share), "%");
	column_right(o, SHARE_WIDTH, text);
	column_spaces(o, SPACE);
	column_right(o, c->count, number_grouped(text, n));
	column_spaces(o, SPACE);
}

static void write_row(struct out *o, const struct columns *c, const struct function *fn,
		      uint64_t total)
{
	const char *name = cell_of(c, o, fn->name);
	const char *object = cell_of(c, o, fn->object);
	bool has_object = *object && (c->object || !c->cut);
	char label[BOX_LABEL_MAX];

	column_spaces(o, INDENT);
	write_count(o, c, fn->self_count, total);
	write_count(o, c, fn->total_count, total);
	if (c->cut && text_columns(name, strlen(name)) > c->name) {
		box_label_fit(label, name, c->name);
		name = label;
	}
	column_left(o, c->name, name, !has_object);
	if (has_object) {
		column_spaces(o, SPACE);
		if (c->cut && text_columns(object, strlen(object)) > c->object) {
			box_label_fit_middle(label, object, c->object);
			object = label;
		}
		column_left(o, c->object, object, true);
	}
	out_char(o, '\n');
}

static void write_column_heads(struct out *o, const struct columns *c)
{
	column_spaces(o, INDENT);
	column_right(o, SHARE_WIDTH, "self");
	column_spaces(o, SPACE);
	column_right(o, c->count, "samples");
	column_spaces(o, SPACE);
	column_right(o, SHARE_WIDTH, "total");
	column_spaces(o, SPACE);
	column_right(o, c->count, "samples");
	column_spaces(o, SPACE);
	column_left(o, c->name, "function", !c->object);
	if (c->object) {
		column_spaces(o, SPACE);
		out_str(o, "object");
	}
	out_char(o, '\n');
}

static void write_list(struct out *o, const struct profile *p, struct function_table *fns,
		       bool by_total, uint64_t total, const struct table_options *options)
{
	struct sorting sorting = {&p->strings, by_total};
	scoped(arena_release) struct arena texts = {0};
	struct columns c = {.strings = &p->strings, .texts = &texts};
	size_t n = fns->items.n;

	if (n)
		qsort_r(fns->items.items, n, sizeof(*fns->items.items), compare,
			&sorting);
	if (options->limit && n > options->limit)
		n = options->limit;
	while (n && !by_total && !fns->items.items[n - 1].self_count)
		n--;
	columns_fit(&c, o, fns->items.items, n, total, options->width);
	out_printf(o, "by %s\n",
		   by_total ? "total: in the function or what it called"
			    : "self: in the function itself");
	write_column_heads(o, &c);
	for (size_t i = 0; i < n; i++)
		write_row(o, &c, &fns->items.items[i], total);
}

static uint64_t total_of(const struct profile *p, uint64_t *weight)
{
	uint64_t count = 0;

	*weight = 0;
	for (size_t i = 0; i < p->nodes.n; i++) {
		count += p->nodes.items[i].count;
		*weight += p->nodes.items[i].weight;
	}
	return count;
}

/* ", 1.2% of stacks truncated": stacks that end before their outermost frame. */
static void write_early_ends(struct out *o, uint64_t count, uint64_t total,
			     const char *problem)
{
	char share[NUMBER_MAX];

	if (count)
		out_printf(o, ", %s%% of stacks %s", number_share(share, count, total),
			   problem);
}

/* ", throttled 3 times". */
static void write_fact(struct out *o, const char *before, uint64_t count,
		       const char *after)
{
	char n[NUMBER_MAX];

	if (count)
		out_printf(o, ", %s%s%s", before, number_grouped(n, count), after);
}

void table_write(struct out *o, const struct profile *p, const struct run_info *c,
		 const struct table_options *options)
{
	scoped(function_table_release) struct function_table fns = {0};
	scoped(arena_release) struct arena texts = {0};
	char n[NUMBER_MAX], time[NUMBER_MAX];
	uint64_t weight, total = total_of(p, &weight);

	function_table_make(&fns, p);
	out_printf(o, "%s %s", number_grouped(n, total),
		   total == 1 ? "sample" : "samples");
	if (c->event)
		out_printf(o, " of %s", column_text(&texts, o, c->event));
	if (c->weight_is_time && weight)
		out_printf(o, ", %s of CPU time", number_duration(time, weight));
	write_early_ends(o, c->truncated_samples, total, "truncated");
	write_early_ends(o, c->broken_samples, total, "broken");
	write_fact(o, "throttled ", c->throttled, c->throttled == 1 ? " time" : " times");
	write_fact(o, "kernel code changed ", c->text_pokes,
		   c->text_pokes == 1 ? " time" : " times");
	write_fact(o, "", c->aux_bytes, " bytes of trace data are not shown");
	out_str(o, "; shares are of samples\n\n");
	if (options->both || !options->by_total)
		write_list(o, p, &fns, false, total, options);
	if (options->both)
		out_char(o, '\n');
	if (options->both || options->by_total)
		write_list(o, p, &fns, true, total, options);
}

void table_write_csv(struct out *o, const struct profile *p,
		     const struct table_options *options)
{
	void (*quote)(struct out *, const char *) =
		options->csv_safe ? quote_csv_safe : quote_csv;
	scoped(function_table_release) struct function_table fns = {0};
	struct sorting sorting = {&p->strings, true};
	size_t n;

	function_table_make(&fns, p);
	n = fns.items.n;
	if (n)
		qsort_r(fns.items.items, n, sizeof(*fns.items.items), compare, &sorting);
	if (options->limit && n > options->limit)
		n = options->limit;
	out_str(o, "name,object,self,total\n");
	for (size_t i = 0; i < n; i++) {
		const struct function *fn = &fns.items.items[i];

		quote(o, strtab_str(&p->strings, fn->name));
		out_char(o, ',');
		quote(o, strtab_str(&p->strings, fn->object));
		out_char(o, ',');
		out_u64(o, fn->self_count);
		out_char(o, ',');
		out_u64(o, fn->total_count);
		out_char(o, '\n');
	}
}

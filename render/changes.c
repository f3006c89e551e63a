#include "render/changes.h"

#include "base/scoped.h"
#include "render/box_label.h"
#include "render/columns.h"
#include "render/number.h"
#include "render/text.h"

#include <stdio.h>
#include <string.h>

enum {
	INDENT = 2,
	SPACE = 2,
	VALUE_WIDTH = 8,
	ERROR_WIDTH = 7,
	VERDICT_WIDTH = 11,
	LEAST_NAME = 16,
	UNCUT_NAME = 40,
	OBJECT_WIDTH = 20,
};

/* New and gone functions have a line from this share of one side on. */
static const double ONE_SIDED = 0.01;

/* The properties of a table that all its lines share. */
struct table {
	const struct comparison *c;
	const struct changes_options *options;
	double scale;
	/* width of the names */
	size_t name;
	/* names are truncated to it */
	bool cut;
};

static void write_value(struct out *o, const struct change *change, enum side side,
			double scale)
{
	char text[NUMBER_MAX];

	column_spaces(o, SPACE);
	column_right(o, VALUE_WIDTH,
		     change->count[side]
			     ? number_figure(text, "", change->value[side] * scale)
			     : "-");
}

static void write_difference(struct out *o, const struct change *change, double scale)
{
	char text[NUMBER_MAX], error[NUMBER_MAX + 3] = "";

	column_spaces(o, SPACE);
	column_right(o, VALUE_WIDTH, number_figure(text, "+", change->delta * scale));
	if (change->is_tested) {
		number_figure(text, "", (change->high - change->low) / 2 * scale);
		strcat(strcpy(error, "±"), text);
	}
	column_spaces(o, 1);
	column_left(o, ERROR_WIDTH, error, false);
}

static const struct change *shown_change(const struct table *t,
					 const struct function_change *f)
{
	return t->options->by_self ? &f->self : &f->total;
}

static const struct change *other_change(const struct table *t,
					 const struct function_change *f)
{
	return t->options->by_self ? &f->total : &f->self;
}

/* The verdict on the shown value, or on the other one if only that has a verdict. */
static void write_verdict(struct out *o, const struct table *t,
			  const struct function_change *f)
{
	enum verdict shown = shown_change(t, f)->verdict;
	enum verdict other = other_change(t, f)->verdict;
	char text[64];

	column_spaces(o, SPACE);
	snprintf(text, sizeof(text), "%s",
		 shown_change(t, f)->is_common ? "as all" : verdict_name(shown));
	if (shown == VERDICT_NONE && other != VERDICT_NONE)
		snprintf(text, sizeof(text), "%s %s",
			 t->options->by_self ? "total" : "self", verdict_name(other));
	column_left(o, VERDICT_WIDTH, text, false);
	column_spaces(o, SPACE);
}

static void write_name(struct out *o, const struct table *t,
		       const struct function_change *f)
{
	const struct frame *frame = frame_at(&t->c->profile.frames, f->frame);
	scoped(arena_release) struct arena texts = {0};
	const char *name =
		column_text(&texts, o, strtab_str(&t->c->profile.strings, frame->name));
	const char *object =
		column_text(&texts, o, strtab_str(&t->c->profile.strings, frame->object));
	char label[BOX_LABEL_MAX];

	if (t->cut && text_columns(name, strlen(name)) > t->name) {
		box_label_fit(label, name, t->name);
		name = label;
	}
	column_left(o, t->name, name, !*object);
	if (!*object)
		return;
	column_spaces(o, SPACE);
	if (t->cut && text_columns(object, strlen(object)) > OBJECT_WIDTH) {
		box_label_fit_middle(label, object, OBJECT_WIDTH);
		object = label;
	}
	column_left(o, OBJECT_WIDTH, object, true);
}

static void write_row(struct out *o, const struct table *t,
		      const struct function_change *f)
{
	const struct change *shown = shown_change(t, f);

	column_spaces(o, INDENT - SPACE);
	write_value(o, shown, BEFORE, t->scale);
	write_value(o, shown, AFTER, t->scale);
	write_difference(o, shown, t->scale);
	write_difference(o, other_change(t, f), t->scale);
	write_verdict(o, t, f);
	write_name(o, t, f);
	out_char(o, '\n');
}

static bool is_found(const struct table *t, const struct function_change *f)
{
	return function_change_is_found(f, t->options->by_self);
}

static bool is_one_sided(const struct table *t, const struct function_change *f)
{
	const struct change *all = &t->c->nodes.items[PROFILE_ROOT].total;
	const struct change *change = shown_change(t, f);

	for (int side = 0; side < SIDES; side++)
		if (!change->count[!side] && change->count[side] &&
		    change->value[side] >= ONE_SIDED * all->value[side])
			return true;
	return false;
}

/* Whether a function gets a line after 'lines' others. */
static bool is_listed(const struct table *t, const struct function_change *f,
		      size_t lines)
{
	if (is_one_sided(t, f))
		return true;
	return is_found(t, f) && (!t->options->limit || lines < t->options->limit);
}

static void choose_width(struct table *t, const struct out *o)
{
	scoped(arena_release) struct arena texts = {0};
	size_t fixed = INDENT + 4 * (VALUE_WIDTH + SPACE) + 2 * (ERROR_WIDTH + 1) +
		       VERDICT_WIDTH + SPACE;
	size_t width = t->options->width, longest = 0, lines = 0;
	const struct function_change *f;

	t->cut = width != 0;
	vec_each(f, &t->c->functions) {
		const char *name = column_text(
			&texts, o, frame_name(&t->c->profile.frames, f->frame));
		size_t columns = text_columns(name, strlen(name));

		if (!is_listed(t, f, lines))
			continue;
		longest = columns > longest ? columns : longest;
		lines++;
	}
	t->name = longest < UNCUT_NAME ? longest : UNCUT_NAME;
	if (!t->cut)
		return;
	fixed += SPACE + OBJECT_WIDTH;
	t->name = width > fixed + LEAST_NAME ? width - fixed : LEAST_NAME;
	t->name = longest < t->name ? longest : t->name;
}

static void write_side(struct out *o, const struct table *t, enum side side,
		       const char *word)
{
	const struct compared_side *s = &t->c->side[side];
	char text[NUMBER_MAX];

	out_printf(o, "%s", word);
	if (s->runs > 1)
		out_printf(o, "%u runs, ", s->runs);
	if (s->seconds > 0)
		out_printf(o, "%s, ",
			   number_duration(text, (uint64_t)(s->seconds * 1e9)));
	out_printf(o, "%s samples", number_grouped(text, s->samples));
	if (s->idle)
		out_printf(o, ", %s idle ones left out", number_grouped(text, s->idle));
	out_printf(o, ", %s lost", number_grouped(text, s->lost));
	if (s->lost_side_band)
		out_printf(o, ", %s records of processes lost",
			   number_grouped(text, s->lost_side_band));
	if (s->work > 0)
		out_printf(o, ", %.15g units of work", s->work);
	out_char(o, '\n');
}

static void write_sum(struct out *o, const struct table *t, const char *word,
		      const struct change *change)
{
	char before[NUMBER_MAX], after[NUMBER_MAX], delta[NUMBER_MAX], error[NUMBER_MAX];

	out_printf(o, "%s%s -> %s (%s", word,
		   number_figure(before, "", change->value[BEFORE] * t->scale),
		   number_figure(after, "", change->value[AFTER] * t->scale),
		   number_figure(delta, "+", change->delta * t->scale));
	if (change->is_tested)
		out_printf(o, " ±%s",
			   number_figure(error, "",
					 (change->high - change->low) / 2 * t->scale));
	out_str(o, ")\n");
}

static void write_evidence(struct out *o, const struct table *t)
{
	const struct evidence *e = &t->c->evidence;
	char size[NUMBER_MAX], change[NUMBER_MAX], tested[NUMBER_MAX];
	const char *sep = "to show:   a change of at least ";

	out_str(o, "intervals: 95 %, from the spread ");
	if (e->has_slices)
		out_printf(o, "over slices of %.2g s%s", e->slice,
			   e->has_runs ? " and between runs" : "");
	else if (e->has_runs)
		out_str(o, "between runs");
	else
		out_str(o, e->is_given ? "that was given"
				       : "of counts in general, as there are no times");
	out_printf(o, ", %.1f times that of independent samples\n", e->spread);
	if (!e->has_slices && !e->has_runs && !e->is_given)
		out_str(o, "           one more run of each side shows the real spread, "
			   "and smaller changes\n");
	if (e->is_short)
		out_str(o,
			"           the runs are short against their bursts: intervals "
			"are wide, longer runs tell more\n");
	out_printf(o, "verdicts:  %zu of %s tested, at most %.3g %% of them by chance\n",
		   e->found, number_grouped(tested, e->tested), 100 * e->fdr);
	for (int i = 0; i < COMPARISON_POWERS; i++) {
		const struct power *p = &t->c->powers[i];

		if (!(p->change > 0))
			continue;
		out_printf(o, "%s%s for a function of %s", sep,
			   number_figure(change, "", p->change * t->scale),
			   number_figure(size, "", p->size * t->scale));
		sep = ", ";
	}
	if (*sep == ',')
		out_char(o, '\n');
}

static void write_factor(struct out *o, const struct table *t)
{
	static const char *const advice[] = {
		[MEASURE_RATE] = "the machine had more or less time or work for all of "
				 "them:\n           --share, or --work N:M, compares "
				 "without this factor",
		[MEASURE_SHARE] = "the others got what it leaves",
		[MEASURE_WORK] = "each unit of work became cheaper or dearer as a whole",
	};
	const struct evidence *e = &t->c->evidence;

	if (e->factor > 0)
		out_printf(o,
			   "all moved:  most functions changed by one factor, %.3g (%.3g "
			   "to %.3g); %s.\n           Verdicts are of changes that "
			   "differ from it\n",
			   e->factor, e->factor_low, e->factor_high,
			   advice[t->c->measure]);
}

static void write_head(struct out *o, const struct table *t)
{
	write_factor(o, t);
	write_side(o, t, BEFORE, "before:    ");
	write_side(o, t, AFTER, "after:     ");
	out_printf(o, "all:       in %s, ", comparison_unit(t->c));
	write_sum(o, t, "", &t->c->nodes.items[PROFILE_ROOT].total);
	if (t->c->idle.value[BEFORE] > 0 || t->c->idle.value[AFTER] > 0)
		write_sum(o, t, "idle:      ", &t->c->idle);
	write_evidence(o, t);
	out_char(o, '\n');
}

static void write_column_heads(struct out *o, const struct table *t)
{
	static const char *const words[] = {"total", "self"};
	bool by_self = t->options->by_self;
	char text[NUMBER_MAX];

	column_spaces(o, INDENT);
	column_right(o, VALUE_WIDTH, "before");
	column_spaces(o, SPACE);
	column_right(o, VALUE_WIDTH, "after");
	for (int i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "%s", words[i ? !by_self : by_self]);
		column_spaces(o, SPACE);
		column_right(o, VALUE_WIDTH, text);
		column_spaces(o, 1 + ERROR_WIDTH);
	}
	column_spaces(o, SPACE);
	column_left(o, VERDICT_WIDTH, "verdict", false);
	column_spaces(o, SPACE);
	out_str(o, "function\n");
}

void changes_write_table(struct out *o, const struct comparison *c,
			 const struct changes_options *options)
{
	struct table t = {.c = c, .options = options, .scale = comparison_scale(c)};
	const struct function_change *f;
	size_t lines = 0, more = 0;

	write_head(o, &t);
	choose_width(&t, o);
	vec_each(f, &c->functions) {
		if (!is_listed(&t, f, lines)) {
			more += is_found(&t, f);
			continue;
		}
		if (!lines++)
			write_column_heads(o, &t);
		write_row(o, &t, f);
	}
	if (!lines)
		out_str(o, "no function changed as far as these runs can tell\n");
	if (more)
		out_printf(o, "%zu more functions changed (--limit 0 shows all)\n", more);
}

#include "render/changes.h"

#include "render/quote.h"

#include <inttypes.h>

static const char *name_of(const struct comparison *c, uint32_t function)
{
	return frame_name(&c->profile.frames, c->functions.items[function].frame);
}

static const char *object_of(const struct comparison *c, const struct frame *f)
{
	return strtab_str(&c->profile.strings, f->object);
}

static const char *word_of(const struct change *change)
{
	return change->is_common ? "as all" : verdict_name(change->verdict);
}

static void write_change(struct out *o, const struct change *change, double scale)
{
	out_printf(o,
		   "{\"samples\": [%" PRIu64 ", %" PRIu64 "], \"before\": %.6g, "
		   "\"after\": %.6g, \"delta\": %.6g",
		   change->count[BEFORE], change->count[AFTER],
		   change->value[BEFORE] * scale, change->value[AFTER] * scale,
		   change->delta * scale);
	if (change->is_tested)
		out_printf(o,
			   ", \"low\": %.6g, \"high\": %.6g, \"p\": %.3g, "
			   "\"smallest\": %.3g",
			   change->low * scale, change->high * scale, change->p,
			   change->smallest * scale);
	out_printf(o, ", \"verdict\": \"%s\"}", word_of(change));
}

static void write_side(struct out *o, const struct compared_side *s)
{
	out_printf(o,
		   "{\"runs\": %u, \"samples\": %" PRIu64 ", \"idle\": %" PRIu64
		   ", \"lost\": %" PRIu64 ", \"lost_side_band\": %" PRIu64
		   ", \"seconds\": %.6g, \"work\": %.15g}",
		   s->runs, s->samples, s->idle, s->lost, s->lost_side_band, s->seconds,
		   s->work);
}

static void write_evidence(struct out *o, const struct comparison *c)
{
	const struct evidence *e = &c->evidence;
	double scale = comparison_scale(c);
	bool is_first = true;

	out_str(o, "{");
	if (e->factor > 0)
		out_printf(o,
			   "\"factor\": %.4g, \"factor_low\": %.4g, "
			   "\"factor_high\": %.4g, ",
			   e->factor, e->factor_low, e->factor_high);
	out_printf(o,
		   "\"slices\": %u, \"slice\": %.3g, \"runs\": %s, \"spread\": %.3g, "
		   "\"short\": %s, \"fdr\": %.3g, \"critical\": %.3g, \"tested\": %zu, "
		   "\"found\": %zu, \"smallest\": [",
		   e->slices, e->slice, e->has_runs ? "true" : "false", e->spread,
		   e->is_short ? "true" : "false", e->fdr, e->critical, e->tested,
		   e->found);
	for (int i = 0; i < COMPARISON_POWERS; i++) {
		if (!(c->powers[i].change > 0))
			continue;
		out_printf(o, "%s{\"size\": %.3g, \"change\": %.3g}",
			   is_first ? "" : ", ", c->powers[i].size * scale,
			   c->powers[i].change * scale);
		is_first = false;
	}
	out_str(o, "]}");
}

static void write_function(struct out *o, const struct comparison *c,
			   const struct function_change *f)
{
	const struct frame *frame = frame_at(&c->profile.frames, f->frame);
	double scale = comparison_scale(c);

	out_str(o, "{\"name\": ");
	quote_json(o, frame_name(&c->profile.frames, f->frame));
	out_str(o, ", \"object\": ");
	quote_json(o, object_of(c, frame));
	out_printf(o, ", \"kind\": \"%s\", \"through\": ", frame_kind_name(frame->kind));
	if (f->through == FUNCTION_NONE)
		out_str(o, "null");
	else
		quote_json(o, name_of(c, f->through));
	out_str(o, ",\n   \"total\": ");
	write_change(o, &f->total, scale);
	out_str(o, ",\n   \"self\": ");
	write_change(o, &f->self, scale);
	out_char(o, '}');
}

static size_t limited(const struct comparison *c, size_t limit)
{
	return limit && limit < c->functions.n ? limit : c->functions.n;
}

void changes_write_json(struct out *o, const struct comparison *c, size_t limit)
{
	static const char *const measures[] = {[MEASURE_RATE] = "rate",
					       [MEASURE_SHARE] = "share",
					       [MEASURE_WORK] = "work"};
	double scale = comparison_scale(c);

	out_printf(o, "{\"version\": 1, \"measure\": \"%s\", \"unit\": ",
		   measures[c->measure]);
	quote_json(o, comparison_unit(c));
	out_str(o, ",\n \"before\": ");
	write_side(o, &c->side[BEFORE]);
	out_str(o, ",\n \"after\": ");
	write_side(o, &c->side[AFTER]);
	out_str(o, ",\n \"evidence\": ");
	write_evidence(o, c);
	out_str(o, ",\n \"all\": ");
	write_change(o, &c->nodes.items[PROFILE_ROOT].total, scale);
	out_str(o, ",\n \"idle\": ");
	write_change(o, &c->idle, scale);
	out_str(o, ",\n \"functions\": [");
	for (size_t i = 0; i < limited(c, limit); i++) {
		out_str(o, i ? ",\n  " : "\n  ");
		write_function(o, c, &c->functions.items[i]);
	}
	out_str(o, "]}\n");
}

static void write_fields(struct out *o, const struct change *change, double scale)
{
	out_printf(o, ",%.6g,%.6g,%.6g,", change->value[BEFORE] * scale,
		   change->value[AFTER] * scale, change->delta * scale);
	if (change->is_tested)
		out_printf(o, "%.6g,%.6g,%.3g", change->low * scale, change->high * scale,
			   change->p);
	else
		out_str(o, ",,");
	out_printf(o, ",%s", word_of(change));
}

void changes_write_csv(struct out *o, const struct comparison *c, size_t limit,
		       bool is_safe)
{
	void (*quote)(struct out *, const char *) = is_safe ? quote_csv_safe : quote_csv;
	double scale = comparison_scale(c);

	out_str(o,
		"name,object,total_before,total_after,total_delta,total_low,total_high,"
		"total_p,total_verdict,self_before,self_after,self_delta,self_low,"
		"self_high,self_p,self_verdict\n");
	for (size_t i = 0; i < limited(c, limit); i++) {
		const struct function_change *f = &c->functions.items[i];

		quote(o, frame_name(&c->profile.frames, f->frame));
		out_char(o, ',');
		quote(o, object_of(c, frame_at(&c->profile.frames, f->frame)));
		write_fields(o, &f->total, scale);
		write_fields(o, &f->self, scale);
		out_char(o, '\n');
	}
}

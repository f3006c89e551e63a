#include "model/comparison.h"

#include "base/scoped.h"

void comparison_init(struct comparison *c)
{
	*c = (struct comparison){0};
	profile_init(&c->profile);
}

void comparison_release(struct comparison *c)
{
	vec_release(&c->nodes);
	vec_release(&c->functions);
	profile_release(&c->profile);
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[VERDICTS] = {
		[VERDICT_NONE] = "no evidence", [VERDICT_MORE] = "more",
		[VERDICT_LESS] = "less",	[VERDICT_NEW] = "new",
		[VERDICT_GONE] = "gone",	[VERDICT_MOVED] = "moved",
	};

	return verdict < array_size(names) ? names[verdict] : "";
}

double change_mean(const struct change *c)
{
	return (c->value[BEFORE] + c->value[AFTER]) / 2;
}

bool function_change_is_found(const struct function_change *f, bool by_self)
{
	return f->self.verdict != VERDICT_NONE ||
	       (!by_self && f->total.verdict != VERDICT_NONE);
}

static bool is_percent(const struct comparison *c)
{
	return c->measure == MEASURE_SHARE || (c->measure == MEASURE_RATE && c->is_time);
}

double comparison_scale(const struct comparison *c)
{
	if (is_percent(c))
		return 100;
	return c->is_time ? 1e6 : 1;
}

const char *comparison_unit(const struct comparison *c)
{
	switch (c->measure) {
	case MEASURE_RATE:
		return c->is_time ? "% of a CPU" : "events/s";
	case MEASURE_SHARE:
		return c->is_time ? "% of the CPU time" : "% of the samples";
	case MEASURE_WORK:
		break;
	}
	return c->is_time ? "us of CPU time per unit of work" : "events per unit of work";
}

double comparison_point(const struct comparison *c)
{
	return is_percent(c) || !c->nodes.n
		       ? 0.01
		       : 0.01 * c->nodes.items[0].total.value[BEFORE];
}

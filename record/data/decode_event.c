#include "record/data/decode_event.h"

#include "record/data/known_event.h"

#include <linux/perf_event.h>
#include <time.h>

/* Bits of perf_event_attr's flag word. Its bit fields would not do: their order depends
 * on the compiler. */
enum {
	FLAG_FREQ = 10,
	FLAG_SAMPLE_ID_ALL = 18,
	FLAG_USE_CLOCKID = 25,
	FLAG_BUILD_ID = 34,
	FLAG_DEFER_CALLCHAIN = 38,
};

enum { NS_PER_S = 1000000000 };

static bool flag(uint64_t flags, int bit, bool swapped)
{
	/* The first bit field of a big-endian machine is the highest bit of the word. */
	return flags >> (swapped ? 63 - bit : bit) & 1;
}

int decode_event_read(struct decode_event *e, struct bytes *b, struct error *err)
{
	uint64_t period, flags;
	bool swapped = b->swapped;
	uint32_t size;

	*e = (struct decode_event){0};
	e->type = bytes_u32(b);
	size = bytes_u32(b);
	e->config = bytes_u64(b);
	period = bytes_u64(b);
	e->sample_type = bytes_u64(b);
	e->read_format = bytes_u64(b);
	flags = bytes_u64(b);
	bytes_skip(b, 4 + 4 + 8); /* wakeup, breakpoint type, config1 */
	if (b->failed || size > b->size)
		return error_set(err, "the attr is truncated");
	/* Only the first 64 bytes exist in every version. */
	bytes_skip(b, 8);
	e->branch_sample_type = bytes_u64(b);
	e->regs_user = bytes_u64(b);
	bytes_skip(b, 4); /* stack size */
	e->is_monotonic = bytes_u32(b) == CLOCK_MONOTONIC && !b->failed &&
			  flag(flags, FLAG_USE_CLOCKID, swapped);
	e->regs_intr = bytes_u64(b);
	b->failed = false;

	e->has_call_branches = e->sample_type & PERF_SAMPLE_BRANCH_STACK &&
			       e->branch_sample_type & PERF_SAMPLE_BRANCH_CALL_STACK;
	e->has_deferred_chains = flag(flags, FLAG_DEFER_CALLCHAIN, swapped);
	e->has_build_ids = flag(flags, FLAG_BUILD_ID, swapped);
	if (flag(flags, FLAG_FREQ, swapped))
		e->frequency = period;
	else
		e->period = period;
	if (e->period && decode_event_is_time(e)) {
		e->frequency = NS_PER_S / e->period;
		e->clock_period = e->period;
	}
	e->layout = sample_layout_of(e->sample_type,
				     flag(flags, FLAG_SAMPLE_ID_ALL, swapped));
	return 0;
}

const char *decode_event_name(const struct decode_event *e)
{
	const struct known_event *known = known_event_find(e->type, e->config);

	if (e->name)
		return e->name;
	return known ? known->name : "event";
}

bool decode_event_is_time(const struct decode_event *e)
{
	const struct known_event *known = known_event_find(e->type, e->config);

	return known && known->is_time;
}

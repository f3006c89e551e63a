#include "flow/live/rate_control.h"

#include <assert.h>

enum {
	PATIENCE_MIN = 5, /* windows */
	PATIENCE_MAX = 60,
	PLENTY = 4,	   /* times the room that a rise needs: no patience is needed */
	SAMPLES_SHARE = 4, /* of the limit, a quarter, is always left to samples */
};

/* After a rise the samples may cost at most this part of their limit. */
#define ROOM 0.7

void rate_control_init(struct rate_control *c, double limit, uint64_t frequency)
{
	assert(limit > 0 && frequency > 0);
	*c = (struct rate_control){.limit = limit,
				   .divisor = 1,
				   .divisor_max = 1,
				   .copy_divisor = 1,
				   .copy_divisor_max = 1,
				   .patience = PATIENCE_MIN};
	while (frequency / (c->divisor_max * 2) >= RATE_MIN)
		c->divisor_max *= 2;
}

void rate_control_copies(struct rate_control *c, uint32_t size, uint32_t least)
{
	while (size / (c->copy_divisor_max * 2) >= least)
		c->copy_divisor_max *= 2;
}

/* The rate falls or the copies shrink. */
static void rate_fall(struct rate_control *c, double factor)
{
	uint64_t divisor = c->divisor;
	bool falls = divisor < c->divisor_max;
	bool shrinks = !falls && c->copy_divisor < c->copy_divisor_max;

	while (factor > 1 && divisor < c->divisor_max) {
		divisor *= 2;
		factor /= 2;
	}
	if (c->has_risen && (falls || shrinks))
		c->patience =
			c->patience * 2 > PATIENCE_MAX ? PATIENCE_MAX : c->patience * 2;
	c->has_risen = false;
	c->divisor = divisor;
	c->copy_divisor *= shrinks ? 2 : 1;
	c->calm = 0;
}

static bool is_lowered(const struct rate_control *c)
{
	return c->divisor > 1 || c->copy_divisor > 1;
}

static void rate_rise(struct rate_control *c)
{
	if (c->copy_divisor > 1)
		c->copy_divisor /= 2;
	else
		c->divisor /= 2;
	c->has_risen = true;
	c->calm = 0;
}

uint64_t rate_control_step(struct rate_control *c, const struct rate_cost *cost)
{
	double least = c->limit / SAMPLES_SHARE;
	double most = c->limit - (cost->all - cost->samples);

	if (most < least)
		most = least;
	if (cost->all > c->limit && cost->samples > most)
		rate_fall(c, cost->samples / most);
	else if (!is_lowered(c) || cost->samples * 2 > most * ROOM)
		c->calm = 0;
	else if (++c->calm >= c->patience || (cost->samples * 2 * PLENTY <= most * ROOM &&
					      c->patience == PATIENCE_MIN))
		rate_rise(c);
	return c->divisor;
}

#include "render/change_colour.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

/* Even steps in OKLab from the grey to the strongest. */
static const struct palette_colour colours[CHANGE_COLOURS] = {
	{"#ededed", "#353535"}, {"#eedfd8", "#443934"}, {"#eed0c3", "#523c33"},
	{"#eec1ae", "#614031"}, {"#edb299", "#6f432e"}, {"#eca383", "#7e452b"},
	{"#ea946d", "#8d4726"}, {"#e78456", "#9c4920"}, {"#e4743d", "#ab4b16"},
	{"#d9e4ef", "#353c45"}, {"#c5daf1", "#344454"}, {"#b1d0f2", "#324b65"},
	{"#9cc7f3", "#305275"}, {"#87bdf3", "#2d5985"}, {"#72b2f3", "#286096"},
	{"#5aa8f3", "#2167a8"}, {"#409df3", "#166eb9"},
};

static const struct palette_colour more = {"#b5380f", "#ff9a6b"};
static const struct palette_colour less = {"#0f5fb3", "#7fb8ff"};

unsigned change_colour(const struct change *c, double largest)
{
	double size = fabs(c->delta);
	unsigned step;

	if (c->verdict == VERDICT_NONE || c->verdict == VERDICT_MOVED || !(size > 0))
		return 0;
	step = size < largest ? (unsigned)lround(CHANGE_STEPS * sqrt(size / largest))
			      : CHANGE_STEPS;
	step = step ? step : 1;
	return c->delta > 0 ? step : CHANGE_STEPS + step;
}

const struct palette_colour *change_colour_at(unsigned colour)
{
	assert(colour < CHANGE_COLOURS);
	return &colours[colour];
}

const struct palette_colour *change_colour_of_line(bool is_more)
{
	return is_more ? &more : &less;
}

const char *change_class(char to[4], unsigned colour)
{
	if (!colour)
		snprintf(to, 4, "kn0");
	else if (colour <= CHANGE_STEPS)
		snprintf(to, 4, "km%u", colour % 10);
	else
		snprintf(to, 4, "kl%u", (colour - CHANGE_STEPS) % 10);
	return to;
}

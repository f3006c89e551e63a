#include "render/number.h"

#include "base/narrow.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)

const char *number_grouped(char to[NUMBER_MAX], uint64_t n)
{
	char digits[NUMBER_MAX];
	size_t len = narrow_size(snprintf(digits, sizeof(digits), "%" PRIu64, n));
	size_t at = 0;

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			to[at++] = ',';
		to[at++] = digits[i];
	}
	to[at] = '\0';
	return to;
}

/* 'part' of 'whole' in steps of 1/'steps', rounded to the nearest. */
static unsigned nearest(uint64_t part, uint64_t whole, unsigned steps)
{
	return (unsigned)(((__uint128_t)part * steps + whole / 2) / whole);
}

const char *number_share(char to[NUMBER_MAX], uint64_t part, uint64_t whole)
{
	unsigned tenths, hundredths;

	if (part > whole)
		part = whole;
	tenths = whole ? nearest(part, whole, 1000) : 0;
	hundredths = whole ? nearest(part, whole, 10000) : 0;
	if (part && !hundredths)
		snprintf(to, NUMBER_MAX, "<0.01");
	else if (tenths == 1000)
		snprintf(to, NUMBER_MAX, "100");
	else if (hundredths >= 1000)
		snprintf(to, NUMBER_MAX, "%u.%u", tenths / 10, tenths % 10);
	else
		snprintf(to, NUMBER_MAX, "%u.%02u", hundredths / 100, hundredths % 100);
	return to;
}

const char *number_figure(char to[NUMBER_MAX], const char *plus, double value)
{
	double size = fabs(value);
	int digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;

	/* A number that is rounded to 0 has no sign either. */
	if (size < 0.005)
		value = 0;
	snprintf(to, NUMBER_MAX, "%s%.*f", value > 0 ? plus : "", digits, value);
	return to;
}

static const char *with_tenths(char to[NUMBER_MAX], uint64_t n, uint64_t unit,
			       const char *name)
{
	snprintf(to, NUMBER_MAX, "%" PRIu64 ".%" PRIu64 " %s", n / unit,
		 n % unit * 10 / unit, name);
	return to;
}

const char *number_duration(char to[NUMBER_MAX], uint64_t ns)
{
	uint64_t s = ns / NS_PER_S;

	if (ns < 1000000)
		snprintf(to, NUMBER_MAX, "%" PRIu64 " us", ns / 1000);
	else if (ns < NS_PER_S)
		return with_tenths(to, ns, 1000000, "ms");
	else if (s < 120)
		return with_tenths(to, ns, NS_PER_S, "s");
	else if (s < 7200)
		snprintf(to, NUMBER_MAX, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
	else
		snprintf(to, NUMBER_MAX, "%" PRIu64 " h %" PRIu64 " min", s / 3600,
			 s / 60 % 60);
	return to;
}

const char *number_date(char to[NUMBER_MAX], uint64_t ns)
{
	time_t s = (time_t)(ns / NS_PER_S);
	struct tm tm;

	if (!gmtime_r(&s, &tm) || !strftime(to, NUMBER_MAX, "%Y-%m-%d %H:%M:%S UTC", &tm))
		to[0] = '\0';
	return to;
}

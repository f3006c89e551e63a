#include "diff/work_log.h"

#include "base/parse.h"

#include <stdbool.h>
#include <string.h>

/* Bytes between the numbers of a line. */
static const char separators[] = " \t,;\r";

void work_log_release(struct work_log *log)
{
	vec_release(&log->items);
}

/* The number at '*at', which moves after it. */
static bool number_next(const char **at, const char *end, double *value)
{
	const char *start;

	while (*at < end && strchr(separators, **at) && **at)
		(*at)++;
	start = *at;
	while (*at < end && **at && !strchr(separators, **at))
		(*at)++;
	return parse_decimal_part(start, (size_t)(*at - start), value);
}

static bool is_blank(const char *at, const char *end)
{
	while (at < end && *at && strchr(separators, *at))
		at++;
	return at == end;
}

static int line_parse(struct work_log *log, const char *line, const char *end, size_t n,
		      struct error *err)
{
	const struct work_count *last = vec_last(&log->items);
	struct work_count count;

	if (is_blank(line, end) || *line == '#')
		return 0;
	if (!number_next(&line, end, &count.time) ||
	    !number_next(&line, end, &count.count) || !is_blank(line, end))
		return error_set(err, "line %zu is not a time and a count", n);
	if (last && (count.time < last->time || count.count < last->count))
		return error_set(err, "line %zu: the %s decreases", n,
				 count.time < last->time ? "time" : "count");
	/* Two counts at one time: the later one is right. */
	if (last && count.time == last->time)
		log->items.n--;
	vec_push(&log->items, count);
	return 0;
}

int work_log_parse(struct work_log *log, const char *text, size_t size, struct error *err)
{
	const char *end = text + size;

	for (size_t n = 1; text < end; n++) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		if (line_parse(log, text, stop ? stop : end, n, err) < 0)
			return -1;
		text = stop ? stop + 1 : end;
	}
	if (log->items.n < 2)
		return error_set(err,
				 "a work log has at least two lines, each a time and "
				 "a count");
	return 0;
}

double work_log_at(const struct work_log *log, double time)
{
	const struct work_count *a = log->items.items;
	size_t i = 1;

	while (i + 1 < log->items.n && a[i].time < time)
		i++;
	return a[i - 1].count + (a[i].count - a[i - 1].count) * (time - a[i - 1].time) /
					(a[i].time - a[i - 1].time);
}

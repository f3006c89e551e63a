#include "record/data/simpleperf/event_types.h"

#include <stdbool.h>
#include <string.h>

/* Reads a number up to the end of the line or the next comma. */
static bool number_read(const char **at, const char *end, uint64_t *value)
{
	const char *p = *at;

	if (p == end || *p != ',')
		return false;
	*value = 0;
	for (p++; p < end && *p >= '0' && *p <= '9'; p++)
		*value = 10 * *value + (uint64_t)(*p - '0');
	*at = p;
	return true;
}

/* Returns the length of the name in a line, or 0 if the line is of another event. */
static size_t line_name(const char *line, const char *end, uint32_t type, uint64_t config)
{
	const char *comma = memchr(line, ',', (size_t)(end - line)), *at = comma;
	uint64_t line_type, line_config;

	if (!comma || !number_read(&at, end, &line_type) ||
	    !number_read(&at, end, &line_config))
		return 0;
	return line_type == type && line_config == config ? (size_t)(comma - line) : 0;
}

const char *event_types_find(struct bytes section, uint32_t type, uint64_t config,
			     size_t *len)
{
	const char *line = NULL, *end = NULL;

	while (bytes_left(&section) && !line) {
		const char *key = bytes_str(&section, bytes_left(&section));

		/* bytes_str() takes all bytes: move back to the end of the string. */
		section.at =
			(size_t)((const uint8_t *)key - section.data) + strlen(key) + 1;
		if (!section.failed && strcmp(key, "event_type_info") == 0) {
			line = bytes_str(&section, bytes_left(&section));
			end = line + strlen(line);
		}
	}
	while (line && line < end) {
		const char *next = memchr(line, '\n', (size_t)(end - line));

		next = next ? next : end;
		*len = line_name(line, next, type, config);
		if (*len)
			return line;
		line = next + (next < end);
	}
	return NULL;
}

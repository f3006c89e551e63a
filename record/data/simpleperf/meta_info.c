#include "record/data/simpleperf/meta_info.h"

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

/* Returns the next string. */
static const char *string_next(struct bytes *section)
{
	const char *s = bytes_str(section, bytes_left(section));

	/* bytes_str() takes all bytes: move back to the end of the string. */
	section->at = (size_t)((const uint8_t *)s - section->data) + strlen(s) + 1;
	return s;
}

const char *meta_info_find(struct bytes section, const char *key)
{
	while (bytes_left(&section)) {
		bool is_key = strcmp(string_next(&section), key) == 0;
		const char *value = section.failed ? "" : string_next(&section);

		if (is_key && !section.failed)
			return value;
	}
	return NULL;
}

const char *meta_info_event(struct bytes section, uint32_t type, uint64_t config,
			    size_t *len)
{
	const char *line = meta_info_find(section, "event_type_info");

	while (line && *line) {
		const char *end = strchrnul(line, '\n');

		*len = line_name(line, end, type, config);
		if (*len)
			return line;
		line = end + (*end != '\0');
	}
	return NULL;
}

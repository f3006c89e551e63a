/* Values within a JSON text of another program: enough to find a few strings in the files
 * of container runtimes. Damaged text has no members, elements or strings from the
 * damage on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A value, and the text after it. */
struct json {
	const char *at, *end;
};

struct json json_of(const void *text, size_t size);

/* Sets *value to the member 'key' of an object; the first one of that name. Returns false
 * if there is none, or if 'object' is no object. 'value' may be 'object' itself. */
bool json_member(struct json object, const char *key, struct json *value);

/* Sets *value to the next element of an array, and *array to the rest after it. Start
 * with the array. Returns false at its end. */
bool json_element(struct json *array, struct json *value);

/* Stores the text of a string in 'text', cut to 'size' - 1 bytes; control characters
 * become '?'. Returns false if the value is no string. */
bool json_string(struct json value, char *text, size_t size);

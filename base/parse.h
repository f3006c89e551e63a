/* Numbers in text that people type. Strict: no sign, no blank, no hexadecimal digits, no
 * exponent, and nothing after the number. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads a decimal whole number up to UINT64_MAX. Returns false if 'text' is anything
 * else; *value is undefined then. */
bool parse_u64(const char *text, uint64_t *value);

/* Reads a decimal number from 0 to 1e18, with or without a fraction: "30", "0.5", ".5".
 * Returns false if 'text' is anything else; *value is undefined then. */
bool parse_decimal(const char *text, double *value);

/* The same for the 'len' bytes at 'text', which contain no NUL. */
bool parse_decimal_part(const char *text, size_t len, double *value);

/* Reads a duration into nanoseconds: seconds ("30", "1.5", "90s") or minutes ("2m"), up
 * to 1e9 seconds. Returns false if 'text' is anything else; *ns is undefined then. */
bool parse_duration(const char *text, uint64_t *ns);

/* Reads a number of bytes with or without a unit: "4096", "500K", "2M", "1G" (KiB, MiB,
 * GiB). Returns false if 'text' is anything else or does not fit; *bytes is undefined
 * then. */
bool parse_size(const char *text, uint64_t *bytes);

/* Reads the first number of a list with commas ("17,42"), from 1 to INT32_MAX as the
 * kernel numbers processes. Returns the text after it, "" or ",...". Returns NULL if the
 * list begins with anything else; *id is undefined then. */
const char *parse_id(const char *list, uint32_t *id);

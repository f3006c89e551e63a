/* The identity that a linker writes into an ELF file; size 0 is "none". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { BUILD_ID_MAX = 20, BUILD_ID_HEX = 2 * BUILD_ID_MAX + 1 };

struct build_id {
	uint8_t size;
	uint8_t data[BUILD_ID_MAX];
};

/* Two absent build ids are not the same: absence says nothing. Older perfs pad to 20 bytes
 * with zeros, so a shorter one equals a longer one whose rest is zero. */
bool build_id_same(const struct build_id *a, const struct build_id *b);

/* Up to BUILD_ID_MAX bytes; longer ones are cut, as in the kernel's records. */
struct build_id build_id_of(const void *data, size_t size);

/* Lower-case hex with a NUL; returns 'text'. */
const char *build_id_hex(const struct build_id *id, char text[BUILD_ID_HEX]);

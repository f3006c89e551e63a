/* Build ids: the identity that a linker writes into an ELF file (.note.gnu.build-id).
 * Size 0 means that there is none. */
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

/* Whether both are present and equal. Old versions of perf pad with zeros to 20 bytes, so
 * a shorter id equals a longer one that ends in zeros. */
bool build_id_same(const struct build_id *a, const struct build_id *b);

/* Returns the build id of 'size' bytes. Cuts longer ones to BUILD_ID_MAX bytes, like the
 * kernel. */
struct build_id build_id_of(const void *data, size_t size);

/* Writes the id as lower-case hexadecimal digits with a NUL. Returns 'text'. */
const char *build_id_hex(const struct build_id *id, char text[BUILD_ID_HEX]);

#include "model/build_id.h"

#include "base/narrow.h"

#include <assert.h>

bool build_id_same(const struct build_id *a, const struct build_id *b)
{
	return a->size && b->size && memcmp(a->data, b->data, BUILD_ID_MAX) == 0;
}

struct build_id build_id_of(const void *data, size_t size)
{
	struct build_id id = {
		.size = narrow_u8(size < BUILD_ID_MAX ? size : BUILD_ID_MAX)};

	if (id.size)
		memcpy(id.data, data, id.size);
	return id;
}

const char *build_id_hex(const struct build_id *id, char text[BUILD_ID_HEX])
{
	static const char digits[] = "0123456789abcdef";
	char *p = text;

	assert(id->size <= BUILD_ID_MAX);

	for (size_t i = 0; i < id->size; i++) {
		*p++ = digits[id->data[i] >> 4];
		*p++ = digits[id->data[i] & 15];
	}
	*p = '\0';
	return text;
}

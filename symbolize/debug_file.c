#include "symbolize/debug_file.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "symbolize/dso_keeper.h"

/* The layout of the folder is GDB's: two digits, the rest, ".debug". */
int debug_file_open(const struct build_id *id)
{
	const struct dso wanted = {.build_id = *id};
	scoped(mem_release) char *path = NULL;
	char hex[BUILD_ID_HEX];
	enum dso_trouble ignored;

	if (id->size < 2)
		return -1;
	build_id_hex(id, hex);
	path = mem_format("/usr/lib/debug/.build-id/%.2s/%s.debug", hex, hex + 2);
	return dso_keeper_open(NULL, &wanted, path, false, &ignored);
}

#include "tests/symbolize/symbols.h"

#include "symbolize/source_elf.h"
#include "tests/test.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct symbol_table *symbols_load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct debug_search search = debug_search_of(NULL, path, fd);
	struct symbol_table *t;
	struct error err;

	assert_true(fd >= 0);
	t = source_elf_load(fd, &search, &err);
	debug_search_release(&search);
	close(fd);
	return t;
}

const struct symbol *symbols_find(const struct symbol_table *t, const char *name)
{
	const struct symbol *sym;

	vec_each(sym, &t->items)
		if (strcmp(sym->name, name) == 0)
			return sym;
	return NULL;
}

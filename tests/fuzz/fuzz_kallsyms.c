/* Any text as /proc/kallsyms, and as the notes of the kernel. */
#include "symbolize/kernel/source_kallsyms.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void look_at(const struct kallsyms *k)
{
	struct symbol_table *module = kallsyms_module(k, "bpf");
	const struct symbol *symbol, *before = NULL;

	vec_each(symbol, &k->symbols->items) {
		const char *owner;
		size_t owner_len, len = kallsyms_split(symbol->name, &owner, &owner_len);

		require(len <= strlen(symbol->name));
		require(!owner ||
			owner + owner_len < symbol->name + strlen(symbol->name));
		/* The last byte there is has no end. */
		require(symbol->start < symbol->end || symbol->start == UINT64_MAX);
		require(!before || before->start < symbol->start);
		before = symbol;
	}
	require(!module || module->items.n);
	symbol_table_free(&module);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct kallsyms k;
	struct build_id id;
	struct error err;
	char path[64];

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (kallsyms_read(&k, path, &err) == 0) {
		look_at(&k);
		kallsyms_release(&k);
	}
	if (kallsyms_build_id(path, &id))
		require(id.size && id.size <= BUILD_ID_MAX);
	close(fd);
	return 0;
}

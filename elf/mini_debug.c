#include "elf/mini_debug.h"

#include "base/scoped.h"
#include "elf/unpack.h"

enum { MAX_UNPACKED = 128 << 20 };

bool mini_debug_add(struct elf_file *f, struct symbol_choice *choice, struct arena *text)
{
	struct bytes packed = elf_file_data(f, elf_file_find(f, ".gnu_debugdata"));
	size_t size = 0;
	scoped(mem_release) void *image = unpack_xz(packed, MAX_UNPACKED, &size);
	scoped(elf_file_close) struct elf_file *mini = NULL;
	struct error unused;

	if (image)
		mini = elf_file_of_image(image, size, &unused);
	return mini && elf_symbols_add(mini, ELF_SYMTAB, f, choice, text);
}

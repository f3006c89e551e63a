#include "elf/mini_debug.h"

#include "base/scoped.h"
#include "elf/unpack.h"

/* Symbols become a fifth; a file of zeros, which is hostile, becomes a thousandth. */
enum { MIN_UNPACKED = 1 << 20, MAX_UNPACKED = 128 << 20, MAX_RATIO = 64 };

bool mini_debug_add(struct elf_file *f, struct symbol_choice *choice, struct arena *text)
{
	struct bytes packed = elf_file_data(f, elf_file_find(f, ".gnu_debugdata"));
	size_t size = 0, most = MIN_UNPACKED + MAX_RATIO * packed.size;
	scoped(mem_release) void *image =
		unpack_xz(packed, most < MAX_UNPACKED ? most : MAX_UNPACKED, &size);
	scoped(elf_file_close) struct elf_file *mini = NULL;
	struct error unused;

	/* libelf makes copies of the sections. */
	if (image && elf_file_take(f, 2 * size))
		mini = elf_file_of_image(image, size, &unused);
	return mini && elf_symbols_add(mini, ELF_SYMTAB, f, choice, text);
}

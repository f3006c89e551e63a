#include "elf/vdso.h"

#include "base/scoped.h"
#include "elf/elf_symbols.h"

#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

/* The size of the image: it ends with the section header table, or without one with the
 * last segment. The header comes from our own kernel, so it is trusted. */
static size_t image_size(const ElfW(Ehdr) * ehdr)
{
	size_t size = ehdr->e_shoff + (size_t)ehdr->e_shnum * ehdr->e_shentsize;
	const ElfW(Phdr) *phdr = (const void *)((const char *)ehdr + ehdr->e_phoff);

	for (size_t i = 0; i < ehdr->e_phnum; i++)
		if (phdr[i].p_type == PT_LOAD &&
		    phdr[i].p_offset + phdr[i].p_filesz > size)
			size = phdr[i].p_offset + phdr[i].p_filesz;
	return size;
}

struct elf_file *source_vdso_open(const struct build_id *want, struct error *err)
{
	void *image = (void *)getauxval(AT_SYSINFO_EHDR);
	struct elf_file *f;
	struct build_id id;

	if (!image) {
		error_set(err, "this system has no vdso");
		return NULL;
	}
	f = elf_file_of_image(image, image_size(image), err);
	if (f && want && (!elf_file_build_id(f, &id) || !build_id_same(&id, want))) {
		error_set(err, "the vdso is of another kernel");
		elf_file_close(&f);
	}
	return f;
}

struct symbol_table *source_vdso_load(const struct build_id *want, struct error *err)
{
	scoped(elf_file_close) struct elf_file *f = source_vdso_open(want, err);
	scoped(symbol_choice_release) struct symbol_choice choice = {0};
	struct symbol_table *t;

	if (!f)
		return NULL;
	t = symbol_table_new();
	elf_symbols_add(f, ELF_SYMTAB, f, &choice, &t->text);
	elf_symbols_add(f, ELF_DYNSYM, f, &choice, &t->text);
	symbol_choice_finish(&choice, t);
	if (!t->items.n) {
		symbol_table_free(&t);
		error_set(err, "no symbols");
	}
	return t;
}

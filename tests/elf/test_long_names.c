/* Files with names that overlap: each symbol or section has nearly the whole table of
 * strings as its name. Reading every name would take time that grows with the square of
 * the file. */
#include "base/scoped.h"
#include "elf/elf_symbols.h"
#include "tests/test.h"

#include <elf.h>
#include <string.h>

enum { TEXT = 1, SYMTAB, STRTAB, SHSTRTAB, SECTIONS };

enum { N_SYMBOLS = 2000, STRINGS = 1 << 20, CODE = 4096, SECTION_NAME = 16 };

struct image {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
	Elf64_Shdr shdrs[SECTIONS];
	uint8_t code[CODE];
	Elf64_Sym symbols[N_SYMBOLS];
	char strings[STRINGS];
	char section_names[SECTIONS * SECTION_NAME];
};

static Elf64_Shdr section_of(uint32_t number, uint32_t type, size_t at, size_t size)
{
	return (Elf64_Shdr){.sh_name = number * SECTION_NAME,
			    .sh_type = type,
			    .sh_offset = at,
			    .sh_size = size};
}

/* Symbol i has the name at strings + i * step. */
static struct image *image_new(size_t step)
{
	struct image *m = mem_new(1, sizeof(*m));

	m->ehdr = (Elf64_Ehdr){.e_type = ET_EXEC,
			       .e_machine = EM_X86_64,
			       .e_version = EV_CURRENT,
			       .e_phoff = offsetof(struct image, phdr),
			       .e_shoff = offsetof(struct image, shdrs),
			       .e_ehsize = sizeof(m->ehdr),
			       .e_phentsize = sizeof(m->phdr),
			       .e_phnum = 1,
			       .e_shentsize = sizeof(Elf64_Shdr),
			       .e_shnum = SECTIONS,
			       .e_shstrndx = SHSTRTAB};
	memcpy(m->ehdr.e_ident, ELFMAG, SELFMAG);
	m->ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	m->ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	m->ehdr.e_ident[EI_VERSION] = EV_CURRENT;
	m->phdr = (Elf64_Phdr){.p_type = PT_LOAD,
			       .p_flags = PF_X,
			       .p_offset = offsetof(struct image, code),
			       .p_vaddr = 0x1000,
			       .p_filesz = CODE,
			       .p_memsz = CODE};
	m->shdrs[TEXT] = section_of(TEXT, SHT_PROGBITS, m->phdr.p_offset, CODE);
	m->shdrs[TEXT].sh_addr = 0x1000;
	m->shdrs[TEXT].sh_flags = SHF_ALLOC | SHF_EXECINSTR;
	m->shdrs[SYMTAB] = section_of(SYMTAB, SHT_SYMTAB, offsetof(struct image, symbols),
				      sizeof(m->symbols));
	m->shdrs[SYMTAB].sh_link = STRTAB;
	m->shdrs[SYMTAB].sh_entsize = sizeof(Elf64_Sym);
	m->shdrs[STRTAB] =
		section_of(STRTAB, SHT_STRTAB, offsetof(struct image, strings), STRINGS);
	m->shdrs[SHSTRTAB] =
		section_of(SHSTRTAB, SHT_STRTAB, offsetof(struct image, section_names),
			   sizeof(m->section_names));
	strcpy(m->section_names + TEXT * SECTION_NAME, ".text");
	strcpy(m->section_names + SYMTAB * SECTION_NAME, ".symtab");
	memset(m->strings, 'a', STRINGS - 1);
	for (uint32_t i = 0; i < N_SYMBOLS; i++)
		m->symbols[i] =
			(Elf64_Sym){.st_name = (uint32_t)(i * step),
				    .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
				    .st_shndx = TEXT,
				    .st_value = 0x1000,
				    .st_size = 16};
	return m;
}

/* The number of candidates, all at one address. */
static size_t candidates(struct image *m)
{
	scoped(symbol_choice_release) struct symbol_choice choice = {0};
	struct error err;
	scoped(elf_file_close) struct elf_file *f =
		elf_file_of_image(m, sizeof(*m), &err);
	struct arena text = {0};

	assert_non_null(f);
	elf_symbols_add(f, ELF_SYMTAB, f, &choice, &text);
	arena_release(&text);
	return choice.items.n;
}

static void test_names_of_symbols(void **state)
{
	struct image *m = image_new(1);

	(void)state;
	assert_int_equal(candidates(m), 0);
	mem_free(m);
	/* The first name is as long, but the others begin near its end. */
	m = image_new(1);
	for (size_t i = 2; i < N_SYMBOLS; i++)
		m->symbols[i].st_name = STRINGS - 100;
	assert_int_equal(candidates(m), N_SYMBOLS - 1);
	mem_free(m);
}

static void test_names_of_sections(void **state)
{
	struct image *m = image_new(1);
	struct error err;
	struct elf_file *f = elf_file_of_image(m, sizeof(*m), &err);

	(void)state;
	assert_int_equal(elf_file_find(f, ".symtab"), SYMTAB);
	elf_file_close(&f);
	m->section_names[sizeof(m->section_names) - 1] = 'a';
	f = elf_file_of_image(m, sizeof(*m), &err);
	assert_int_equal(elf_file_find(f, ".symtab"), 0);
	assert_non_null(elf_file_section(f, SYMTAB));
	elf_file_close(&f);
	mem_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_symbols),
		cmocka_unit_test(test_names_of_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

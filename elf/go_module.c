#include "elf/go_module.h"

#include "base/scoped.h"
#include "elf/elf_relocs.h"

#include <elf.h>

/* The numbers of the words of moduledata with the fields. */
struct layout {
	size_t ftab; /* address, length, capacity */
	size_t minpc, maxpc, text, etext;
};

static const struct layout old_layout = {3, 10, 11, 12, 13};
static const struct layout layout = {16, 20, 21, 22, 23};

/* The linker writes the pointer to the table two or three times into a file. */
enum { MAX_WORD = 8, N_WORDS = 24, MAX_CANDIDATES = 16 };

/* The parameters of the search, the same for all candidates. */
struct search {
	struct elf_file *f;
	const struct go_module_question *question;
	const struct layout *layout;
	int left; /* candidates that may still be read */
};

static uint64_t word_read(struct bytes *b, size_t size)
{
	return size == 8 ? bytes_u64(b) : bytes_u32(b);
}

/* The bytes from 'vaddr' to the end of its section; none if no section is loaded
 * there. */
static struct bytes section_bytes_at(struct elf_file *f, uint64_t vaddr)
{
	const struct elf_section *s;
	struct bytes b = bytes_of(NULL, 0);

	for (size_t i = 1; (s = elf_file_section(f, i)); i++) {
		if (s->type != SHT_PROGBITS || !(s->flags & SHF_ALLOC) ||
		    vaddr - s->vaddr >= s->size)
			continue;
		b = elf_file_data(f, i);
		bytes_skip(&b, vaddr - s->vaddr);
		break;
	}
	return b;
}

static bool candidate_words_read(const struct search *search, uint64_t vaddr,
				 uint64_t words[N_WORDS])
{
	struct bytes b = section_bytes_at(search->f, vaddr), in;
	size_t word = search->question->word, n = search->layout->etext + 1;
	const void *data = bytes_take(&b, n * word);
	uint8_t copy[N_WORDS * MAX_WORD];

	if (!data)
		return false;
	memcpy(copy, data, n * word);
	elf_relocs_apply(search->f, vaddr, copy, n * word);
	in = bytes_of(copy, n * word);
	in.swapped = b.swapped;
	for (size_t i = 0; i < n; i++)
		words[i] = word_read(&in, word);
	return true;
}

static bool candidate_check(const struct search *search, uint64_t vaddr,
			    struct go_module *m)
{
	const struct go_module_question *question = search->question;
	const struct layout *l = search->layout;
	uint64_t words[N_WORDS];

	if (!candidate_words_read(search, vaddr, words) ||
	    words[0] != question->pclntab || words[l->ftab] != question->functions ||
	    words[l->ftab + 1] != question->n_entries)
		return false;
	*m = (struct go_module){
		.text = words[l->text],
		.etext = words[l->etext],
		.minpc = words[l->minpc],
		.maxpc = words[l->maxpc],
	};
	return true;
}

/* Tries the places with the pointer in the bytes of a section: it is there in a file
 * without relocations, or with relocations without an addend. */
static bool find_in_section(struct search *search, size_t number, struct go_module *m)
{
	const struct elf_section *s = elf_file_section(search->f, number);
	struct bytes b = elf_file_data(search->f, number);
	size_t word = search->question->word;

	while (bytes_left(&b) >= word && search->left) {
		uint64_t vaddr = s->vaddr + b.at;

		if (word_read(&b, word) != search->question->pclntab)
			continue;
		search->left--;
		if (candidate_check(search, vaddr, m))
			return true;
	}
	return false;
}

static bool find_by_relocs(const struct search *search, struct go_module *m)
{
	scoped(elf_places_release) struct elf_places places = {0};
	const uint64_t *place;

	elf_relocs_find(search->f, search->question->pclntab, MAX_CANDIDATES, &places);
	vec_each(place, &places.items)
		if (candidate_check(search, *place, m))
			return true;
	return false;
}

bool go_module_find(struct elf_file *f, const struct go_module_question *question,
		    struct go_module *m)
{
	struct search search = {
		.f = f,
		.question = question,
		.layout = question->is_old ? &old_layout : &layout,
		.left = MAX_CANDIDATES,
	};
	size_t own = elf_file_find(f, ".go.module"); /* since Go 1.26 */
	const struct elf_section *s;

	if (own && find_in_section(&search, own, m))
		return true;
	if (find_by_relocs(&search, m))
		return true;
	for (size_t i = 1; (s = elf_file_section(f, i)); i++)
		if (i != own && s->type == SHT_PROGBITS && s->flags & SHF_ALLOC &&
		    s->flags & SHF_WRITE && find_in_section(&search, i, m))
			return true;
	return false;
}

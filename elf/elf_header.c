#include "elf/elf_header.h"

#include "base/bytes.h"

#include <elf.h>
#include <string.h>

bool elf_header_is_modest(const void *head, size_t size)
{
	struct bytes b = bytes_of(head, size);
	const uint8_t *ident = bytes_take(&b, EI_NIDENT);
	uint64_t sections_at;
	uint16_t n_segments, n_sections;

	if (!ident || memcmp(ident, ELFMAG, SELFMAG) != 0)
		return false;
	b.swapped = (ident[EI_DATA] == ELFDATA2MSB) !=
		    (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	if (ident[EI_CLASS] == ELFCLASS64) {
		bytes_skip(&b, offsetof(Elf64_Ehdr, e_shoff) - EI_NIDENT);
		sections_at = bytes_u64(&b);
	} else {
		bytes_skip(&b, offsetof(Elf32_Ehdr, e_shoff) - EI_NIDENT);
		sections_at = bytes_u32(&b);
	}
	bytes_skip(&b, offsetof(Elf64_Ehdr, e_phnum) - offsetof(Elf64_Ehdr, e_flags));
	n_segments = bytes_u16(&b);
	bytes_skip(&b, 2);
	n_sections = bytes_u16(&b);
	return !b.failed && n_segments != PN_XNUM && (n_sections || !sections_at);
}

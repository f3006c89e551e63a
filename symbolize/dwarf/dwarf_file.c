#include "symbolize/dwarf/dwarf_file.h"

#include "elf/elf_file.h"

#include <dwarf.h>
#include <elfutils/libdw.h>

/* libdwfl would search debug files by itself, even on the network. This reads only 'fd',
 * all of it at once. libdw never sees .gnu_debugaltlink, as it would open any file at the
 * path in there. */
bool dwarf_file_open(struct dwarf_file *d, int fd, bool lines, struct budget *memory,
		     bool *lacks_memory)
{
	struct error unused;
	struct Elf *elf = NULL;
	size_t link;

	d->file = elf_file_open(fd, &unused);
	if (d->file) {
		elf_file_limit(d->file, memory);
		link = elf_file_find(d->file, ".gnu_debugaltlink");
		d->alt_link = elf_file_data(d->file, link);
		elf = elf_file_dwarf(d->file, lines);
	}
	if (elf)
		d->dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	*lacks_memory |= d->file && elf_file_lacks_memory(d->file);
	if (d->dwarf) {
		elf_file_forget_fd(d->file);
		return true;
	}
	dwarf_file_close(d);
	return false;
}

bool dwarf_file_open_image(struct dwarf_file *d, void *image, size_t size)
{
	struct error unused;
	struct Elf *elf = NULL;

	d->file = elf_file_of_image(image, size, &unused);
	if (d->file)
		elf = elf_file_dwarf(d->file, true);
	if (elf)
		d->dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	if (!d->dwarf)
		dwarf_file_close(d);
	return d->dwarf;
}

bool dwarf_file_find_split(const struct dwarf_file *d, uint64_t id, uint64_t *unit)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;
	uint8_t type;

	while (dwarf_get_units(d->dwarf, cu, &cu, NULL, &type, &die, NULL) == 0) {
		uint64_t found = 0;

		if (type != DW_UT_split_compile ||
		    dwarf_cu_info(cu, NULL, NULL, NULL, NULL, &found, NULL, NULL) != 0 ||
		    found != id)
			continue;
		*unit = dwarf_dieoffset(&die);
		return true;
	}
	return false;
}

void dwarf_file_close(struct dwarf_file *d)
{
	dwarf_end(d->dwarf);
	elf_file_close(&d->file);
	*d = (struct dwarf_file){0};
}

bool dwarf_file_has_string(const struct dwarf_file *d, const char *text)
{
	return d->file && elf_file_has_string(d->file, text);
}

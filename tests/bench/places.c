/* As addr2line: inline frames at addresses of a program, from its DWARF, and their cost.
 *
 *     places FILE <ADDRESSES >TEXT      each address (vaddr, hexadecimal) on a line
 *
 * For each it prints the address, then two lines for each inline frame, innermost first:
 * the function's mangled name ("-": the function of the symbol table) and file:line. On
 * stderr: how long an address took the first and the second time. */
#include "elf/elf_file.h"
#include "symbolize/dwarf/source_dwarf.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void print(const struct inline_list *places)
{
	const struct inline_frame *p;

	vec_each(p, &places->items)
		printf("%s\n%s:%u\n", p->function ? p->function : "-",
		       p->file ? p->file : "??", p->line);
}

static void look_up(struct source_dwarf *d, struct elf_file *f, uint64_t vaddr, bool says)
{
	struct inline_list places = {0};
	uint64_t at;

	if (says)
		printf("%" PRIx64 "\n", vaddr);
	if (elf_file_offset(f, vaddr, &at))
		source_dwarf_look_up(d, at, &places);
	if (says)
		print(&places);
	vec_release(&places.items);
}

int main(int argc, char **argv)
{
	int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
	VEC(uint64_t) vaddrs = {0};
	struct error err;
	struct elf_file *f = elf_file_open(fd, &err);
	struct debug_search search = debug_search_of(NULL, argv[1], fd);
	double start = cpu_us(), opened;
	struct source_dwarf *d = source_dwarf_open(fd, &search, true, &err);
	struct rusage usage;
	uint64_t vaddr, *it;

	if (!f || !d) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	while (scanf("%" SCNx64, &vaddr) == 1)
		vec_push(&vaddrs, vaddr);
	opened = cpu_us();
	for (int round = 0; round < 2; round++) {
		double before = cpu_us();

		vec_each(it, &vaddrs)
			look_up(d, f, *it, round == 0);
		fprintf(stderr, "%s: %.2f us CPU an address\n",
			round ? "again" : "first time",
			(cpu_us() - before) / (double)vaddrs.n);
	}
	getrusage(RUSAGE_SELF, &usage);
	fprintf(stderr, "opened in %.0f ms CPU; %.0f MB of memory at most\n",
		(opened - start) / 1e3, (double)usage.ru_maxrss / 1024);
	vec_release(&vaddrs);
	debug_search_release(&search);
	source_dwarf_close(&d);
	elf_file_close(&f);
	return 0;
}

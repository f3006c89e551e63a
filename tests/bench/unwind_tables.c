/* The cost of unwind tables of ELF files.
 *
 *     unwind_tables FILE...
 *
 * A line for each: ms of CPU and bytes in memory before the first look-up, and when all
 * rules have been compiled; the cost of the look-ups themselves is subtracted. */
#include "unwind/unwind_table.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Asks for all of the code, at every 16 bytes. */
static void ask_for_all(struct unwind_table *t, uint64_t size)
{
	for (uint64_t at = 0; at < size; at += 16)
		unwind_table_find(t, at);
}

static void compile(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	double start = cpu_ms(), made, all, again;
	struct error err;
	struct elf_file *f = elf_file_open(fd, &err);
	struct unwind_table *t = f ? unwind_table_new(f, NULL, -1, SIZE_MAX) : NULL;
	uint64_t size = (uint64_t)lseek(fd, 0, SEEK_END);
	size_t bytes;

	if (!t) {
		printf("%s: no rules\n", path);
	} else {
		made = cpu_ms();
		bytes = unwind_table_bytes(t);
		ask_for_all(t, size);
		all = cpu_ms();
		ask_for_all(t, size);
		again = cpu_ms();
		printf("%s: %.1f ms, %.1f MB; all %zu rows %.1f ms more, %.2f bytes a "
		       "row\n",
		       path, made - start, (double)bytes / 1e6, unwind_table_rows(t),
		       all - made - (again - all),
		       (double)unwind_table_bytes(t) / (double)unwind_table_rows(t));
	}
	unwind_table_free(&t);
	close(fd);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		compile(argv[i]);
	return 0;
}

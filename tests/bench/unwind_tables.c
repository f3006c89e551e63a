/* What it takes to compile the call frame information of ELF files.
 *
 *     unwind_tables FILE...
 *
 * A line for each: rows, bytes in memory a row, ms of CPU. */
#include "symbolize/unwind_table.h"

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

static void compile(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	double start = cpu_ms();
	struct error err;
	struct elf_file *f = elf_file_open(fd, &err);
	struct unwind_table *t = f ? unwind_table_new(f, SIZE_MAX) : NULL;

	if (t)
		printf("%s: %zu rows, %.2f bytes a row, %.1f ms\n", path,
		       unwind_table_rows(t),
		       (double)unwind_table_bytes(t) / (double)unwind_table_rows(t),
		       cpu_ms() - start);
	else
		printf("%s: no rules\n", path);
	unwind_table_free(&t);
	elf_file_close(&f);
	close(fd);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		compile(argv[i]);
	return 0;
}

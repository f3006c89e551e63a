/* Prints the functions of an ELF file, a line each. For tests/go/matrix.py.
 *     symbols FILE               its names: START END NAME
 *     symbols --functions FILE   Go's functions: START END FLAGS DELTAS NAME
 * Offsets are in hexadecimal and in the file. FLAGS are 't' (top of a stack), 'w' (writes
 * the stack pointer) or '-'; DELTAS a checksum over the frame's size at each byte of the
 * function. */
#include "base/scoped.h"
#include "symbolize/source_elf.h"
#include "unwind/go_functions.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int print_symbols(int fd, const char *path)
{
	struct debug_search search = debug_search_of(NULL, path, fd);
	scoped(symbol_table_free) struct symbol_table *t = NULL;
	const struct symbol *symbol;
	struct error err;

	t = source_elf_load(fd, &search, &err);
	debug_search_release(&search);
	if (!t) {
		fprintf(stderr, "'%s': %s\n", path, err.text);
		return 1;
	}
	vec_each(symbol, &t->items)
		printf("%" PRIx64 " %" PRIx64 " %s\n", symbol->start, symbol->end,
		       symbol->name);
	return 0;
}

static uint64_t deltas_of(const struct go_functions *t, const struct go_function *fn)
{
	uint64_t sum = 0;

	for (uint64_t at = fn->start; at < fn->end; at++) {
		int64_t delta = -1;

		go_functions_sp_delta(t, fn, at, &delta);
		sum = sum * 31 + (uint64_t)delta;
	}
	return sum;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int print_functions(int fd, const char *path)
{
	scoped(elf_file_close) struct elf_file *f = NULL;
	scoped(go_functions_free) struct go_functions *t = NULL;
	struct error err;
	double start = now();
	size_t n = 0;

	f = elf_file_open(fd, &err);
	if (f)
		t = go_functions_new(f, SIZE_MAX);
	if (!t) {
		fprintf(stderr, "'%s' has no functions of Go\n", path);
		return 1;
	}
	elf_file_close(&f);
	start = now() - start;
	for (uint64_t at = 0; at < (uint64_t)lseek(fd, 0, SEEK_END);) {
		const struct go_function *fn = go_functions_find(t, at);

		at = fn ? fn->end : at + 1;
		if (!fn)
			continue;
		n++;
		printf("%" PRIx64 " %" PRIx64 " %s%s%s %" PRIx64 " %s\n", fn->start,
		       fn->end, fn->is_top ? "t" : "", fn->writes_sp ? "w" : "",
		       fn->is_top || fn->writes_sp ? "" : "-", deltas_of(t, fn),
		       fn->name);
	}
	fprintf(stderr, "%zu functions, %zu bytes, %.3f ms\n", n, go_functions_bytes(t),
		start);
	return 0;
}

int main(int argc, char **argv)
{
	bool functions = argc == 3 && strcmp(argv[1], "--functions") == 0;
	const char *path = argv[argc - 1];
	int fd, ret;

	if (argc != 2 && !functions) {
		fputs("usage: symbols [--functions] FILE\n", stderr);
		return 2;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		perror(path);
		return 1;
	}
	ret = functions ? print_functions(fd, path) : print_symbols(fd, path);
	close(fd);
	return ret;
}

/* Stacks of a program for arm64, which takes samples of itself in an emulator. */
#include "base/scoped.h"
#include "symbolize/source_elf.h"
#include "tests/test.h"
#include "unwind/unwind.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef QEMU
#define QEMU ""
#endif

enum { FRAMES = 64, REGS = 33, STACK_MAX = 1 << 20, MAPPED = 1 << 20 };

/* A program at fixed addresses, with code loaded from the file's start. */
#define BASE 0x400000

struct dump {
	uint64_t trampoline, regs[REGS], size;
	uint8_t stack[STACK_MAX];
};

struct program {
	struct strtab strings;
	struct dso_table dsos;
	struct space_table spaces;
	space_id space;
	struct unwind_tables *tables;
	struct unwinder *unwinder;
	struct symbol_table *names;
};

static void map(struct program *p, struct dso *dso, const char *path, uint64_t start,
		uint64_t end)
{
	struct mapping m = {start, end, 0, 0, 0};

	dso->path = strtab_add(&p->strings, path);
	m.dso = dso_add(&p->dsos, dso);
	space_map(&p->spaces, p->space, &m);
}

static void open_program(struct program *p, const char *path, uint64_t trampoline)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct debug_search search = debug_search_of(NULL, "", fd);
	struct dso vdso = {.kind = DSO_VDSO}, dso = {.kind = DSO_FILE};
	struct error err;
	struct stat st;

	memset(p, 0, sizeof(*p));
	assert_int_equal(fstat(fd, &st), 0);
	dso.major = major(st.st_dev);
	dso.minor = minor(st.st_dev);
	dso.inode = st.st_ino;
	vdso.build_id = (struct build_id){.size = 1}; /* of no kernel that runs here */
	strtab_init(&p->strings);
	dso_table_init(&p->dsos, &p->strings);
	p->space = space_new(&p->spaces, SPACE_NONE);
	map(p, &dso, path, BASE, BASE + MAPPED);
	/* The emulator has nothing before the trampoline, where the kernel's vdso has its
	 * header. */
	map(p, &vdso, "[vdso]", (trampoline & ~(uint64_t)4095) - 4096,
	    (trampoline | 4095) + 1);
	p->names = source_elf_load(fd, &search, &err);
	p->tables = unwind_tables_new(&(struct unwind_tables_options){0}, &p->dsos);
	p->unwinder = unwinder_new(&p->spaces, &p->dsos, p->tables);
	close(fd);
}

static void close_program(struct program *p)
{
	unwinder_free(&p->unwinder);
	unwind_tables_free(&p->tables);
	symbol_table_free(&p->names);
	space_table_release(&p->spaces);
	dso_table_release(&p->dsos);
	strtab_release(&p->strings);
}

static bool read_dump(FILE *in, struct dump *d)
{
	if (fread(d, offsetof(struct dump, stack), 1, in) != 1)
		return false;
	assert_true(d->size && d->size <= STACK_MAX);
	assert_int_equal(fread(d->stack, 1, d->size, in), d->size);
	return true;
}

static enum unwind_end unwind_dump(struct program *p, const struct dump *d,
				   uint64_t *addrs, size_t *n)
{
	struct unwind_sample s = {
		.arch = UNWIND_ARM64,
		.stack = d->stack,
		.stack_size = d->size,
		.space = p->space,
	};
	struct bytes words = bytes_of(d->regs, sizeof(d->regs));
	enum unwind_end end;

	unwind_regs_from_perf(&s.regs, UNWIND_ARM64, ((uint64_t)1 << REGS) - 1, &words);
	do {
		*n = FRAMES;
		end = unwind(p->unwinder, &s, addrs, n);
	} while (end == UNWIND_WAITS && unwind_tables_make_next(p->tables));
	return end;
}

/* The names of the functions, innermost first, with ";" after each; the trampoline is
 * "-". */
static void name_all(const struct program *p, const uint64_t *addrs, size_t n, char *text,
		     size_t size)
{
	*text = '\0';
	for (size_t i = 0; i < n; i++) {
		uint64_t addr = addrs[i] - (i > 0);
		const struct symbol *symbol = symbol_table_find(p->names, addr - BASE);
		size_t len = strlen(text);

		snprintf(text + len, size - len, "%s;", symbol ? symbol->name : "-");
	}
}

static void expect(const char *program, const char *const stacks[2])
{
	scoped(mem_release) struct dump *d = mem_new(1, sizeof(*d));
	char command[1024], path[512], text[4096];
	size_t n_dumps = 0, n;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", PROGRAMS, program);
	if (!*QEMU || access(path, R_OK) < 0)
		skip();
	/* The processor that has all features, signed addresses too. */
	snprintf(command, sizeof(command), "%s -cpu max '%s'", QEMU, path);
	in = popen(command, "r");
	assert_non_null(in);
	for (; read_dump(in, d); n_dumps++) {
		uint64_t addrs[FRAMES];
		struct program p;

		assert_true(n_dumps < 2);
		open_program(&p, path, d->trampoline);
		assert_int_equal(unwind_dump(&p, d, addrs, &n), UNWIND_ROOT);
		name_all(&p, addrs, n, text, sizeof(text));
		assert_memory_equal(text, stacks[n_dumps], strlen(stacks[n_dumps]));
		assert_non_null(strstr(text, ";_start;"));
		d->size = 64;
		assert_int_equal(unwind_dump(&p, d, addrs, &n), UNWIND_TRUNCATED);
		close_program(&p);
	}
	pclose(in);
	assert_int_equal(n_dumps, 2);
}

static const char *const stacks[] = {
	"leaf;middle;",
	"leaf;handler;skip;-;interrupted;sized;main;__libc_start_call_main;",
};

static void test_plain(void **state)
{
	(void)state;
	expect("stack_arm", stacks);
}

/* Return addresses are signed. */
static void test_signed(void **state)
{
	(void)state;
	expect("stack_arm_pac", stacks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

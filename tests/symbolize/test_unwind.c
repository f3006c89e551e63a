/* Stacks made by hand, in a file with frames of every kind. */
#include "base/scoped.h"
#include "symbolize/source_elf.h"
#include "symbolize/unwind.h"
#include "tests/files.h"
#include "tests/test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { FRAMES = 32, WORDS = 64 };

#define CODE  0x10000000 /* where the file is mapped */
#define JIT   0x20000000
#define COPY  0x30000000 /* of the file */
#define STACK 0x7ffe0000

struct stack {
	struct strtab strings;
	struct dso_table dsos;
	struct space_table spaces;
	struct unwind_tables *tables;
	struct unwinder *unwinder;
	struct symbol_table *names;
	struct unwind_sample sample;
	uint64_t words[WORDS];
	uint64_t addrs[FRAMES];
	size_t n;
};

static void map(struct stack *s, enum dso_kind kind, const char *path, uint64_t start,
		const struct stat *st)
{
	struct dso dso = {.kind = kind,
			  .path = strtab_add(&s->strings, path),
			  .major = st ? major(st->st_dev) : 0,
			  .minor = st ? minor(st->st_dev) : 0,
			  .inode = st ? st->st_ino : 0};
	struct mapping m = {start, start + 0x100000, 0, 0, dso_add(&s->dsos, &dso)};

	space_map(&s->spaces, s->sample.space, &m);
}

static int setup(void **state)
{
	struct stack *s = mem_new(1, sizeof(*s));
	struct debug_search search = {.path = "", .root = -1};
	int fd = open(PROGRAMS "/frames", O_RDONLY | O_CLOEXEC);
	struct error err;
	struct stat st;

	*state = s;
	if (fd < 0)
		return 0;
	strtab_init(&s->strings);
	dso_table_init(&s->dsos, &s->strings);
	s->sample.space = space_new(&s->spaces, SPACE_NONE, 0);
	s->names = source_elf_load(fd, &search, &err);
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	map(s, DSO_FILE, PROGRAMS "/frames", CODE, &st);
	map(s, DSO_ANON, "//anon", JIT, NULL);
	s->tables = unwind_tables_new(&(struct unwind_tables_options){0}, &s->dsos);
	s->unwinder = unwinder_new(&s->spaces, &s->dsos, s->tables);
	s->sample.stack = s->words;
	s->sample.stack_size = sizeof(s->words);
	unwind_regs_set(&s->sample.regs, UNWIND_X86_SP, STACK);
	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, 1);
	return 0;
}

static int teardown(void **state)
{
	struct stack *s = *state;

	unwinder_free(&s->unwinder);
	unwind_tables_free(&s->tables);
	symbol_table_free(&s->names);
	space_table_release(&s->spaces);
	dso_table_release(&s->dsos);
	strtab_release(&s->strings);
	mem_free(s);
	return 0;
}

/* The address 'into' bytes into a function. */
static uint64_t at(const struct stack *s, const char *name, uint64_t into)
{
	const struct symbol *symbol;

	if (!s->names)
		skip();
	vec_each(symbol, &s->names->items)
		if (strcmp(symbol->name, name) == 0)
			return CODE + symbol->start + into;
	fail_msg("no %s", name);
	return 0;
}

static uint64_t slot(size_t word)
{
	return STACK + 8 * word;
}

static enum unwind_end try(struct stack *s, uint64_t ip)
{
	enum unwind_end end;

	unwind_regs_set(&s->sample.regs, UNWIND_X86_IP, ip);
	do {
		s->n = FRAMES;
		end = unwind(s->unwinder, &s->sample, s->addrs, &s->n);
	} while (end == UNWIND_WAITS && unwind_tables_make_next(s->tables));
	return end;
}

static void expect(const struct stack *s, size_t frame, uint64_t addr)
{
	assert_true(frame < s->n);
	assert_int_equal(s->addrs[frame], addr);
}

static void test_waits(void **state)
{
	struct stack *s = *state;

	s->n = FRAMES;
	unwind_regs_set(&s->sample.regs, UNWIND_X86_IP, at(s, "outermost", 5));
	assert_int_equal(unwind(s->unwinder, &s->sample, s->addrs, &s->n), UNWIND_WAITS);
	assert_int_equal(unwind(s->unwinder, &s->sample, s->addrs, &s->n), UNWIND_WAITS);
	assert_true(unwind_tables_make_next(s->tables));
	assert_false(unwind_tables_make_next(s->tables));
	s->n = FRAMES;
	assert_int_equal(unwind(s->unwinder, &s->sample, s->addrs, &s->n), UNWIND_ROOT);
	assert_int_equal(s->n, 1);
	assert_int_equal(unwind_tables_stats(s->tables).tables, 1);
}

static void test_by_rules(void **state)
{
	struct stack *s = *state;

	s->words[2] = at(s, "framed", 16); /* a call was its last instruction */
	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, slot(10));
	s->words[10] = slot(20);
	s->words[11] = at(s, "framed", 7);
	s->words[20] = 0;
	s->words[21] = at(s, "outermost", 3);
	assert_int_equal(try(s, at(s, "plain", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 4);
	expect(s, 0, at(s, "plain", 0));
	expect(s, 1, at(s, "framed", 16));
	expect(s, 2, at(s, "framed", 7));
	expect(s, 3, at(s, "outermost", 3));
}

/* In its epilogue a function has popped rbp, and rules still say where it was. */
static void test_epilogue(void **state)
{
	struct stack *s = *state;

	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, slot(10));
	s->words[0] = at(s, "framed", 5);
	s->words[11] = at(s, "outermost", 3);
	assert_int_equal(try(s, at(s, "popped", 9)), UNWIND_ROOT);
	assert_int_equal(s->n, 3);
}

/* A register that a function saved is needed by its caller's rule. */
static void test_other_register(void **state)
{
	struct stack *s = *state;

	unwind_regs_set(&s->sample.regs, 3, 77);
	s->words[0] = slot(12); /* rbx */
	s->words[1] = at(s, "by_rbx", 4);
	s->words[11] = at(s, "outermost", 3);
	assert_int_equal(try(s, at(s, "saves_rbx", 9)), UNWIND_ROOT);
	assert_int_equal(s->n, 3);
}

/* What a call may change is not known of its caller. */
static void test_changed_register(void **state)
{
	struct stack *s = *state;

	unwind_regs_set(&s->sample.regs, 2, slot(9)); /* rcx */
	s->words[2] = at(s, "handing_over", 5);
	s->words[9] = at(s, "outermost", 3);
	assert_int_equal(try(s, at(s, "plain", 5)), UNWIND_BROKEN);
	assert_int_equal(s->n, 2);
}

/* Rules end where they are not to be understood. */
static void test_garbled(void **state)
{
	struct stack *s = *state;

	s->words[2] = at(s, "outermost", 3);
	assert_int_equal(try(s, at(s, "garbled", 3)), UNWIND_ROOT);
	assert_int_equal(s->n, 2);
	assert_int_equal(try(s, at(s, "garbled", 4)), UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
}

/* Where two describe the same code, the first one holds as far as it goes. */
static void test_overlap(void **state)
{
	struct stack *s = *state;

	s->words[2] = at(s, "outermost", 3);
	assert_int_equal(try(s, at(s, "overlapped", 12)), UNWIND_ROOT);
	assert_int_equal(s->n, 2);
	expect(s, 1, at(s, "outermost", 3));
	s->words[1] = at(s, "outermost", 7);
	assert_int_equal(try(s, at(s, "overlapping", 3)), UNWIND_ROOT);
	assert_int_equal(s->n, 2);
	expect(s, 1, at(s, "outermost", 7));
}

static void test_expression(void **state)
{
	struct stack *s = *state;

	s->words[1] = slot(8);
	s->words[7] = at(s, "outermost", 3);
	assert_int_equal(try(s, at(s, "by_word", 9)), UNWIND_ROOT);
	assert_int_equal(s->n, 2);
}

/* What was interrupted may stand at its first instruction; its registers are all there. */
static void test_signal(void **state)
{
	struct stack *s = *state;

	s->words[2] = at(s, "signalled", 1);
	s->words[3] = slot(12);
	s->words[4] = at(s, "by_rbx", 0);
	unwind_regs_set(&s->sample.regs, 3, slot(21));
	s->words[20] = at(s, "outermost", 3);
	assert_int_equal(try(s, at(s, "plain", 8)), UNWIND_ROOT);
	assert_int_equal(s->n, 4);
	expect(s, 1, at(s, "signalled", 2));
	expect(s, 2, at(s, "by_rbx", 1));
	expect(s, 3, at(s, "outermost", 3));
}

/* Who unwinds for an exception ends with the handler's registers and a jump to its first
 * instruction; what was on the stack is not it any more. */
static void test_handing_over(void **state)
{
	struct stack *s = *state;

	unwind_regs_set(&s->sample.regs, 3, slot(20));
	s->words[3] = slot(30); /* of rbx, as rules say */
	s->words[9] = at(s, "by_rbx", 0);
	s->words[19] = at(s, "outermost", 3);
	unwind_regs_set(&s->sample.regs, 2, slot(9));
	assert_int_equal(try(s, at(s, "handing_over", 1)), UNWIND_ROOT);
	assert_int_equal(s->n, 3);
	expect(s, 1, at(s, "by_rbx", 1));
	unwind_regs_set(&s->sample.regs, 2, at(s, "by_rbx", 0));
	assert_int_equal(try(s, at(s, "handing_over_last", 1)), UNWIND_ROOT);
	assert_int_equal(s->n, 3);
	expect(s, 1, at(s, "by_rbx", 1));
	/* Neither down the stack, nor to what nobody knows. */
	unwind_regs_set(&s->sample.regs, 2, slot(0) - 64);
	assert_int_equal(try(s, at(s, "handing_over", 1)), UNWIND_BROKEN);
	s->sample.regs.known &= ~(uint64_t)(1 << 2);
	assert_int_equal(try(s, at(s, "handing_over_last", 1)), UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
}

/* Before that it is a function like all others. */
static void test_searching(void **state)
{
	struct stack *s = *state;

	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, slot(10));
	unwind_regs_set(&s->sample.regs, 3, slot(40));
	s->words[5] = slot(20); /* rbx */
	s->words[10] = slot(30);
	s->words[11] = at(s, "by_rbx", 16); /* a call was its last instruction */
	s->words[19] = at(s, "outermost", 3);
	assert_int_equal(try(s, at(s, "searching", 1)), UNWIND_ROOT);
	assert_int_equal(s->n, 3);
	expect(s, 1, at(s, "by_rbx", 16));
}

/* Of a handler's own stack, the one that was interrupted may be anywhere: it is not in the copy. */
static void test_signal_on_another_stack(void **state)
{
	struct stack *s = *state;

	s->words[0] = STACK + ((uint64_t)1 << 40);
	s->words[1] = at(s, "plain", 5);
	assert_int_equal(try(s, at(s, "signalled", 5)), UNWIND_TRUNCATED);
	assert_int_equal(s->n, 2);
}

/* Rules that were found are forgotten with their table. */
static void test_dropped(void **state)
{
	struct stack *s = *state;
	struct unwind_tables_options options = {0};
	char dir[64], path[512];
	struct stat st;

	assert_int_equal(try(s, at(s, "outermost", 3)), UNWIND_ROOT);
	options.most_bytes = unwind_tables_stats(s->tables).bytes * 3 / 2;
	unwinder_free(&s->unwinder);
	unwind_tables_free(&s->tables);
	s->tables = unwind_tables_new(&options, &s->dsos);
	s->unwinder = unwinder_new(&s->spaces, &s->dsos, s->tables);
	assert_int_equal(try(s, at(s, "outermost", 3)), UNWIND_ROOT);
	temp_dir_make(dir);
	file_copy(PROGRAMS "/frames", temp_path(path, dir, "copy"));
	assert_int_equal(stat(path, &st), 0);
	map(s, DSO_FILE, path, COPY, &st);
	assert_int_equal(try(s, at(s, "outermost", 3) - CODE + COPY), UNWIND_ROOT);
	assert_int_equal(unwind_tables_stats(s->tables).dropped, 1);
	unwind_regs_set(&s->sample.regs, UNWIND_X86_IP, at(s, "outermost", 3));
	s->n = FRAMES;
	assert_int_equal(unwind(s->unwinder, &s->sample, s->addrs, &s->n), UNWIND_WAITS);
	temp_dir_remove(dir);
}

static void test_jit(void **state)
{
	struct stack *s = *state;

	s->words[2] = JIT + 5;
	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, slot(10));
	s->words[10] = slot(20);
	s->words[11] = JIT + 50;
	s->words[20] = 3;
	s->words[21] = at(s, "outermost", 3);
	assert_int_equal(try(s, at(s, "plain", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 4);
	expect(s, 2, JIT + 50);
	/* A frame pointer that leads nowhere is none. */
	s->words[21] = 12345;
	assert_int_equal(try(s, at(s, "plain", 0)), UNWIND_BROKEN);
	assert_int_equal(s->n, 3);
	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, 0);
	assert_int_equal(try(s, at(s, "plain", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 2);
}

/* Code without rules, on its first instruction. */
static void test_called(void **state)
{
	struct stack *s = *state;

	s->words[0] = at(s, "plain", 5);
	s->words[3] = at(s, "outermost", 3);
	assert_int_equal(try(s, at(s, "none", 0)), UNWIND_ROOT);
	assert_int_equal(s->n, 3);
}

static void test_truncated(void **state)
{
	struct stack *s = *state;

	s->words[2] = at(s, "plain", 5);
	s->words[5] = at(s, "outermost", 5);
	s->sample.stack_size = 5 * 8 + 7;
	assert_int_equal(try(s, at(s, "plain", 5)), UNWIND_TRUNCATED);
	assert_int_equal(s->n, 2);
	s->sample.stack_size = 6 * 8;
	assert_int_equal(try(s, at(s, "plain", 5)), UNWIND_ROOT);
	s->sample.stack_size = 0;
	assert_int_equal(try(s, at(s, "plain", 5)), UNWIND_TRUNCATED);
	assert_int_equal(s->n, 1);
}

static void test_room(void **state)
{
	struct stack *s = *state;

	for (size_t i = 2; i < WORDS; i += 3)
		s->words[i] = at(s, "plain", 5);
	unwind_regs_set(&s->sample.regs, UNWIND_X86_IP, at(s, "plain", 5));
	try(s, at(s, "plain", 5));
	s->n = 3;
	assert_int_equal(unwind(s->unwinder, &s->sample, s->addrs, &s->n),
			 UNWIND_TRUNCATED);
	assert_int_equal(s->n, 3);
}

/* Frames that lead to themselves, or down, or into nothing. */
static void test_broken(void **state)
{
	struct stack *s = *state;

	s->words[0] = at(s, "stuck", 5);
	assert_int_equal(try(s, at(s, "stuck", 5)), UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
	s->words[0] = at(s, "sinking", 5);
	assert_int_equal(try(s, at(s, "sinking", 5)), UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, slot(0) - 64);
	assert_int_equal(try(s, at(s, "framed", 5)), UNWIND_BROKEN);
	s->words[2] = 0x1234;
	assert_int_equal(try(s, at(s, "plain", 5)), UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
	assert_int_equal(try(s, 0x1234), UNWIND_BROKEN);
	assert_int_equal(s->n, 1);
	/* A signal's frame may lead anywhere, but not for ever. */
	s->words[0] = slot(0);
	s->words[1] = at(s, "signalled", 1);
	assert_int_equal(try(s, at(s, "signalled", 1)), UNWIND_TRUNCATED);
	assert_int_equal(s->n, FRAMES);
	s->sample.regs.known = 0;
	s->n = FRAMES;
	assert_int_equal(unwind(s->unwinder, &s->sample, s->addrs, &s->n), UNWIND_BROKEN);
	assert_int_equal(s->n, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_waits),
		TEST(test_by_rules),
		TEST(test_epilogue),
		TEST(test_other_register),
		TEST(test_changed_register),
		TEST(test_garbled),
		TEST(test_overlap),
		TEST(test_expression),
		TEST(test_signal),
		TEST(test_signal_on_another_stack),
		TEST(test_handing_over),
		TEST(test_searching),
		TEST(test_dropped),
		TEST(test_jit),
		TEST(test_called),
		TEST(test_truncated),
		TEST(test_room),
		TEST(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

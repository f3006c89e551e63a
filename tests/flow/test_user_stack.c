#include "flow/unwinding/user_stack.h"

#include "base/scoped.h"
#include "model/callchain.h"
#include "tests/test.h"

#include <string.h>

enum {
	REGISTERS = 20, /* of x86-64, of which BP, SP and IP are the 7th to the 9th */
	BP = 6,
	FRAMES = 12, /* on the stack, two words each */
};

#define MASK	  0xff0fffULL
#define CODE	  0x7f0000000000ULL
#define STACK	  0x7ffd00000000ULL
#define KERNEL	  0xffffffff81000000ULL
#define RETURN(i) (CODE + 0x100 + 0x10 * (uint64_t)(i))

/* A program with its code in anonymous memory, so that its stack is unwound by frame
 * pointers. The words of the frames start at the stack pointer; the last frame pointer is
 * 0. */
struct program {
	struct strtab strings;
	struct dso_table dsos;
	struct space_table spaces;
	space_id space;
	struct unwind_tables *tables;
	struct user_stack *stacks;
	uint64_t registers[REGISTERS];
	uint64_t stack[2 * FRAMES];
};

static int start(void **state)
{
	struct program *p = mem_new(1, sizeof(*p));
	const struct unwind_tables_options options = {0};

	strtab_init(&p->strings);
	dso_table_init(&p->dsos, &p->strings);
	p->space = space_new(&p->spaces, SPACE_NONE);
	space_map(&p->spaces, p->space,
		  &(struct mapping){
			  .start = CODE,
			  .end = CODE + 0x1000,
			  .dso = dso_add(&p->dsos, &(struct dso){.kind = DSO_ANON})});
	p->tables = unwind_tables_new(&options, &p->dsos);
	p->stacks = user_stack_new("x86_64", &p->spaces, &p->dsos, p->tables);
	assert_non_null(p->stacks);
	p->registers[BP] = p->registers[BP + 1] = STACK;
	p->registers[BP + 2] = CODE;
	for (size_t i = 0; i < FRAMES; i++) {
		p->stack[2 * i] = i + 1 < FRAMES ? STACK + 16 * (i + 1) : 0;
		p->stack[2 * i + 1] = RETURN(i);
	}
	*state = p;
	return 0;
}

static int end(void **state)
{
	struct program *p = *state;

	user_stack_free(&p->stacks);
	unwind_tables_free(&p->tables);
	space_table_release(&p->spaces);
	dso_table_release(&p->dsos);
	strtab_release(&p->strings);
	mem_free(p);
	return 0;
}

/* A sample with this number of frames in its copy of the stack, and with this chain of
 * the kernel. */
static const uint64_t *chain_of(struct program *p, size_t frames, const uint64_t *kernels,
				size_t n_kernels, size_t *n)
{
	const struct event ev = {.kind = EVENT_SAMPLE,
				 .sample = {.addr = KERNEL,
					    .cpumode = 1,
					    .chain = kernels,
					    .n_chain = (uint32_t)n_kernels,
					    .regs = p->registers,
					    .stack = p->stack,
					    .stack_size = (uint32_t)(16 * frames)}};
	const uint64_t *chain =
		user_stack_chain_at_once(p->stacks, &ev, MASK, p->space, n);

	assert_non_null(chain);
	return chain;
}

/* Checks the kernel's part, the instruction, and 'frames' callers after it. */
static void check_begin(const uint64_t *chain, size_t n, size_t frames)
{
	assert_in_range(n, frames + 4, 4096);
	assert_int_equal(chain[0], CALLCHAIN_KERNEL);
	assert_int_equal(chain[1], KERNEL);
	assert_int_equal(chain[2], CALLCHAIN_USER);
	assert_int_equal(chain[3], CODE);
	for (size_t i = 0; i < frames; i++)
		assert_int_equal(chain[4 + i], RETURN(i));
}

static void a_stack_takes_the_place_of_the_kernels(void **state)
{
	const uint64_t kernels[] = {CALLCHAIN_KERNEL, KERNEL, CALLCHAIN_USER, CODE,
				    0x1234};
	const uint64_t *chain;
	size_t n;

	chain = chain_of(*state, FRAMES, kernels, array_size(kernels), &n);
	check_begin(chain, n, FRAMES);
	/* A frame pointer of 0 is no end of a stack. */
	assert_int_equal(n, FRAMES + 5);
	assert_int_equal(chain[n - 1], CALLCHAIN_BROKEN);
	/* Without a chain the kernel's part is where it was interrupted. */
	chain = chain_of(*state, FRAMES, NULL, 0, &n);
	check_begin(chain, n, FRAMES);
	assert_int_equal(n, FRAMES + 5);
}

static void a_short_copy_is_told(void **state)
{
	const uint64_t kernels[] = {CALLCHAIN_KERNEL, KERNEL, CALLCHAIN_USER, CODE};
	const uint64_t *chain;
	size_t n;

	chain = chain_of(*state, 6, kernels, array_size(kernels), &n);
	check_begin(chain, n, 6);
	assert_int_equal(n, 6 + 5);
	assert_int_equal(chain[n - 1], CALLCHAIN_TRUNCATED);
	/* The instruction is always there. */
	chain = chain_of(*state, 0, kernels, array_size(kernels), &n);
	check_begin(chain, n, 0);
	assert_int_equal(chain[n - 1], CALLCHAIN_TRUNCATED);
}

static void what_makes_no_sense_is_told(void **state)
{
	struct program *p = *state;
	const uint64_t kernels[] = {CALLCHAIN_KERNEL, KERNEL};
	const uint64_t *chain;
	size_t n;

	p->stack[2 * 5] = STACK + 8; /* leads down */
	chain = chain_of(p, FRAMES, kernels, array_size(kernels), &n);
	check_begin(chain, n, 6);
	assert_int_equal(chain[n - 1], CALLCHAIN_BROKEN);
}

/* The kernel's chain: the same frames, 'frames' altogether. */
static size_t kernels_chain(uint64_t *chain, size_t frames)
{
	size_t n = 0;

	chain[n++] = CALLCHAIN_KERNEL;
	chain[n++] = KERNEL;
	chain[n++] = CALLCHAIN_USER;
	chain[n++] = CODE;
	for (size_t i = 0; i < frames; i++)
		chain[n++] = RETURN(i);
	return n;
}

/* The kernel's chain continues after the end of the copy; but its end is not the end of
 * the stack. */
static void the_kernels_chain_continues_a_short_copy(void **state)
{
	uint64_t kernels[256];
	size_t n, n_kernels = kernels_chain(kernels, 20);
	const uint64_t *chain = chain_of(*state, 8, kernels, n_kernels, &n);

	check_begin(chain, n, 20);
	assert_int_equal(n, 20 + 5);
	assert_int_equal(chain[n - 1], CALLCHAIN_TRUNCATED);
	n_kernels = kernels_chain(kernels, 127);
	chain = chain_of(*state, 8, kernels, n_kernels, &n);
	check_begin(chain, n, 127);
	assert_int_equal(chain[n - 1], CALLCHAIN_TRUNCATED);
}

/* The kernel's chain is used only from the frame at which the copy ends: its entries
 * start at the frame pointer of the sample. */
static void the_kernels_chain_continues_no_other_frame(void **state)
{
	struct program *p = *state;
	uint64_t kernels[256];
	size_t n, n_kernels = kernels_chain(kernels, 20);
	const uint64_t *chain;

	/* The frame after the copy has another frame pointer than the kernel's chain was
	 * read by. */
	p->stack[2 * 7] = STACK + 4096;
	chain = chain_of(p, 8, kernels, n_kernels, &n);
	check_begin(chain, n, 9);
	assert_int_equal(n, 20 + 5);
	/* A chain of another instruction. */
	kernels[3] = CODE + 8;
	chain = chain_of(p, 8, kernels, n_kernels, &n);
	check_begin(chain, n, 8);
	assert_int_equal(n, 8 + 5);
	assert_int_equal(chain[n - 1], CALLCHAIN_TRUNCATED);
}

/* A number outside of all executable mappings is no frame. */
static void numbers_are_no_frames(void **state)
{
	uint64_t kernels[256];
	size_t n, n_kernels = kernels_chain(kernels, 20);
	const uint64_t *chain;

	kernels[4 + 12] = 0x1234;
	chain = chain_of(*state, 8, kernels, n_kernels, &n);
	check_begin(chain, n, 12);
	assert_int_equal(n, 12 + 5);
	assert_int_equal(chain[n - 1], CALLCHAIN_TRUNCATED);
}

static void a_stack_of_32_bits_is_marked(void **state)
{
	struct program *p = *state;
	const uint64_t kernels[] = {CALLCHAIN_USER, CODE, RETURN(0)};
	const struct event ev = {.kind = EVENT_SAMPLE,
				 .sample = {.addr = CODE,
					    .cpumode = 2,
					    .chain = kernels,
					    .n_chain = array_size(kernels),
					    .regs = p->registers,
					    .stack = p->stack,
					    .is_32_bit = true}};
	const uint64_t want[] = {CALLCHAIN_USER, CODE, RETURN(0), CALLCHAIN_32_BIT};
	size_t n;
	const uint64_t *chain =
		user_stack_chain_at_once(p->stacks, &ev, MASK, p->space, &n);

	assert_int_equal(n, array_size(want));
	assert_memory_equal(chain, want, sizeof(want));
}

/* The kernel's order is AX BX CX DX SI DI BP SP IP, then flags and segments, then R8 to
 * R15. */
static void registers_have_the_numbers_of_dwarf(void **state)
{
	static const unsigned wanted[REGISTERS] = {
		0,	     3,		  2, 1, 4,  5,	6,  7,	16, UNWIND_REGS,
		UNWIND_REGS, UNWIND_REGS, 8, 9, 10, 11, 12, 13, 14, 15};
	uint64_t words[REGISTERS];
	struct unwind_regs regs;
	struct bytes b;

	(void)state;
	for (size_t i = 0; i < REGISTERS; i++)
		words[i] = 1000 + i;
	b = bytes_of(words, sizeof(words));
	unwind_regs_from_perf(&regs, UNWIND_X86_64, MASK, &b);
	assert_int_equal(regs.known, 0x1ffff);
	for (size_t i = 0; i < REGISTERS; i++)
		if (wanted[i] < UNWIND_REGS)
			assert_int_equal(regs.values[wanted[i]], words[i]);
	/* Words that are not there are of no register. */
	b = bytes_of(words, sizeof(*words));
	unwind_regs_from_perf(&regs, UNWIND_ARM64, UINT64_MAX, &b);
	assert_int_equal(regs.known, 1);
}

static void not_every_sample_can_be_unwound(void **state)
{
	struct program *p = *state;
	const struct sample good = {
		.regs = p->registers, .stack = p->stack, .cpumode = 2};
	struct sample s = good;

	assert_true(user_stack_is_in(&s));
	s.regs = NULL;
	assert_false(user_stack_is_in(&s));
	/* perf wants single registers for reasons of its own. */
	s = good;
	s.stack = NULL;
	assert_false(user_stack_is_in(&s));
	s = good;
	s.cpumode = 5; /* PERF_RECORD_MISC_GUEST_USER */
	assert_false(user_stack_is_in(&s));
	assert_null(user_stack_new("mips", &p->spaces, &p->dsos, p->tables));
	assert_null(user_stack_new(NULL, &p->spaces, &p->dsos, p->tables));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stack_takes_the_place_of_the_kernels),
		TEST(a_short_copy_is_told),
		TEST(what_makes_no_sense_is_told),
		TEST(the_kernels_chain_continues_a_short_copy),
		TEST(the_kernels_chain_continues_no_other_frame),
		TEST(numbers_are_no_frames),
		TEST(a_stack_of_32_bits_is_marked),
		cmocka_unit_test(registers_have_the_numbers_of_dwarf),
		TEST(not_every_sample_can_be_unwound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

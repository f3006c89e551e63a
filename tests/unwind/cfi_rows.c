#include "tests/unwind/cfi_rows.h"

#include "base/mem.h"
#include "tests/test.h"

enum { DATA_ALIGN = -8, STEPS = 1000 };

int cfi_rows_set_up(void **state)
{
	struct cfi_rows *f = mem_new(1, sizeof(*f));

	*state = f;
	f->steps = STEPS;
	f->context = (struct cfi_context){
		.code_align = 1,
		.data_align = DATA_ALIGN,
		.regs = UNWIND_X86_IP + 1,
		.start = {.head = {.cfa = 8, .cfa_reg = 7, .ra = 16, .n = 1},
			  .saved = {{16, UNWIND_AT_CFA, -8}}},
		.expressions = &f->expressions,
		.steps_left = &f->steps,
	};
	return 0;
}

int cfi_rows_tear_down(void **state)
{
	struct cfi_rows *f = *state;

	cfi_expressions_release(&f->expressions);
	mem_free(f);
	return 0;
}

bool cfi_rows_next(struct cfi_rows *f)
{
	return cfi_program_next(&f->p, &f->start, &f->end);
}

void cfi_rows_begin(struct cfi_rows *f, const void *program, size_t size)
{
	cfi_program_init(&f->p, &f->context, bytes_of(program, size), START, END);
}

const struct unwind_saved *cfi_rows_saved(const struct cfi_rows *f, unsigned reg)
{
	for (unsigned i = 0; i < f->p.rule.head.n; i++)
		if (f->p.rule.saved[i].reg == reg)
			return &f->p.rule.saved[i];
	return NULL;
}

void expect_saved(const struct cfi_rows *f, unsigned reg, enum unwind_how how,
		  int32_t value)
{
	const struct unwind_saved *s = cfi_rows_saved(f, reg);

	assert_non_null(s);
	assert_int_equal(s->how, how);
	assert_int_equal(s->value, value);
}

void expect_row(const struct cfi_rows *f, uint64_t start, uint64_t end)
{
	assert_int_equal(f->start, start);
	assert_int_equal(f->end, end);
}

void expect_cfa(const struct cfi_rows *f, unsigned reg, int32_t offset)
{
	assert_int_equal(f->p.rule.head.cfa_reg, reg);
	assert_int_equal(f->p.rule.head.cfa, offset);
}

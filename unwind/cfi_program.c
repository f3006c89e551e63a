#include "unwind/cfi_program.h"

#include "base/narrow.h"

#include <assert.h>

/* DW_CFA_*, without libdw's <dwarf.h>. The first three have an operand in their lower six
 * bits. */
enum {
	CFA_ADVANCE = 0x40,
	CFA_OFFSET = 0x80,
	CFA_RESTORE = 0xc0,
	CFA_NOP = 0,
	CFA_ADVANCE1 = 0x02,
	CFA_ADVANCE2,
	CFA_ADVANCE4,
	CFA_OFFSET_EXTENDED,
	CFA_RESTORE_EXTENDED,
	CFA_UNDEFINED,
	CFA_SAME_VALUE,
	CFA_REGISTER,
	CFA_REMEMBER,
	CFA_RESTORE_STATE,
	CFA_DEF,
	CFA_DEF_REGISTER,
	CFA_DEF_OFFSET,
	CFA_DEF_EXPRESSION,
	CFA_EXPRESSION,
	CFA_OFFSET_SIGNED,
	CFA_DEF_SIGNED,
	CFA_DEF_OFFSET_SIGNED,
	CFA_VAL_OFFSET,
	CFA_VAL_OFFSET_SIGNED,
	CFA_VAL_EXPRESSION,
	CFA_NEGATE_RA_STATE = 0x2d, /* arm64: not needed, as signatures are masked */
	CFA_ARGS_SIZE = 0x2e,
	CFA_NEGATIVE_OFFSET = 0x2f,
};

enum { EXPRESSIONS_MAX = 16 << 20 }; /* in bytes, all together */

void cfi_expressions_release(struct cfi_expressions *e)
{
	vec_release(&e->bytes);
	vec_release(&e->items);
	hashmap_release(&e->by_hash);
}

/* Adds an expression unless it is there, and returns its number; -1 if it is empty, or if
 * there are too many. */
static int32_t expression_add(struct cfi_expressions *e, const uint8_t *data, size_t size)
{
	const struct cfi_expression *items = e->items.items;
	const uint8_t *bytes = e->bytes.items;
	uint64_t hash;
	uint32_t number;

	if (!size)
		return -1;
	hash = hash_bytes(data, size, 0);
	number = hashmap_find(&e->by_hash, hash, v,
			      items[v].size == size &&
				      !memcmp(bytes + items[v].at, data, size));
	if (number != HASHMAP_NONE)
		return (int32_t)number;
	if (size > EXPRESSIONS_MAX - e->bytes.n || e->items.n >= EXPRESSIONS_MAX)
		return -1;
	number = narrow_u32(e->items.n);
	hashmap_put(&e->by_hash, hash, number);
	vec_push(&e->items,
		 ((struct cfi_expression){narrow_u32(e->bytes.n), narrow_u32(size)}));
	vec_reserve(&e->bytes, size);
	memcpy(e->bytes.items + e->bytes.n, data, size);
	e->bytes.n += size;
	return (int32_t)number;
}

/* Reads an expression after its length, and returns its number. */
static int32_t expression_read(struct cfi_program *p)
{
	uint64_t size = bytes_uleb(&p->in);
	const uint8_t *data = bytes_take(&p->in, size);
	int32_t number = data ? expression_add(p->context->expressions, data, size) : -1;

	p->in.failed |= number < 0;
	return number;
}

static int32_t offset_narrow(struct cfi_program *p, int64_t value)
{
	p->in.failed |= value != (int32_t)value;
	return (int32_t)value;
}

static int32_t offset_factored(struct cfi_program *p, int64_t value)
{
	p->in.failed |= __builtin_mul_overflow(value, p->context->data_align, &value);
	return offset_narrow(p, value);
}

/* The index of a register in the list, or the index where it belongs. */
static unsigned saved_index(const struct cfi_rule *rule, uint64_t reg)
{
	unsigned at = 0;

	while (at < rule->head.n && rule->saved[at].reg < reg)
		at++;
	return at;
}

static void saved_remove(struct cfi_rule *rule, uint64_t reg)
{
	unsigned at = saved_index(rule, reg);

	if (at == rule->head.n || rule->saved[at].reg != reg)
		return;
	rule->head.n--;
	memmove(&rule->saved[at], &rule->saved[at + 1],
		(rule->head.n - at) * sizeof(*rule->saved));
}

static void saved_set(struct cfi_program *p, uint64_t reg, enum unwind_how how,
		      int32_t value)
{
	struct cfi_rule *rule = &p->rule;
	unsigned at = saved_index(rule, reg);

	if (reg >= p->context->regs)
		return;
	if (at == rule->head.n || rule->saved[at].reg != reg) {
		memmove(&rule->saved[at + 1], &rule->saved[at],
			(rule->head.n - at) * sizeof(*rule->saved));
		rule->head.n++;
	}
	rule->saved[at] = (struct unwind_saved){(uint16_t)reg, (uint16_t)how, value};
}

static void saved_restore(struct cfi_program *p, uint64_t reg)
{
	const struct cfi_rule *start = &p->context->start;
	unsigned at = saved_index(start, reg);

	if (at < start->head.n && start->saved[at].reg == reg)
		saved_set(p, reg, start->saved[at].how, start->saved[at].value);
	else
		saved_remove(&p->rule, reg);
}

static void cfa_register_set(struct cfi_program *p, uint64_t reg)
{
	p->in.failed |= reg >= UNWIND_REGS;
	p->rule.head.cfa_reg = (uint8_t)reg;
}

static void state_remember(struct cfi_program *p)
{
	if (p->n_remembered == CFI_REMEMBERED) {
		p->in.failed = true;
		return;
	}
	p->remembered[p->n_remembered++] = p->rule;
}

static void state_restore(struct cfi_program *p)
{
	if (!p->n_remembered) {
		p->in.failed = true;
		return;
	}
	p->rule = p->remembered[--p->n_remembered];
}

/* Executes an instruction that defines the CFA; returns false for other instructions. */
static bool cfa_define(struct cfi_program *p, uint8_t op)
{
	struct unwind_rule *head = &p->rule.head;

	/* Only a CFA of a register and an offset has one of them to change (DWARF 5,
	 * 6.4.2.2). */
	p->in.failed |= head->cfa_reg == UNWIND_NO_REG &&
			(op == CFA_DEF_REGISTER || op == CFA_DEF_OFFSET ||
			 op == CFA_DEF_OFFSET_SIGNED);
	switch (op) {
	case CFA_DEF:
	case CFA_DEF_SIGNED:
	case CFA_DEF_REGISTER:
		cfa_register_set(p, bytes_uleb(&p->in));
		if (op == CFA_DEF)
			head->cfa = offset_narrow(p, (int64_t)bytes_uleb(&p->in));
		else if (op == CFA_DEF_SIGNED)
			head->cfa = offset_factored(p, bytes_sleb(&p->in));
		return true;
	case CFA_DEF_OFFSET:
		head->cfa = offset_narrow(p, (int64_t)bytes_uleb(&p->in));
		return true;
	case CFA_DEF_OFFSET_SIGNED:
		head->cfa = offset_factored(p, bytes_sleb(&p->in));
		return true;
	case CFA_DEF_EXPRESSION:
		head->cfa_reg = UNWIND_NO_REG;
		head->cfa = expression_read(p);
		return true;
	default:
		return false;
	}
}

/* Executes an instruction that defines the caller's value of a register; returns false
 * for other instructions. */
static bool register_define(struct cfi_program *p, uint8_t op, uint64_t reg)
{
	struct bytes *in = &p->in;

	switch (op) {
	case CFA_OFFSET_EXTENDED:
		saved_set(p, reg, UNWIND_AT_CFA,
			  offset_factored(p, (int64_t)bytes_uleb(in)));
		return true;
	case CFA_OFFSET_SIGNED:
		saved_set(p, reg, UNWIND_AT_CFA, offset_factored(p, bytes_sleb(in)));
		return true;
	case CFA_NEGATIVE_OFFSET:
		saved_set(p, reg, UNWIND_AT_CFA,
			  offset_factored(p, (int64_t)-bytes_uleb(in)));
		return true;
	case CFA_VAL_OFFSET:
		saved_set(p, reg, UNWIND_CFA,
			  offset_factored(p, (int64_t)bytes_uleb(in)));
		return true;
	case CFA_VAL_OFFSET_SIGNED:
		saved_set(p, reg, UNWIND_CFA, offset_factored(p, bytes_sleb(in)));
		return true;
	case CFA_REGISTER:
		saved_set(p, reg, UNWIND_REGISTER,
			  offset_narrow(p, (int64_t)bytes_uleb(in)));
		return true;
	case CFA_EXPRESSION:
		saved_set(p, reg, UNWIND_AT_RESULT, expression_read(p));
		return true;
	case CFA_VAL_EXPRESSION:
		saved_set(p, reg, UNWIND_RESULT, expression_read(p));
		return true;
	case CFA_UNDEFINED:
		saved_set(p, reg, UNWIND_UNDEFINED, 0);
		return true;
	case CFA_SAME_VALUE:
		saved_remove(&p->rule, reg);
		return true;
	case CFA_RESTORE_EXTENDED:
		saved_restore(p, reg);
		return true;
	default:
		return false;
	}
}

static void location_advance(struct cfi_program *p, uint64_t by)
{
	uint64_t to;

	if (__builtin_mul_overflow(by, p->context->code_align, &by) ||
	    __builtin_add_overflow(p->vaddr, by, &to) || to > p->end)
		to = p->end;
	p->vaddr = to;
}

/* Executes an instruction that defines nothing. */
static void other_instruction_execute(struct cfi_program *p, uint8_t op)
{
	switch (op) {
	case CFA_NOP:
	case CFA_NEGATE_RA_STATE:
		return;
	case CFA_ADVANCE1:
		location_advance(p, bytes_u8(&p->in));
		return;
	case CFA_ADVANCE2:
		location_advance(p, bytes_u16(&p->in));
		return;
	case CFA_ADVANCE4:
		location_advance(p, bytes_u32(&p->in));
		return;
	case CFA_REMEMBER:
		state_remember(p);
		return;
	case CFA_RESTORE_STATE:
		state_restore(p);
		return;
	case CFA_ARGS_SIZE:
		bytes_uleb(&p->in);
		return;
	default:
		p->in.failed = true;
	}
}

static bool is_register_definition(uint8_t op)
{
	return (op >= CFA_OFFSET_EXTENDED && op <= CFA_REGISTER) ||
	       op == CFA_EXPRESSION || op == CFA_OFFSET_SIGNED ||
	       (op >= CFA_VAL_OFFSET && op <= CFA_VAL_EXPRESSION) ||
	       op == CFA_NEGATIVE_OFFSET;
}

static void instruction_execute(struct cfi_program *p)
{
	uint8_t op = bytes_u8(&p->in), operand = op & 0x3f;

	switch (op & 0xc0) {
	case CFA_ADVANCE:
		location_advance(p, operand);
		return;
	case CFA_OFFSET:
		saved_set(p, operand, UNWIND_AT_CFA,
			  offset_factored(p, (int64_t)bytes_uleb(&p->in)));
		return;
	case CFA_RESTORE:
		saved_restore(p, operand);
		return;
	default:
		if (is_register_definition(op))
			register_define(p, op, bytes_uleb(&p->in));
		else if (!cfa_define(p, op))
			other_instruction_execute(p, op);
	}
}

void cfi_program_init(struct cfi_program *p, const struct cfi_context *context,
		      struct bytes in, uint64_t start, uint64_t end)
{
	assert(start < end);
	p->context = context;
	p->in = in;
	p->vaddr = start;
	p->end = end;
	p->rule = context->start;
	p->n_remembered = 0;
	p->is_over = false;
}

bool cfi_program_next(struct cfi_program *p, uint64_t *start, uint64_t *end)
{
	*start = p->vaddr;
	while (!p->is_over && p->vaddr == *start) {
		if (!bytes_left(&p->in)) {
			p->is_over = true;
		} else if (!*p->context->steps_left) {
			p->in.failed = true;
		} else {
			--*p->context->steps_left;
			instruction_execute(p);
		}
		/* After a damaged instruction both the rule and its range are unknown. */
		if (p->in.failed)
			return false;
	}
	*end = p->is_over ? p->end : p->vaddr;
	p->vaddr = *end;
	return *start < *end;
}

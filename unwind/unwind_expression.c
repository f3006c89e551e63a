#include "unwind/unwind_expression.h"

enum { DEPTH_MAX = 16 };

/* DW_OP_*, without libdw's <dwarf.h>. */
enum {
	OP_ADDR = 0x03,
	OP_DEREF = 0x06,
	OP_CONST1U = 0x08,
	OP_CONST1S,
	OP_CONST2U,
	OP_CONST2S,
	OP_CONST4U,
	OP_CONST4S,
	OP_CONST8U,
	OP_CONST8S,
	OP_CONSTU,
	OP_CONSTS,
	OP_DUP,
	OP_DROP,
	OP_OVER,
	OP_SWAP = 0x16,
	OP_AND = 0x1a,
	OP_MINUS = 0x1c,
	OP_MUL = 0x1e,
	OP_NEG,
	OP_NOT,
	OP_OR,
	OP_PLUS,
	OP_PLUS_UCONST,
	OP_SHL,
	OP_SHR,
	OP_SHRA,
	OP_XOR,
	OP_EQ = 0x29,
	OP_GE,
	OP_GT,
	OP_LE,
	OP_LT,
	OP_NE,
	OP_LIT0 = 0x30,
	OP_BREG0 = 0x70,
	OP_BREGX = 0x92,
	OP_NOP = 0x96,
};

struct evaluation {
	struct bytes program;
	const struct unwind_regs *regs;
	struct unwind_stack *stack;
	uint64_t items[DEPTH_MAX];
	size_t n;
	bool failed;
};

static void stack_push(struct evaluation *m, uint64_t value)
{
	if (m->n == DEPTH_MAX) {
		m->failed = true;
		return;
	}
	m->items[m->n++] = value;
}

static uint64_t stack_pop(struct evaluation *m)
{
	if (!m->n) {
		m->failed = true;
		return 0;
	}
	return m->items[--m->n];
}

static void register_push(struct evaluation *m, uint64_t reg, int64_t offset)
{
	if (reg >= UNWIND_REGS || !unwind_regs_has(m->regs, (unsigned)reg))
		m->failed = true;
	else
		stack_push(m, m->regs->values[reg] + (uint64_t)offset);
}

/* Pushes the operand of an operation for constants; returns false for other
 * operations. */
static bool constant_push(struct evaluation *m, uint8_t op)
{
	struct bytes *b = &m->program;

	switch (op) {
	case OP_CONST1U:
		stack_push(m, bytes_u8(b));
		return true;
	case OP_CONST1S:
		stack_push(m, (uint64_t)(int8_t)bytes_u8(b));
		return true;
	case OP_CONST2U:
		stack_push(m, bytes_u16(b));
		return true;
	case OP_CONST2S:
		stack_push(m, (uint64_t)(int16_t)bytes_u16(b));
		return true;
	case OP_CONST4U:
		stack_push(m, bytes_u32(b));
		return true;
	case OP_CONST4S:
		stack_push(m, (uint64_t)(int32_t)bytes_u32(b));
		return true;
	case OP_ADDR:
	case OP_CONST8U:
	case OP_CONST8S:
		stack_push(m, bytes_u64(b));
		return true;
	case OP_CONSTU:
		stack_push(m, bytes_uleb(b));
		return true;
	case OP_CONSTS:
		stack_push(m, (uint64_t)bytes_sleb(b));
		return true;
	default:
		return false;
	}
}

/* The result of an operation on 'a', the second from the top, and 'b', the top. */
static uint64_t binary_result(struct evaluation *m, uint8_t op, uint64_t a, uint64_t b)
{
	switch (op) {
	case OP_AND:
		return a & b;
	case OP_MINUS:
		return a - b;
	case OP_MUL:
		return a * b;
	case OP_OR:
		return a | b;
	case OP_PLUS:
		return a + b;
	case OP_SHL:
		return b < 64 ? a << b : 0;
	case OP_SHR:
		return b < 64 ? a >> b : 0;
	case OP_SHRA:
		return (uint64_t)((int64_t)a >> (b < 64 ? b : 63));
	case OP_XOR:
		return a ^ b;
	case OP_EQ:
		return a == b;
	case OP_GE:
		return (int64_t)a >= (int64_t)b;
	case OP_GT:
		return (int64_t)a > (int64_t)b;
	case OP_LE:
		return (int64_t)a <= (int64_t)b;
	case OP_LT:
		return (int64_t)a < (int64_t)b;
	case OP_NE:
		return a != b;
	default:
		m->failed = true;
		return 0;
	}
}

static void word_push(struct evaluation *m)
{
	uint64_t word = 0;

	m->failed |= !unwind_stack_word(m->stack, stack_pop(m), &word);
	stack_push(m, word);
}

static void stack_calculate(struct evaluation *m, uint8_t op)
{
	uint64_t top = stack_pop(m), below;

	switch (op) {
	case OP_DROP:
		return;
	case OP_DUP:
		stack_push(m, top);
		stack_push(m, top);
		return;
	case OP_NEG:
		stack_push(m, -top);
		return;
	case OP_NOT:
		stack_push(m, ~top);
		return;
	case OP_PLUS_UCONST:
		stack_push(m, top + bytes_uleb(&m->program));
		return;
	default:
		break;
	}
	below = stack_pop(m);
	if (op == OP_OVER || op == OP_SWAP) {
		if (op == OP_OVER)
			stack_push(m, below);
		stack_push(m, top);
		stack_push(m, below);
		return;
	}
	stack_push(m, binary_result(m, op, below, top));
}

static void operation_execute(struct evaluation *m, uint8_t op)
{
	if (op >= OP_LIT0 && op < OP_LIT0 + 32) {
		stack_push(m, op - OP_LIT0);
	} else if (op >= OP_BREG0 && op < OP_BREG0 + 32) {
		register_push(m, op - OP_BREG0, bytes_sleb(&m->program));
	} else if (op == OP_BREGX) {
		uint64_t reg = bytes_uleb(&m->program);

		register_push(m, reg, bytes_sleb(&m->program));
	} else if (op == OP_DEREF) {
		word_push(m);
	} else if (op != OP_NOP && !constant_push(m, op)) {
		stack_calculate(m, op);
	}
}

bool unwind_expression(struct bytes program, const struct unwind_regs *regs,
		       struct unwind_stack *stack, const uint64_t *first,
		       uint64_t *result)
{
	struct evaluation m = {.program = program, .regs = regs, .stack = stack};

	if (first)
		stack_push(&m, *first);
	while (bytes_left(&m.program) && !m.failed)
		operation_execute(&m, bytes_u8(&m.program));
	*result = stack_pop(&m);
	return !m.failed && !m.program.failed;
}

#include "unwind/unwind_expression.h"

enum { DEPTH_MAX = 16 };

/* DW_OP_*: <dwarf.h> is libdw's. */
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

struct machine {
	struct bytes program;
	const struct unwind_regs *regs;
	struct unwind_stack *stack;
	uint64_t items[DEPTH_MAX];
	size_t n;
	bool failed;
};

static void push(struct machine *m, uint64_t value)
{
	if (m->n == DEPTH_MAX) {
		m->failed = true;
		return;
	}
	m->items[m->n++] = value;
}

static uint64_t pop(struct machine *m)
{
	if (!m->n) {
		m->failed = true;
		return 0;
	}
	return m->items[--m->n];
}

static void push_register(struct machine *m, uint64_t reg, int64_t offset)
{
	if (reg >= UNWIND_REGS || !unwind_regs_has(m->regs, (unsigned)reg))
		m->failed = true;
	else
		push(m, m->regs->values[reg] + (uint64_t)offset);
}

/* False: it is no constant. */
static bool push_constant(struct machine *m, uint8_t op)
{
	struct bytes *b = &m->program;

	switch (op) {
	case OP_CONST1U:
		push(m, bytes_u8(b));
		return true;
	case OP_CONST1S:
		push(m, (uint64_t)(int8_t)bytes_u8(b));
		return true;
	case OP_CONST2U:
		push(m, bytes_u16(b));
		return true;
	case OP_CONST2S:
		push(m, (uint64_t)(int16_t)bytes_u16(b));
		return true;
	case OP_CONST4U:
		push(m, bytes_u32(b));
		return true;
	case OP_CONST4S:
		push(m, (uint64_t)(int32_t)bytes_u32(b));
		return true;
	case OP_ADDR:
	case OP_CONST8U:
	case OP_CONST8S:
		push(m, bytes_u64(b));
		return true;
	case OP_CONSTU:
		push(m, bytes_uleb(b));
		return true;
	case OP_CONSTS:
		push(m, (uint64_t)bytes_sleb(b));
		return true;
	default:
		return false;
	}
}

/* The second from the top, and the top. */
static uint64_t of_two(struct machine *m, uint8_t op, uint64_t a, uint64_t b)
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

static void deref(struct machine *m)
{
	uint64_t word = 0;

	m->failed |= !unwind_stack_word(m->stack, pop(m), &word);
	push(m, word);
}

static void calculate(struct machine *m, uint8_t op)
{
	uint64_t top = pop(m), below;

	switch (op) {
	case OP_DROP:
		return;
	case OP_DUP:
		push(m, top);
		push(m, top);
		return;
	case OP_NEG:
		push(m, -top);
		return;
	case OP_NOT:
		push(m, ~top);
		return;
	case OP_PLUS_UCONST:
		push(m, top + bytes_uleb(&m->program));
		return;
	default:
		break;
	}
	below = pop(m);
	if (op == OP_OVER || op == OP_SWAP) {
		if (op == OP_OVER)
			push(m, below);
		push(m, top);
		push(m, below);
		return;
	}
	push(m, of_two(m, op, below, top));
}

static void run(struct machine *m, uint8_t op)
{
	if (op >= OP_LIT0 && op < OP_LIT0 + 32) {
		push(m, op - OP_LIT0);
	} else if (op >= OP_BREG0 && op < OP_BREG0 + 32) {
		push_register(m, op - OP_BREG0, bytes_sleb(&m->program));
	} else if (op == OP_BREGX) {
		uint64_t reg = bytes_uleb(&m->program);

		push_register(m, reg, bytes_sleb(&m->program));
	} else if (op == OP_DEREF) {
		deref(m);
	} else if (op != OP_NOP && !push_constant(m, op)) {
		calculate(m, op);
	}
}

bool unwind_expression(struct bytes program, const struct unwind_regs *regs,
		       struct unwind_stack *stack, const uint64_t *first,
		       uint64_t *result)
{
	struct machine m = {.program = program, .regs = regs, .stack = stack};

	if (first)
		push(&m, *first);
	while (bytes_left(&m.program) && !m.failed)
		run(&m, bytes_u8(&m.program));
	*result = pop(&m);
	return !m.failed && !m.program.failed;
}

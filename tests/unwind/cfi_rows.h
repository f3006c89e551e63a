/* Test support: executes instructions of call frame information, and checks the rows. */
#pragma once

#include "unwind/cfi.h"

/* The code that the rows are of. */
enum { START = 0x1000, END = 0x1100 };

/* DW_CFA_* of DWARF 5, 7.24. */
enum {
	ADVANCE = 0x40,
	OFFSET = 0x80,
	RESTORE = 0xc0,
	ADVANCE_1 = 0x02,
	ADVANCE_2 = 0x03,
	ADVANCE_4 = 0x04,
	OFFSET_EXTENDED = 0x05,
	RESTORE_EXTENDED = 0x06,
	UNDEFINED = 0x07,
	SAME_VALUE = 0x08,
	REGISTER = 0x09,
	REMEMBER = 0x0a,
	RESTORE_STATE = 0x0b,
	DEF_CFA = 0x0c,
	DEF_CFA_REGISTER = 0x0d,
	DEF_CFA_OFFSET = 0x0e,
	DEF_CFA_EXPRESSION = 0x0f,
	EXPRESSION = 0x10,
	OFFSET_SF = 0x11,
	DEF_CFA_SF = 0x12,
	DEF_CFA_OFFSET_SF = 0x13,
	VAL_OFFSET = 0x14,
	VAL_OFFSET_SF = 0x15,
	VAL_EXPRESSION = 0x16,
	ARGS_SIZE = 0x2e,
	NEGATIVE_OFFSET = 0x2f,
};

/* A context, and the current row of a program. */
struct cfi_rows {
	struct cfi_expressions expressions;
	struct cfi_context context;
	uint64_t steps;
	struct cfi_program p;
	uint64_t start, end;
};

int cfi_rows_set_up(void **state);
int cfi_rows_tear_down(void **state);

/* Begins a program of 'size' bytes for [START, END). */
void cfi_rows_begin(struct cfi_rows *f, const void *program, size_t size);

/* The next row, false at the end. */
bool cfi_rows_next(struct cfi_rows *f);

/* The rule of a register in the current row, NULL if it has none. */
const struct unwind_saved *cfi_rows_saved(const struct cfi_rows *f, unsigned reg);

/* These assert a part of the current row. */
void expect_saved(const struct cfi_rows *f, unsigned reg, enum unwind_how how,
		  int32_t value);
void expect_row(const struct cfi_rows *f, uint64_t start, uint64_t end);
void expect_cfa(const struct cfi_rows *f, unsigned reg, int32_t offset);

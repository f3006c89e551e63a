/* The rule by which a frame is left, in memory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The caller's value of a register. */
enum unwind_how {
	UNWIND_AT_CFA,	  /* the word at CFA + 'value' */
	UNWIND_CFA,	  /* CFA + 'value' */
	UNWIND_REGISTER,  /* the value of register number 'value' */
	UNWIND_AT_RESULT, /* the word at the result of expression number 'value' */
	UNWIND_RESULT,	  /* the result of expression number 'value' */
	UNWIND_UNDEFINED, /* unknown */
};

/* Without padding, so that equal rules have equal bytes. */
struct unwind_saved {
	uint16_t reg; /* DWARF number */
	uint16_t how; /* enum unwind_how */
	int32_t value;
};

/* The canonical frame address (CFA) is the caller's stack pointer after the call
 * returned: the value of register 'cfa_reg' plus 'cfa', or the result of expression
 * number 'cfa'. The rule is followed in memory by 'n' struct unwind_saved in order of
 * their registers; other registers keep their value. */
struct unwind_rule {
	int32_t cfa;
	uint8_t cfa_reg; /* UNWIND_NO_REG: an expression */
	uint8_t ra;	 /* the register that holds the return address afterwards */
	/* The frame is that of a signal: its caller was interrupted and made no call. */
	bool is_signal;
	uint8_t n;
};

enum { UNWIND_NO_REG = 255 };

static inline const struct unwind_saved *unwind_rule_saved(const struct unwind_rule *rule)
{
	return (const void *)(rule + 1);
}

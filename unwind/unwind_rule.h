/* How frames are left, in memory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum unwind_how {
	UNWIND_AT_CFA,	  /* in memory at the CFA + 'value' */
	UNWIND_CFA,	  /* it is the CFA + 'value' */
	UNWIND_REGISTER,  /* in register 'value' */
	UNWIND_AT_RESULT, /* in memory where expression 'value' says */
	UNWIND_RESULT,	  /* it is what expression 'value' gives */
	UNWIND_UNDEFINED, /* lost */
};

/* Without gaps, so that equal rules are equal bytes. */
struct unwind_saved {
	uint16_t reg; /* DWARF number */
	uint16_t how; /* enum unwind_how */
	int32_t value;
};

/* How a frame is left. The canonical frame address (CFA), which is the stack pointer of the caller
 * behind its call, is register 'cfa_reg' + 'cfa', or what expression 'cfa' gives. 'n' struct
 * unwind_saved follow, by register; those that are not listed are unchanged. */
struct unwind_rule {
	int32_t cfa;
	uint8_t cfa_reg; /* UNWIND_NO_REG: an expression */
	uint8_t ra;	 /* the register that has the return address */
	bool is_signal;	 /* what is returned to was interrupted, and did not call */
	uint8_t n;
};

enum { UNWIND_NO_REG = 255 };

static inline const struct unwind_saved *unwind_rule_saved(const struct unwind_rule *rule)
{
	return (const void *)(rule + 1);
}

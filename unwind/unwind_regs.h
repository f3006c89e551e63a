/* The registers of a frame, by their DWARF numbers, as the psABIs give them. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

enum unwind_arch { UNWIND_X86_64, UNWIND_ARM64 };

/* x86-64: System V psABI, figure 3.36; arm64: "DWARF for the Arm 64-bit Architecture",
 * 4.1, where 32 is the program counter of a signal's context. */
enum {
	UNWIND_X86_BP = 6,
	UNWIND_X86_SP = 7,
	UNWIND_X86_IP = 16,
	UNWIND_ARM_FP = 29,
	UNWIND_ARM_LR = 30,
	UNWIND_ARM_SP = 31,
	UNWIND_ARM_PC = 32,
	UNWIND_REGS = 34,
};

struct unwind_regs {
	uint64_t values[UNWIND_REGS];
	uint64_t known; /* bit i: values[i] is */
};

static inline bool unwind_regs_has(const struct unwind_regs *r, unsigned reg)
{
	return reg < UNWIND_REGS && r->known >> reg & 1;
}

static inline void unwind_regs_set(struct unwind_regs *r, unsigned reg, uint64_t value)
{
	r->values[reg] = value;
	r->known |= (uint64_t)1 << reg;
}

/* Takes the words of PERF_SAMPLE_REGS_USER, one for each bit of 'mask' (the event's
 * sample_regs_user), of a task of 64 bits. The kernel numbers them in its own way: enum
 * perf_event_x86_regs and perf_event_arm_regs (as DWARF does). */
void unwind_regs_from_perf(struct unwind_regs *regs, enum unwind_arch arch, uint64_t mask,
			   struct bytes *words);

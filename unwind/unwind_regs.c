#include "unwind/unwind_regs.h"

/* The DWARF numbers of registers in the order of the kernel's numbers; NONE for flags and
 * segments. */
enum { NONE = UNWIND_REGS };

/* enum perf_event_x86_regs, arch/x86/include/uapi/asm/perf_regs.h */
static const uint8_t x86_64[] = {0,  3,	   2,	 1,    4,    5,	   6,	 7,
				 16, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
				 8,  9,	   10,	 11,   12,   13,   14,	 15};

void unwind_regs_from_perf(struct unwind_regs *regs, enum unwind_arch arch, uint64_t mask,
			   struct bytes *words)
{
	regs->known = 0;
	for (unsigned i = 0; mask >> i; i++) {
		unsigned reg = i;
		uint64_t value;

		if (!(mask >> i & 1))
			continue;
		value = bytes_u64(words);
		if (arch == UNWIND_X86_64)
			reg = i < sizeof(x86_64) ? x86_64[i] : NONE;
		if (reg < UNWIND_REGS && !words->failed)
			unwind_regs_set(regs, reg, value);
		if (i == 63)
			break;
	}
}

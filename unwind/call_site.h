/* Calls and jumps in machine code, found without a disassembler: the call that ends at a
 * return address, the jumps by which a function can be left, and a few known instruction
 * sequences. Pure functions over bytes.
 *
 * Encodings: Intel SDM volume 2 (CALL, JMP, Jcc), Arm ARM C6.2 (BL, BLR, BLRA*, B, BR,
 * BRA*). */
#pragma once

#include "unwind/unwind_regs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum call_kind {
	CALL_UNREAD, /* the code cannot be read */
	CALL_NONE,   /* no call ends at the address */
	CALL_DIRECT,
	CALL_INDIRECT, /* through a register or memory */
};

struct call_site {
	enum call_kind kind;
	int32_t target; /* of a direct call, relative to the return address */
};

/* The longest call has 8 bytes, not counting prefixes. */
enum { CALL_SITE_BYTES = 8 };

/* The call that ends at the end of the 'n' bytes of 'code'; never CALL_UNREAD. If 'n' is
 * less than CALL_SITE_BYTES, longer calls are not found. Bytes that are both a direct and
 * an indirect call count as an indirect one, which proves less. */
struct call_site call_site_before(enum unwind_arch arch, const uint8_t *code, size_t n);

struct jump {
	int64_t target; /* of a direct jump, relative to the first byte of the code */
	bool is_indirect;
};

/* Zero-initialize 'at'; fill in the other fields. */
struct jump_scan {
	enum unwind_arch arch;
	const uint8_t *code;
	size_t size, at;
};

/* Sets *j to the next jump in the code; returns false at the end. x86-64 code is read
 * from every byte, because instruction boundaries are unknown. So some of the jumps are
 * data or parts of other instructions: a jump is evidence only if random numbers rarely
 * have its target. */
bool jump_scan_next(struct jump_scan *s, struct jump *j);

/* Whether the code sets the frame pointer to 0, which marks an outermost frame (System V
 * psABI, "The Stack Frame"; AAPCS64, "The Frame Pointer"). */
bool call_site_clears_frame_pointer(enum unwind_arch arch, const uint8_t *code, size_t n);

/* Whether the code after a call ends the thread or traps, and so does not return to a
 * caller: it has a system call, hlt or ud2 (x86-64), or svc or brk (arm64). */
bool call_site_never_returns(enum unwind_arch arch, const uint8_t *code, size_t n);

/* Whether the last instruction of the code is a system call. */
bool call_site_is_syscall(enum unwind_arch arch, const uint8_t *code, size_t n);

/* Whether a function may end in the code and another one begin: it has a return, hlt,
 * ud2, or the padding between functions. Data with the same bytes counts too. */
bool call_site_ends_function(enum unwind_arch arch, const uint8_t *code, size_t n);

/* The number of bytes before the padding between functions; 'n' if there is no
 * padding. */
size_t call_site_to_padding(enum unwind_arch arch, const uint8_t *code, size_t n);

/* If the code begins with the instructions by which a signal handler returns to the
 * kernel, their size in bytes, else 0. libgcc and gdb know a signal's frame by the same
 * instructions: mov $15,%eax; syscall (x86-64), mov x8,#139; svc #0 (arm64). */
size_t call_site_is_sigreturn(enum unwind_arch arch, const uint8_t *code, size_t n);

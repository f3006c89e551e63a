/* Calls and jumps in machine code, found without disassembling: the call that ends at a return
 * address, and the jumps by which a function can be left. Pure functions over bytes.
 *
 * Encodings: Intel SDM volume 2 (CALL, JMP, Jcc), Arm ARM C6.2 (BL, BLR, BLRA*, B, BR, BRA*). */
#pragma once

#include "unwind/unwind_regs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum call_kind {
	CALL_UNREAD, /* the code cannot be read */
	CALL_NONE,   /* no call ends there */
	CALL_DIRECT,
	CALL_INDIRECT, /* through a register or memory */
};

struct call_site {
	enum call_kind kind;
	int32_t target; /* of a direct call, relative to the return address */
};

enum { CALL_SITE_BYTES = 8 }; /* no call is longer, not counting prefixes */

/* The call that ends where the 'n' bytes of 'code' end. With fewer than CALL_SITE_BYTES, longer
 * calls are not found. Bytes that can be read both ways are an indirect call. */
struct call_site call_site_before(enum unwind_arch arch, const uint8_t *code, size_t n);

struct jump {
	int64_t target; /* of a direct jump, relative to the first byte of the code */
	bool is_indirect;
};

/* Zero-initialize 'at', fill in the rest. */
struct jump_scan {
	enum unwind_arch arch;
	const uint8_t *code;
	size_t size, at;
};

/* The next jump at any byte of the code; false at the end. x86-64 code is read from every byte,
 * so there are jumps among them that the processor never sees: a target proves something only if
 * it is one that few numbers hit. */
bool jump_scan_next(struct jump_scan *s, struct jump *j);

/* Whether the code sets the frame pointer to zero: the mark of an outermost frame (System V psABI,
 * "The Stack Frame"; AAPCS64, "The Frame Pointer"). */
bool call_site_clears_frame_pointer(enum unwind_arch arch, const uint8_t *code, size_t n);

/* Whether the code, after a call, goes on to end the thread or to trap (a system call, hlt, ud2; svc,
 * brk) and does not return. */
bool call_site_never_returns(enum unwind_arch arch, const uint8_t *code, size_t n);

/* Whether the code ends with a system call's instruction. */
bool call_site_is_syscall(enum unwind_arch arch, const uint8_t *code, size_t n);

/* Whether one function may end and another begin somewhere in the code: a return, hlt, ud2, or the
 * padding between functions. Data that looks like one counts. */
bool call_site_ends_function(enum unwind_arch arch, const uint8_t *code, size_t n);

/* How many of the bytes come before the padding that follows a function; 'n' without any. */
size_t call_site_to_padding(enum unwind_arch arch, const uint8_t *code, size_t n);

/* How many bytes of 'code' the instructions take by which a signal handler returns to the kernel,
 * mov $15,%eax; syscall, and by which libgcc and gdb know a signal's frame; 0: others. On arm64:
 * mov x8,#139; svc #0. */
size_t call_site_is_sigreturn(enum unwind_arch arch, const uint8_t *code, size_t n);

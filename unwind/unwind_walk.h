/* One walk up a stack, shared by the modules of the unwinder: unwind.c drives it;
 * unwind_leave, unwind_go, unwind_step and unwind_chain find the caller of a frame;
 * unwind_evidence accepts or refuses it. */
#pragma once

#include "model/space.h"
#include "unwind/call_site.h"
#include "unwind/unwind_expression.h"
#include "unwind/unwind_sample.h"
#include "unwind/unwind_tables.h"

/* Cached facts about one byte of code in one file. They never change, and hold for all
 * processes, so nothing is cached that depends on the mappings of one
 * (walk.is_partial). The fields after 'go' are filled in when they are first needed. */
struct code_facts {
	uint64_t key;			/* code_key(): dso and file_off */
	struct unwind_table *table;	/* NULL: the slot is empty */
	const struct unwind_rule *rule; /* or NULL */
	const struct go_function *go;	/* or NULL */
	/* Size of the area below the CFA that a plain rule reads, in bytes; 0: no plain
	 * rule. */
	uint32_t depth;
	/* go_functions_sp_delta() of the byte, -1: unknown. */
	int32_t go_delta;
	uint8_t go_kind;   /* enum go_kind */
	bool is_go_read;   /* go_delta and go_kind are set */
	bool is_call_read; /* 'call' is set */
	/* Bits of enum code_marks (unwind_evidence.c): of an instruction at the byte, and
	 * of a return address after it. */
	uint8_t marks_exact, marks_return;
	struct call_site call; /* the call that ends after the byte */
};

/* Cached answer of evidence_leads(). */
struct call_edge {
	uint64_t call,
		inner; /* code keys of the return address and of the inner function */
	bool leads;
};

enum { FACTS = 32768, EDGES = 4096 };

struct unwinder {
	struct space_table *spaces;
	const struct dso_table *dsos;
	struct unwind_tables *tables;
	uint32_t version; /* unwind_tables_update() of the cached answers */
	size_t dropped;	  /* unwind_tables_dropped() of the cached facts */
	struct code_facts facts[FACTS];
	struct call_edge edges[EDGES];
};

/* Register numbers, and masks, of an architecture. */
struct unwind_arch_info {
	uint8_t ip, sp, fp;
	uint64_t link; /* bit of the register with the return address, 0: none (x86-64) */
	uint64_t address; /* the bits of a return address that are not its signature */
};

/* The way in which the last frame was left, from the best evidence to the least. */
enum walk_by { WALK_BY_RULE, WALK_BY_FRAME_POINTER, WALK_BY_CHAIN, WALK_BY_GUESS };

enum walk_step {
	STEP_DONE,
	STEP_ROOT, /* the frame is an outermost one */
	STEP_FAILED,
	STEP_ELSEWHERE, /* the caller is on another stack, which is not in the copy */
};

struct walk {
	struct unwinder *u;
	const struct unwind_sample *sample;
	const struct unwind_arch_info *arch;
	struct unwind_stack stack;
	struct unwind_regs regs;
	/* The mapping of all addresses in [mapping_start, mapping_end), looked up
	 * last. */
	const struct mapping *mapping;
	uint64_t mapping_start, mapping_end;
	uint64_t *output; /* the frame's address in the callchain */
	uint64_t addr;	  /* inside the instruction at which the frame is */
	bool is_exact;	  /* the ip is that instruction, and no return address after it */
	bool is_other;	  /* a signal's frame led to another stack than the copied one */
	bool waits;	  /* a table is not made yet */
	bool is_partial;  /* code that was read is not all in this process's mapping */
	bool is_scheduling; /* an inner frame has given up its goroutine (unwind_go.c) */
	bool is_guessed;    /* an earlier guess may have left wrong values in registers */
	enum walk_by left_by;
	/* If the frame was found by the kernel's chain, the number of the frame's own
	 * entry, so that its return address is the next entry; else 0. */
	size_t chain_at;
	/* The last frame pointer of the kernel's chain with a known value, and its
	 * number. */
	uint64_t chain_fp;
	size_t chain_number;
	/* The scheduler's stack pointer where the walk changed to a goroutine's stack, or
	 * 0. */
	uint64_t scheduler_sp;
};

/* The mapping of an address, or NULL. Most frames are in the mapping of the previous
 * one. */
static inline const struct mapping *walk_mapping(struct walk *w, uint64_t addr)
{
	if (addr - w->mapping_start >= w->mapping_end - w->mapping_start)
		w->mapping = space_find_around(w->u->spaces, w->sample->space, addr,
					       w->sample->time, &w->mapping_start,
					       &w->mapping_end);
	return w->mapping;
}

/* No file is larger than 1 TiB (elf/path_open.h), and no more dsos are in use. */
enum { CODE_KEY_BITS = 40, CODE_KEY_DSOS = 1 << (64 - CODE_KEY_BITS) };

/* The code key of a byte of a file. */
static inline uint64_t code_key(dso_id dso, uint64_t file_off)
{
	return (uint64_t)dso << CODE_KEY_BITS |
	       (file_off & (((uint64_t)1 << CODE_KEY_BITS) - 1));
}

static inline uint64_t code_key_file_off(uint64_t key)
{
	return key & (((uint64_t)1 << CODE_KEY_BITS) - 1);
}

/* The facts of the byte at 'addr', which 'm' must contain; valid until the next call.
 * Returns NULL if the file has no table, or not yet (w->waits is set). */
struct code_facts *walk_facts(struct walk *w, const struct mapping *m, uint64_t addr);

/* Copies up to 'n' bytes of code from 'addr' on, but none after the end of its mapping,
 * and returns their number. */
size_t walk_code(struct walk *w, uint64_t addr, void *to, size_t n);

/* The call that ends before 'addr'. */
struct call_site walk_call(struct walk *w, uint64_t addr);

/* Makes 'ip' the current address of the walk; all other registers must be set. Returns
 * STEP_DONE. */
enum walk_step walk_enter(struct walk *w, uint64_t ip, bool is_exact);

/* Notes that the current frame made no call: the address that is stored for it is that of
 * its first instruction. Moves it one byte up, for readers that look at the byte
 * before. */
void walk_note_no_call(struct walk *w);

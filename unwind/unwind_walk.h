/* One walk up a stack, shared by the modules of the unwinder: unwind.c drives it, unwind_leave,
 * unwind_go and unwind_chain find the caller of a frame, unwind_evidence accepts or refuses it. */
#pragma once

#include "model/space.h"
#include "unwind/call_site.h"
#include "unwind/unwind_expression.h"
#include "unwind/unwind_sample.h"
#include "unwind/unwind_tables.h"

/* What is known of one byte of code: for one place in one file it is always the same. The fields after
 * the first four are filled in when they are first needed. */
struct code_facts {
	uint64_t place; /* dso and file_off; 0 is no place of a file with a table */
	struct unwind_table *table;
	const struct unwind_rule *rule; /* or NULL */
	const struct go_function *go;	/* or NULL */
	uint32_t depth; /* bytes that a plain rule reads below the CFA, or 0 */
	int32_t go_delta; /* bytes of a frame of Go's below the return address, -1: unknown */
	uint8_t go_kind;   /* enum go_kind */
	bool is_go_read;   /* the last two are there */
	bool is_call_read; /* and the next one */
	/* Bits of enum around (unwind_evidence.c): of an instruction at the byte, of a return
	 * address after it. */
	uint8_t around_exact, around_return;
	struct call_site call; /* that ends after the byte */
};

/* Whether a call leads to the function of another frame. */
struct edge {
	uint64_t call, inner; /* places */
	bool leads;
};

enum { FACTS = 32768, EDGES = 4096 };

struct unwinder {
	struct space_table *spaces;
	const struct dso_table *dsos;
	struct unwind_tables *tables;
	uint32_t version; /* of the tables */
	size_t dropped;	  /* tables */
	struct code_facts facts[FACTS];
	struct edge edges[EDGES];
};

/* Numbers of registers, and bits for them, as the psABIs give them. */
struct unwind_arch_info {
	uint8_t ip, sp, fp;
	uint64_t link;	  /* holds the return address until it is saved */
	uint64_t address; /* the bits of a return address that are not its signature */
};

/* How the innermost frame so far was left, from the best evidence to the least. */
enum walk_by { WALK_BY_RULE, WALK_BY_FRAME_POINTER, WALK_BY_CHAIN, WALK_BY_GUESS };

enum walk_step {
	STEP_DONE,
	STEP_ROOT, /* the frame is an outermost one */
	STEP_FAILED,
	STEP_ELSEWHERE, /* the caller's stack is another one, and not in the copy */
};

struct walk {
	struct unwinder *u;
	const struct unwind_sample *sample;
	const struct unwind_arch_info *arch;
	struct unwind_stack stack;
	struct unwind_regs regs;
	/* The mapping of the addresses [from, until), which were looked up last. */
	const struct mapping *mapping;
	uint64_t from, until;
	uint64_t *place; /* of the frame's address in the output */
	uint64_t addr;	 /* in the instruction at which the frame stands */
	bool is_exact; /* the ip is that instruction, not the return address behind it */
	bool is_other; /* a signal's frame led to another stack than the one of the copy */
	bool waits;    /* a table is being made */
	bool is_scheduling; /* a goroutine was given up by an inner frame (unwind_go.c) */
	bool is_guessed;    /* a register may be wrong since an earlier guess */
	enum walk_by by;
	/* The frame's position in the kernel's chain, if its frame pointer is known by that alone:
	 * the return address is the next entry. 0: not so. */
	size_t chain_at;
	/* The last of the chain's frame pointers whose value is known, and which one that is. */
	uint64_t chain_fp;
	size_t chain_from;
	/* The stack pointer where a goroutine's stack took over, or 0. */
	uint64_t left_at;
};

/* Looks up a mapping; most frames are in the one of the frame before. */
static inline const struct mapping *walk_mapping(struct walk *w, uint64_t addr)
{
	if (addr - w->from >= w->until - w->from)
		w->mapping = space_find_around(w->u->spaces, w->sample->space, addr,
					       w->sample->time, &w->from, &w->until);
	return w->mapping;
}

/* The facts of the byte at 'addr', which is mapped by 'm'; NULL where the file has no table, or none
 * yet (w->waits). Valid until the next call. */
struct code_facts *walk_facts(struct walk *w, const struct mapping *m, uint64_t addr);

/* Copies up to 'n' bytes of code from 'addr' on, without leaving its mapping; returns how many. */
size_t walk_code(struct walk *w, uint64_t addr, void *to, size_t n);

/* The call that ends before 'addr'. */
struct call_site walk_call(struct walk *w, uint64_t addr);

/* Goes on with the frame at 'ip', all of whose other registers are in place. */
enum walk_step walk_enter(struct walk *w, uint64_t ip, bool is_exact);

/* No call was made by the frame: what returns to it returns to its first instruction. Moves its
 * address one byte on, for readers that look one byte back. */
void walk_note_no_call(struct walk *w);

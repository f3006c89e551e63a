/* Stacks made by hand, of programs in tests/programs with known functions. */
#pragma once

#include "model/symbol.h"
#include "tests/test.h"
#include "unwind/unwind.h"

#include <sys/stat.h>

enum { FRAMES = 32, WORDS = 64 };

#define CODE  0x10000000 /* where the file is mapped */
#define JIT   0x20000000 /* code of no file */
#define COPY  0x30000000 /* free */
#define STACK 0x7ffe0000

struct hand_stack {
	struct strtab strings;
	struct dso_table dsos;
	struct space_table spaces;
	struct unwind_tables *tables;
	struct unwinder *unwinder;
	struct symbol_table *names;
	struct unwind_sample sample; /* with the words as its stack */
	uint64_t words[WORDS];
	uint64_t addrs[FRAMES]; /* the result, and how many: */
	size_t n;
};

/* A stack of zeros in the program of that name; without the program, hand_stack_at()
 * skips the test. */
struct hand_stack *hand_stack_new(const char *program);
void hand_stack_free(struct hand_stack *s);

void hand_stack_map(struct hand_stack *s, enum dso_kind kind, const char *path,
		    uint64_t start, const struct stat *st);

/* The address 'into' bytes into a function. */
uint64_t hand_stack_at(const struct hand_stack *s, const char *name, uint64_t into);

/* The address of a word of the stack. */
uint64_t hand_stack_slot(size_t word);

/* Unwinds the stack from an instruction on, making the tables that it needs. */
enum unwind_end hand_stack_try(struct hand_stack *s, uint64_t ip);

/* Fails the test unless frame number 'frame' is at 'addr'. */
void hand_stack_expect(const struct hand_stack *s, size_t frame, uint64_t addr);

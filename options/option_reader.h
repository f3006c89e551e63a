/* Reads a command line: stores options as their tables describe them, and returns
 * operands in order. Accepted forms, as getopt_long() has them: -a -p 1, clusters
 * -ap1, --pid 1, --pid=1, any unique start of a long name, and "--", after which all
 * arguments are operands. Options may follow operands. */
#pragma once

#include "options/option_spec.h"

struct option_reader {
	/* Index in argv of the next argument. */
	int next;
	/* "--" was read. */
	bool is_past_end_mark;
	/* -h or --help was read; no operand follows. */
	bool is_help;

	const struct option_group *groups;
	void *options;
	int argc;
	char *const *argv;
	/* Rest of a cluster of short options, NULL: none. */
	const char *cluster;
};

/* argv[0] is the name of the command and is skipped. All pointers must outlive the
 * reader; 'options' is the struct that the offsets of the groups refer to. */
void option_reader_init(struct option_reader *r, const struct option_group *groups,
			void *options, int argc, char *const *argv);

/* Stores options up to the next operand. Returns 1 with *operand set, 0 at the end of
 * the command line and at -h and --help, -1 with *err filled if an option is unknown
 * or its value is missing or invalid. */
int option_reader_next(struct option_reader *r, const char **operand, struct error *err);

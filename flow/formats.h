/* What an input is: looks at its first bytes, and makes pipes readable like files. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum input_format {
	INPUT_RECORDING,
	INPUT_FOLDED,
	INPUT_PERF_SCRIPT,
	INPUT_PICTURE, /* that flame drew */
	INPUT_UNKNOWN, /* text: its content tells */
};

/* An input that can be opened by name any number of times while this lives. */
struct input {
	const char *name; /* for messages: as the user gave it, or "standard input" */
	char *path;	  /* to be opened */
	bool is_empty;
	int spool; /* descriptor of what came through a pipe, or -1 */
	enum input_format format;
};

/* "-" is stdin. What comes through a pipe is kept in memory. */
int input_open(struct input *in, const char *path, struct error *err);
void input_release(struct input *in);

/* The format of that name ("recording", "folded", "perf-script", "picture"), or INPUT_UNKNOWN. */
enum input_format input_format_named(const char *name);

/* All bytes of a text input, in memory of its own that mem_free() ends. */
char *input_text(const struct input *in, size_t *size, struct error *err);

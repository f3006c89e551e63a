/* Where outputs are written. Their destinations are opened before anything is read or
 * recorded, so a mistake in a path costs nothing. */
#pragma once

#include "base/destination.h"
#include "base/error.h"

/* Returns -1 with *err filled if the file system of a path ("-": none) does not answer
 * within seconds. The functions below check their paths so. */
int path_check_answers(const char *path, struct error *err);

/* Opens the destination of an output that is made of inputs (destination.h). Returns -1
 * with *err filled also if the output is the file of standard output or standard error,
 * too. output_check_input() must follow for each input. */
int output_open(struct destination *d, const char *path, unsigned flags,
		struct error *err);

/* Returns -1 with *err filled if 'input' ("-": standard input) is the file that the
 * output is written to, whatever the paths are. */
int output_check_input(const struct destination *d, const char *input, struct error *err);

/* Checks the output of a recording that is made of 'input' and may replace it. Returns -1
 * with *err filled if it cannot be written, or if the input is the file at 'path'.old,
 * which would be removed. */
int output_check_recording(const char *path, const char *input, struct error *err);

/* Opens the destination of a recording's picture, and checks the recording's own. Returns
 * -1 with *err filled if one of them cannot be written, or if they are one file. */
int output_open_picture(struct destination *picture, const char *path,
			const char *recording, struct error *err);

/* 'path' with its extension (".data", ".folded", ".txt", ...) replaced by 'extension', in
 * the same folder. mem_free() frees it. */
char *path_with_extension(const char *path, const char *extension);

/* The path of an input's picture: next to the input, or "-" for "-". mem_free() frees
 * it. */
char *output_picture_path(const char *input);

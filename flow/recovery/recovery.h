/* Completes recordings that their recorder did not finish. */
#pragma once

#include "base/error.h"
#include "flow/input_data.h"

#include <stdbool.h>

struct recovery_result {
	/* All samples of the input are in the output. False: the input is damaged, and
	 * the output ends before the damage, which data->damage describes. */
	bool is_whole;
	/* The input was the part of a recorder, and was removed. */
	bool is_removed;
};

/* Returns the path at which the recorder of 'part' would have put the complete recording:
 * without ".part-PID". For any other path, returns a copy. The caller frees it. */
char *recovery_output(const char *part);

/* Whether a path has the form of a recorder's part: FILE.part-PID. */
bool recovery_is_part(const char *path);

/* Reads all whole records of the recording at 'input', looks up names on this machine,
 * and writes the complete recording to 'output'. Both may be the same path; an older file
 * at 'output' is renamed to 'output'.old. Removes a part if all of its samples are in the
 * output. Loads the recording into 'data', which must be initialized and empty. Returns
 * -1 and changes nothing if its recorder still runs, if it holds no samples, or if it is
 * complete; a complete part is moved to 'output'. */
int recovery_run(const char *input, const char *output, struct recovery_result *result,
		 struct input_data *data, struct error *err);

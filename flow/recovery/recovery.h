/* Completes recordings that their recorder did not finish. */
#pragma once

#include "base/error.h"
#include "flow/input_data.h"
#include "sandbox/contained.h"

#include <stdbool.h>

/* Returns the path at which the recorder of 'part' would have put the complete recording:
 * without ".part-PID". For any other path, returns a copy. The caller frees it. */
char *recovery_output(const char *part);

/* Whether a path has the form of a recorder's part: FILE.part-PID. */
bool recovery_is_part(const char *path);

/* Takes the lock that a recorder holds on its part (out.h). Returns a descriptor, owned
 * by the caller, or -1 with 'err' filled: the recorder still runs, or there is no
 * file. */
int recovery_lock(const char *input, struct error *err);

/* Within contained work: reads all whole records of the recording at 'input', looks up
 * names on this machine, and writes the complete recording to the first output. Both may
 * be the same path. Sets *is_whole: all samples of the input are in the output. False:
 * the input is damaged, and the output ends before the damage, which data->damage
 * describes. Loads the recording into 'data', which must be initialized and empty.
 * Returns -1 and changes nothing if the input holds no samples, or if it is complete; a
 * complete part is copied. */
int recovery_run(struct contained *c, const char *input, bool *is_whole,
		 struct input_data *data, struct error *err);

/* Removes the input if it is the part of a recorder, and the file that is locked. */
void recovery_remove_part(int lock, const char *input);

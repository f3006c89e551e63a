/* The consequences of missing rights for a recording that may be taken. */
#pragma once

#include "rights/rights.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHORTCOMING_MAX = 600 };

/* Writes one line for the user into 'text': which capabilities for reading other
 * processes are missing, the consequences, and the command that helps. 'pids' are the
 * processes that are recorded, unless it is the whole machine. Returns false if nothing
 * is missing. Names of the kernel are left out: rights_hidden_kernel(). */
bool shortcoming_text(const struct rights *r, const uint32_t *pids, size_t n,
		      bool whole_machine, char text[SHORTCOMING_MAX]);

/* The first of 'n' processes that belongs to another user, or has privileges of another
 * user, and stores the user; 0 if there is none. */
uint32_t process_of_other_user(const struct rights *r, const uint32_t *pids, size_t n,
			       uint32_t *user);

/* The figures of a recording as lines of text: its duration, samples, and CPU times. */
#pragma once

#include "base/vec.h"
#include "model/run_info.h"

#include <stdint.h>

struct run_figures {
	VEC(char *) lines; /* without line ends */
};

/* Adds the lines for a recording. 'own_cpu' is all CPU time that flame has used for it,
 * in ns. The figures must be zeroed; run_figures_release() frees them. */
void run_figures_make(struct run_figures *figures, const struct run_info *info,
		      uint64_t own_cpu);
void run_figures_release(struct run_figures *figures);

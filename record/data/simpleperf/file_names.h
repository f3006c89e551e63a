/* The names of functions in a recording of simpleperf, by the path of their file. */
#pragma once

#include "base/bytes.h"
#include "model/dso.h"

#include <stdbool.h>

/* Gives the names in a section FILE, or FILE2 with 'is_proto', to the dsos of their
 * paths; call it when all mappings were read. A dso that has names keeps them. The
 * damaged rest of a section is ignored. Names of kernel modules are not read: they depend
 * on the load address. */
void file_names_read(struct dso_table *dsos, struct bytes section, bool is_proto);

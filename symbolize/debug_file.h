/* Separate debug files: what distributions strip from their binaries and ship apart. */
#pragma once

#include "model/build_id.h"

/* The debug file of the ELF file with that build id, from the system's folder for them; its own
 * build id is checked. A descriptor for reading, the caller's to close, or -1. */
int debug_file_open(const struct build_id *id);

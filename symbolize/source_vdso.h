/* Names of the code that the kernel maps into every process, "[vdso]". */
#pragma once

#include "base/error.h"
#include "model/build_id.h"
#include "model/symbol.h"

/* The symbols of the vdso of this process, by file_off. Unless 'want' is NULL its build id
 * has to be that one. NULL where there is none, or another. */
struct symbol_table *source_vdso_load(const struct build_id *want, struct error *err);

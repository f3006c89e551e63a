/* Names of the code that the kernel maps into every process, "[vdso]". */
#pragma once

#include "base/error.h"
#include "elf/elf_file.h"
#include "model/build_id.h"
#include "model/symbol.h"

/* The vdso of this process; its image is there as long as the process. Unless 'want' is
 * NULL its build id has to be that one. NULL where there is none, or another. */
struct elf_file *source_vdso_open(const struct build_id *want, struct error *err);

/* Its symbols, by file_off. */
struct symbol_table *source_vdso_load(const struct build_id *want, struct error *err);

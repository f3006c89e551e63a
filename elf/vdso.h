/* The code that the kernel maps into every process, "[vdso]": as a file, and its
 * names. */
#pragma once

#include "base/error.h"
#include "elf/elf_file.h"
#include "model/build_id.h"
#include "model/symbol.h"

/* Opens the vdso of this process; its image exists as long as the process. Unless
 * 'want' is NULL it must have that build id. Returns NULL if there is no vdso, or if it
 * has another build id. */
struct elf_file *source_vdso_open(const struct build_id *want, struct error *err);

/* Reads its symbols, by file_off. Returns NULL in the same cases, or if it has no
 * symbols. */
struct symbol_table *source_vdso_load(const struct build_id *want, struct error *err);

/* Blocks of flame's own section (docs/format.md): tables of the run info, the sizes of
 * files, and how a block names a dso. */
#pragma once

#include "base/bytes.h"
#include "base/out.h"
#include "model/dso.h"
#include "model/run_info.h"

#include <stdbool.h>

/* Changes of the rate, and names of containers. A damaged block changes nothing. */
void rates_block_write(struct out *o, const struct run_info *info);
void rates_block_read(struct bytes *b, struct run_info *info);
void containers_block_write(struct out *o, const struct run_info *info);
void containers_block_read(struct bytes *b, struct run_info *info);

/* A string with its length. Reading returns NULL if 'b' has failed. */
void block_put_string(struct out *o, const char *s);
const char *block_get_string(struct bytes *b);

/* The fields of a dso's mappings. Reading sets all other fields to 0. */
void block_put_identity(struct out *o, const struct dso_table *dsos,
			const struct dso *dso);
struct dso block_get_identity(struct bytes *b, struct dso_table *dsos);

/* Callchains of samples with stack copies. */
void stacks_block_write(struct out *o, const struct saved_stacks *stacks);
void stacks_block_read(struct bytes *b, struct saved_stacks *stacks);

/* The sizes of all dsos that have one. */
bool sizes_block_is_needed(const struct dso_table *dsos);
void sizes_block_write(struct out *o, const struct dso_table *dsos);
void sizes_block_read(struct bytes *b, struct dso_table *dsos);

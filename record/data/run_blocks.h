/* Blocks of flame's own section: tables of the run info. */
#pragma once

#include "base/bytes.h"
#include "base/out.h"
#include "model/run_info.h"

/* Changes of the rate, and names of containers. A damaged block changes nothing. */
void rates_block_write(struct out *o, const struct run_info *info);
void rates_block_read(struct bytes *b, struct run_info *info);
void containers_block_write(struct out *o, const struct run_info *info);
void containers_block_read(struct bytes *b, struct run_info *info);

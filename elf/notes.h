/* ELF notes, wherever they stand: in a program, in /sys/kernel/notes. */
#pragma once

#include "base/bytes.h"
#include "model/build_id.h"

#include <stdbool.h>

/* Finds the GNU build id in a block of notes, whose entries are padded to 'align' bytes
 * (8, anything else means 4). False where none stands before the block's end or its first
 * nonsense. */
bool notes_build_id(struct bytes notes, size_t align, struct build_id *id);

/* ELF notes, in a program or in /sys/kernel/notes. */
#pragma once

#include "base/bytes.h"
#include "model/build_id.h"

#include <stdbool.h>

/* Finds the GNU build id in a block of notes with entries padded to 'align' bytes (8;
 * any other value means 4). Returns false if there is none before the end of the
 * block or the first damaged note. */
bool notes_build_id(struct bytes notes, size_t align, struct build_id *id);

/* The checksum by which a file without a build id names its debug file. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Sets *crc to the CRC-32 (of zlib and ISO 3309) of the whole file, and subtracts its
 * size from *left. Returns false if the file has more than *left bytes, or cannot be
 * read. */
bool checksum_of_file(int fd, uint64_t *left, uint32_t *crc);

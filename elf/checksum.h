/* The sum by which a file without a build id tells its debug file. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The CRC-32 (that of zlib and ISO 3309) of all that is in the file. Takes its size off
 * '*left'; false where it has more than that, or cannot be read. */
bool checksum_of_file(int fd, uint64_t *left, uint32_t *crc);

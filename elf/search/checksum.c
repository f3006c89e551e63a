#include "elf/search/checksum.h"

#include "base/io.h"
#include "base/mem.h"
#include "base/scoped.h"

#include <lzma.h>
#include <sys/stat.h>

enum { AT_ONCE = 256 << 10 };

bool checksum_of_file(int fd, uint64_t *left, uint32_t *crc)
{
	scoped(mem_release) uint8_t *buf = mem_resize(NULL, AT_ONCE, 1);
	uint32_t sum = 0;
	uint64_t at = 0;
	ssize_t got;
	struct stat st;

	/* A sparse file may be much larger. */
	if (fstat(fd, &st) < 0 || (uint64_t)st.st_size > *left)
		return false;
	while ((got = io_read_at(fd, buf, AT_ONCE, at)) > 0) {
		if ((uint64_t)got > *left)
			return false;
		*left -= (uint64_t)got;
		sum = lzma_crc32(buf, (size_t)got, sum);
		at += (uint64_t)got;
	}
	*crc = sum;
	return got == 0;
}

#include "elf/keep/file_copy.h"

#include "base/fd.h"
#include "base/scoped.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CHUNK = 1 << 20,
	BUDGET_MAX = 256 << 20,
	FREE_SHARE = 16,
};

struct copying {
	int from, to;
	uint64_t size; /* of the file */
	size_t left;   /* bytes that may still be copied */
	size_t done;
};

/* Copies the range, or nothing and returns false if it does not fit. */
static bool range_copy(struct copying *c, uint64_t at, uint64_t n)
{
	off_t from = (off_t)at;
	uint64_t end = at + n;

	if (at > c->size || n > c->size - at || n > c->left ||
	    lseek(c->to, from, SEEK_SET) < 0)
		return false;
	while ((uint64_t)from < end) {
		uint64_t want = end - (uint64_t)from;
		ssize_t got =
			sendfile(c->to, c->from, &from, want < CHUNK ? want : CHUNK);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
	}
	c->left -= n;
	c->done += n;
	return true;
}

static void section_hide(const struct copying *c, const struct copy_plan *plan,
			 const struct copy_part *part)
{
	uint32_t type = plan->is_swapped ? __builtin_bswap32(SHT_NOBITS) : SHT_NOBITS;

	if (part->type_at && part->type_at < c->size &&
	    c->size - part->type_at >= sizeof(type))
		(void)!pwrite(c->to, &type, sizeof(type), (off_t)part->type_at);
}

/* The headers must be there before a type in them is changed. */
static bool parts_copy(struct copying *c, const struct copy_plan *plan)
{
	bool is_copied[COPY_PARTS_MAX] = {0};
	uint32_t n = plan->n < COPY_PARTS_MAX ? plan->n : COPY_PARTS_MAX;

	for (uint32_t i = 0; i < n; i++) {
		const struct copy_part *part = &plan->parts[i];

		is_copied[i] =
			part->need != COPY_NEVER && range_copy(c, part->at, part->size);
		if (!is_copied[i] && part->need == COPY_NEEDED)
			return false;
	}
	for (uint32_t i = 0; i < n; i++)
		if (!is_copied[i])
			section_hide(c, plan, &plan->parts[i]);
	return true;
}

/* Copies the whole file if 'plan' is NULL. */
static int file_copy(int fd, const struct copy_plan *plan, size_t most, size_t *bytes)
{
	scoped(fd_close) int to =
		memfd_create("flame-file", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct copying c = {.from = fd, .to = to, .left = most};
	char self[64];
	struct stat st;

	if (to < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 0 ||
	    ftruncate(to, st.st_size) < 0)
		return -1;
	c.size = (uint64_t)st.st_size;
	if (!(plan ? parts_copy(&c, plan) : range_copy(&c, 0, c.size)))
		return -1;
	(void)fcntl(to, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK);
	*bytes = c.done;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", to);
	return open(self, O_RDONLY | O_CLOEXEC);
}

int file_copy_parts(int fd, const struct copy_plan *plan, size_t most, size_t *bytes)
{
	return file_copy(fd, plan, most, bytes);
}

int file_copy_whole(int fd, size_t most, size_t *bytes)
{
	return file_copy(fd, NULL, most, bytes);
}

size_t file_copy_budget(void)
{
	unsigned long long available_kb = 0;
	char line[256];
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu", &available_kb) == 1)
			break;
	if (f)
		fclose(f);
	available_kb /= FREE_SHARE;
	return available_kb << 10 < BUDGET_MAX ? (size_t)available_kb << 10 : BUDGET_MAX;
}

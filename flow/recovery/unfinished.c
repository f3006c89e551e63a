#include "flow/recovery/unfinished.h"

#include "base/bytes.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "flow/recovery/recovery.h"
#include "record/data/format.h"
#include "record/data/recording.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Recordings that have lines of their own. */
enum { NAMED_MAX = 3 };

/* Whether the file begins as a recording, and holds records. */
static bool is_recording(int fd, uint64_t size)
{
	uint8_t start[FORMAT_HEADER_SIZE] = {0};
	struct bytes b = bytes_of(start, sizeof(start));

	if (io_read_full(fd, start, sizeof(start)) != sizeof(start))
		return false;
	bytes_skip(&b, FORMAT_HEADER_DATA_AT);
	return recording_is_start(start, sizeof(start)) && size > bytes_u64(&b);
}

/* Whether the file is the part of a recorder that ended. Others may plant files in a
 * folder such as /tmp: a name alone proves nothing. */
static bool is_unfinished(int folder, const char *name)
{
	scoped(fd_close) int fd =
		openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_uid == geteuid() && flock(fd, LOCK_SH | LOCK_NB) == 0 &&
	       is_recording(fd, (uint64_t)st.st_size);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void unfinished_find(struct unfinished *u, const char *path)
{
	const char *slash = strrchr(path, '/');
	int prefix = slash ? (int)(slash + 1 - path) : 0;
	char *folder = slash ? mem_str(path, (size_t)prefix) : mem_str(".", 1);
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	mem_free(folder);
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (recovery_is_part(entry->d_name) &&
		    is_unfinished(dirfd(dir), entry->d_name))
			vec_push(&u->paths,
				 mem_format("%.*s%s", prefix, path, entry->d_name));
	closedir(dir);
	if (u->paths.n)
		qsort(u->paths.items, u->paths.n, sizeof(*u->paths.items), compare);
}

void unfinished_release(struct unfinished *u)
{
	char **path;

	vec_each(path, &u->paths)
		mem_free(*path);
	vec_release(&u->paths);
}

char *unfinished_line(const struct unfinished *u, size_t i)
{
	if (i < u->paths.n && i < NAMED_MAX)
		return mem_format("an earlier recording did not finish: 'flame recover "
				  "%s' completes it",
				  u->paths.items[i]);
	if (i == NAMED_MAX && u->paths.n > NAMED_MAX)
		return mem_format("%zu more recordings did not finish",
				  u->paths.n - NAMED_MAX);
	return NULL;
}

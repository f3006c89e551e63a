#include "sandbox/descriptors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* libperf does not mark its descriptors. */
static bool is_perf_event(int folder, const char *number)
{
	static const char perf_event[] = "anon_inode:[perf_event]";
	char target[sizeof(perf_event)];

	return readlinkat(folder, number, target, sizeof(target)) ==
		       sizeof(perf_event) - 1 &&
	       memcmp(target, perf_event, sizeof(perf_event) - 1) == 0;
}

static bool is_of_caller(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return fd > STDERR_FILENO && flags >= 0 && !(flags & FD_CLOEXEC);
}

void descriptors_close(void)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		int fd = atoi(entry->d_name);

		if (is_of_caller(fd) && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY &&
		    !is_perf_event(dirfd(folder), entry->d_name))
			close(fd);
	}
	closedir(folder);
}

int descriptors_open_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int opened = -1;

		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		if (fd == STDERR_FILENO)
			opened = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if (opened < 0)
			opened = open("/", O_PATH | O_CLOEXEC);
		if (opened != fd)
			return -1;
	}
	return 0;
}

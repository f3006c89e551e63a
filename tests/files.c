#include "tests/files.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "tests/test.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *temp_dir_make(char path[64])
{
	strcpy(path, "/tmp/flame-test-XXXXXX");
	assert_non_null(mkdtemp(path));
	return path;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void temp_dir_remove(const char *path)
{
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int temp_dir_enter(void **state)
{
	char name[64];

	temp_dir_make(name);
	*state = mem_str(name, strlen(name));
	return chdir(name);
}

int temp_dir_leave(void **state)
{
	temp_dir_remove(*state);
	mem_free(*state);
	return chdir("/");
}

const char *temp_path(char path[512], const char *dir, const char *name)
{
	snprintf(path, 512, "%s/%s", dir, name);
	return path;
}

void file_write(const char *path, const void *data, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, n), n);
	close(fd);
}

void *file_read(const char *path, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*n = (size_t)st.st_size;
	data = mem_new(*n + 1, 1);
	assert_int_equal(read(fd, data, *n), *n);
	close(fd);
	return data;
}

void file_copy(const char *from, const char *to)
{
	size_t n;
	scoped(mem_release) void *data = file_read(from, &n);

	file_write(to, data, n);
}

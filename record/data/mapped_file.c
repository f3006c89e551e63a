#include "record/data/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int mapped_file_open(struct mapped_file *file, const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	void *data = MAP_FAILED;

	if (fd < 0)
		return error_sys(err, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0) {
		error_sys(err, "cannot read '%s'", path);
	} else if (!S_ISREG(st.st_mode)) {
		error_set(err, "'%s' is not a regular file", path);
	} else if (st.st_size == 0) {
		error_set(err, "'%s' is empty", path);
	} else {
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data == MAP_FAILED)
			error_sys(err, "cannot read '%s'", path);
	}
	close(fd);
	if (data == MAP_FAILED)
		return -1;
	*file = (struct mapped_file){data, (size_t)st.st_size};
	return 0;
}

void mapped_file_release(struct mapped_file *file)
{
	munmap((void *)(uintptr_t)file->data, file->size);
}

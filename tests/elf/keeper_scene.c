#include "tests/elf/keeper_scene.h"

#include "base/scoped.h"
#include "elf/elf_file.h"
#include "tests/elf/witness.h"
#include "tests/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static struct dso identity_of(const char *path, bool by_id)
{
	scoped(elf_file_close) struct elf_file *elf = NULL;
	struct error err;
	struct stat st;
	struct dso dso = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_equal(fstat(fd, &st), 0);
	elf = elf_file_open(fd, &err);
	if (by_id)
		assert_true(elf_file_build_id(elf, &dso.build_id));
	else
		dso = (struct dso){.major = major(st.st_dev),
				   .minor = minor(st.st_dev),
				   .inode = st.st_ino};
	close(fd);
	return dso;
}

int scene_set_up(void **state)
{
	struct scene *s = mem_new(1, sizeof(*s));

	temp_dir_make(s->dir);
	temp_path(s->program, s->dir, "program");
	file_copy(PROGRAMS "/pie", s->program);
	s->by_id = identity_of(s->program, true);
	s->by_inode = identity_of(s->program, false);
	s->keeper = dso_keeper_new(MOST, NULL);
	*state = s;
	return 0;
}

int scene_tear_down(void **state)
{
	struct scene *s = *state;

	dso_keeper_free(&s->keeper);
	temp_dir_remove(s->dir);
	mem_free(s);
	return 0;
}

struct event scene_mapped(const struct dso *dso, const char *path, pid_t pid)
{
	return (struct event){
		.kind = EVENT_MMAP,
		.pid = (uint32_t)pid,
		.mmap = {.addr = 0x1000,
			 .len = 0x1000,
			 .build_id = dso->build_id,
			 .major = dso->major,
			 .minor = dso->minor,
			 .inode = dso->inode,
			 .generation = dso->generation,
			 .path = path,
			 .is_exec = true},
	};
}

enum dso_trouble scene_trouble(struct dso_keeper *k, const struct dso *dso,
			       const char *path)
{
	enum dso_trouble why;
	int fd = dso_keeper_open(k, NULL, dso, path, true, &why);

	if (fd < 0)
		return why;
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & (O_PATH | O_ACCMODE), O_RDONLY);
	close(fd);
	return DSO_NO_TROUBLE;
}

#include "tests/elf/witness.h"

#include "base/scoped.h"
#include "elf/elf_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

void witness_start(struct witness *w, const char *program)
{
	char line[256];
	int ends[2];
	FILE *in;

	*w = (struct witness){0};
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	w->pid = fork();
	assert_true(w->pid >= 0);
	if (!w->pid) {
		/* A test that fails never stops it, and ctest would wait for its
		 * stderr. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], STDOUT_FILENO);
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	in = fdopen(ends[0], "r");
	while (w->told.n < 7 && fgets(line, sizeof(line), in)) {
		struct told *told = vec_add(&w->told);
		char *name;

		told->addr = strtoull(line, &name, 16);
		name[strcspn(name, "\n")] = '\0';
		snprintf(told->name, sizeof(told->name), "%s", name + 1);
	}
	fclose(in);
	assert_int_equal(w->told.n, 7);
}

void witness_stop(struct witness *w)
{
	kill(w->pid, SIGKILL);
	waitpid(w->pid, NULL, 0);
	vec_release(&w->told);
}

static void map_as(const struct witness *w, struct dso_table *dsos, uint64_t addr,
		   const struct build_id *id, struct mapping *m)
{
	char maps[64], line[1024];
	bool found = false;
	FILE *in;

	snprintf(maps, sizeof(maps), "/proc/%d/maps", w->pid);
	in = fopen(maps, "r");
	assert_non_null(in);
	while (!found && fgets(line, sizeof(line), in)) {
		unsigned long long start, end, off, inode;
		unsigned major, minor;
		int path_at = 0;

		if (sscanf(line, "%llx-%llx %*s %llx %x:%x %llu %n", &start, &end, &off,
			   &major, &minor, &inode, &path_at) < 6 ||
		    addr < start || addr >= end)
			continue;
		line[strcspn(line, "\n")] = '\0';
		struct dso dso = {
			.kind = dso_kind_of(line + path_at, false),
			.path = strtab_add(dsos->strings, line + path_at),
			.pid = (uint32_t)w->pid,
			.major = id ? 0 : major,
			.minor = id ? 0 : minor,
			.inode = id ? 0 : inode,
		};

		if (id)
			dso.build_id = *id;
		*m = (struct mapping){start, end, off, 0, dso_add(dsos, &dso)};
		found = true;
	}
	fclose(in);
	assert_true(found);
}

void witness_map(const struct witness *w, struct dso_table *dsos, uint64_t addr,
		 struct mapping *m)
{
	map_as(w, dsos, addr, NULL, m);
}

void witness_map_by_id(const struct witness *w, struct dso_table *dsos, uint64_t addr,
		       const char *program, struct mapping *m)
{
	int fd = open(program, O_RDONLY | O_CLOEXEC);
	struct error err;
	scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, &err);
	struct build_id id;

	assert_non_null(f);
	assert_true(elf_file_build_id(f, &id));
	close(fd);
	map_as(w, dsos, addr, &id, m);
}

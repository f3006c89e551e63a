#include "elf/search/program_file.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "elf/path_open.h"

#include <string.h>
#include <unistd.h>

/* The path of the file before it was deleted; mem_free() frees it. */
static char *path_before(const char *path)
{
	static const char deleted[] = " (deleted)";
	size_t len = strlen(path), cut = sizeof(deleted) - 1;

	if (len > cut && strcmp(path + len - cut, deleted) == 0)
		len -= cut;
	return mem_str(path, len);
}

/* Opens the file at a path in our root. */
static int open_at_path(struct slow_files *slow, const char *path)
{
	struct stat st;
	scoped(fd_close) int at = path_find(slow, -1, path, LINKS_ALL, &st);

	return at < 0 ? -1 : path_read(slow, at);
}

static int open_by_id(const struct program_search *s, const struct dso *dso,
		      const char *path, struct program_file *found)
{
	const struct file_places *p = s->places;
	int fd = file_places_open(p, s->slow, PLACE_PROGRAM, &dso->build_id,
				  &found->refused);

	if (fd < 0)
		fd = file_places_open_in_root(p, s->slow, path, &dso->build_id,
					      &found->refused);
	return fd >= 0 ? fd
		       : debuginfod_open(p->servers, DEBUGINFOD_PROGRAM, &dso->build_id);
}

/* Opens a file that only its path identifies. */
static int open_by_path(const struct program_search *s, const char *path,
			struct program_file *found)
{
	static const struct build_id any = {0};
	int fd =
		file_places_open_in_root(s->places, s->slow, path, &any, &found->refused);

	if (fd < 0 && !s->places->root)
		fd = open_at_path(s->slow, path);
	found->is_guess = fd >= 0;
	return fd;
}

static int open_elsewhere(const struct program_search *s, const struct dso *dso,
			  const char *path, struct program_file *found)
{
	scoped(mem_release) char *before = path_before(path);

	if (dso->build_id.size)
		return open_by_id(s, dso, before, found);
	return s->places->insists ? open_by_path(s, before, found) : -1;
}

int program_file_open(const struct program_search *s, const struct dso *dso,
		      const char *path, struct program_file *found)
{
	const struct dso_opening how = {
		.slow = s->slow, .is_of_here = s->is_of_here, .found = &found->state};
	int fd = dso_keeper_open(s->keeper, &how, dso, path, s->is_live, &found->why);

	if (fd >= 0 || !s->places)
		return fd;
	fd = open_elsewhere(s, dso, path, found);
	if (fd >= 0 && fstat(fd, &found->state) < 0)
		fd_close(&fd);
	if (fd >= 0)
		found->why = DSO_NO_TROUBLE;
	return fd;
}

#include "elf/search/file_places.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "elf/elf_file.h"
#include "elf/path_open.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The places of a file in a folder. Files of two layouts have names of all digits. */
static const struct layout {
	enum place_kind kind;
	bool is_whole; /* the digits are not divided */
	const char *suffix;
} layouts[] = {
	{PLACE_DEBUG, false, ".debug"},	      {PLACE_DEBUG, false, "/debug"},
	{PLACE_DEBUG, true, "/debuginfo"},    {PLACE_PROGRAM, false, ""},
	{PLACE_PROGRAM, false, "/elf"},	      {PLACE_PROGRAM, true, "/executable"},
	{PLACE_KALLSYMS, false, "/kallsyms"}, {PLACE_VDSO, false, "/vdso"},
};

int file_places_read(struct slow_files *slow, int at, const char *path,
		     const struct build_id *id, char **refused)
{
	int fd = path_read(slow, at);

	if (fd < 0 || !id->size || elf_file_has_build_id(fd, id))
		return fd;
	close(fd);
	if (!*refused)
		*refused = mem_str(path, strlen(path));
	return -1;
}

/* Opens a file below the folder or the root directory 'folder'. */
static int open_below(struct slow_files *slow, const char *folder, const char *name,
		      enum path_links links, const struct build_id *id, char **refused)
{
	scoped(fd_close) int below = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	scoped(mem_release) char *path = NULL;
	struct stat st;
	scoped(fd_close) int at =
		below < 0 ? -1 : path_find(slow, below, name, links, &st);

	if (at < 0)
		return -1;
	path = mem_format("%s%s", folder, name);
	return file_places_read(slow, at, path, id, refused);
}

static int open_in_folder(const char *folder, struct slow_files *slow,
			  enum place_kind kind, const struct build_id *id, char **refused)
{
	static const struct build_id any = {0};
	char hex[BUILD_ID_HEX];
	int fd = -1;

	build_id_hex(id, hex);
	for (size_t i = 0; i < array_size(layouts) && fd < 0; i++) {
		const struct layout *l = &layouts[i];
		scoped(mem_release) char *name =
			l->is_whole ? mem_format("/%s%s", hex, l->suffix)
				    : mem_format("/.build-id/%.2s/%s%s", hex, hex + 2,
						 l->suffix);

		if (l->kind == kind)
			fd = open_below(slow, folder, name, LINKS_BENEATH,
					kind == PLACE_KALLSYMS ? &any : id, refused);
	}
	return fd;
}

int file_places_open(const struct file_places *p, struct slow_files *slow,
		     enum place_kind kind, const struct build_id *id, char **refused)
{
	int fd = -1;

	for (size_t i = 0; p && id->size > 1 && i < p->n_folders && fd < 0; i++)
		fd = open_in_folder(p->folders[i], slow, kind, id, refused);
	return fd;
}

int file_places_open_by_name(const struct file_places *p, struct slow_files *slow,
			     const char *path)
{
	static const struct build_id any = {0};
	char *ignored = NULL;
	int fd = -1;

	for (size_t i = 0; p && *path == '/' && i < p->n_folders && fd < 0; i++) {
		fd = open_below(slow, p->folders[i], path, LINKS_BENEATH, &any, &ignored);
		if (fd < 0)
			fd = open_below(slow, p->folders[i], strrchr(path, '/'),
					LINKS_BENEATH, &any, &ignored);
	}
	return fd;
}

int file_places_open_in_root(const struct file_places *p, struct slow_files *slow,
			     const char *path, const struct build_id *id, char **refused)
{
	if (!p || !p->root || *path != '/')
		return -1;
	return open_below(slow, p->root, path, LINKS_IN_ROOT, id, refused);
}

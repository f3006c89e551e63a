#include "elf/debug_file.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "elf/checksum.h"
#include "elf/dso_keeper.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEBUG_FOLDER "/usr/lib/debug"

/* Bytes of files that one search reads for checksums. */
#define MAX_SUMMED ((uint64_t)1 << 30)

/* The content of .gnu_debuglink. */
struct link {
	const char *name;
	uint32_t crc;
};

void debug_search_release(struct debug_search *s)
{
	if (s->root >= 0)
		close(s->root);
	s->root = -1;
	mem_release(&s->refused);
}

/* Opens the regular file at 'path'; with that build id, unless it is empty. */
static int open_path(struct debug_search *s, int root, const char *path,
		     const struct build_id *id)
{
	enum dso_trouble why;
	int fd = dso_keeper_open_at(root, path, id, &why);

	if (fd < 0 && why == DSO_REPLACED && !s->refused)
		s->refused = mem_str(path, strlen(path));
	return fd;
}

/* Opens the file 'name' in one of the folders for debug files. */
static int open_in_folders(struct debug_search *s, const char *name,
			   const struct build_id *id)
{
	scoped(mem_release) char *path = mem_format(DEBUG_FOLDER "%s", name);
	int fd = -1;

	if (s->folder) {
		scoped(mem_release) char *own = mem_format("%s%s", s->folder, name);

		fd = open_path(s, -1, own, id);
	}
	if (fd < 0 && s->root >= 0)
		fd = open_path(s, s->root, path, id);
	return fd >= 0 ? fd : open_path(s, -1, path, id);
}

/* GDB's layout of the folder: two digits of the build id, a slash, the other digits,
 * ".debug". */
int debug_file_open_by_id(const struct build_id *id, struct debug_search *s)
{
	scoped(mem_release) char *name = NULL;
	char hex[BUILD_ID_HEX];

	if (id->size < 2)
		return -1;
	build_id_hex(id, hex);
	name = mem_format("/.build-id/%.2s/%s.debug", hex, hex + 2);
	return open_in_folders(s, name, id);
}

/* The section has a NUL-terminated name, zeros up to a multiple of 4 bytes, and the
 * checksum. */
static bool link_read(struct elf_file *f, struct link *link)
{
	struct bytes b = elf_file_data(f, elf_file_find(f, ".gnu_debuglink"));
	size_t len = strnlen((const char *)b.data, b.size);

	link->name = bytes_take(&b, (len + 4) & ~(size_t)3);
	link->crc = bytes_u32(&b);
	return !b.failed && len && !strchr(link->name, '/');
}

/* The file's path in the process's root. The kernel records paths in a changed root
 * (chroot), other than those in a mount namespace, as paths in our root. */
static const char *path_in_root(const struct debug_search *s)
{
	char self[64], root[PATH_MAX];
	ssize_t len;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", s->root);
	len = readlink(self, root, sizeof(root));
	if (len <= 1 || strncmp(s->path, root, (size_t)len) != 0 || s->path[len] != '/')
		return s->path;
	return s->path + len;
}

/* Opens the debug file at 'path', if its checksum is 'want'. 'own' is the path of the
 * binary. */
static int open_link(struct debug_search *s, int root, const char *path, const char *own,
		     const struct build_id *id, uint32_t want, uint64_t *left)
{
	uint32_t crc = 0;
	int fd;

	/* A debug file may have the name of its binary. */
	if (strcmp(path, own) == 0)
		return -1;
	fd = open_path(s, root, path, id);
	if (fd < 0)
		return -1;
	if (checksum_of_file(fd, left, &crc) && crc == want)
		return fd;
	close(fd);
	if (!s->refused)
		s->refused = mem_str(path, strlen(path));
	return -1;
}

/* Searches by .gnu_debuglink in one root, in which the binary is at 'own'. */
static int open_by_link(struct debug_search *s, int root, const char *own,
			const struct build_id *id, const struct link *link,
			uint64_t *left)
{
	static const char *const places[][2] = {
		{"", ""}, {"", "/.debug"}, {DEBUG_FOLDER, ""}};
	const char *slash = strrchr(own, '/');
	int fd = -1;

	for (size_t i = 0; slash && i < array_size(places) && fd < 0; i++) {
		scoped(mem_release) char *path =
			mem_format("%s%.*s%s/%s", places[i][0], (int)(slash - own), own,
				   places[i][1], link->name);

		fd = open_link(s, root, path, own, id, link->crc, left);
	}
	return fd;
}

/* Searches in the user's folder, below it in the binary's own folders. */
static int open_in_folder(struct debug_search *s, const struct build_id *id,
			  const struct link *link, uint64_t *left)
{
	const char *slash = strrchr(s->path, '/');
	scoped(mem_release) char *path = NULL;

	if (!s->folder)
		return -1;
	path = mem_format("%s%.*s/%s", s->folder, (int)(slash - s->path), s->path,
			  link->name);
	return open_link(s, -1, path, s->path, id, link->crc, left);
}

static int open_without_servers(struct elf_file *f, const struct build_id *id,
				struct debug_search *s)
{
	uint64_t left = MAX_SUMMED;
	struct link link;
	int fd = -1;

	if (id->size)
		fd = debug_file_open_by_id(id, s);
	if (fd >= 0 || *s->path != '/' || !link_read(f, &link))
		return fd;
	fd = open_in_folder(s, id, &link, &left);
	if (fd < 0 && s->root >= 0)
		fd = open_by_link(s, s->root, path_in_root(s), id, &link, &left);
	return fd >= 0 ? fd : open_by_link(s, -1, s->path, id, &link, &left);
}

int debug_file_open(struct elf_file *f, struct debug_search *s)
{
	struct build_id id = {0};
	int fd;

	elf_file_build_id(f, &id);
	fd = open_without_servers(f, &id, s);
	return fd >= 0 ? fd : debuginfod_open(s->servers, DEBUGINFOD_DEBUG, &id);
}

/* Tries debug packages first: the kernel in /boot may have no DWARF. */
static int open_kernel_without_servers(const struct build_id *id, const char *release,
				       struct debug_search *s)
{
	static const struct {
		bool is_in_folder;
		const char *prefix, *suffix;
	} places[] = {
		{true, "/boot/vmlinux-", ""},
		{true, "/lib/modules/", "/vmlinux"},
		{false, "/lib/modules/", "/build/vmlinux"},
		{false, "/boot/vmlinux-", ""},
	};
	int fd = debug_file_open_by_id(id, s);

	if (!release || strchr(release, '/'))
		return fd;
	for (size_t i = 0; i < array_size(places) && fd < 0; i++) {
		scoped(mem_release) char *name =
			mem_format("%s%s%s", places[i].prefix, release, places[i].suffix);

		fd = places[i].is_in_folder ? open_in_folders(s, name, id)
					    : open_path(s, -1, name, id);
	}
	return fd;
}

int debug_file_open_kernel(const struct build_id *id, const char *release,
			   struct debug_search *s)
{
	int fd;

	if (!id->size)
		return -1;
	fd = open_kernel_without_servers(id, release, s);
	return fd >= 0 ? fd : debuginfod_open(s->servers, DEBUGINFOD_DEBUG, id);
}

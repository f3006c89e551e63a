#include "elf/search/debug_file.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "elf/path_open.h"
#include "elf/search/checksum.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEBUG_FOLDER "/usr/lib/debug"

/* Bytes of files that one search reads for checksums. */
#define MAX_SUMMED ((uint64_t)1 << 30)

/* The content of .gnu_debuglink. */
struct link {
	const char *name;
	uint32_t crc;
};

/* A place where a search looks for a debug file. */
struct place {
	int root;	    /* -1: ours */
	const char *folder; /* in the root */
	enum path_links links;
	/* The owner of the mapped file, or root with permission for everybody to read,
	 * must own the debug file: others may plant links in the folder. */
	bool checks_owner;
};

struct debug_search debug_search_of_file(struct slow_files *slow, const char *path,
					 const struct stat *own)
{
	struct debug_search s = {.slow = slow,
				 .path = path,
				 .root = process_root_none(),
				 .owner = own->st_uid};
	scoped(fd_close) int at = -1;
	struct stat st;

	at = path_find(slow, -1, path, LINKS_NONE, &st);
	s.is_at_path = at >= 0 && st.st_dev == own->st_dev && st.st_ino == own->st_ino;
	return s;
}

struct debug_search debug_search_of(struct slow_files *slow, const char *path, int fd)
{
	struct stat own;

	if (fstat(fd, &own) < 0)
		return (struct debug_search){
			.slow = slow, .path = path, .root = process_root_none()};
	return debug_search_of_file(slow, path, &own);
}

void debug_search_release(struct debug_search *s)
{
	process_root_close(&s->root);
	mem_release(&s->refused);
}

/* Finds the file 'name', which begins with a slash, in a place. */
static int find_in_place(struct debug_search *s, const struct place *place,
			 const char *name, const char *path, struct stat *st)
{
	scoped(fd_close) int folder = -1;

	if (place->root >= 0 || place->links == LINKS_NONE)
		return path_find(s->slow, place->root, path, place->links, st);
	/* The folder belongs to root or to the user of flame. */
	folder = open(place->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return folder < 0 ? -1 : path_find(s->slow, folder, name, place->links, st);
}

/* Opens the file 'at', which path_find() found at 'path'; with that build id, unless it
 * is empty. */
static int open_found(struct debug_search *s, int at, const char *path,
		      const struct build_id *id)
{
	int fd = path_read(s->slow, at);

	if (fd < 0 || !id->size || elf_file_has_build_id(fd, id))
		return fd;
	close(fd);
	if (!s->refused)
		s->refused = mem_str(path, strlen(path));
	return -1;
}

static int open_in_place(struct debug_search *s, const struct place *place,
			 const char *name, const struct build_id *id)
{
	scoped(mem_release) char *path = mem_format("%s%s", place->folder, name);
	struct stat st;
	scoped(fd_close) int at = find_in_place(s, place, name, path, &st);

	if (at < 0 || (place->checks_owner && !path_is_of(&st, s->owner)))
		return -1;
	return open_found(s, at, path, id);
}

/* Opens a file of the system in our root. A link may lead to a folder of another user,
 * as /lib/modules/RELEASE/build does: then everybody must be able to read the file. */
static int open_of_system(struct debug_search *s, const char *path,
			  const struct build_id *id)
{
	struct stat st;
	scoped(fd_close) int at = path_find(s->slow, -1, path, LINKS_NONE, &st);

	if (at < 0) {
		at = path_find(s->slow, -1, path, LINKS_ALL, &st);
		if (at < 0 || !(st.st_mode & S_IROTH))
			return -1;
	}
	return open_found(s, at, path, id);
}

static struct place place_of_user(const struct debug_search *s)
{
	return (struct place){.root = -1, .folder = s->folder, .links = LINKS_BENEATH};
}

/* In the root of the process. */
static struct place place_in_root(const struct debug_search *s, const char *folder)
{
	return (struct place){.root = s->root.fd,
			      .folder = folder,
			      .links = LINKS_IN_ROOT,
			      .checks_owner = true};
}

static const struct place our_debug_folder = {
	.root = -1, .folder = DEBUG_FOLDER, .links = LINKS_BENEATH};

/* Opens the file 'name' in one of the folders for debug files. */
static int open_in_folders(struct debug_search *s, const char *name,
			   const struct build_id *id)
{
	struct place user = place_of_user(s), root = place_in_root(s, DEBUG_FOLDER);
	int fd = -1;

	if (s->folder)
		fd = open_in_place(s, &user, name, id);
	if (fd < 0 && s->root.fd >= 0)
		fd = open_in_place(s, &root, name, id);
	return fd >= 0 ? fd : open_in_place(s, &our_debug_folder, name, id);
}

/* GDB's layout of the folder: two digits of the build id, a slash, the other digits,
 * ".debug". */
static int open_by_id(const struct build_id *id, struct debug_search *s)
{
	scoped(mem_release) char *name = NULL;
	char hex[BUILD_ID_HEX];

	if (id->size < 2)
		return -1;
	build_id_hex(id, hex);
	name = mem_format("/.build-id/%.2s/%s.debug", hex, hex + 2);
	return open_in_folders(s, name, id);
}

int debug_file_open_shared(const char *path, const struct build_id *id,
			   struct debug_search *s)
{
	static const char folder[] = DEBUG_FOLDER "/";
	int fd = open_by_id(id, s);

	if (fd >= 0 || !id->size || strncmp(path, folder, sizeof(folder) - 1) != 0)
		return fd;
	return open_in_folders(s, path + sizeof(folder) - 2, id);
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

/* Opens the debug file 'name' in a place, if its checksum is 'want'. */
static int open_link(struct debug_search *s, const struct place *place, const char *name,
		     const struct build_id *id, uint32_t want, uint64_t *left)
{
	uint32_t crc = 0;
	int fd = open_in_place(s, place, name, id);

	if (fd < 0)
		return -1;
	if (checksum_of_file(fd, left, &crc) && crc == want)
		return fd;
	close(fd);
	if (!s->refused)
		s->refused = mem_format("%s%s", place->folder, name);
	return -1;
}

/* Opens the debug file in the folder of the binary or below. */
static int open_beside(struct debug_search *s, int root, const char *folder,
		       const struct build_id *id, const struct link *link, uint64_t *left)
{
	static const char *const below[] = {"", "/.debug"};
	const char *slash = strrchr(s->path, '/');
	int fd = -1;

	for (size_t i = 0; i < array_size(below) && fd < 0; i++) {
		scoped(mem_release) char *name =
			mem_format("%s/%s", below[i], link->name);
		struct place place = {.root = root,
				      .folder = folder,
				      .links = root < 0 ? LINKS_NONE : LINKS_IN_ROOT,
				      .checks_owner = true};

		/* A debug file may have the name of its binary. */
		if (i || strcmp(slash + 1, link->name) != 0)
			fd = open_link(s, &place, name, id, link->crc, left);
	}
	return fd;
}

/* Searches by .gnu_debuglink for a binary in 'folder'. */
static int open_by_link(struct debug_search *s, const char *folder,
			const struct build_id *id, const struct link *link,
			uint64_t *left)
{
	struct place user = place_of_user(s), root = place_in_root(s, DEBUG_FOLDER);
	scoped(mem_release) char *name = mem_format("%s/%s", folder, link->name);
	int fd = -1;

	if (s->folder)
		fd = open_link(s, &user, name, id, link->crc, left);
	if (fd >= 0)
		return fd;
	if (s->root.kind == ROOT_OTHER) {
		fd = open_beside(s, s->root.fd, folder, id, link, left);
		return fd >= 0 ? fd : open_link(s, &root, name, id, link->crc, left);
	}
	if (!s->is_at_path)
		return -1;
	fd = open_beside(s, -1, folder, id, link, left);
	return fd >= 0 ? fd : open_link(s, &our_debug_folder, name, id, link->crc, left);
}

static int open_without_servers(struct elf_file *f, const struct build_id *id,
				struct debug_search *s)
{
	scoped(mem_release) char *folder = NULL;
	uint64_t left = MAX_SUMMED;
	struct link link;
	const char *path;
	int fd = -1;

	if (id->size)
		fd = open_by_id(id, s);
	if (fd >= 0 || *s->path != '/' || !link_read(f, &link))
		return fd;
	path = process_root_path(&s->root, s->path);
	folder = mem_str(path, (size_t)(strrchr(path, '/') - path));
	return open_by_link(s, folder, id, &link, &left);
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
	int fd = open_by_id(id, s);

	if (!release || strchr(release, '/'))
		return fd;
	for (size_t i = 0; i < array_size(places) && fd < 0; i++) {
		scoped(mem_release) char *name =
			mem_format("%s%s%s", places[i].prefix, release, places[i].suffix);

		fd = places[i].is_in_folder ? open_in_folders(s, name, id)
					    : open_of_system(s, name, id);
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

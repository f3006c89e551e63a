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
	mem_release(&s->opened);
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
	int fd = file_places_read(s->slow, at, path, id, &s->refused);

	if (fd < 0)
		return -1;
	mem_release(&s->opened);
	s->opened = mem_str(path, strlen(path));
	return fd;
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

/* Opens the file 'name' in one of the user's folders. */
static int open_in_users_folders(struct debug_search *s, const char *name,
				 const struct build_id *id)
{
	int fd = -1;

	for (size_t i = 0; s->places && i < s->places->n_folders && fd < 0; i++) {
		const struct place place = {.root = -1,
					    .folder = s->places->folders[i],
					    .links = LINKS_BENEATH};

		fd = open_in_place(s, &place, name, id);
	}
	return fd;
}

/* Opens the file 'folder'/'name' in the user's root directory. */
static int open_in_users_root(struct debug_search *s, const char *folder,
			      const char *name, const struct build_id *id)
{
	scoped(mem_release) char *path = mem_format("%s%s", folder, name);
	struct place place = {.root = -1, .links = LINKS_IN_ROOT};

	if (!s->places || !s->places->root)
		return -1;
	place.folder = s->places->root;
	return open_in_place(s, &place, path, id);
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
	struct place root = place_in_root(s, DEBUG_FOLDER);
	int fd = open_in_users_folders(s, name, id);

	if (fd < 0)
		fd = open_in_users_root(s, DEBUG_FOLDER, name, id);
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
	int fd;

	if (id->size < 2)
		return -1;
	build_id_hex(id, hex);
	name = mem_format("/.build-id/%.2s/%s.debug", hex, hex + 2);
	fd = open_in_folders(s, name, id);
	return fd >= 0 ? fd
		       : file_places_open(s->places, s->slow, PLACE_DEBUG, id,
					  &s->refused);
}

/* The folder in a path, without the slash at its end; mem_free() frees it. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return mem_str(path, slash ? (size_t)(slash - path) : 0);
}

/* Opens the shared file at a path that is relative to the debug file, which may be the
 * program itself. */
static int open_relative(const char *path, const struct build_id *id,
			 struct debug_search *s)
{
	scoped(mem_release) char *folder = folder_of(s->opened ? s->opened : s->path);
	scoped(mem_release) char *name = mem_format("/%s", path);
	const struct place place = {.root = -1,
				    .folder = folder,
				    .links = LINKS_NONE,
				    .checks_owner = !s->opened};

	if (!s->opened && !s->is_at_path)
		return open_in_users_root(s, folder, name, id);
	return open_in_place(s, &place, name, id);
}

/* Opens the shared file at an absolute path outside of the folders for debug files. */
static int open_absolute(const char *path, const struct build_id *id,
			 struct debug_search *s)
{
	struct place root = place_in_root(s, "");
	const struct place ours = {
		.root = -1, .folder = "", .links = LINKS_NONE, .checks_owner = true};
	int fd = open_in_users_root(s, "", path, id);

	if (fd < 0 && s->root.fd >= 0)
		fd = open_in_place(s, &root, path, id);
	return fd < 0 && s->is_at_path ? open_in_place(s, &ours, path, id) : fd;
}

static int open_shared_by_path(const char *path, const struct build_id *id,
			       struct debug_search *s)
{
	static const char folder[] = DEBUG_FOLDER "/", shared[] = "/.dwz/";
	const char *last = strrchr(path, '/');
	scoped(mem_release) char *name =
		mem_format("%s%s", shared, last ? last + 1 : path);
	int fd = -1;

	if (strncmp(path, folder, sizeof(folder) - 1) == 0)
		fd = open_in_folders(s, path + sizeof(folder) - 2, id);
	if (fd < 0)
		fd = *path == '/' ? open_absolute(path, id, s)
				  : open_relative(path, id, s);
	return fd >= 0 ? fd : open_in_folders(s, name, id);
}

static struct debuginfod *servers_of(const struct debug_search *s)
{
	return s->places ? s->places->servers : NULL;
}

int debug_file_open_shared(const char *path, const struct build_id *id,
			   struct debug_search *s)
{
	int fd = open_by_id(id, s);

	if (fd < 0 && id->size && *path)
		fd = open_shared_by_path(path, id, s);
	return fd >= 0 ? fd : debuginfod_open(servers_of(s), DEBUGINFOD_DEBUG, id);
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

/* Closes the debug file 'fd', which was opened last, and returns -1 unless its checksum
 * is that of the link. */
static int check_link(struct debug_search *s, int fd, const struct link *link,
		      uint64_t *left)
{
	uint32_t crc = 0;

	if (fd < 0 || (checksum_of_file(fd, left, &crc) && crc == link->crc))
		return fd;
	close(fd);
	if (!s->refused) {
		s->refused = s->opened;
		s->opened = NULL;
	}
	return -1;
}

/* Opens the debug file 'name' in a place, if its checksum is that of the link. */
static int open_link(struct debug_search *s, const struct place *place, const char *name,
		     const struct build_id *id, const struct link *link, uint64_t *left)
{
	return check_link(s, open_in_place(s, place, name, id), link, left);
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
			fd = open_link(s, &place, name, id, link, left);
	}
	return fd;
}

/* Searches the user's places by .gnu_debuglink for a binary in 'folder'. */
static int open_users_link(struct debug_search *s, const char *folder,
			   const struct build_id *id, const struct link *link,
			   uint64_t *left)
{
	static const char *const prefixes[] = {"", "", DEBUG_FOLDER};
	static const char *const below[] = {"/", "/.debug/", "/"};
	scoped(mem_release) char *name = mem_format("%s/%s", folder, link->name);
	int fd = check_link(s, open_in_users_folders(s, name, id), link, left);

	for (size_t i = 0; i < array_size(below) && fd < 0; i++) {
		scoped(mem_release) char *inner =
			mem_format("%s%s%s", folder, below[i], link->name);

		/* A debug file may have the name of its binary. */
		if (i || strcmp(inner, s->path) != 0)
			fd = check_link(s, open_in_users_root(s, prefixes[i], inner, id),
					link, left);
	}
	return fd;
}

/* Searches by .gnu_debuglink for a binary in 'folder'. */
static int open_by_link(struct debug_search *s, const char *folder,
			const struct build_id *id, const struct link *link,
			uint64_t *left)
{
	struct place root = place_in_root(s, DEBUG_FOLDER);
	scoped(mem_release) char *name = mem_format("%s/%s", folder, link->name);
	int fd = open_users_link(s, folder, id, link, left);

	if (fd >= 0)
		return fd;
	if (s->root.kind == ROOT_OTHER) {
		fd = open_beside(s, s->root.fd, folder, id, link, left);
		return fd >= 0 ? fd : open_link(s, &root, name, id, link, left);
	}
	if (!s->is_at_path)
		return -1;
	fd = open_beside(s, -1, folder, id, link, left);
	return fd >= 0 ? fd : open_link(s, &our_debug_folder, name, id, link, left);
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

/* Whether a file has something that debug files have. */
static bool is_unstripped(int fd)
{
	struct error ignored;
	scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, &ignored);

	return f && (elf_file_find(f, ".symtab") || elf_file_find(f, ".debug_info"));
}

/* Opens the program itself, from the user's places, unless it is stripped there, too. */
static int open_unstripped(const struct build_id *id, struct debug_search *s)
{
	scoped(fd_close) int by_id =
		file_places_open(s->places, s->slow, PLACE_PROGRAM, id, &s->refused);
	scoped(fd_close) int by_path = -1;
	int *found = &by_id, fd;

	if (by_id < 0 || !is_unstripped(by_id)) {
		by_path = file_places_open_in_root(s->places, s->slow, s->path, id,
						   &s->refused);
		found = &by_path;
	}
	if (*found < 0 || !is_unstripped(*found))
		return -1;
	fd = *found;
	*found = -1;
	return fd;
}

int debug_file_open(struct elf_file *f, struct debug_search *s)
{
	struct build_id id = {0};
	int fd;

	elf_file_build_id(f, &id);
	fd = open_without_servers(f, &id, s);
	if (fd < 0 && id.size)
		fd = open_unstripped(&id, s);
	return fd >= 0 ? fd : debuginfod_open(servers_of(s), DEBUGINFOD_DEBUG, &id);
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
		{true, "/boot/vmlinux-", ".debug"},
		{true, "/lib/modules/", "/vmlinux"},
		{false, "/lib/modules/", "/build/vmlinux"},
		{false, "/lib/modules/", "/vmlinux"},
		{false, "/boot/vmlinux-", ""},
	};
	int fd = open_by_id(id, s);

	if (!release || strchr(release, '/'))
		return fd;
	for (size_t i = 0; i < array_size(places) && fd < 0; i++) {
		scoped(mem_release) char *name =
			mem_format("%s%s%s", places[i].prefix, release, places[i].suffix);

		fd = places[i].is_in_folder ? open_in_folders(s, name, id)
					    : open_in_users_root(s, "", name, id);
		if (fd < 0 && !places[i].is_in_folder)
			fd = open_of_system(s, name, id);
	}
	return fd;
}

/* Opens the kernel that the user has named. */
static int open_named_kernel(const struct build_id *id, struct debug_search *s)
{
	const struct file_places *p = s->places;
	struct stat st;
	scoped(fd_close) int at = -1;

	if (!p || !p->vmlinux || (!id->size && !p->insists))
		return -1;
	at = path_find(s->slow, -1, p->vmlinux, LINKS_ALL, &st);
	return at < 0 ? -1 : open_found(s, at, p->vmlinux, id);
}

int debug_file_open_by_id(const struct build_id *id, struct debug_search *s)
{
	int fd = open_by_id(id, s);

	if (fd < 0)
		fd = file_places_open(s->places, s->slow, PLACE_PROGRAM, id, &s->refused);
	return fd >= 0 ? fd : debuginfod_open(servers_of(s), DEBUGINFOD_DEBUG, id);
}

int debug_file_open_kernel(const struct build_id *id, const char *release,
			   struct debug_search *s)
{
	int fd = open_named_kernel(id, s);

	if (fd >= 0 || !id->size)
		return fd;
	fd = open_kernel_without_servers(id, release, s);
	if (fd < 0)
		fd = file_places_open(s->places, s->slow, PLACE_PROGRAM, id, &s->refused);
	return fd >= 0 ? fd : debuginfod_open(servers_of(s), DEBUGINFOD_DEBUG, id);
}

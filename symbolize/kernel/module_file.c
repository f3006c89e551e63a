#include "symbolize/kernel/module_file.h"

#include "base/fd.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "elf/path_open.h"
#include "elf/search/debug_file.h"
#include "elf/unpack.h"

#include <elf.h>
#include <string.h>
#include <sys/stat.h>

/* The largest files: of amdgpu.ko with debug data. */
enum { PACKED_MAX = 64 << 20, MODULE_MAX = 512 << 20, LIST_MAX = 16 << 20 };

void module_file_close(struct module_file *m)
{
	elf_file_close(&m->elf);
	mem_free(m->unpacked);
	mem_release(&m->refused);
	*m = (struct module_file){0};
}

/* Reads a whole file. mem_free() frees the result; NULL: it has more than 'max' bytes. */
static char *content_of(int fd, size_t max, size_t *size)
{
	struct stat st;
	char *data;
	ssize_t got;

	if (fstat(fd, &st) < 0 || st.st_size <= 0 || (uint64_t)st.st_size > max)
		return NULL;
	*size = (size_t)st.st_size;
	data = mem_resize(NULL, *size + 1, 1);
	got = io_read_full(fd, data, *size);
	if (got < 0 || (size_t)got != *size)
		mem_release(&data);
	else
		data[*size] = '\0';
	return data;
}

/* Unpacks the file, or leaves it as it is. */
static struct elf_file *packed_open(struct module_file *m, int fd)
{
	struct error ignored;
	size_t size, unpacked = 0;
	scoped(mem_release) char *data = content_of(fd, PACKED_MAX, &size);
	struct bytes in = bytes_of(data, data ? size : 0);

	if (data && size > 6 &&
	    memcmp(data,
		   "\375"
		   "7zXZ",
		   5) == 0) {
		m->unpacked = unpack_xz(in, MODULE_MAX, &unpacked);
	} else if (data && size > 4 && memcmp(data, "\050\265\057\375", 4) == 0) {
		unpacked = unpack_zstd_size(in, MODULE_MAX);
		m->unpacked = unpack_zstd(in, unpacked);
	}
	return m->unpacked ? elf_file_of_image(m->unpacked, unpacked, &ignored) : NULL;
}

/* Keeps the file if it is the module. Closes 'fd'. */
static bool file_keep(struct module_file *m, const struct module_search *s, int fd,
		      const char *path)
{
	scoped(fd_close) int file = fd;
	struct error ignored;
	struct build_id id;

	if (file < 0)
		return false;
	m->elf = elf_file_open(file, &ignored);
	if (!m->elf)
		m->elf = packed_open(m, file);
	if (m->elf && (!s->build_id.size || (elf_file_build_id(m->elf, &id) &&
					     build_id_same(&id, &s->build_id)))) {
		/* All sections are read now: the descriptor is closed. */
		for (size_t i = 0; elf_file_section(m->elf, i); i++)
			if (elf_file_section(m->elf, i)->type == SHT_SYMTAB ||
			    elf_file_section(m->elf, i)->type == SHT_STRTAB)
				elf_file_data(m->elf, i);
		elf_file_forget_fd(m->elf);
		return true;
	}
	if (m->elf && !m->refused)
		m->refused = mem_str(path, strlen(path));
	elf_file_close(&m->elf);
	mem_free(m->unpacked);
	m->unpacked = NULL;
	return false;
}

/* Opens a file below the root directory of the places, or on this machine. */
static int open_in(const struct module_search *s, bool is_here, const char *path)
{
	static const struct build_id any;
	char *ignored = NULL;
	struct stat st;
	scoped(fd_close) int at = -1;

	if (!is_here)
		return file_places_open_in_root(s->places, s->slow, path, &any, &ignored);
	at = path_find(s->slow, -1, path, LINKS_ALL, &st);
	return at < 0 ? -1 : path_read(s->slow, at);
}

/* Whether a path is that of a module with this name, in which '-' is '_'. */
static bool has_name(const char *path, size_t len, const char *name)
{
	const char *slash = memrchr(path, '/', len);
	const char *base = slash ? slash + 1 : path;
	size_t n = strlen(name), left = len - (size_t)(base - path);

	if (left <= n || base[n] != '.')
		return false;
	for (size_t i = 0; i < n; i++)
		if ((base[i] == '-' ? '_' : base[i]) != (name[i] == '-' ? '_' : name[i]))
			return false;
	return true;
}

/* Finds the path of the module in the content of modules.dep: "kernel/fs/ext4/ext4.ko:
 * kernel/fs/jbd2/jbd2.ko ...". mem_free() frees it. */
static char *listed_path(const char *list, const struct module_search *s)
{
	for (const char *line = list; *line;) {
		size_t len = strcspn(line, ":\n");

		if (line[len] == ':' && has_name(line, len, s->name))
			return *line == '/' ? mem_str(line, len)
					    : mem_format("/lib/modules/%s/%.*s",
							 s->release, (int)len, line);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return NULL;
}

/* Opens the module by its name. */
static bool open_listed(struct module_file *m, const struct module_search *s,
			bool is_here)
{
	scoped(mem_release) char *dep = NULL;
	scoped(mem_release) char *list = NULL;
	scoped(mem_release) char *path = NULL;
	scoped(fd_close) int fd = -1;
	size_t size;

	if (!s->release || strchr(s->release, '/'))
		return false;
	dep = mem_format("/lib/modules/%s/modules.dep", s->release);
	fd = open_in(s, is_here, dep);
	list = fd < 0 ? NULL : content_of(fd, LIST_MAX, &size);
	path = list ? listed_path(list, s) : NULL;
	return path && file_keep(m, s, open_in(s, is_here, path), path);
}

/* Opens the module by its build id, in folders and from servers. */
static bool open_by_id(struct module_file *m, const struct module_search *s)
{
	struct debug_search search = {.slow = s->slow,
				      .path = "",
				      .places = s->places,
				      .root = process_root_none()};
	int fd = debug_file_open_by_id(&s->build_id, &search);

	if (search.refused && !m->refused) {
		m->refused = search.refused;
		search.refused = NULL;
	}
	debug_search_release(&search);
	return file_keep(m, s, fd, "");
}

bool module_file_open(struct module_file *m, const struct module_search *s)
{
	if (!s->build_id.size && !s->places->insists)
		return false;
	for (int is_here = 0; is_here < 2; is_here++)
		if ((*s->path == '/' &&
		     file_keep(m, s, open_in(s, is_here, s->path), s->path)) ||
		    open_listed(m, s, is_here))
			return true;
	return s->build_id.size && open_by_id(m, s);
}

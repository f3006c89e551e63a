#include "base/path_walk.h"

#include "base/fd.h"
#include "base/scoped.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* As the kernel. */
enum { LINKS_MAX = 40 };

/* The part of the path that is not resolved yet. */
struct route {
	const char *path; /* whole, for messages */
	char rest[PATH_MAX];
	unsigned links;
};

static int walk_fail(const struct route *r, int code, struct error *err)
{
	errno = code;
	return error_sys(err, "cannot write '%s'", r->path);
}

static bool is_proc(int folder)
{
	struct statfs fs;

	return fstatfs(folder, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

static bool is_own_user(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

/* NULL, or the reason to refuse a link. */
static const char *link_danger(const struct stat *folder, const struct stat *link)
{
	bool is_shared = folder->st_mode & S_IWOTH;

	if (folder->st_mode & S_IWGRP)
		is_shared |= folder->st_gid != 0 && folder->st_gid != getegid();
	if (!is_own_user(link->st_uid))
		return "a symbolic link of another user";
	if (is_shared || !is_own_user(folder->st_uid))
		return "a symbolic link in a folder to which others may write";
	return NULL;
}

static int link_refuse(const struct path_walk *w, const struct route *r, const char *name,
		       const char *danger, struct error *err)
{
	char self[64], folder[PATH_MAX];
	ssize_t len;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", w->folder);
	len = readlink(self, folder, sizeof(folder));
	return error_set(err, "cannot write '%s': '%.*s%s%s' is %s", r->path,
			 len > 0 ? (int)len : 0, folder, len > 1 ? "/" : "", name,
			 danger);
}

static void folder_enter(struct path_walk *w, int folder)
{
	fd_close(&w->folder);
	w->folder = folder;
}

/* Links of /proc have a text that may name nothing, or something in another root: only
 * the kernel can follow them. */
static int proc_link_follow(struct path_walk *w, const struct route *r, const char *name,
			    bool is_folder, struct error *err)
{
	int fd = openat(w->folder, name, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		walk_fail(r, errno, err);
		fd_close(&fd);
		return -1;
	}
	if (is_folder) {
		folder_enter(w, fd);
		return 1;
	}
	w->file = fd;
	w->is_open_file = true;
	return S_ISDIR(st.st_mode) ? walk_fail(r, EISDIR, err) : 0;
}

/* Puts the text of the link in front of the rest. */
static int link_follow(struct path_walk *w, struct route *r, int link, bool is_folder,
		       struct error *err)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t len = readlinkat(link, "", target, sizeof(target) - 1);
	int total;

	if (len < 0)
		return walk_fail(r, errno, err);
	target[len] = '\0';
	total = snprintf(rest, sizeof(rest), "%s%s%s", target, is_folder ? "/" : "",
			 r->rest);
	if (total >= (int)sizeof(rest))
		return walk_fail(r, ENAMETOOLONG, err);
	memcpy(r->rest, rest, (size_t)total + 1);
	if (*target != '/')
		return 1;
	folder_enter(w, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
	return w->folder < 0 ? walk_fail(r, errno, err) : 1;
}

/* Follows 'name', which is not a folder, or ends at it. Returns 1 to go on, 0 at the end,
 * or -1. */
static int file_reach(struct path_walk *w, struct route *r, const char *name,
		      bool is_folder, struct error *err)
{
	scoped(fd_close) int fd =
		openat(w->folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st, folder;
	const char *danger;

	if (fd < 0 && (errno != ENOENT || is_folder))
		return walk_fail(r, errno, err);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) < 0 || fstat(w->folder, &folder) < 0)
		return walk_fail(r, errno, err);
	if (S_ISDIR(st.st_mode) || (is_folder && !S_ISLNK(st.st_mode)))
		return walk_fail(r, S_ISDIR(st.st_mode) ? EISDIR : ENOTDIR, err);
	if (!S_ISLNK(st.st_mode)) {
		w->file = fd;
		fd = -1;
		return 0;
	}
	danger = link_danger(&folder, &st);
	if (danger)
		return link_refuse(w, r, name, danger, err);
	if (++r->links > LINKS_MAX)
		return walk_fail(r, ELOOP, err);
	if (is_proc(w->folder))
		return proc_link_follow(w, r, name, is_folder, err);
	return link_follow(w, r, fd, is_folder, err);
}

/* Resolves the next component. Returns 1 to go on, 0 at the end, or -1. */
static int walk_step(struct path_walk *w, struct route *r, struct error *err)
{
	const char *start = r->rest + strspn(r->rest, "/");
	size_t len = strcspn(start, "/");
	bool is_folder = start[len] == '/';
	int folder;

	if (len > NAME_MAX)
		return walk_fail(r, ENAMETOOLONG, err);
	/* The path ends in "/", or is the root. */
	if (!len)
		return walk_fail(r, EISDIR, err);
	memcpy(w->name, start, len);
	w->name[len] = '\0';
	start += len + strspn(start + len, "/");
	memmove(r->rest, start, strlen(start) + 1);
	/* O_DIRECTORY has the kernel mount a folder that is mounted on demand. */
	folder =
		openat(w->folder, w->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder >= 0) {
		folder_enter(w, folder);
		return is_folder ? 1 : walk_fail(r, EISDIR, err);
	}
	if (errno != ENOTDIR && errno != ELOOP && (errno != ENOENT || is_folder))
		return walk_fail(r, errno, err);
	return file_reach(w, r, w->name, is_folder, err);
}

int path_walk(struct path_walk *w, const char *path, struct error *err)
{
	struct route r = {.path = path};
	int more = 1;

	*w = (struct path_walk){.folder = -1, .file = -1};
	if (!*path || strlen(path) >= sizeof(r.rest))
		return walk_fail(&r, *path ? ENAMETOOLONG : ENOENT, err);
	memcpy(r.rest, path, strlen(path) + 1);
	w->folder = open(*path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->folder < 0)
		return walk_fail(&r, errno, err);
	while (more > 0)
		more = walk_step(w, &r, err);
	if (more < 0)
		path_walk_release(w);
	return more;
}

/* Checks an existing folder. 'is_last': the next one does not exist. */
static int folder_check(const char *path, bool is_last, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return error_sys(err, "cannot open '%s'", path);
	if (!is_own_user(st.st_uid))
		return error_set(err, "'%s' belongs to another user", path);
	if (st.st_mode & S_IWOTH && (is_last || !(st.st_mode & S_ISVTX)))
		return error_set(err, "all users may write to '%s'", path);
	return 0;
}

/* Checks all folders of a path without links. */
static int folders_check(const char *path, bool is_whole, struct error *err)
{
	char part[PATH_MAX];
	size_t len = 1;

	do {
		snprintf(part, sizeof(part), "%.*s", (int)len, path);
		len += strspn(path + len, "/");
		if (folder_check(part, !is_whole && !path[len], err) < 0)
			return -1;
		len += strcspn(path + len, "/");
	} while (strlen(part) < strlen(path));
	return 0;
}

int path_check_private(const char *path, struct error *err)
{
	struct path_walk w;
	char start[PATH_MAX], real[PATH_MAX];
	bool is_whole = true;

	if (*path != '/' || strlen(path) >= sizeof(start))
		return error_set(err, "'%s' is not an absolute path", path);
	snprintf(start, sizeof(start), "%s", path);
	while (!realpath(start, real)) {
		char *slash = strrchr(start, '/');

		if (errno != ENOENT)
			return error_sys(err, "cannot open '%s'", start);
		slash[slash == start] = '\0';
		is_whole = false;
	}
	/* The links on the way. The path ends at a folder. */
	if (path_walk(&w, start, err) == 0)
		path_walk_release(&w);
	else if (err->code != EISDIR)
		return -1;
	return folders_check(real, is_whole, err);
}

void path_walk_release(struct path_walk *w)
{
	fd_close(&w->folder);
	fd_close(&w->file);
}

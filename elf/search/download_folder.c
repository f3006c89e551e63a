#include "elf/search/download_folder.h"

#include "base/mem.h"
#include "base/path_walk.h"
#include "base/scoped.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In HOME an old folder comes first. mem_free() frees the path. */
static char *folder_path(const struct download_variables *v)
{
	const char *home = v->home ? v->home : "";
	scoped(mem_release) char *old = mem_format("%s/.debuginfod_client_cache", home);

	if (v->folder)
		return mem_str(v->folder, strlen(v->folder));
	if (access(old, F_OK) == 0)
		return mem_str(old, strlen(old));
	return v->caches ? mem_format("%s/debuginfod_client", v->caches)
			 : mem_format("%s/.cache/debuginfod_client", home);
}

/* The last two folders of a path may be missing. */
static void folder_make(const char *path)
{
	scoped(mem_release) char *above = mem_str(path, strlen(path));
	char *slash = strrchr(above, '/');

	*slash = '\0';
	mkdir(above, 0700);
	mkdir(path, 0700);
}

char *download_folder_create(const struct download_variables *v, struct error *err)
{
	scoped(mem_release) char *path = NULL;
	char real[PATH_MAX];

	if (!v->urls) {
		error_set(err, "--debuginfod needs the URL of a server in the "
			       "environment variable DEBUGINFOD_URLS");
		return NULL;
	}
	path = folder_path(v);
	if (path_check_private(path, err) < 0) {
		error_while(err, "no safe place for downloads (DEBUGINFOD_CACHE_PATH "
				 "names another one)");
		return NULL;
	}
	folder_make(path);
	if (!realpath(path, real)) {
		error_sys(err, "cannot open '%s'", path);
		return NULL;
	}
	return mem_str(real, strlen(real));
}

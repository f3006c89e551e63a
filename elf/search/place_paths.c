#include "elf/search/place_paths.h"

#include "base/mem.h"
#include "base/scoped.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool place_paths_add(struct place_paths *p, const char *folder)
{
	if (p->n_folders == PLACE_FOLDERS_MAX)
		return false;
	p->folders[p->n_folders++] = folder;
	return true;
}

static int resolve(struct arena *text, const char **path, struct error *err)
{
	char real[PATH_MAX];

	if (!*path)
		return 0;
	if (!realpath(*path, real))
		return error_sys(err, "cannot open '%s'", *path);
	*path = arena_str(text, real, strlen(real));
	return 0;
}

int place_paths_resolve(struct place_paths *p, const char *home, struct arena *text,
			struct error *err)
{
	scoped(mem_release) char *cache = mem_format("%s/.debug", home ? home : "");

	for (size_t i = 0; i < p->n_folders; i++)
		if (resolve(text, &p->folders[i], err) < 0)
			return -1;
	if (home && access(cache, X_OK) == 0) {
		p->folders[p->n_folders] = cache;
		if (resolve(text, &p->folders[p->n_folders++], err) < 0)
			return -1;
	}
	if (resolve(text, &p->root, err) < 0 || resolve(text, &p->vmlinux, err) < 0)
		return -1;
	return resolve(text, &p->kallsyms, err);
}

struct file_places place_paths_places(const struct place_paths *p)
{
	return (struct file_places){.folders = p->folders,
				    .n_folders = p->n_folders,
				    .root = p->root,
				    .vmlinux = p->vmlinux,
				    .kallsyms = p->kallsyms};
}

#include "cli/output_path.h"

#include "base/mem.h"

#include <string.h>

char *path_with_extension(const char *path, const char *extension)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(path, '.');
	size_t len = strlen(path);

	if (dot && dot > (slash ? slash + 1 : path))
		len = (size_t)(dot - path);
	return mem_format("%.*s%s", (int)len, path, extension);
}

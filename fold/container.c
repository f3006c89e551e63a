#include "fold/container.h"

#include <stdio.h>
#include <string.h>

enum { ID_LEN = 64, ID_SHORT = 12 };

void container_name(char *name, size_t size, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *last = slash ? slash + 1 : path;
	size_t len = strlen(last), before;

	if (!len) {
		snprintf(name, size, "host");
		return;
	}
	for (before = 0; before + ID_LEN <= len; before++) {
		if (strspn(last + before, "0123456789abcdef") < ID_LEN)
			continue;
		snprintf(name, size, "%.*s", (int)(before + ID_SHORT), last);
		return;
	}
	snprintf(name, size, "%s", last);
}

#include "record/container/own_container.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "record/container/container_store.h"
#include "record/container/json.h"
#include "record/container/trusted_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { FILE_SIZE_MAX = 1 << 20, ID_SHORT = 12 };

bool own_container_has_cgroups(void)
{
	/* PROC_CGROUP_INIT_INO of the kernel */
	static const char initial[] = "cgroup:[4026531835]";
	char name[64];
	ssize_t n = readlink("/proc/self/ns/cgroup", name, sizeof(name));

	return n > 0 && ((size_t)n != strlen(initial) ||
			 memcmp(name, initial, strlen(initial)) != 0);
}

/* podman's file, with lines like 'name="web"'. */
static bool podman_name(char *name, size_t size)
{
	static const char key[] = "\nname=";
	size_t length;
	scoped(mem_release) char *text =
		trusted_file_read("/run/.containerenv", FILE_SIZE_MAX, &length);
	const char *line = text ? strstr(text, key) : NULL;

	if (!line)
		return false;
	line += strlen(key);
	return json_string(json_of(line, strcspn(line, "\n")), name, size) && *name;
}

/* docker and podman mount a file of "…containers/ID/" over /etc/hostname: the fourth
 * field. The folders of others have the id of a pod. */
static bool mounted_id(char id[ID_SHORT + 1])
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[8192], folder[4096], point[256];
	static const char parent[] = "containers/";
	bool is_found = false;
	const char *at;

	while (f && !is_found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*s %*s %4095s %255s", folder, point) != 2 ||
		    strcmp(point, "/etc/hostname") != 0)
			continue;
		for (at = folder; !is_found && (at = strstr(at, parent));) {
			at += strlen(parent);
			is_found = strspn(at, "0123456789abcdef") == CONTAINER_ID_LEN;
			snprintf(id, ID_SHORT + 1, "%.*s", ID_SHORT, at);
		}
	}
	if (f)
		fclose(f);
	return is_found;
}

void own_container_name(char *name, size_t size)
{
	char text[CONTAINER_TEXT_MAX], id[ID_SHORT + 1];
	struct utsname uts;

	if (podman_name(text, sizeof(text)))
		snprintf(name, size, "container %s", text);
	else if (mounted_id(id))
		snprintf(name, size, "container %s", id);
	else if (uname(&uts) == 0)
		snprintf(name, size, "container (host name %s)", uts.nodename);
	else
		snprintf(name, size, "container");
	for (char *slash = name; (slash = strchr(slash, '/'));)
		*slash = '_';
}

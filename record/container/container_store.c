#include "record/container/container_store.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "record/container/json.h"
#include "record/container/trusted_file.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { FILE_SIZE_MAX = 16 << 20 };

/* Keys of annotations and labels, the first one that is there counts. */
static const char *const name_keys[] = {
	"io.kubernetes.cri.container-name",
	"io.kubernetes.container.name",
	"nerdctl/name",
	NULL,
};
static const char *const pod_keys[] = {
	"io.kubernetes.cri.sandbox-name",
	"io.kubernetes.pod.name",
	NULL,
};
static const char *const namespace_keys[] = {
	"io.kubernetes.cri.sandbox-namespace",
	"io.kubernetes.pod.namespace",
	NULL,
};

/* The first one of the keys that has a text. */
static void first_find(struct json object, const char *const *keys, char *text)
{
	struct json value;

	for (*text = '\0'; !*text && *keys; keys++)
		if (json_member(object, *keys, &value) &&
		    !json_string(value, text, CONTAINER_TEXT_MAX))
			*text = '\0';
}

static void annotations_read(struct json object, struct container_names *names)
{
	first_find(object, name_keys, names->name);
	first_find(object, pod_keys, names->pod);
	first_find(object, namespace_keys, names->pod_namespace);
}

/* docker's config.v2.json: "Name" is "/web". */
static void docker_read(struct json file, const char *id, struct container_names *names)
{
	static const char *const keys[] = {"Name", NULL};
	struct json value;
	char name[CONTAINER_TEXT_MAX];

	(void)id;
	if (json_member(file, "Config", &value) && json_member(value, "Labels", &value))
		annotations_read(value, names);
	first_find(file, keys, name);
	if (!*names->name)
		memcpy(names->name, name + (*name == '/'), strlen(name) + (*name != '/'));
}

/* The configuration of a bundle of the Open Container Initiative. */
static void bundle_read(struct json file, const char *id, struct container_names *names)
{
	struct json annotations;

	(void)id;
	if (json_member(file, "annotations", &annotations))
		annotations_read(annotations, names);
}

/* The list of all containers of podman and CRI-O. */
static void list_read(struct json file, const char *id, struct container_names *names)
{
	struct json entry, value, list;
	char text[CONTAINER_TEXT_MAX];

	while (!*names->name && json_element(&file, &entry)) {
		if (!json_member(entry, "id", &value) ||
		    !json_string(value, text, sizeof(text)) || strcmp(text, id) != 0)
			continue;
		if (!json_member(entry, "names", &list) || !json_element(&list, &value) ||
		    !json_string(value, names->name, sizeof(names->name)))
			return;
	}
}

/* The folder of a runtime, which a configuration may change. */
struct store_folder {
	const char *usual;
	const char *config; /* NULL: none */
	const char *key;
};

static const struct store_folder docker = {"/var/lib/docker", "/etc/docker/daemon.json",
					   "data-root"};
static const struct store_folder containers = {
	"/var/lib/containers/storage", "/etc/containers/storage.conf", "graphroot"};
static const struct store_folder run = {"/run", NULL, NULL};

/* A file's path, with the id between its two parts; a list has no second part. The first
 * file that has a name counts. */
static const struct store {
	const struct store_folder *folder;
	const char *path, *rest;
	void (*read)(struct json file, const char *id, struct container_names *names);
} stores[] = {
	{&docker, "containers/", "/config.v2.json", docker_read},
	{&run, "containerd/io.containerd.runtime.v2.task/k8s.io/", "/config.json",
	 bundle_read},
	{&run, "k3s/containerd/io.containerd.runtime.v2.task/k8s.io/", "/config.json",
	 bundle_read},
	{&run, "containerd/io.containerd.runtime.v2.task/default/", "/config.json",
	 bundle_read},
	{&run, "containers/storage/overlay-containers/", "/userdata/config.json",
	 bundle_read},
	{&run, "containers/storage/vfs-containers/", "/userdata/config.json",
	 bundle_read},
	{&containers, "overlay-containers/containers.json", NULL, list_read},
	{&containers, "overlay-containers/volatile-containers.json", NULL, list_read},
	{&containers, "vfs-containers/containers.json", NULL, list_read},
	{&containers, "btrfs-containers/containers.json", NULL, list_read},
	{&containers, "zfs-containers/containers.json", NULL, list_read},
};

/* A line 'key = "value"' of TOML; in a comment it does not count. */
static bool line_has_value(const char *line, const char *key, char *value, size_t size)
{
	size_t n = strlen(key);

	line += strspn(line, " \t");
	if (strncmp(line, key, n) != 0)
		return false;
	line += n;
	line += strspn(line, " \t");
	if (*line++ != '=')
		return false;
	line += strspn(line, " \t");
	return json_string(json_of(line, strcspn(line, "\n")), value, size);
}

static bool config_read(const char *text, size_t size, const char *key, char *value,
			size_t value_size)
{
	struct json found;

	if (json_member(json_of(text, size), key, &found))
		return json_string(found, value, value_size);
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (line_has_value(line, key, value, value_size))
			return true;
	}
	return false;
}

static void folder_find(const char *root, const struct store_folder *folder,
			char path[PATH_MAX])
{
	scoped(mem_release) char *text = NULL;
	char config[PATH_MAX], value[PATH_MAX / 2];
	size_t size;

	snprintf(path, PATH_MAX, "%s%s", root, folder->usual);
	if (!folder->config)
		return;
	snprintf(config, sizeof(config), "%s%s", root, folder->config);
	text = trusted_file_read(config, FILE_SIZE_MAX, &size);
	if (text && config_read(text, size, folder->key, value, sizeof(value)) &&
	    *value == '/')
		snprintf(path, PATH_MAX, "%s%s", root, value);
}

static bool store_read(const char *root, const struct store *store, const char *id,
		       struct container_names *names)
{
	scoped(mem_release) char *text = NULL;
	char folder[PATH_MAX], path[PATH_MAX + 256];
	size_t size;

	folder_find(root, store->folder, folder);
	snprintf(path, sizeof(path), "%s/%s%s%s", folder, store->path,
		 store->rest ? id : "", store->rest ? store->rest : "");
	text = trusted_file_read(path, FILE_SIZE_MAX, &size);
	if (!text)
		return false;
	store->read(json_of(text, size), id, names);
	return *names->name || *names->pod;
}

bool container_store_find(const char *root, const char *id, struct container_names *names)
{
	assert(strlen(id) == CONTAINER_ID_LEN);
	*names = (struct container_names){.name = ""};
	for (size_t i = 0; i < array_size(stores); i++)
		if (store_read(root, &stores[i], id, names))
			return true;
	return false;
}

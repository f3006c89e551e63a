#include "fold/container.h"

#include "base/scoped.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ID_LEN = 64, ID_SHORT = 12, POD_LEN_MIN = 8, POD_SHORT = 8, TEXT_MAX = 256 };

static const char hex_digits[] = "0123456789abcdef";

enum form_kind {
	FORM_CONTAINER,
	FORM_PAYLOAD, /* of nspawn, in the group of another unit */
	FORM_POD,
	FORM_USER,
	FORM_SESSION,
	FORM_UNIT,
	FORM_IGNORED,
};

/* A part of a path, or several parts. "%I" is an id of 64 digits, "%P" the begin of the
 * id of a pod, "%N" any text within one part, the shortest that fits. */
struct form {
	const char *pattern;
	enum form_kind kind;
	const char *runtime;
};

/* The first form that fits is taken. */
static const struct form forms[] = {
	{"docker-%I.scope", FORM_CONTAINER, "docker"},
	{"%N:docker:%I", FORM_CONTAINER, "docker"},
	{"docker/%I", FORM_CONTAINER, "docker"},
	{"cri-containerd-%I.scope", FORM_CONTAINER, "containerd"},
	{"%N:cri-containerd:%I", FORM_CONTAINER, "containerd"},
	{"nerdctl-%I.scope", FORM_CONTAINER, "containerd"},
	{"crio-conmon-%I.scope", FORM_CONTAINER, "conmon of cri-o"},
	{"crio-conmon-%I", FORM_CONTAINER, "conmon of cri-o"},
	{"crio-%I.scope", FORM_CONTAINER, "cri-o"},
	{"crio-%I", FORM_CONTAINER, "cri-o"},
	{"libpod-conmon-%I.scope", FORM_CONTAINER, "conmon of podman"},
	{"libpod-%I.scope", FORM_CONTAINER, "podman"},
	{"libpod-%I", FORM_CONTAINER, "podman"},
	{"buildah-%I.scope", FORM_CONTAINER, "buildah"},
	{"buildah-%I", FORM_CONTAINER, "buildah"},
	{"ecs/%N/%I", FORM_CONTAINER, "ecs"},
	{"%I", FORM_CONTAINER, "container"},
	{"systemd-nspawn@%N.service", FORM_CONTAINER, "nspawn"},
	{"machine-qemu\\x2d%N.scope", FORM_CONTAINER, "qemu"},
	{"machine-%N.scope", FORM_CONTAINER, "nspawn"},
	{"lxc.payload.%N", FORM_CONTAINER, "lxc"},
	{"lxc.payload/%N", FORM_CONTAINER, "lxc"},
	{"lxc.monitor.%N", FORM_CONTAINER, "monitor of lxc"},
	{"lxc.monitor/%N", FORM_CONTAINER, "monitor of lxc"},
	{"lxc/%N", FORM_CONTAINER, "lxc"},
	{"machine-libpod_pod_%I.slice", FORM_POD, NULL},
	{"%N-pod%P%N.slice", FORM_POD, NULL},
	{"pod%P%N", FORM_POD, NULL},
	{"user-%N.slice", FORM_USER, NULL},
	{"session-%N.scope", FORM_SESSION, NULL},
	{"user@%N.service", FORM_IGNORED, NULL},
	{"payload", FORM_PAYLOAD, "nspawn"},
	{"%N.slice", FORM_IGNORED, NULL},
	{"%N.service", FORM_UNIT, NULL},
	{"%N.scope", FORM_UNIT, NULL},
	{"%N.socket", FORM_UNIT, NULL},
	{"%N.mount", FORM_UNIT, NULL},
	{"%N.swap", FORM_UNIT, NULL},
};

struct span {
	const char *at; /* NULL: none */
	size_t len;
};

struct cgroup_names {
	const char *runtime;
	struct span container, pod, user, session, unit;
	struct span outermost; /* container */
};

/* Length of the text at 'at' that begins with 'c' of "%c" in a pattern, or 0. */
static size_t field_length(char c, const char *at)
{
	size_t hex = strspn(at, hex_digits);

	if (c == 'I')
		return hex == ID_LEN ? ID_LEN : 0;
	if (c == 'P')
		return hex >= POD_LEN_MIN ? hex : 0;
	assert(c == 'N');
	return strcspn(at, "/") ? 1 : 0;
}

/* Returns the length of the text at 'at' that the pattern matches, which ends where a
 * part ends, or 0. Sets *field to the first id, or else to the first other text. */
static size_t pattern_length(const char *pattern, const char *at, struct span *field)
{
	const char *start = at;

	for (; *pattern != '%'; pattern++, at++) {
		if (!*pattern)
			return *at == '/' || !*at ? (size_t)(at - start) : 0;
		if (*pattern != *at)
			return 0;
	}
	for (size_t len = field_length(pattern[1], at); len; len++) {
		bool ends = at[len] == '/' || !at[len];
		size_t rest = pattern_length(pattern + 2, at + len, field);

		if (rest || (!pattern[2] && ends)) {
			if (pattern[1] != 'N' || !field->at)
				*field = (struct span){at, len};
			return (size_t)(at - start) + len + rest;
		}
		if (pattern[1] != 'N' || ends)
			return 0;
	}
	return 0;
}

/* Applies one part, or several, to the names. */
static void form_apply(struct cgroup_names *n, const struct form *form, struct span field,
		       struct span part)
{
	switch (form->kind) {
	case FORM_PAYLOAD:
		if (n->container.at)
			break;
		field = n->unit.at ? n->unit : part;
		__attribute__((fallthrough));
	case FORM_CONTAINER:
		n->runtime = form->runtime;
		n->container = field;
		if (!n->outermost.at)
			n->outermost = field;
		n->user = n->session = n->unit = (struct span){0};
		break;
	case FORM_POD:
		n->pod = field;
		break;
	case FORM_USER:
		n->user = field;
		break;
	case FORM_SESSION:
		n->session = field;
		break;
	case FORM_UNIT:
		n->unit = part;
		break;
	case FORM_IGNORED:
		break;
	}
}

static void path_read(struct cgroup_names *n, const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/"), matched = 0;
		struct span field;

		for (size_t i = 0; i < array_size(forms) && len && !matched; i++) {
			field = (struct span){0};
			matched = pattern_length(forms[i].pattern, path, &field);
			if (matched)
				form_apply(n, &forms[i], field,
					   (struct span){path, matched});
		}
		path += matched ? matched : len;
		path += *path == '/';
	}
}

/* Appends text, in which \xHH of systemd is a byte. */
static void text_add(char text[TEXT_MAX], const char *before, struct span s)
{
	size_t n = strlen(text);
	unsigned byte;

	n += (size_t)snprintf(text + n, TEXT_MAX - n, "%s", before);
	for (size_t i = 0; i < s.len && n + 1 < TEXT_MAX; i++) {
		if (s.len - i >= 4 && sscanf(s.at + i, "\\x%2x", &byte) == 1 && byte) {
			text[n++] = (char)byte;
			i += 3;
		} else {
			text[n++] = s.at[i];
		}
	}
	text[n < TEXT_MAX ? n : TEXT_MAX - 1] = '\0';
}

static struct span span_cut(struct span s, size_t most)
{
	return (struct span){s.at, s.len < most ? s.len : most};
}

static void path_add(char text[TEXT_MAX], const char *path)
{
	path += strspn(path, "/");
	if (*path)
		text_add(text, " ", (struct span){path, strlen(path)});
}

/* "web (0123456789ab)", or what is known of both. */
static void name_add(char text[TEXT_MAX], const char *before, const char *name,
		     struct span id)
{
	if (name)
		text_add(text, before, (struct span){name, strlen(name)});
	if (name && id.at)
		text_add(text, " (", id);
	else if (id.at)
		text_add(text, before, id);
	if (name && id.at)
		text_add(text, ")", (struct span){0});
}

static struct span id_cut(struct span id, size_t most)
{
	return span_cut(id, id.len == ID_LEN ? ID_SHORT : most);
}

static void container_add(char text[TEXT_MAX], const struct cgroup_names *n,
			  const struct container_info *names)
{
	if (n->container.at)
		name_add(text, " ", names ? names->name : NULL,
			 id_cut(n->container, n->container.len));
	if (names && names->pod) {
		text_add(text, " pod ", (struct span){0});
		name_add(text, "", names->pod_namespace, (struct span){0});
		name_add(text, names->pod_namespace ? "/" : "", names->pod,
			 id_cut(n->pod, POD_SHORT));
	} else if (n->pod.at) {
		text_add(text, " pod ", id_cut(n->pod, POD_SHORT));
	}
}

/* Skips the name of the recorder's own container, and makes it the runtime. */
static const char *own_container_skip(char own[TEXT_MAX], struct cgroup_names *n,
				      const char *path)
{
	size_t len = strcspn(path, "/");

	if (!len)
		return path;
	text_add(own, "", (struct span){path, len});
	n->runtime = own;
	return path + len;
}

/* 'id' is the one that the names belong to, NULL: none. */
static void names_write(char text[TEXT_MAX], const struct cgroup_names *n,
			const char *path, const struct container_info *info,
			const char *id)
{
	bool is_outer = info && info->name && n->container.at != id;

	text_add(text, n->runtime, (struct span){0});
	container_add(text, n, is_outer ? NULL : info);
	if (n->unit.at)
		text_add(text, " ", n->unit);
	if (n->session.at)
		text_add(text, " session ", n->session);
	if (n->user.at)
		text_add(text, " of uid ", n->user);
	if (!n->container.at && !n->unit.at && !n->session.at && !n->user.at)
		path_add(text, path);
	if (is_outer)
		name_add(text, " in ", info->name, (struct span){0});
	if (info && info->host_name) {
		name_add(text, " (host name ", info->host_name, (struct span){0});
		text_add(text, ")", (struct span){0});
	}
}

void container_name(char *name, size_t size, const char *path,
		    const struct container_infos *infos)
{
	struct cgroup_names n = {.runtime = "host"};
	const char *id;
	const struct container_info *info = container_info_find(infos, path, &id);
	char text[TEXT_MAX] = "", own[TEXT_MAX] = "";

	if (!*path || strncmp(path, "/..", 3) == 0) {
		snprintf(name, size, "unknown");
		return;
	}
	path = own_container_skip(own, &n, path);
	/* A process with another host name is in a container of an unknown kind. */
	if (info && info->host_name)
		n.runtime = "container";
	path_read(&n, path);
	/* In a container with a name of its own, an id is that container's claim. */
	if (id && n.outermost.at != id && n.outermost.len != ID_LEN)
		info = NULL;
	names_write(text, &n, path, info, id);
	snprintf(name, size, "%s", text);
}

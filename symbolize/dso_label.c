#include "symbolize/dso_label.h"

#include <stdio.h>
#include <string.h>

bool dso_label_is_kernel(enum dso_kind kind)
{
	return kind == DSO_KERNEL || kind == DSO_MODULE || kind == DSO_BPF;
}

bool dso_label_is_guest(const char *path)
{
	return strncmp(path, "[guest", 6) == 0;
}

/* "[nf_conntrack]" and "/lib/modules/6.1/.../nf-conntrack.ko.xz" are the same module. */
static const char *module_object(const char *path, char text[DSO_LABEL_MAX])
{
	const char *name = dso_short_name(path);
	const char *ko = strstr(name, ".ko");
	size_t len = ko ? (size_t)(ko - name) : strlen(name);

	if (*name == '[' && len > 2 && name[len - 1] == ']') {
		name++;
		len -= 2;
	}
	snprintf(text, DSO_LABEL_MAX, "%.*s",
		 (int)(len < DSO_LABEL_MAX ? len : DSO_LABEL_MAX), name);
	for (char *p = text; *p; p++)
		if (*p == '-')
			*p = '_';
	return text;
}

static const char *file_object(const char *path, char text[DSO_LABEL_MAX])
{
	static const char deleted[] = " (deleted)";
	const char *name = dso_short_name(path);
	size_t len = strlen(name), cut = sizeof(deleted) - 1;

	if (len > cut && strcmp(name + len - cut, deleted) == 0)
		len -= cut;
	snprintf(text, DSO_LABEL_MAX, "%.*s",
		 (int)(len < DSO_LABEL_MAX ? len : DSO_LABEL_MAX), name);
	return text;
}

const char *dso_label_object(enum dso_kind kind, const char *path,
			     char text[DSO_LABEL_MAX])
{
	switch (kind) {
	case DSO_KERNEL:
		snprintf(text, DSO_LABEL_MAX, "%s",
			 dso_label_is_guest(path) ? "[guest.kernel.kallsyms]"
						  : "[kernel.kallsyms]");
		return text;
	case DSO_MODULE:
		return module_object(path, text);
	case DSO_BPF:
		/* Trampolines of ftrace and kprobes have KSYMBOL events, too. */
		snprintf(text, DSO_LABEL_MAX, "%s",
			 strncmp(path, "bpf_", 4) == 0 ? "bpf" : "[kernel.kallsyms]");
		return text;
	case DSO_FILE:
	case DSO_VDSO:
	case DSO_ANON:
		break;
	}
	return file_object(path, text);
}

/* "libc.so.6" and "ld-linux-x86-64.so.2", but not "my.solver". */
static bool is_library(const char *name)
{
	const char *so = strstr(name, ".so");

	return so && !(so[3] >= 'a' && so[3] <= 'z');
}

enum frame_kind dso_label_kind(enum dso_kind kind, const char *path)
{
	switch (kind) {
	case DSO_KERNEL:
	case DSO_BPF:
		return FRAME_KERNEL;
	case DSO_MODULE:
		return FRAME_MODULE;
	case DSO_VDSO:
		return FRAME_LIBRARY;
	case DSO_ANON:
		return FRAME_JIT;
	case DSO_FILE:
		break;
	}
	return is_library(dso_short_name(path)) ? FRAME_LIBRARY : FRAME_USER;
}

const char *dso_label_unknown(enum dso_kind kind, const char *path, enum dso_trouble why,
			      char text[DSO_LABEL_MAX])
{
	static const char *const words[] = {
		[DSO_NO_TROUBLE] = "unknown",	 [DSO_GONE] = "unknown",
		[DSO_UNVERIFIED] = "unverified", [DSO_DENIED] = "denied",
		[DSO_REPLACED] = "replaced",	 [DSO_UNREADABLE] = "unreadable",
		[DSO_LATE] = "unnamed",		 [DSO_NO_ROOM] = "unknown",
		[DSO_HUNG] = "unreadable",
	};
	char object[DSO_LABEL_MAX];
	const char *name = dso_label_object(kind, path, object);
	size_t len = strlen(name);

	if (*name == '[' && name[len - 1] == ']') {
		name++;
		len -= 2;
	}
	if (kind == DSO_KERNEL)
		snprintf(text, DSO_LABEL_MAX, "[unknown %s]",
			 dso_label_is_guest(path) ? "guest kernel" : "kernel");
	else if (kind == DSO_ANON)
		snprintf(text, DSO_LABEL_MAX, "[unknown anon]");
	else
		snprintf(text, DSO_LABEL_MAX, "[%s %.*s]", words[why],
			 (int)(len < DSO_LABEL_MAX - 20 ? len : DSO_LABEL_MAX - 20),
			 name);
	return text;
}

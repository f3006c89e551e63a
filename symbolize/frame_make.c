#include "symbolize/frame_make.h"

#include "base/mem.h"
#include "symbolize/demangle.h"
#include "symbolize/kernel/source_kallsyms.h"

#include <string.h>

frame_id frame_make(struct frame_table *frames, const struct shown_name *n)
{
	struct frame f = {
		.name = strtab_add_len(frames->strings, n->name, n->len),
		.object = n->object,
		.kind = (uint8_t)n->kind,
	};

	return frame_add(frames, &f);
}

frame_id frame_make_kernel(struct frame_table *frames, const char *name, str_id object,
			   enum frame_kind kind)
{
	static const char builtin[] = "__builtin__";
	struct shown_name n = {.name = name, .object = object, .kind = kind};
	const char *module;
	size_t module_len;

	n.len = kallsyms_split(name, &module, &module_len);
	if (module && strncmp(module, builtin, sizeof(builtin) - 1) != 0) {
		n.object = strtab_add_len(frames->strings, module, module_len);
		n.kind = strncmp(module, "bpf]", 4) == 0 ? FRAME_KERNEL : FRAME_MODULE;
	}
	return frame_make(frames, &n);
}

/* The length of a name without its version: "f@@GLIBC_2.34", "f@GLIBC_2.2.5". */
static size_t len_without_version(const char *name)
{
	const char *at = strchr(name, '@');

	if (at > name && (at[1] == '@' || (at[1] >= 'A' && at[1] <= 'Z')))
		return (size_t)(at - name);
	return strlen(name);
}

char *frame_make_name(const char *name, bool keep_mangled)
{
	char *plain, *readable;

	if (keep_mangled)
		return mem_str(name, strlen(name));
	plain = mem_str(name, len_without_version(name));
	readable = demangle(plain);
	if (!readable)
		return plain;
	mem_free(plain);
	return readable;
}

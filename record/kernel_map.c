#include "record/kernel_map.h"

#include "base/bytes.h"
#include "record/proc_file.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { NOTES_MAX = 65536, MODULE_NAME_MAX = 64 };

/* perf reads the name of the first symbol after the "]" of the path, to compute by how
 * many bytes the kernel was moved since. */
struct kernel_text {
	uint64_t start, end;
	const char *path;
};

/* Bytes from _text to _etext, 0: unknown. On x86 they are the physical memory "Kernel
 * code" (arch/x86/kernel/setup.c), shown as zeros without CAP_SYS_ADMIN. On other
 * machines that memory is larger. */
static uint64_t text_size(void)
{
	uint64_t size = 0;
#ifdef __x86_64__
	struct proc_lines lines;
	const char *line;

	if (!proc_lines_open(&lines, "/proc/iomem"))
		return 0;
	while (!size && (line = proc_lines_next(&lines))) {
		uint64_t first, last;

		if (strstr(line, " : Kernel code") &&
		    sscanf(line, "%" SCNx64 "-%" SCNx64, &first, &last) == 2 &&
		    last > first)
			size = last + 1 - first;
	}
	proc_lines_close(&lines);
#endif
	return size;
}

/* Sets the start or the end of the text if the line is one of its symbols. 'size' is that
 * of the text, 0: unknown. */
static void symbol_read(const char *line, uint64_t size, struct kernel_text *text)
{
	char name[16], type;
	uint64_t addr;

	if (sscanf(line, "%" SCNx64 " %c %15s", &addr, &type, name) != 3)
		return;
	if (!strcmp(name, "_text"))
		*text = (struct kernel_text){addr, addr && size ? addr + size : 0,
					     "[kernel.kallsyms]_text"};
	else if (!strcmp(name, "_stext") && !text->path)
		*text = (struct kernel_text){addr, 0, "[kernel.kallsyms]_stext"};
	else if (!strcmp(name, "_etext"))
		text->end = addr;
}

/* Symbols are sorted by address. _etext follows 100,000 others, which take the kernel 25
 * ms: if the size is known, the first symbols are enough. */
static bool text_find(struct kernel_text *text)
{
	uint64_t size = text_size();
	struct proc_lines lines;
	const char *line;

	*text = (struct kernel_text){0};
	if (!proc_lines_open(&lines, "/proc/kallsyms"))
		return false;
	while (!text->end && (line = proc_lines_next(&lines))) {
		/* Most lines are other symbols: this test is cheap. */
		if (strstr(line, " _"))
			symbol_read(line, size, text);
		/* An address of zero: all addresses are hidden. */
		if (text->path && !text->start)
			break;
	}
	proc_lines_close(&lines);
	return text->start && text->end > text->start;
}

static struct build_id kernel_build_id(void)
{
	char data[NOTES_MAX];
	int fd = proc_open("/sys/kernel/notes");
	ssize_t got = -1;
	struct bytes b;

	if (fd >= 0) {
		got = read(fd, data, sizeof(data));
		close(fd);
	}
	b = bytes_of(data, got > 0 ? (size_t)got : 0);
	while (bytes_left(&b) > 0) {
		uint32_t name_size = bytes_u32(&b), size = bytes_u32(&b),
			 type = bytes_u32(&b);
		const char *name = bytes_take(&b, ((size_t)name_size + 3) & ~(size_t)3);
		const void *desc = bytes_take(&b, ((size_t)size + 3) & ~(size_t)3);

		if (!b.failed && type == NT_GNU_BUILD_ID && name_size == sizeof("GNU") &&
		    !memcmp(name, "GNU", sizeof("GNU")))
			return build_id_of(desc, size);
	}
	return (struct build_id){0};
}

static void mapping_add(struct event_list *list, const struct event_mmap *mmap)
{
	struct event *ev = vec_add(&list->items);

	*ev = (struct event){
		.kind = EVENT_MMAP,
		.pid = UINT32_MAX,
		.cpu = UINT32_MAX,
		.mmap = *mmap,
	};
	ev->mmap.is_kernel = ev->mmap.is_exec = true;
}

static void modules_list(struct event_list *list)
{
	struct proc_lines lines;
	const char *line;

	if (!proc_lines_open(&lines, "/proc/modules"))
		return;
	while ((line = proc_lines_next(&lines))) {
		char name[MODULE_NAME_MAX], path[MODULE_NAME_MAX + 2];
		uint64_t addr, size;

		/* name size users dependents state address */
		if (sscanf(line, "%63s %" SCNu64 " %*s %*s %*s %" SCNx64, name, &size,
			   &addr) != 3 ||
		    !addr)
			continue;
		snprintf(path, sizeof(path), "[%s]", name);
		mapping_add(list,
			    &(struct event_mmap){.addr = addr,
						 .len = size,
						 .path = event_list_text(list, path)});
	}
	proc_lines_close(&lines);
}

void kernel_map_list(struct event_list *list)
{
	struct kernel_text text;

	if (text_find(&text))
		mapping_add(list, &(struct event_mmap){.addr = text.start,
						       .len = text.end - text.start,
						       .file_off = text.start,
						       .build_id = kernel_build_id(),
						       .path = text.path});
	modules_list(list);
}

/* Mistakes in readers of files, for a test build of flame: the linker puts these
 * functions in front of flame's own (--wrap). The environment variable FLAME_FAULT has
 * the place and the kind: "elf:abort"; "wait" waits for the end of standard input, and
 * does no harm; "create" tries to create FLAME_FAULT_FILE, and goes on. Only a file with
 * TAIL at its end, or its function "split_small", is affected. */
#include "base/mem.h"
#include "elf/copy_plan.h"
#include "flow/live/file_copier.h"
#include "flow/unwinding/live_stacks.h"
#include "sandbox/contained.h"
#include "symbolize/dwarf/source_dwarf.h"
#include "symbolize/source_elf.h"
#include "unwind/unwind_table.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAIL "planted fault"

void __real_contained_run(const struct contained_work *work,
			  struct contained_result *result);
struct symbol_table *__real_source_elf_load(int fd, struct debug_search *search,
					    struct error *err);
struct source_dwarf *__real_source_dwarf_open(int fd, struct debug_search *search,
					      bool lines, struct error *err);
char *__real_demangle(const char *name);
struct live_stacks *__real_live_stacks_start(const struct live_stacks_options *options,
					     struct error *err);
struct unwind_table *__real_unwind_table_new(struct elf_file *f, struct elf_file *debug,
					     int fd, size_t most_bytes);
const struct unwind_rule *__real_unwind_table_find(struct unwind_table *t,
						   uint64_t file_off);

bool __real_copy_plan_make(int fd, struct copy_plan *plan);
struct file_copier *__real_file_copier_start(uint64_t file_ns, struct error *err);

void __wrap_contained_run(const struct contained_work *work,
			  struct contained_result *result);
struct symbol_table *__wrap_source_elf_load(int fd, struct debug_search *search,
					    struct error *err);
struct source_dwarf *__wrap_source_dwarf_open(int fd, struct debug_search *search,
					      bool lines, struct error *err);
char *__wrap_demangle(const char *name);
struct live_stacks *__wrap_live_stacks_start(const struct live_stacks_options *options,
					     struct error *err);
struct unwind_table *__wrap_unwind_table_new(struct elf_file *f, struct elf_file *debug,
					     int fd, size_t most_bytes);
const struct unwind_rule *__wrap_unwind_table_find(struct unwind_table *t,
						   uint64_t file_off);
bool __wrap_copy_plan_make(int fd, struct copy_plan *plan);
struct file_copier *__wrap_file_copier_start(uint64_t file_ns, struct error *err);

static void misbehave(const char *kind)
{
	volatile bool more = true;
	char byte;

	if (strcmp(kind, "abort") == 0)
		abort();
	if (strcmp(kind, "wait") == 0) {
		while (read(STDIN_FILENO, &byte, 1) > 0)
			continue;
		return;
	}
	if (strcmp(kind, "create") == 0) {
		close(open(getenv("FLAME_FAULT_FILE"), O_CREAT | O_WRONLY, 0600));
		return;
	}
	while (more) {
		if (strcmp(kind, "memory") == 0)
			mem_new(64 << 20, 1);
		if (strcmp(kind, "sleep") == 0)
			poll(NULL, 0, -1);
	}
}

static void fault(const char *place)
{
	const char *wanted = getenv("FLAME_FAULT");
	size_t n = strlen(place);

	if (wanted && strncmp(wanted, place, n) == 0 && wanted[n] == ':')
		misbehave(wanted + n + 1);
}

static bool has_tail(int fd)
{
	char tail[sizeof(TAIL)] = "";
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size > (off_t)sizeof(tail) &&
	       pread(fd, tail, sizeof(tail) - 1, st.st_size - (off_t)sizeof(tail) + 1) >
		       0 &&
	       strcmp(tail, TAIL) == 0;
}

/* Returns the table of the affected file; sets it unless 't' is NULL. */
static struct unwind_table *affected_table(struct unwind_table *t)
{
	static struct unwind_table *affected;

	if (t)
		affected = t;
	return affected;
}

/* The real limit would make the test of a loop slow. */
void __wrap_contained_run(const struct contained_work *work,
			  struct contained_result *result)
{
	struct contained_work fast = *work;
	const char *wanted = getenv("FLAME_FAULT");

	if (wanted && strstr(wanted, ":loop"))
		fast.file_ns = 1000000000;
	__real_contained_run(&fast, result);
}

struct symbol_table *__wrap_source_elf_load(int fd, struct debug_search *search,
					    struct error *err)
{
	if (has_tail(fd))
		fault("elf");
	return __real_source_elf_load(fd, search, err);
}

struct source_dwarf *__wrap_source_dwarf_open(int fd, struct debug_search *search,
					      bool lines, struct error *err)
{
	if (has_tail(fd))
		fault("dwarf");
	return __real_source_dwarf_open(fd, search, lines, err);
}

char *__wrap_demangle(const char *name)
{
	if (strcmp(name, "split_small") == 0)
		fault("demangler");
	return __real_demangle(name);
}

struct live_stacks *__wrap_live_stacks_start(const struct live_stacks_options *options,
					     struct error *err)
{
	struct live_stacks_options fast = *options;

	fast.file_ns = 1000000000;
	return __real_live_stacks_start(&fast, err);
}

struct unwind_table *__wrap_unwind_table_new(struct elf_file *f, struct elf_file *debug,
					     int fd, size_t most_bytes)
{
	struct unwind_table *t;

	if (has_tail(fd))
		fault("tables");
	t = __real_unwind_table_new(f, debug, fd, most_bytes);
	if (t && has_tail(fd))
		affected_table(t);
	return t;
}

const struct unwind_rule *__wrap_unwind_table_find(struct unwind_table *t,
						   uint64_t file_off)
{
	if (affected_table(NULL) == t)
		fault("rules");
	return __real_unwind_table_find(t, file_off);
}

bool __wrap_copy_plan_make(int fd, struct copy_plan *plan)
{
	if (has_tail(fd))
		fault("copy");
	return __real_copy_plan_make(fd, plan);
}

struct file_copier *__wrap_file_copier_start(uint64_t file_ns, struct error *err)
{
	(void)file_ns;
	return __real_file_copier_start(1000000000, err);
}

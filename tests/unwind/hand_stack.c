#include "tests/unwind/hand_stack.h"

#include "symbolize/source_elf.h"
#include "tests/files.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

void hand_stack_map(struct hand_stack *s, enum dso_kind kind, const char *path,
		    uint64_t start, const struct stat *st)
{
	struct dso dso = {.kind = kind,
			  .path = strtab_add(&s->strings, path),
			  .major = st ? major(st->st_dev) : 0,
			  .minor = st ? minor(st->st_dev) : 0,
			  .inode = st ? st->st_ino : 0};
	struct mapping m = {start, start + 0x100000, 0, 0, dso_add(&s->dsos, &dso)};

	space_map(&s->spaces, s->sample.space, &m);
}

struct hand_stack *hand_stack_new(const char *program)
{
	struct hand_stack *s = mem_new(1, sizeof(*s));
	char path[512];
	int fd = open(temp_path(path, PROGRAMS, program), O_RDONLY | O_CLOEXEC);
	struct debug_search search = debug_search_of(NULL, "", fd);
	struct error err;
	struct stat st;

	if (fd < 0)
		return s;
	strtab_init(&s->strings);
	dso_table_init(&s->dsos, &s->strings);
	s->sample.space = space_new(&s->spaces, SPACE_NONE);
	s->names = source_elf_load(fd, &search, &err);
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	hand_stack_map(s, DSO_FILE, path, CODE, &st);
	hand_stack_map(s, DSO_ANON, "//anon", JIT, NULL);
	s->tables = unwind_tables_new(&(struct unwind_tables_options){0}, &s->dsos);
	s->unwinder = unwinder_new(&s->spaces, &s->dsos, s->tables);
	s->sample.stack = s->words;
	s->sample.stack_size = sizeof(s->words);
	unwind_regs_set(&s->sample.regs, UNWIND_X86_SP, STACK);
	unwind_regs_set(&s->sample.regs, UNWIND_X86_BP, 1);
	return s;
}

void hand_stack_free(struct hand_stack *s)
{
	unwinder_free(&s->unwinder);
	unwind_tables_free(&s->tables);
	symbol_table_free(&s->names);
	space_table_release(&s->spaces);
	dso_table_release(&s->dsos);
	strtab_release(&s->strings);
	mem_free(s);
}

uint64_t hand_stack_at(const struct hand_stack *s, const char *name, uint64_t into)
{
	const struct symbol *symbol;

	if (!s->names)
		skip();
	vec_each(symbol, &s->names->items)
		if (strcmp(symbol->name, name) == 0)
			return CODE + symbol->start + into;
	fail_msg("no %s", name);
	return 0;
}

uint64_t hand_stack_slot(size_t word)
{
	return STACK + 8 * word;
}

enum unwind_end hand_stack_try(struct hand_stack *s, uint64_t ip)
{
	enum unwind_end end;

	unwind_regs_set(&s->sample.regs, UNWIND_X86_IP, ip);
	do {
		s->n = FRAMES;
		end = unwind(s->unwinder, &s->sample, s->addrs, &s->n);
	} while (end == UNWIND_WAITS && unwind_tables_make_next(s->tables));
	return end;
}

void hand_stack_expect(const struct hand_stack *s, size_t frame, uint64_t addr)
{
	assert_true(frame < s->n);
	assert_int_equal(s->addrs[frame], addr);
}

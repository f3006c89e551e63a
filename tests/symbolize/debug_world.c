#include "tests/symbolize/debug_world.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "symbolize/source_elf.h"
#include "tests/files.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int set_up(void **state)
{
	struct files *f = mem_new(1, sizeof(*f));

	temp_dir_make(f->root);
	*state = f;
	return 0;
}

int tear_down(void **state)
{
	struct files *f = *state;

	temp_dir_remove(f->root);
	mem_free(f);
	return 0;
}

void run(const struct files *f, const char *format, ...)
{
	char command[4096];
	size_t at = (size_t)snprintf(command, sizeof(command), "cd '%s' && ", f->root);
	va_list args;

	va_start(args, format);
	vsnprintf(command + at, sizeof(command) - at, format, args);
	va_end(args);
	assert_int_equal(system(command), 0);
}

void make(const struct files *f, const char *program)
{
	run(f,
	    "mkdir -p opt/.debug usr/lib/debug/opt && " OBJCOPY
	    " --only-keep-debug " PROGRAMS "/%s prog.debug && " OBJCOPY
	    " --strip-all --add-gnu-debuglink=prog.debug " PROGRAMS "/%s opt/prog",
	    program, program);
}

void loaded_release(struct loaded *l)
{
	symbol_table_free(&l->t);
	mem_free(l->refused);
}

struct loaded load(const struct files *f, const char *path, const char *root)
{
	char full[512];
	int fd = open(temp_path(full, f->root, "opt/prog"), O_RDONLY | O_CLOEXEC);
	struct debug_search search = debug_search_of(NULL, path, fd);
	const char *const folders[] = {f->folder};
	const struct file_places places = {.folders = folders, .n_folders = 1};
	struct loaded loaded;
	struct error err;

	assert_true(fd >= 0);
	if (f->folder)
		search.places = &places;
	if (root)
		search.root = (struct process_root){
			.kind = ROOT_OTHER,
			.fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC),
			.is_changed = true};
	loaded.t = source_elf_load(fd, &search, &err);
	close(fd);
	loaded.refused =
		search.refused ? mem_str(search.refused, strlen(search.refused)) : NULL;
	debug_search_release(&search);
	return loaded;
}

bool is_named(const struct loaded *l)
{
	const struct symbol *sym;

	if (l->t)
		vec_each(sym, &l->t->items)
			if (strcmp(sym->name, "local") == 0)
				return true;
	return false;
}

void expect(const struct files *f, bool named, const char *refused)
{
	scoped(loaded_release) struct loaded l = load(f, "/opt/prog", f->root);

	assert_int_equal(is_named(&l), named);
	if (refused) {
		assert_non_null(l.refused);
		assert_string_equal(l.refused, refused);
	} else {
		assert_null(l.refused);
	}
}

bool is_named_here(const struct files *f)
{
	char path[512];
	scoped(loaded_release) struct loaded l =
		load(f, temp_path(path, f->root, "opt/prog"), NULL);

	return is_named(&l);
}

void put_by_id(const struct files *f, const char *program, const char *debug)
{
	run(f,
	    "id=$(readelf -n " PROGRAMS "/%s | sed -n 's/.*Build ID: //p') && "
	    "dir=usr/lib/debug/.build-id/$(echo $id | cut -c 1-2) && mkdir -p $dir && "
	    "cp -P %s $dir/$(echo $id | cut -c 3-).debug",
	    program, debug);
}

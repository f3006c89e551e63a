#include "base/scoped.h"
#include "symbolize/kernel/source_kallsyms.h"
#include "tests/elf/witness.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct files {
	char dir[64];
	char path[512];
};

static int set_up(void **state)
{
	struct files *f = mem_new(1, sizeof(*f));

	temp_dir_make(f->dir);
	temp_path(f->path, f->dir, "kallsyms");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct files *f = *state;

	temp_dir_remove(f->dir);
	mem_free(f);
	return 0;
}

static const char *name_at(const struct kallsyms *k, uint64_t addr)
{
	const struct symbol *sym = symbol_table_find(k->symbols, addr);

	return sym ? sym->name : "";
}

static void test_core_and_modules(void **state)
{
	static const char text[] = "0000000000000000 A fixed_percpu_data\n"
				   "ffffffff81000000 T _stext\n"
				   "ffffffff81000000 T _text\n"
				   "ffffffff81000100 T __pfx_do_work\n"
				   "ffffffff81000110 t ___do_work\n"
				   "ffffffff81000110 T do_work\n"
				   "ffffffff81000110 T do_work_longer\n"
				   "ffffffff81000110 W a\n"
				   "ffffffff81000200 D data\n"
				   "ffffffff81000300 t last\n"
				   "ffffffffc0000300 t two\t[nf_conntrack]\n"
				   "ffffffffc0000200 t one\t[nf_conntrack]\n"
				   "ffffffffc0800000 t bpf_prog_1_x\t[bpf]\n"
				   "ffffffffc0900000 t no_newline\t[bpf]";
	struct files *f = *state;
	struct kallsyms k;
	struct error err;

	file_write(f->path, text, sizeof(text) - 1);
	assert_int_equal(kallsyms_read(&k, f->path, &err), 0);
	assert_false(k.hidden);
	assert_true(k.text == 0xffffffff81000000);
	assert_true(k.stext == 0xffffffff81000000);
	assert_string_equal(name_at(&k, 0xffffffff80ffffff), "");
	assert_string_equal(name_at(&k, 0xffffffff81000000), "_text");
	assert_string_equal(name_at(&k, 0xffffffff81000105), "_text");
	assert_string_equal(name_at(&k, 0xffffffff81000110), "do_work");
	assert_string_equal(name_at(&k, 0xffffffff81000250), "do_work");
	assert_string_equal(name_at(&k, 0xffffffff81000300), "last");
	assert_string_equal(name_at(&k, 0xffffffff81100300 - 1), "last");
	assert_string_equal(name_at(&k, 0xffffffff81100300), "");
	assert_string_equal(name_at(&k, 0xffffffffc0000210), "one\t[nf_conntrack]");
	assert_string_equal(name_at(&k, 0xffffffffc0000310), "two\t[nf_conntrack]");
	assert_string_equal(name_at(&k, 0xffffffffc0800010), "bpf_prog_1_x\t[bpf]");
	assert_string_equal(name_at(&k, 0xffffffffc0900010), "no_newline\t[bpf]");
	kallsyms_release(&k);
}

static void test_module(void **state)
{
	static const char text[] = "ffffffff81000000 T _text\n"
				   "ffffffffc0000200 t one\t[nf_conntrack]\n"
				   "ffffffffc0000300 t other\t[nf_conn]\n";
	scoped(symbol_table_free) struct symbol_table *t = NULL;
	struct files *f = *state;
	struct kallsyms k;
	struct error err;

	file_write(f->path, text, sizeof(text) - 1);
	assert_int_equal(kallsyms_read(&k, f->path, &err), 0);
	assert_null(kallsyms_module(&k, "nf"));
	t = kallsyms_module(&k, "nf_conntrack");
	assert_non_null(t);
	assert_int_equal(t->items.n, 1);
	assert_string_equal(t->items.items[0].name, "one\t[nf_conntrack]");
	kallsyms_release(&k);
}

static void test_split(void **state)
{
	const char *module;
	size_t len;

	(void)state;
	assert_int_equal(kallsyms_split("name", &module, &len), 4);
	assert_null(module);
	assert_int_equal(kallsyms_split("name\t[mod]", &module, &len), 4);
	assert_int_equal(len, 3);
	assert_memory_equal(module, "mod", 3);
	assert_int_equal(kallsyms_split("name\t", &module, &len), 4);
	assert_null(module);
	assert_int_equal(kallsyms_split("name\t[]", &module, &len), 4);
	assert_null(module);
	assert_int_equal(kallsyms_split("\t[x", &module, &len), 0);
	assert_null(module);
}

static void test_hidden(void **state)
{
	static const char text[] = "0000000000000000 T _text\n0000000000000000 t work\n";
	struct files *f = *state;
	struct kallsyms k;
	struct error err;

	file_write(f->path, text, sizeof(text) - 1);
	assert_int_equal(kallsyms_read(&k, f->path, &err), 0);
	assert_true(k.hidden);
	assert_int_equal(k.symbols->items.n, 0);
	kallsyms_release(&k);
}

static void test_nonsense(void **state)
{
	static const char text[] = "\n \n\n0\n0 T\n0 T \nzz T bad\n12\n12 T\n12 T x y\n"
				   "ffffffffffffffffffffffff00000010 T wide\n"
				   "ffffffffffffffff T end\n12 \t[x]\n\t\t\t\n";
	struct files *f = *state;
	struct kallsyms k;
	struct error err;
	unsigned seed = 7;

	file_write(f->path, text, sizeof(text) - 1);
	assert_int_equal(kallsyms_read(&k, f->path, &err), 0);
	assert_string_equal(name_at(&k, 0x12), "x y");
	assert_false(k.hidden);
	kallsyms_release(&k);
	for (int i = 0; i < 200; i++) {
		static const char some[] = "0f T\n\t[]\0tx ";
		char noise[2048];

		for (size_t n = 0; n < sizeof(noise); n++)
			noise[n] = some[(size_t)rand_r(&seed) % sizeof(some)];
		file_write(f->path, noise, sizeof(noise));
		if (kallsyms_read(&k, f->path, &err) == 0)
			kallsyms_release(&k);
	}
}

/* Lines are cut by the pieces in which the file is read, anywhere. */
static void test_many_lines(void **state)
{
	size_t lines = 100000, used = 0;
	scoped(mem_release) char *text = mem_new(lines, 48);
	struct files *f = *state;
	struct kallsyms k;
	struct error err;

	for (size_t i = 0; i < lines; i++)
		used += (size_t)sprintf(text + used, "%016zx t function_%zu%s\n",
					0x1000 + i * 16, i, i % 3 ? "" : "\t[m]");
	file_write(f->path, text, used);
	assert_int_equal(kallsyms_read(&k, f->path, &err), 0);
	assert_int_equal(k.symbols->items.n, lines);
	for (size_t i = 0; i < lines; i++) {
		char name[48];

		sprintf(name, "function_%zu%s", i, i % 3 ? "" : "\t[m]");
		assert_string_equal(k.symbols->items.items[i].name, name);
	}
	kallsyms_release(&k);
}

static void test_endless_line(void **state)
{
	size_t n = 3 << 20;
	scoped(mem_release) char *text = mem_new(n, 1);
	struct files *f = *state;
	struct kallsyms k;
	struct error err;

	memset(text, 'f', n);
	file_write(f->path, text, n);
	assert_int_equal(kallsyms_read(&k, f->path, &err), -1);
}

static void test_not_a_file(void **state)
{
	struct files *f = *state;
	char path[512];
	struct kallsyms k;
	struct error err;

	assert_int_equal(kallsyms_read(&k, f->dir, &err), -1);
	assert_int_equal(kallsyms_read(&k, temp_path(path, f->dir, "none"), &err), -1);
	assert_non_null(strstr(err.text, "none"));
	assert_int_equal(mkfifo(temp_path(path, f->dir, "fifo"), 0600), 0);
	assert_int_equal(kallsyms_read(&k, path, &err), -1);
	file_write(f->path, "", 0);
	assert_int_equal(kallsyms_read(&k, f->path, &err), 0);
	assert_false(k.hidden);
	kallsyms_release(&k);
}

static void test_real(void **state)
{
	struct kallsyms k;
	struct error err;

	(void)state;
	assert_int_equal(kallsyms_read(&k, "/proc/kallsyms", &err), 0);
	if (k.hidden || !k.symbols->items.n) {
		kallsyms_release(&k);
		skip();
	}
	assert_true(k.symbols->items.n > 10000);
	assert_true(k.text || k.stext);
	assert_string_not_equal(name_at(&k, k.text ? k.text : k.stext), "");
	for (size_t i = 0; i < k.symbols->items.n; i++)
		assert_int_not_equal(strncmp(k.symbols->items.items[i].name, "__pfx_", 6),
				     0);
	kallsyms_release(&k);
}

static void test_build_id(void **state)
{
	struct files *f = *state;
	struct build_id id;

	assert_false(kallsyms_build_id(f->dir, &id));
	if (access("/sys/kernel/notes", R_OK) != 0)
		skip();
	assert_true(kallsyms_build_id("/sys/kernel/notes", &id));
	assert_true(id.size >= 8);
}

static void *truncate_often(void *path)
{
	static const char line[] = "ffffffff81000100 T do_work\n";
	char text[64 * sizeof(line)] = "";

	for (int i = 0; i < 64; i++)
		strcat(text, line);
	for (int i = 0; i < 3000; i++) {
		file_write(path, text, strlen(text));
		assert_int_equal(truncate(path, i % 100), 0);
	}
	return NULL;
}

static void test_truncated_while_read(void **state)
{
	struct files *f = *state;
	pthread_t writer;

	file_write(f->path, "", 0);
	assert_int_equal(pthread_create(&writer, NULL, truncate_often, f->path), 0);
	for (int i = 0; i < 3000; i++) {
		struct kallsyms k = {0};
		struct error ignored;

		(void)kallsyms_read(&k, f->path, &ignored);
		kallsyms_release(&k);
	}
	pthread_join(writer, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_core_and_modules),
		cmocka_unit_test(test_module),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_many_lines),
		cmocka_unit_test(test_endless_line),
		cmocka_unit_test(test_not_a_file),
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_truncated_while_read),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

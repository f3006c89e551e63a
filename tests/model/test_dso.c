#include "model/dso.h"

#include "tests/test.h"

struct table {
	struct strtab strings;
	struct dso_table dsos;
};

static int make(void **state)
{
	struct table *t = mem_new(1, sizeof(*t));

	strtab_init(&t->strings);
	dso_table_init(&t->dsos, &t->strings);
	*state = t;
	return 0;
}

static int clear(void **state)
{
	struct table *t = *state;

	dso_table_release(&t->dsos);
	strtab_release(&t->strings);
	mem_free(t);
	return 0;
}

static void without_an_inode_it_is_the_build_id(void **state)
{
	struct table *t = *state;
	struct dso like = {
		.path = strtab_add(&t->strings, "/usr/lib/libc.so.6"),
		.build_id = build_id_of("0123456789abcdefghij", 20),
	};
	dso_id id = dso_add(&t->dsos, &like);

	like.pid = 77;
	assert_int_equal(dso_add(&t->dsos, &like), id);
	like.build_id.data[3] ^= 1;
	assert_int_not_equal(dso_add(&t->dsos, &like), id);
	like.build_id.size = 0;
	assert_int_not_equal(dso_add(&t->dsos, &like), id);
	assert_int_equal(t->dsos.items.n, 3);
}

/* A copy of a file, with other code and the same build id. */
static void files_with_one_build_id_are_told_apart(void **state)
{
	struct table *t = *state;
	struct dso like = {
		.path = strtab_add(&t->strings, "/a"),
		.build_id = build_id_of("0123456789abcdefghij", 20),
	};
	dso_id ids[3];

	for (dso_id i = 0; i < 3; i++) {
		like.inode = i;
		ids[i] = dso_add(&t->dsos, &like);
		assert_int_equal(ids[i], i);
	}
	like.build_id.data[0]++;
	assert_int_equal(dso_add(&t->dsos, &like), 3);
}

/* Of one event the generation is known, of another one the build id. */
static void facts_come_together(void **state)
{
	struct table *t = *state;
	const struct dso base = {.path = strtab_add(&t->strings, "/a"), .inode = 5};
	struct dso with_id = base, with_generation = base, other;
	dso_id id;

	with_id.build_id = build_id_of("0123456789abcdefghij", 20);
	with_generation.generation = 7;
	id = dso_add(&t->dsos, &with_id);
	assert_int_equal(dso_add(&t->dsos, &with_generation), id);
	assert_int_equal(dso_at(&t->dsos, id)->generation, 7);
	assert_int_equal(dso_at(&t->dsos, id)->build_id.size, 20);
	other = with_generation;
	other.generation = 8;
	assert_int_not_equal(dso_add(&t->dsos, &other), id);
	assert_int_equal(dso_add(&t->dsos, &base), id);
	/* Old recordings have names of both. */
	assert_int_equal(dso_add_apart(&t->dsos, &with_generation), 2);
	assert_int_equal(dso_add_apart(&t->dsos, &with_generation), 2);
	assert_int_equal(dso_add(&t->dsos, &with_generation), 2);
}

static void it_is_device_inode_and_generation(void **state)
{
	struct table *t = *state;
	const struct dso base = {
		.path = strtab_add(&t->strings, "/a"),
		.major = 8,
		.minor = 1,
		.inode = 99,
		.generation = 3,
	};
	struct dso like[6] = {base, base, base, base, base, base};

	like[1].major++;
	like[2].minor++;
	like[3].inode++;
	like[4].generation++;
	like[5].path = strtab_add(&t->strings, "/b");
	for (int round = 0; round < 2; round++)
		for (dso_id i = 0; i < 6; i++)
			assert_int_equal(dso_add(&t->dsos, &like[i]), i);
}

static void anonymous_memory_is_one_process_own(void **state)
{
	struct table *t = *state;
	struct dso like = {
		.kind = DSO_ANON, .path = strtab_add(&t->strings, "//anon"), .pid = 1};
	dso_id id = dso_add(&t->dsos, &like);

	like.inode = 4;
	assert_int_equal(dso_add(&t->dsos, &like), id);
	like.pid = 2;
	assert_int_not_equal(dso_add(&t->dsos, &like), id);
}

static void names_stay_where_they_are(void **state)
{
	struct table *t = *state;
	struct symbol_table *names = symbol_table_new();
	struct dso like = {.path = strtab_add(&t->strings, "/a"),
			   .inode = 1,
			   .names = names,
			   .reason = 7,
			   .resolved = true};
	dso_id id = dso_add(&t->dsos, &like);

	assert_null(dso_at(&t->dsos, id)->names);
	assert_int_equal(dso_at(&t->dsos, id)->reason, 0);
	assert_false(dso_at(&t->dsos, id)->resolved);
	/* The table frees all that its dsos own. */
	dso_at(&t->dsos, id)->names = names;
	assert_int_equal(dso_add(&t->dsos, &like), id);
	assert_ptr_equal(dso_at(&t->dsos, id)->names, names);
}

static void paths_tell_the_kind(void **state)
{
	(void)state;
	assert_int_equal(dso_kind_of("/usr/bin/ls", false), DSO_FILE);
	assert_int_equal(dso_kind_of("/memfd:code (deleted)", false), DSO_FILE);
	assert_int_equal(dso_kind_of("[vdso]", false), DSO_VDSO);
	assert_int_equal(dso_kind_of("//anon", false), DSO_ANON);
	assert_int_equal(dso_kind_of("[heap]", false), DSO_ANON);
	assert_int_equal(dso_kind_of("[stack]", false), DSO_ANON);
	assert_int_equal(dso_kind_of("", false), DSO_ANON);
	assert_int_equal(dso_kind_of("/dev/zero (deleted)", false), DSO_ANON);
	assert_int_equal(dso_kind_of("/SYSV00000000 (deleted)", false), DSO_ANON);
	assert_int_equal(dso_kind_of("[kernel.kallsyms]_text", true), DSO_KERNEL);
	assert_int_equal(dso_kind_of("[kernel.kallsyms]", true), DSO_KERNEL);
	assert_int_equal(dso_kind_of("[nf_conntrack]", true), DSO_MODULE);
	assert_int_equal(dso_kind_of("/lib/modules/6.1/kernel/fs/xfs.ko", true),
			 DSO_MODULE);
	assert_int_equal(dso_kind_of("bpf_prog_62efe59b7d4f5ea1", true), DSO_BPF);
	/* A process may call its files what it likes. */
	assert_int_equal(dso_kind_of("/tmp/bpf_prog_1", false), DSO_FILE);
}

static void short_names(void **state)
{
	(void)state;
	assert_string_equal(dso_short_name("/usr/lib/libc.so.6"), "libc.so.6");
	assert_string_equal(dso_short_name("[kernel.kallsyms]"), "[kernel.kallsyms]");
	assert_string_equal(dso_short_name("[vdso]"), "[vdso]");
	assert_string_equal(dso_short_name("/"), "/");
	assert_string_equal(dso_short_name("/tmp/"), "/tmp/");
	assert_string_equal(dso_short_name(""), "");
}

#define on_table(test) cmocka_unit_test_setup_teardown(test, make, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_table(without_an_inode_it_is_the_build_id),
		on_table(files_with_one_build_id_are_told_apart),
		on_table(facts_come_together),
		on_table(it_is_device_inode_and_generation),
		on_table(anonymous_memory_is_one_process_own),
		on_table(names_stay_where_they_are),
		cmocka_unit_test(paths_tell_the_kind),
		cmocka_unit_test(short_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

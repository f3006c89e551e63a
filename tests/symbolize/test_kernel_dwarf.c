/* A kernel that is a program of ours: its code never runs, only its addresses are
 * looked up, as if it had been loaded elsewhere than it was linked for. */
#include "base/scoped.h"
#include "elf/dso_keeper.h"
#include "elf/elf_symbols.h"
#include "symbolize/symbolizer.h"
#include "tests/files.h"
#include "tests/symbolize/tables.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KERNEL	PROGRAMS "/kernel"
#define RELEASE "9.9.9-test"
#define BUILT	"9.9.9-test-%d"
#define TEXT	0xffffffff9ae00000 /* where it was loaded */
#define THIRD	"third:third.h:102<second:chain.c:202<first:chain.c:208<chain:chain.c:215"

struct world {
	char dir[64], kallsyms[512];
	const char *release;
	struct tables t;
	struct build_id build_id;
	uint64_t text, third; /* as the file has them */
	struct mapping m;
	const char *folders[1];
	struct file_places places;
};

static void write_kallsyms(struct world *w, struct elf_file *f)
{
	static const char *const names[] = {"_text", "chain", "plain", "again", "main"};
	char text[1024];
	int at = 0;

	for (size_t i = 0; i < array_size(names); i++) {
		uint64_t vaddr;

		assert_true(elf_symbols_find(f, names[i], &vaddr));
		at += sprintf(text + at, "%llx T %s\n",
			      (unsigned long long)(vaddr - w->text + TEXT), names[i]);
	}
	file_write(temp_path(w->kallsyms, w->dir, "kallsyms"), text, (size_t)at);
}

static void map(struct world *w, const char *path)
{
	const struct dso dso = {.kind = DSO_KERNEL,
				.path = strtab_add(&w->t.dso_strings, path),
				.build_id = w->build_id};

	w->m = (struct mapping){TEXT, TEXT + 0x1000000, TEXT, 0,
				dso_add(&w->t.dsos, &dso)};
}

static int set_up(void **state)
{
	struct world *w = mem_new(1, sizeof(*w));
	int fd = open(KERNEL, O_RDONLY | O_CLOEXEC);
	struct elf_file *f;
	struct error err;

	f = elf_file_open(fd, &err);
	assert_true(elf_file_build_id(f, &w->build_id));
	assert_true(elf_symbols_find(f, "_text", &w->text));
	assert_true(elf_symbols_find(f, "mark_third", &w->third));
	assert_false(elf_symbols_find(f, "mark_fourth", &w->third));
	w->release = RELEASE;
	temp_dir_make(w->dir);
	write_kallsyms(w, f);
	tables_init(&w->t);
	map(w, "[kernel.kallsyms]_text");
	elf_file_close(&f);
	close(fd);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	temp_dir_remove(w->dir);
	tables_release(&w->t);
	mem_free(w);
	return 0;
}

/* Makes the folders of a path. */
static bool make_folders(char *path)
{
	bool is_there = true;

	for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		is_there = mkdir(path, 0755) == 0 || errno == EEXIST;
		*slash = '/';
	}
	return is_there;
}

/* Copies a program to a place in the folder for debug files. */
static void put(const struct world *w, const char *program, const char *place)
{
	char path[512];

	temp_path(path, w->dir, place);
	assert_true(make_folders(path));
	file_copy(program, path);
}

static struct symbolizer *start(struct world *w, const struct symbolizer_options *like)
{
	struct symbolizer_options options = *like;

	options.kallsyms = w->kallsyms;
	w->folders[0] = w->dir;
	w->places = (struct file_places){.folders = w->folders, .n_folders = 1};
	options.places = &w->places;
	options.inlines = options.lines = true;
	return symbolizer_new(&options, &w->t.dsos, &w->t.frames);
}

static struct symbolizer *start_live(struct world *w)
{
	return start(w, &(struct symbolizer_options){.use_system = true,
						     .is_live = true,
						     .os_release = w->release});
}

/* "innermost<outer<outermost" of code in third(), inlined into chain(). */
static void expect(struct world *w, struct symbolizer *s, const char *wanted)
{
	struct frame_list list = {0};
	char text[1024] = "";
	size_t at = 0;

	symbolizer_look_up(s, &w->m, w->third - w->text + TEXT, false, SPACE_KERNEL,
			   &list);
	for (size_t i = 0; i < list.items.n; i++) {
		const struct frame *f = frame_at(&w->t.frames, list.items.items[i]);

		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? "<" : "",
				       strtab_str(&w->t.frame_strings, f->name));
		assert_int_equal(f->is_inlined, i + 1 < list.items.n);
		assert_int_equal(f->kind, FRAME_KERNEL);
		assert_string_equal(strtab_str(&w->t.frame_strings, f->object),
				    "[kernel.kallsyms]");
	}
	assert_string_equal(text, wanted);
	vec_release(&list.items);
}

/* Asks anew. */
static void expect_live(struct world *w, const char *wanted, const char *refused)
{
	scoped(symbolizer_free) struct symbolizer *s = start_live(w);
	char note[1024];

	expect(w, s, wanted);
	if (!refused) {
		assert_null(symbolizer_note(s, 0));
		return;
	}
	snprintf(note, sizeof(note),
		 "'%s/%s' is not the debug file of '[kernel.kallsyms]_text'", w->dir,
		 refused);
	assert_non_null(symbolizer_note(s, 0));
	assert_string_equal(symbolizer_note(s, 0), note);
}

static void by_build_id(const struct world *w, char name[128])
{
	char hex[BUILD_ID_HEX];

	build_id_hex(&w->build_id, hex);
	snprintf(name, 128, ".build-id/%.2s/%s.debug", hex, hex + 2);
}

static void test_none(void **state)
{
	expect_live(*state, "chain", NULL);
}

static void test_by_build_id(void **state)
{
	struct world *w = *state;
	char name[128];

	by_build_id(w, name);
	put(w, KERNEL, name);
	expect_live(w, THIRD, NULL);
}

static void test_by_release(void **state)
{
	static const char *const places[] = {"boot/vmlinux-" RELEASE,
					     "lib/modules/" RELEASE "/vmlinux"};
	struct world *w = *state;

	for (size_t i = 0; i < array_size(places); i++) {
		char path[512];

		put(w, KERNEL, places[i]);
		expect_live(w, THIRD, NULL);
		unlink(temp_path(path, w->dir, places[i]));
		expect_live(w, "chain", NULL);
	}
}

/* The release comes from the recording: it must not be used as a path. */
static void test_a_release_leads_nowhere(void **state)
{
	struct world *w = *state;

	put(w, KERNEL, "boot/vmlinux-9/9");
	w->release = "9/9";
	expect_live(w, "chain", NULL);
}

/* One that was built here and installed leads to where that was. */
static void test_of_a_build(void **state)
{
	struct world *w = *state;
	char release[64], path[512];

	snprintf(release, sizeof(release), BUILT, (int)getpid());
	snprintf(path, sizeof(path), "/lib/modules/%s/build/vmlinux", release);
	if (!make_folders(path))
		skip();
	file_copy(KERNEL, path);
	expect_live(w, "chain", NULL);
	w->release = release;
	expect_live(w, THIRD, NULL);
	w->release = NULL;
	expect_live(w, "chain", NULL);
}

/* Also if it failed. */
static int tear_down_build(void **state)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "rm -rf /lib/modules/" BUILT " && "
		 "rmdir --ignore-fail-on-non-empty /lib/modules 2>/dev/null",
		 (int)getpid());
	if (system(command) != 0)
		print_message("there is no /lib/modules\n");
	return tear_down(state);
}

/* The code may be left out of the file that has the DWARF. */
static void test_debug_file(void **state)
{
	struct world *w = *state;

	put(w, KERNEL ".debug", "lib/modules/" RELEASE "/vmlinux");
	expect_live(w, THIRD, NULL);
}

static void test_another_kernel(void **state)
{
	struct world *w = *state;

	put(w, PROGRAMS "/chain_5", "boot/vmlinux-" RELEASE);
	expect_live(w, "chain", "boot/vmlinux-" RELEASE);
	/* The right one may still be somewhere else. */
	put(w, KERNEL, "lib/modules/" RELEASE "/vmlinux");
	expect_live(w, THIRD, "boot/vmlinux-" RELEASE);
}

/* A kernel of unknown build id could be any. */
static void test_no_build_id(void **state)
{
	struct world *w = *state;

	put(w, KERNEL, "boot/vmlinux-" RELEASE);
	w->build_id.size = 0;
	map(w, "[kernel.kallsyms]_text");
	expect_live(w, "chain", NULL);
}

/* Without a symbol, or with an impossible address, the shift of the kernel is unknown. */
static void test_unknown_place(void **state)
{
	static const char *const paths[] = {"[kernel.kallsyms]",
					    "[kernel.kallsyms]_stext"};
	struct world *w = *state;

	put(w, KERNEL, "boot/vmlinux-" RELEASE);
	for (size_t i = 0; i < array_size(paths); i++) {
		map(w, paths[i]);
		expect_live(w, "chain", NULL);
	}
	map(w, "[kernel.kallsyms]_text");
	w->m.start -= 8;
	expect_live(w, "chain", NULL);
}

static void test_stored(void **state)
{
	struct world *w = *state;
	struct symbolizer *s;
	char path[512];

	put(w, KERNEL, "boot/vmlinux-" RELEASE);
	s = start_live(w);
	expect(w, s, THIRD);
	symbolizer_store(s);
	symbolizer_free(&s);
	unlink(temp_path(path, w->dir, "boot/vmlinux-" RELEASE));
	s = start(w, &(struct symbolizer_options){0});
	expect(w, s, THIRD);
	symbolizer_free(&s);
}

/* A file that was missing when the recording was made may be found later, on any
 * machine. */
static void test_completed(void **state)
{
	static const struct symbolizer_options later = {
		.use_system = true, .completes = true, .os_release = RELEASE};
	struct world *w = *state;
	struct symbolizer *s = start_live(w);

	expect(w, s, "chain");
	symbolizer_store(s);
	symbolizer_free(&s);
	put(w, KERNEL, "boot/vmlinux-" RELEASE);
	s = start_live(w);
	expect(w, s, "chain");
	symbolizer_free(&s);
	for (int is_known = 0; is_known < 2; is_known++) {
		s = start(w, &later);
		symbolizer_expect(s, &w->m, w->third - w->text + TEXT, false, 1);
		symbolizer_read_ahead(s);
		expect(w, s, THIRD);
		symbolizer_store(s);
		symbolizer_free(&s);
		assert_int_equal(dso_at(&w->t.dsos, w->m.dso)->places->spots.n, 1);
	}
}

/* It is no file, so that none of it was missed. */
static void test_nothing_was_to_be_kept(void **state)
{
	struct world *w = *state;
	scoped(dso_keeper_free) struct dso_keeper *keeper = dso_keeper_new(10, NULL);
	const struct symbolizer_options live = {
		.use_system = true, .is_live = true, .keeper = keeper};
	scoped(symbolizer_free) struct symbolizer *s = start(w, &live);

	symbolizer_expect(s, &w->m, w->third - w->text + TEXT, false, 1);
	symbolizer_read_ahead(s);
	expect(w, s, "chain");
	assert_null(symbolizer_note(s, 0));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_none),
		TEST(test_by_build_id),
		TEST(test_by_release),
		TEST(test_a_release_leads_nowhere),
		cmocka_unit_test_setup_teardown(test_of_a_build, set_up, tear_down_build),
		TEST(test_debug_file),
		TEST(test_another_kernel),
		TEST(test_no_build_id),
		TEST(test_unknown_place),
		TEST(test_stored),
		TEST(test_completed),
		TEST(test_nothing_was_to_be_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

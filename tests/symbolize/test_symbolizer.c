#include "base/scoped.h"
#include "elf/dso_keeper.h"
#include "symbolize/source_kallsyms.h"
#include "symbolize/symbolizer.h"
#include "tests/elf/witness.h"
#include "tests/symbolize/tables.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char kallsyms_text[] =
	"ffffffff81000000 T _text\n"
	"ffffffff81000100 T do_work\n"
	"ffffffffc0000200 t nf_in\t[nf_conntrack]\n"
	"ffffffffc0100200 t xt_in\t[x_tables]\n"
	"ffffffffc0800000 t bpf_prog_1_old\t[bpf]\n"
	"ffffffffc0900000 t ftrace_trampoline\t[__builtin__ftrace]\n";

struct world {
	char dir[64];
	char kallsyms[512];
	struct tables t;
};

static int set_up(void **state)
{
	struct world *w = mem_new(1, sizeof(*w));

	temp_dir_make(w->dir);
	file_write(temp_path(w->kallsyms, w->dir, "kallsyms"), kallsyms_text,
		   sizeof(kallsyms_text) - 1);
	tables_init(&w->t);
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

static struct symbolizer *start(struct world *w, bool use_system, bool is_live)
{
	const struct symbolizer_options options = {
		.use_system = use_system, .is_live = is_live, .kallsyms = w->kallsyms};

	return symbolizer_new(&options, &w->t.dsos, &w->t.frames);
}

static const struct frame *ask(struct world *w, struct symbolizer *s,
			       const struct mapping *m, uint64_t addr,
			       enum symbolizer_space space)
{
	struct frame_list list = {0};
	frame_id id;

	symbolizer_look_up(s, m, addr, false, space, &list);
	assert_int_equal(list.items.n, 1);
	id = list.items.items[0];
	/* A second time is the same. */
	symbolizer_look_up(s, m, addr + 1, true, space, &list);
	assert_int_equal(list.items.n, 2);
	assert_int_equal(list.items.items[1], id);
	vec_release(&list.items);
	return frame_at(&w->t.frames, id);
}

static void expect(struct world *w, struct symbolizer *s, const struct mapping *m,
		   uint64_t addr, const char *name, const char *object,
		   enum frame_kind kind)
{
	enum symbolizer_space space = addr >> 63 ? SPACE_KERNEL : SPACE_USER;
	const struct frame *f = ask(w, s, m, addr, space);

	assert_string_equal(strtab_str(&w->t.frame_strings, f->name), name);
	assert_string_equal(strtab_str(&w->t.frame_strings, f->object), object);
	assert_int_equal(f->kind, kind);
	assert_false(f->is_inlined);
}

static struct mapping map(struct world *w, enum dso_kind kind, const char *path,
			  uint64_t addr, uint64_t len)
{
	const struct dso dso = {.kind = kind,
				.path = strtab_add(&w->t.dso_strings, path)};

	return (struct mapping){addr, addr + len, 0, 0, dso_add(&w->t.dsos, &dso)};
}

static void expect_told(struct world *w, struct symbolizer *s, const char *program,
			const char *object, enum frame_kind kind)
{
	struct witness told;
	char path[512];
	const struct told *it;

	witness_start(&told, temp_path(path, PROGRAMS, program));
	vec_each(it, &told.told) {
		struct mapping m;

		witness_map(&told, &w->t.dsos, it->addr, &m);
		expect(w, s, &m, it->addr, it->name, object, kind);
	}
	witness_stop(&told);
}

static void test_programs(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = start(w, true, true);

	expect_told(w, s, "pie", "pie", FRAME_USER);
	expect_told(w, s, "nopie", "nopie", FRAME_USER);
	expect_told(w, s, "static", "static", FRAME_USER);
	expect_told(w, s, "noid", "noid", FRAME_USER);
	expect_told(w, s, "far", "far", FRAME_USER);
	expect_told(w, s, "loader", "libwitness.so", FRAME_LIBRARY);
	assert_null(symbolizer_note(s, 0));
}

/* A file that was not kept may still be opened in time: then there is no note. */
static void test_not_kept(void **state)
{
	struct world *w = *state;
	scoped(dso_keeper_free) struct dso_keeper *keeper = dso_keeper_new(1);
	const struct symbolizer_options options = {
		.use_system = true, .is_live = true, .keeper = keeper};
	scoped(symbolizer_free) struct symbolizer *s =
		symbolizer_new(&options, &w->t.dsos, &w->t.frames);

	expect_told(w, s, "pie", "pie", FRAME_USER);
	assert_null(symbolizer_note(s, 0));
}

static void test_stripped_programs(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = start(w, true, true);
	struct witness told;
	struct mapping m;

	witness_start(&told, PROGRAMS "/stripped");
	witness_map(&told, &w->t.dsos, told.told.items[0].addr, &m);
	expect(w, s, &m, told.told.items[0].addr, "exported", "stripped", FRAME_USER);
	expect(w, s, &m, told.told.items[1].addr, "[unknown stripped]", "stripped",
	       FRAME_UNKNOWN);
	witness_stop(&told);
	witness_start(&told, PROGRAMS "/nameless");
	witness_map(&told, &w->t.dsos, told.told.items[0].addr, &m);
	expect(w, s, &m, told.told.items[0].addr, "[unknown nameless]", "nameless",
	       FRAME_UNKNOWN);
	witness_stop(&told);
}

static void test_by_build_id_of_a_past_process(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = start(w, true, false);
	struct witness told;
	struct mapping m;

	witness_start(&told, PROGRAMS "/pie");
	witness_map_by_id(&told, &w->t.dsos, told.told.items[2].addr, PROGRAMS "/pie",
			  &m);
	kill(told.pid, SIGKILL);
	waitpid(told.pid, NULL, 0);
	expect(w, s, &m, told.told.items[2].addr, "ns::map<long>::find", "pie",
	       FRAME_USER);
	vec_release(&told.told);
}

static void test_replaced(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = start(w, true, true);
	struct witness told;
	struct mapping m;
	char path[512];

	file_copy(PROGRAMS "/pie", temp_path(path, w->dir, "prog"));
	witness_start(&told, path);
	witness_map_by_id(&told, &w->t.dsos, told.told.items[0].addr, path, &m);
	kill(told.pid, SIGKILL);
	waitpid(told.pid, NULL, 0);
	file_copy(PROGRAMS "/other", path);
	expect(w, s, &m, told.told.items[0].addr, "[replaced prog]", "prog",
	       FRAME_UNKNOWN);
	assert_non_null(strstr(symbolizer_note(s, 0), path));
	assert_null(symbolizer_note(s, 1));
	vec_release(&told.told);
}

static void test_return_address(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = start(w, true, true);
	const struct mapping kernel =
		map(w, DSO_KERNEL, "[kernel.kallsyms]_text", 0xffffffff81000000, 0x1000);
	struct frame_list list = {0};

	symbolizer_look_up(s, &kernel, 0xffffffff81000100, false, SPACE_KERNEL, &list);
	symbolizer_look_up(s, &kernel, 0xffffffff81000100, true, SPACE_KERNEL, &list);
	assert_string_equal(frame_name(&w->t.frames, list.items.items[0]), "do_work");
	assert_string_equal(frame_name(&w->t.frames, list.items.items[1]), "_text");
	vec_release(&list.items);
}

/* The frame for every kind of address, from the system and from a recording. */
static void expect_all(struct world *w, struct symbolizer *s)
{
	const struct mapping kernel =
		map(w, DSO_KERNEL, "[kernel.kallsyms]_text", 0xffffffff81000000, 0x1000);
	const struct mapping nf =
		map(w, DSO_MODULE, "[nf_conntrack]", 0xffffffffc0000000, 0x1000);
	/* There is another module by now where this one was. */
	const struct mapping gone = map(w, DSO_MODULE, "/lib/modules/6.1/old-one.ko.xz",
					0xffffffffc0100000, 0x1000);
	const struct mapping bpf =
		map(w, DSO_BPF, "bpf_prog_2_new", 0xffffffffc0800000, 0x100);
	const struct mapping trampoline =
		map(w, DSO_BPF, "ftrace_trampoline", 0xffffffffc0a00000, 0x100);
	const struct mapping guest =
		map(w, DSO_KERNEL, "[guest.kernel.kallsyms]", 0xffffffff81000000, 0x1000);
	const struct mapping anon = map(w, DSO_ANON, "//anon", 0x7f0000000000, 0x1000);
	const struct mapping nothing = map(w, DSO_FILE, "/opt/none", 0x400000, 0x1000);

	expect(w, s, &kernel, 0xffffffff81000110, "do_work", "[kernel.kallsyms]",
	       FRAME_KERNEL);
	expect(w, s, &kernel, 0xffffffff80000000, "[unknown kernel]", "[kernel.kallsyms]",
	       FRAME_UNKNOWN);
	expect(w, s, &nf, 0xffffffffc0000210, "nf_in", "nf_conntrack", FRAME_MODULE);
	expect(w, s, &nf, 0xffffffffc0000010, "[unknown nf_conntrack]", "nf_conntrack",
	       FRAME_UNKNOWN);
	expect(w, s, &gone, 0xffffffffc0100210, "[unknown old_one]", "old_one",
	       FRAME_UNKNOWN);
	expect(w, s, &bpf, 0xffffffffc0800010, "bpf_prog_2_new", "bpf", FRAME_KERNEL);
	expect(w, s, &trampoline, 0xffffffffc0a00010, "ftrace_trampoline",
	       "[kernel.kallsyms]", FRAME_KERNEL);
	expect(w, s, &guest, 0xffffffff81000110, "[unknown guest kernel]",
	       "[guest.kernel.kallsyms]", FRAME_UNKNOWN);
	expect(w, s, &anon, 0x7f0000000010, "[unknown anon]", "anon", FRAME_JIT);
	expect(w, s, &nothing, 0x400010, "[unverified none]", "none", FRAME_UNKNOWN);
	/* In no mapping. */
	expect(w, s, NULL, 0xffffffffc0100210, "xt_in", "x_tables", FRAME_MODULE);
	expect(w, s, NULL, 0xffffffffc0800020, "bpf_prog_1_old", "bpf", FRAME_KERNEL);
	expect(w, s, NULL, 0xffffffffc0900020, "ftrace_trampoline", "[kernel.kallsyms]",
	       FRAME_KERNEL);
	expect(w, s, NULL, 0xffffffff70000000, "[unknown kernel]", "[kernel.kallsyms]",
	       FRAME_UNKNOWN);
	expect(w, s, NULL, 0x1234, "[unknown]", "", FRAME_UNKNOWN);
	assert_string_equal(strtab_str(&w->t.frame_strings,
				       ask(w, s, NULL, 1, SPACE_HYPERVISOR)->name),
			    "[hypervisor]");
}

static void test_kinds_live(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = start(w, true, true);

	expect_all(w, s);
	assert_null(symbolizer_note(s, 0));
}

static void test_kinds_from_a_recording(void **state)
{
	struct world *w = *state;
	struct symbolizer *s = start(w, true, true);

	expect_all(w, s);
	symbolizer_store(s);
	symbolizer_free(&s);
	s = start(w, false, false);
	expect_all(w, s);
	symbolizer_free(&s);
	/* Names in the recording come before names from this machine. */
	file_write(w->kallsyms, "", 0);
	s = start(w, true, true);
	expect_all(w, s);
	symbolizer_free(&s);
}

static void test_program_from_a_recording(void **state)
{
	struct world *w = *state;
	struct symbolizer *s = start(w, true, true);
	const struct dso *dso;
	struct witness told;
	struct mapping m;
	char path[512];

	file_copy(PROGRAMS "/pie", temp_path(path, w->dir, "prog"));
	witness_start(&told, path);
	witness_map(&told, &w->t.dsos, told.told.items[0].addr, &m);
	for (size_t i = 0; i < 3; i++)
		expect(w, s, &m, told.told.items[i].addr, told.told.items[i].name, "prog",
		       FRAME_USER);
	symbolizer_store(s);
	symbolizer_free(&s);
	/* Only symbols with samples, with their names in the file. */
	dso = dso_at(&w->t.dsos, m.dso);
	assert_true(dso->resolved);
	assert_int_equal(dso->reason, 0);
	assert_int_equal(dso->names->items.n, 3);
	unlink(path);
	s = start(w, false, false);
	for (size_t i = 0; i < 3; i++)
		expect(w, s, &m, told.told.items[i].addr, told.told.items[i].name, "prog",
		       FRAME_USER);
	symbolizer_free(&s);
	witness_stop(&told);
}

static void test_untouched_dso_stays_unresolved(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = start(w, true, true);
	const struct mapping a = map(w, DSO_FILE, "/opt/a", 0x400000, 0x1000);
	const struct mapping b = map(w, DSO_FILE, "/opt/b", 0x500000, 0x1000);

	expect(w, s, &b, 0x500010, "[unverified b]", "b", FRAME_UNKNOWN);
	symbolizer_store(s);
	assert_false(dso_at(&w->t.dsos, a.dso)->resolved);
	assert_true(dso_at(&w->t.dsos, b.dso)->resolved);
	assert_string_equal(
		strtab_str(&w->t.dso_strings, dso_at(&w->t.dsos, b.dso)->reason),
		"[unverified b]");
}

/* The running kernel's names are good for a recording of the same kernel at the same
 * place. */
static void test_kernel_of_an_old_recording(void **state)
{
	static const struct {
		bool right_kernel, right_place;
	} cases[] = {{true, true}, {true, false}, {false, true}};
	struct world *w = *state;
	struct build_id running;

	if (!kallsyms_build_id("/sys/kernel/notes", &running))
		skip();
	for (size_t i = 0; i < array_size(cases); i++) {
		scoped(symbolizer_free) struct symbolizer *s = start(w, true, false);
		bool good = cases[i].right_kernel && cases[i].right_place;
		struct dso dso = {.kind = DSO_KERNEL, .build_id = running};
		struct mapping m = {0xffffffff81000000, 0xffffffff82000000, 0, 0, 0};

		dso.path =
			strtab_add(&w->t.dso_strings, i == 0   ? "[kernel.kallsyms]_text"
						      : i == 1 ? "[kernel.kallsyms]_stext"
							       : "[kernel.kallsyms]");
		if (!cases[i].right_kernel)
			dso.build_id.data[3] ^= 1;
		if (!cases[i].right_place)
			m.start -= 0x200000;
		m.dso = dso_add(&w->t.dsos, &dso);
		expect(w, s, &m, 0xffffffff81000110,
		       good ? "do_work" : "[unknown kernel]", "[kernel.kallsyms]",
		       good ? FRAME_KERNEL : FRAME_UNKNOWN);
	}
}

/* The boot code of the kernel is after its mapping. Modules may have been others. */
static void test_unmapped_kernel_of_an_old_recording(void **state)
{
	struct world *w = *state;
	struct dso dso = {.kind = DSO_KERNEL};
	struct mapping m = {0xffffffff81000000, 0xffffffff81000100, 0, 0, 0};
	const struct symbolizer_options options = {
		.use_system = true, .kallsyms = w->kallsyms, .kernel = &m};
	scoped(symbolizer_free) struct symbolizer *s = NULL;

	if (!kallsyms_build_id("/sys/kernel/notes", &dso.build_id))
		skip();
	dso.path = strtab_add(&w->t.dso_strings, "[kernel.kallsyms]_text");
	m.dso = dso_add(&w->t.dsos, &dso);
	s = symbolizer_new(&options, &w->t.dsos, &w->t.frames);
	expect(w, s, NULL, 0xffffffff81000110, "do_work", "[kernel.kallsyms]",
	       FRAME_KERNEL);
	expect(w, s, NULL, 0xffffffffc0100210, "[unknown kernel]", "[kernel.kallsyms]",
	       FRAME_UNKNOWN);
}

/* Without a recorded build id, start and end of the text identify the kernel. */
static void test_kernel_without_a_build_id(void **state)
{
	static const char with_end[] = "ffffffff81000000 T _text\n"
				       "ffffffff81000100 T do_work\n"
				       "ffffffff820090c8 T _etext\n";
	static const struct {
		uint64_t start, end;
		bool good;
	} cases[] = {{0xffffffff81000000, 0xffffffff820090c8, true},
		     {0xffffffff81000000, 0xffffffff820090d0, false},
		     {0xffffffff80e00000, 0xffffffff820090c8, false},
		     {0xffffffff81000000, 0, false}};
	struct world *w = *state;

	for (size_t i = 0; i < array_size(cases); i++) {
		scoped(symbolizer_free) struct symbolizer *s = start(w, true, false);
		struct mapping m =
			map(w, DSO_KERNEL, "[kernel.kallsyms]_text", cases[i].start, 0);

		/* The last one: kallsyms without an end of the text match no mapping. */
		m.end = cases[i].end ? cases[i].end : 0xffffffff82000000;
		file_write(w->kallsyms, cases[i].end ? with_end : kallsyms_text,
			   cases[i].end ? sizeof(with_end) - 1
					: sizeof(kallsyms_text) - 1);
		expect(w, s, &m, 0xffffffff81000110,
		       cases[i].good ? "do_work" : "[unknown kernel]",
		       "[kernel.kallsyms]", cases[i].good ? FRAME_KERNEL : FRAME_UNKNOWN);
	}
}

static void test_hidden_kernel(void **state)
{
	static const char zeros[] = "0000000000000000 T _text\n";
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = start(w, true, true);
	const struct mapping kernel =
		map(w, DSO_KERNEL, "[kernel.kallsyms]_text", 0xffffffff81000000, 0x1000);

	file_write(w->kallsyms, zeros, sizeof(zeros) - 1);
	expect(w, s, NULL, 0xffffffffc0000000, "[unknown kernel]", "[kernel.kallsyms]",
	       FRAME_UNKNOWN);
	expect(w, s, &kernel, 0xffffffff81000110, "[unknown kernel]", "[kernel.kallsyms]",
	       FRAME_UNKNOWN);
	assert_non_null(strstr(symbolizer_note(s, 0), "kptr_restrict"));
	assert_null(symbolizer_note(s, 1));
}

static void test_no_kernel_in_the_recording(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *live = start(w, true, true);
	scoped(symbolizer_free) struct symbolizer *later = start(w, false, false);

	expect(w, live, NULL, 0xffffffff81000110, "do_work", "[kernel.kallsyms]",
	       FRAME_KERNEL);
	symbolizer_store(live);
	expect(w, later, NULL, 0xffffffff81000110, "[unknown kernel]",
	       "[kernel.kallsyms]", FRAME_UNKNOWN);
}

static void test_vdso(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = start(w, true, true);
	const struct mapping low = map(w, DSO_VDSO, "[vdso]", 0xf7f00000, 0x2000);
	struct mapping m = map(w, DSO_VDSO, "[vdso]", 0x7fff00000000, 0x2000);
	bool found = false;

	if (!getauxval(AT_SYSINFO_EHDR) || sizeof(void *) != 8)
		skip();
	for (uint64_t at = 0; at < 0x2000; at += 16) {
		const struct frame *f = ask(w, s, &m, m.start + at, SPACE_USER);

		found |=
			f->kind == FRAME_LIBRARY &&
			strstr(strtab_str(&w->t.frame_strings, f->name), "clock_gettime");
		expect(w, s, &low, low.start + at, "[unknown vdso]", "[vdso]",
		       FRAME_UNKNOWN);
	}
	assert_true(found);
}

static void test_keep_mangled(void **state)
{
	const struct symbolizer_options options = {
		.use_system = true, .is_live = true, .keep_mangled = true};
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s =
		symbolizer_new(&options, &w->t.dsos, &w->t.frames);
	struct witness told;
	struct mapping m;

	witness_start(&told, PROGRAMS "/pie");
	witness_map(&told, &w->t.dsos, told.told.items[2].addr, &m);
	expect(w, s, &m, told.told.items[2].addr, "_ZN2ns3mapIlE4findEi", "pie",
	       FRAME_USER);
	witness_stop(&told);
}

/* Numbers that no kernel gives, from a file that was made up. */
static void test_wild_mappings(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = start(w, true, true);
	struct witness told;
	struct mapping m;

	witness_start(&told, PROGRAMS "/pie");
	witness_map(&told, &w->t.dsos, told.told.items[0].addr, &m);
	for (unsigned i = 0; i < 64; i++) {
		struct frame_list list = {0};

		m.file_off = (uint64_t)-1 << i;
		symbolizer_look_up(s, &m, m.start, true, SPACE_USER, &list);
		symbolizer_look_up(s, &m, 0, true, SPACE_USER, &list);
		symbolizer_look_up(s, &m, UINT64_MAX, false, SPACE_KERNEL, &list);
		assert_int_equal(list.items.n, 3);
		vec_release(&list.items);
	}
	witness_stop(&told);
}

static void test_long_paths(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = start(w, true, true);
	char path[3000];

	for (int kind = DSO_FILE; kind <= DSO_BPF; kind++) {
		struct mapping m;

		memset(path, 'x', sizeof(path));
		path[0] = kind == DSO_MODULE ? '[' : '/';
		path[sizeof(path) - 1] = '\0';
		m = map(w, kind, path, 0x400000, 0x1000);
		ask(w, s, &m, 0x400010, SPACE_USER);
		m = map(w, kind, "", 0x400000, 0x1000);
		ask(w, s, &m, 0x400010, SPACE_USER);
		m = map(w, kind, "[", 0x400000, 0x1000);
		ask(w, s, &m, 0x400010, SPACE_USER);
	}
}

#define in_world(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(test_programs),
		in_world(test_not_kept),
		in_world(test_stripped_programs),
		in_world(test_by_build_id_of_a_past_process),
		in_world(test_replaced),
		in_world(test_return_address),
		in_world(test_kinds_live),
		in_world(test_kinds_from_a_recording),
		in_world(test_program_from_a_recording),
		in_world(test_untouched_dso_stays_unresolved),
		in_world(test_kernel_of_an_old_recording),
		in_world(test_unmapped_kernel_of_an_old_recording),
		in_world(test_kernel_without_a_build_id),
		in_world(test_hidden_kernel),
		in_world(test_no_kernel_in_the_recording),
		in_world(test_vdso),
		in_world(test_keep_mangled),
		in_world(test_wild_mappings),
		in_world(test_long_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

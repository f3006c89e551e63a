/* Frames of the kernel, its modules and BPF, and of code without a file. */
#include "symbolize/symbolizer.h"

#include "base/scoped.h"
#include "symbolize/kernel/source_kallsyms.h"
#include "tests/files.h"
#include "tests/symbolize/world.h"
#include "tests/test.h"

#include <string.h>
#include <sys/auxv.h>

static void test_return_address(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = world_symbolizer(w, true, true);
	const struct mapping kernel = world_map(w, DSO_KERNEL, "[kernel.kallsyms]_text",
						0xffffffff81000000, 0x1000);
	struct frame_list list = {0};

	symbolizer_look_up(s, &kernel, 0xffffffff81000100, false, SPACE_KERNEL, &list);
	symbolizer_look_up(s, &kernel, 0xffffffff81000100, true, SPACE_KERNEL, &list);
	assert_string_equal(frame_name(&w->t.frames, list.items.items[0]), "do_work");
	assert_string_equal(frame_name(&w->t.frames, list.items.items[1]), "_text");
	vec_release(&list.items);
}

/* The frames of addresses in mappings of every kind. */
static void expect_mapped(struct world *w, struct symbolizer *s)
{
	const struct mapping kernel = world_map(w, DSO_KERNEL, "[kernel.kallsyms]_text",
						0xffffffff81000000, 0x1000);
	const struct mapping nf =
		world_map(w, DSO_MODULE, "[nf_conntrack]", 0xffffffffc0000000, 0x1000);
	/* There is another module by now where this one was. */
	const struct mapping gone =
		world_map(w, DSO_MODULE, "/lib/modules/6.1/old-one.ko.xz",
			  0xffffffffc0100000, 0x1000);
	const struct mapping bpf =
		world_map(w, DSO_BPF, "bpf_prog_2_new", 0xffffffffc0800000, 0x100);
	const struct mapping trampoline =
		world_map(w, DSO_BPF, "ftrace_trampoline", 0xffffffffc0a00000, 0x100);
	const struct mapping guest = world_map(w, DSO_KERNEL, "[guest.kernel.kallsyms]",
					       0xffffffff81000000, 0x1000);
	const struct mapping anon =
		world_map(w, DSO_ANON, "//anon", 0x7f0000000000, 0x1000);
	const struct mapping nothing =
		world_map(w, DSO_FILE, "/opt/none", 0x400000, 0x1000);

	world_expect(w, s, &kernel, 0xffffffff81000110, "do_work", "[kernel.kallsyms]",
		     FRAME_KERNEL);
	world_expect(w, s, &kernel, 0xffffffff80000000, "[unknown kernel]",
		     "[kernel.kallsyms]", FRAME_UNKNOWN);
	world_expect(w, s, &nf, 0xffffffffc0000210, "nf_in", "nf_conntrack",
		     FRAME_MODULE);
	world_expect(w, s, &nf, 0xffffffffc0000010, "[unknown nf_conntrack]",
		     "nf_conntrack", FRAME_UNKNOWN);
	world_expect(w, s, &gone, 0xffffffffc0100210, "[unknown old_one]", "old_one",
		     FRAME_UNKNOWN);
	world_expect(w, s, &bpf, 0xffffffffc0800010, "bpf_prog_2_new", "bpf",
		     FRAME_KERNEL);
	world_expect(w, s, &trampoline, 0xffffffffc0a00010, "ftrace_trampoline",
		     "[kernel.kallsyms]", FRAME_KERNEL);
	world_expect(w, s, &guest, 0xffffffff81000110, "[unknown guest kernel]",
		     "[guest.kernel.kallsyms]", FRAME_UNKNOWN);
	world_expect(w, s, &anon, 0x7f0000000010, "[unknown anon]", "anon", FRAME_JIT);
	world_expect(w, s, &nothing, 0x400010, "[unverified none]", "none",
		     FRAME_UNKNOWN);
}

/* The frames of addresses in no mapping. */
static void expect_unmapped(struct world *w, struct symbolizer *s)
{
	world_expect(w, s, NULL, 0xffffffffc0100210, "xt_in", "x_tables", FRAME_MODULE);
	world_expect(w, s, NULL, 0xffffffffc0800020, "bpf_prog_1_old", "bpf",
		     FRAME_KERNEL);
	world_expect(w, s, NULL, 0xffffffffc0900020, "ftrace_trampoline",
		     "[kernel.kallsyms]", FRAME_KERNEL);
	world_expect(w, s, NULL, 0xffffffff70000000, "[unknown kernel]",
		     "[kernel.kallsyms]", FRAME_UNKNOWN);
	world_expect(w, s, NULL, 0x1234, "[unknown]", "", FRAME_UNKNOWN);
	assert_string_equal(
		strtab_str(&w->t.frame_strings,
			   world_frame(w, s, NULL, 1, SPACE_HYPERVISOR)->name),
		"[hypervisor]");
}

/* From the system and from a recording. */
static void expect_all(struct world *w, struct symbolizer *s)
{
	expect_mapped(w, s);
	expect_unmapped(w, s);
}

static void test_kinds_live(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = world_symbolizer(w, true, true);

	expect_all(w, s);
	assert_null(symbolizer_note(s, 0));
}

static void test_kinds_from_a_recording(void **state)
{
	struct world *w = *state;
	struct symbolizer *s = world_symbolizer(w, true, true);

	expect_all(w, s);
	symbolizer_store(s);
	symbolizer_free(&s);
	s = world_symbolizer(w, false, false);
	expect_all(w, s);
	symbolizer_free(&s);
	/* Names in the recording come before names from this machine. */
	file_write(w->kallsyms, "", 0);
	s = world_symbolizer(w, true, true);
	expect_all(w, s);
	symbolizer_free(&s);
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
		scoped(symbolizer_free) struct symbolizer *s =
			world_symbolizer(w, true, false);
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
		world_expect(w, s, &m, 0xffffffff81000110,
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
	world_expect(w, s, NULL, 0xffffffff81000110, "do_work", "[kernel.kallsyms]",
		     FRAME_KERNEL);
	world_expect(w, s, NULL, 0xffffffffc0100210, "[unknown kernel]",
		     "[kernel.kallsyms]", FRAME_UNKNOWN);
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
		scoped(symbolizer_free) struct symbolizer *s =
			world_symbolizer(w, true, false);
		struct mapping m = world_map(w, DSO_KERNEL, "[kernel.kallsyms]_text",
					     cases[i].start, 0);

		/* The last one: kallsyms without an end of the text match no mapping. */
		m.end = cases[i].end ? cases[i].end : 0xffffffff82000000;
		file_write(w->kallsyms, cases[i].end ? with_end : world_kallsyms,
			   cases[i].end ? sizeof(with_end) - 1 : strlen(world_kallsyms));
		world_expect(w, s, &m, 0xffffffff81000110,
			     cases[i].good ? "do_work" : "[unknown kernel]",
			     "[kernel.kallsyms]",
			     cases[i].good ? FRAME_KERNEL : FRAME_UNKNOWN);
	}
}

static void test_hidden_kernel(void **state)
{
	static const char zeros[] = "0000000000000000 T _text\n";
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = world_symbolizer(w, true, true);
	const struct mapping kernel = world_map(w, DSO_KERNEL, "[kernel.kallsyms]_text",
						0xffffffff81000000, 0x1000);

	file_write(w->kallsyms, zeros, sizeof(zeros) - 1);
	world_expect(w, s, NULL, 0xffffffffc0000000, "[unknown kernel]",
		     "[kernel.kallsyms]", FRAME_UNKNOWN);
	world_expect(w, s, &kernel, 0xffffffff81000110, "[unknown kernel]",
		     "[kernel.kallsyms]", FRAME_UNKNOWN);
	assert_non_null(strstr(symbolizer_note(s, 0), "no names"));
	assert_null(symbolizer_note(s, 1));
}

/* The note has the sysctl that hides the names, with its value. */
static void test_reasons_of_hidden_kernels(void **state)
{
	static const struct {
		enum hidden_kernel why;
		const char *expected;
	} cases[] = {
		{KERNEL_HIDDEN_FROM_ALL, "kernel.kptr_restrict is 2"},
		{KERNEL_HIDDEN_BY_KPTR, "kptr_restrict is 1 and CAP_SYSLOG is missing"},
		{KERNEL_HIDDEN_BY_PARANOID, "kernel.perf_event_paranoid is 2 or more"},
		{KERNEL_HIDDEN_FROM_NAMESPACE, "user namespace"},
	};
	static const char zeros[] = "0000000000000000 T _text\n";
	struct world *w = *state;

	file_write(w->kallsyms, zeros, sizeof(zeros) - 1);
	for (size_t i = 0; i < array_size(cases); i++) {
		const struct symbolizer_options options = {.use_system = true,
							   .is_live = true,
							   .kallsyms = w->kallsyms,
							   .hidden_kernel = cases[i].why};
		scoped(symbolizer_free) struct symbolizer *s =
			symbolizer_new(&options, &w->t.dsos, &w->t.frames);

		world_expect(w, s, NULL, 0xffffffffc0000000, "[unknown kernel]",
			     "[kernel.kallsyms]", FRAME_UNKNOWN);
		assert_non_null(strstr(symbolizer_note(s, 0), cases[i].expected));
	}
}

static void test_no_kernel_in_the_recording(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *live = world_symbolizer(w, true, true);
	scoped(symbolizer_free) struct symbolizer *later =
		world_symbolizer(w, false, false);

	world_expect(w, live, NULL, 0xffffffff81000110, "do_work", "[kernel.kallsyms]",
		     FRAME_KERNEL);
	symbolizer_store(live);
	world_expect(w, later, NULL, 0xffffffff81000110, "[unknown kernel]",
		     "[kernel.kallsyms]", FRAME_UNKNOWN);
}

static void test_vdso(void **state)
{
	struct world *w = *state;
	scoped(symbolizer_free) struct symbolizer *s = world_symbolizer(w, true, true);
	const struct mapping low = world_map(w, DSO_VDSO, "[vdso]", 0xf7f00000, 0x2000);
	struct mapping m = world_map(w, DSO_VDSO, "[vdso]", 0x7fff00000000, 0x2000);
	bool found = false;

	if (!getauxval(AT_SYSINFO_EHDR) || sizeof(void *) != 8)
		skip();
	for (uint64_t at = 0; at < 0x2000; at += 16) {
		const struct frame *f = world_frame(w, s, &m, m.start + at, SPACE_USER);

		found |=
			f->kind == FRAME_LIBRARY &&
			strstr(strtab_str(&w->t.frame_strings, f->name), "clock_gettime");
		world_expect(w, s, &low, low.start + at, "[unknown vdso]", "[vdso]",
			     FRAME_UNKNOWN);
	}
	assert_true(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(test_return_address),
		in_world(test_kinds_live),
		in_world(test_kinds_from_a_recording),
		in_world(test_kernel_of_an_old_recording),
		in_world(test_unmapped_kernel_of_an_old_recording),
		in_world(test_kernel_without_a_build_id),
		in_world(test_hidden_kernel),
		in_world(test_reasons_of_hidden_kernels),
		in_world(test_no_kernel_in_the_recording),
		in_world(test_vdso),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

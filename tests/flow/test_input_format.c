/* The tables of inputs and outputs. */
#include "flow/input_format.h"

#include "base/scoped.h"
#include "flow/input_data.h"
#include "flow/output/output_format.h"
#include "fold/folded.h"
#include "fold/perf_script.h"
#include "tests/files.h"
#include "tests/flow/small_recording.h"
#include "tests/test.h"

#include <string.h>

/* The format that an input of these bytes has. */
static const struct input_format *format_of(const void *data, size_t size)
{
	scoped(input_release) struct input in;
	const struct input_format *format;
	char dir[64], path[512];
	struct error err;

	file_write(temp_path(path, temp_dir_make(dir), "input"), data, size);
	assert_int_equal(input_open(&in, path, &err), 0);
	format = input_format_find(&in, &err);
	temp_dir_remove(dir);
	return format;
}

static void content_decides(void **state)
{
	static const char picture[] = "<?xml version=\"1.0\"?>", folded[] = "a;b 1\n";
	scoped(out_free) struct out *recording = small_recording(NULL);

	(void)state;
	assert_ptr_equal(format_of(out_data(recording), (size_t)out_pos(recording)),
			 &input_recording);
	assert_ptr_equal(format_of(picture, strlen(picture)), &input_picture);
	assert_ptr_equal(format_of(folded, strlen(folded)), &input_text_stacks);
}

static void names_choose(void **state)
{
	struct load_options o = load_options_default();

	(void)state;
	assert_true(input_format_choose(&o, "recording"));
	assert_ptr_equal(o.from, &input_recording);
	assert_true(input_format_choose(&o, "perf-script"));
	assert_ptr_equal(o.from, &input_text_stacks);
	assert_ptr_equal(o.text, &perf_script_format);
	assert_true(input_format_choose(&o, "folded"));
	assert_ptr_equal(o.text, &folded_format);
	assert_false(input_format_choose(&o, "svg"));
}

/* Each output format writes something, and has a name of its own. */
static void outputs_have_names(void **state)
{
	const struct output_format *f;

	(void)state;
	for (size_t i = 0; (f = output_format_at(i)); i++) {
		assert_ptr_equal(output_format_named(f->name), f);
		assert_true(f->write || f->write_comparison);
		assert_int_equal(f->extension[0], '.');
	}
	assert_null(output_format_named("pdf"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content_decides),
		cmocka_unit_test(names_choose),
		cmocka_unit_test(outputs_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

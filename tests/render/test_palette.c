#include "render/palette.h"

#include "render/change_colour.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

/* Relative luminance as WCAG 2 defines it. */
static double luminance(const char *colour)
{
	static const double parts[] = {0.0722, 0.7152, 0.2126};
	long rgb = strtol(colour + 1, NULL, 16);
	double sum = 0;

	assert_int_equal(colour[0], '#');
	for (int i = 0; i < 3; i++, rgb >>= 8) {
		double c = (double)(rgb & 255) / 255;

		sum += parts[i] *
		       (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return sum;
}

static double contrast(const char *a, const char *b)
{
	double x = luminance(a), y = luminance(b);

	return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

static void contrast_is_measured_right(void **state)
{
	(void)state;
	assert_true(fabs(contrast("#ffffff", "#000000") - 21) < 0.001);
	assert_true(fabs(contrast("#ffffff", "#777777") - 4.478) < 0.01);
}

static void labels_can_be_read_on_every_frame(void **state)
{
	(void)state;
	for (size_t i = 0; palette_name(i); i++)
		for (unsigned kind = 0; kind < FRAME_KINDS; kind++)
			for (unsigned shade = 0; shade < PALETTE_SHADES; shade++) {
				const struct palette_colour *c = palette_colour(
					palette_named(palette_name(i)), kind, shade);

				assert_true(contrast(c->light, palette_label.light) >=
					    4.5);
				assert_true(contrast(c->dark, palette_label.dark) >= 4.5);
			}
}

static const char *middle_of(const char *palette, enum frame_kind kind)
{
	return palette_colour(palette_named(palette), kind, 1)->light;
}

static void a_palette_colours_code_alone(void **state)
{
	(void)state;
	assert_null(palette_named("pink"));
	assert_null(palette_named(""));
	assert_string_equal(palette_name(0), "kind");
	assert_string_not_equal(middle_of("kind", FRAME_KERNEL),
				middle_of("kind", FRAME_USER));
	assert_string_equal(middle_of("java", FRAME_JIT), middle_of("kind", FRAME_JIT));
	for (size_t i = 0; palette_name(i); i++) {
		assert_string_equal(middle_of(palette_name(i), FRAME_ROOT),
				    middle_of("kind", FRAME_ROOT));
		assert_string_equal(middle_of(palette_name(i), FRAME_UNKNOWN),
				    middle_of("kind", FRAME_UNKNOWN));
	}
	assert_string_equal(middle_of("blue", FRAME_KERNEL),
			    middle_of("blue", FRAME_JIT));
	assert_string_not_equal(middle_of("blue", FRAME_KERNEL),
				middle_of("mem", FRAME_KERNEL));
}

static void text_can_be_read_on_the_page(void **state)
{
	const struct palette_colour *const texts[] = {&palette_text, &palette_muted,
						      &palette_warning};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_true(contrast(texts[i]->light, palette_page.light) >= 4.5);
		assert_true(contrast(texts[i]->dark, palette_page.dark) >= 4.5);
		/* The panel of the details, as in flame.css. */
		assert_true(contrast(texts[i]->light, "#f3f4f6") >= 4.5);
		assert_true(contrast(texts[i]->dark, "#20242c") >= 4.5);
	}
	/* Matches of the search. */
	assert_true(contrast("#ffd400", palette_label.light) >= 4.5);
	assert_true(contrast("#7a6600", palette_label.dark) >= 4.5);
}

static void changes_differ_and_can_be_read(void **state)
{
	char name[4];

	(void)state;
	for (unsigned i = 0; i < CHANGE_COLOURS; i++) {
		const struct palette_colour *c = change_colour_at(i);

		assert_true(contrast(c->light, palette_label.light) >= 4.5);
		assert_true(contrast(c->dark, palette_label.dark) >= 4.5);
		/* Each step is stronger than the one before it. */
		if (i % CHANGE_STEPS > 1)
			assert_true(contrast(c->light, change_colour_at(0)->light) >
				    contrast(change_colour_at(i - 1)->light,
					     change_colour_at(0)->light));
	}
	for (int is_more = 0; is_more < 2; is_more++) {
		const struct palette_colour *line = change_colour_of_line(is_more);

		/* On the page, on chips, and as a line on the strongest colour. */
		assert_true(contrast(line->light, palette_page.light) >= 4.5);
		assert_true(contrast(line->dark, palette_page.dark) >= 4.5);
		assert_true(contrast(line->light, "#f3f4f6") >= 4.5);
		assert_true(contrast(line->dark, "#20242c") >= 4.5);
		assert_true(
			contrast(line->light, change_colour_at(is_more ? CHANGE_STEPS
								       : 2 * CHANGE_STEPS)
						      ->light) >= 1.5);
	}
	assert_string_equal(change_class(name, 0), "kn0");
	assert_string_equal(change_class(name, 1), "km1");
	assert_string_equal(change_class(name, CHANGE_STEPS + 1), "kl1");
	assert_string_equal(change_class(name, CHANGE_COLOURS - 1), "kl8");
}

static void strength_is_the_square_root_of_the_change(void **state)
{
	struct change c = {.delta = 0.25, .verdict = VERDICT_MORE};

	(void)state;
	assert_int_equal(change_colour(&c, 1), CHANGE_STEPS / 2);
	assert_int_equal(change_colour(&c, 0.25), CHANGE_STEPS);
	assert_int_equal(change_colour(&c, 1e6), 1);
	assert_int_equal(change_colour(&c, 0), CHANGE_STEPS);
	c.delta = -0.25;
	assert_int_equal(change_colour(&c, 1), CHANGE_STEPS + CHANGE_STEPS / 2);
	assert_int_equal(change_colour(&c, 0.25), 2 * CHANGE_STEPS);
	c.verdict = VERDICT_NONE;
	assert_int_equal(change_colour(&c, 1), 0);
}

static void a_shade_is_the_objects(void **state)
{
	struct strtab strings;
	struct frame_table frames;
	struct frame a, b, kernel;
	bool differs = false;

	(void)state;
	strtab_init(&strings);
	frame_table_init(&frames, &strings);
	a = (struct frame){.name = strtab_add(&strings, "read"),
			   .object = strtab_add(&strings, "libc.so.6"),
			   .kind = FRAME_LIBRARY};
	b = a;
	kernel = (struct frame){.object = strtab_add(&strings, "[kernel.kallsyms]"),
				.kind = FRAME_KERNEL};
	for (int i = 0; i < 26; i++) {
		char name[] = {(char)('a' + i), '\0'};

		b.name = strtab_add(&strings, name);
		assert_int_equal(palette_shade(&frames, &a), palette_shade(&frames, &b));
		kernel.name = b.name;
		assert_true(palette_shade(&frames, &kernel) < PALETTE_SHADES);
		differs |= palette_shade(&frames, &kernel) != palette_shade(&frames, &a);
	}
	assert_true(differs);
	frame_table_release(&frames);
	strtab_release(&strings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contrast_is_measured_right),
		cmocka_unit_test(labels_can_be_read_on_every_frame),
		cmocka_unit_test(a_palette_colours_code_alone),
		cmocka_unit_test(text_can_be_read_on_the_page),
		cmocka_unit_test(changes_differ_and_can_be_read),
		cmocka_unit_test(strength_is_the_square_root_of_the_change),
		cmocka_unit_test(a_shade_is_the_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

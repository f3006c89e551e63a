#include "render/data/svg_read.h"

#include "base/scoped.h"
#include "render/svg/svg.h"
#include "tests/render/stacks.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* The nodes of two profiles are the same, whatever their order: 'p' has all of 'q'. */
static void assert_has_all(struct profile *p, const struct profile *q)
{
	node_id *same = mem_new(q->nodes.n, sizeof(*same));

	for (size_t i = 1; i < q->nodes.n; i++) {
		const struct profile_node *n = &q->nodes.items[i];
		struct frame f = *frame_at(&q->frames, n->frame);

		f.name = strtab_add(&p->strings, strtab_str(&q->strings, f.name));
		f.object = strtab_add(&p->strings, strtab_str(&q->strings, f.object));
		same[i] = profile_child(p, same[n->parent], frame_add(&p->frames, &f));
		assert_int_equal(p->nodes.items[same[i]].count, n->count);
		assert_int_equal(p->nodes.items[same[i]].weight, n->weight);
	}
	mem_free(same);
}

static void a_profile_comes_back(void **state)
{
	struct run_info c = {0}, c_back = {0};
	struct profile p, back;
	struct error err;

	(void)state;
	stacks_profile(&p, stacks_of_all_kinds);
	/* More and less than the usual weight of a sample. */
	for (size_t i = 0; i < p.nodes.n; i++)
		p.nodes.items[i].weight =
			p.nodes.items[i].count * 1000 + i * 77 % 5 * 600;
	profile_add(&p, PROFILE_ROOT, 3, 9);
	scoped(out_free) struct out *o = stacks_picture(&p, &c);
	profile_init(&back);
	assert_int_equal(svg_read(&back, NULL, &c_back, out_data(o), out_pos(o), &err),
			 0);
	assert_true(svg_knows(out_data(o), 16));
	assert_int_equal(back.nodes.n, p.nodes.n);
	assert_int_equal(back.nodes.items[PROFILE_ROOT].count, 3);
	assert_int_equal(back.nodes.items[PROFILE_ROOT].weight, 9);
	assert_has_all(&back, &p);
	assert_int_equal(back.nodes.n, p.nodes.n);
	run_info_release(&c_back);
	profile_release(&back);
	profile_release(&p);
}

static void it_draws_the_same_picture_again(void **state)
{
	struct run_info c = stacks_all_facts(), c_back = {0};
	struct profile p, back;
	struct error err;

	(void)state;
	stacks_profile(&p, stacks_of_all_kinds);
	scoped(out_free) struct out *o = stacks_picture(&p, &c);
	profile_init(&back);
	assert_int_equal(svg_read(&back, NULL, &c_back, out_data(o), out_pos(o), &err),
			 0);
	scoped(out_free) struct out *again = stacks_picture(&back, &c_back);
	assert_string_equal(out_data(again), out_data(o));
	assert_int_equal(c_back.start, c.start);
	assert_int_equal(c_back.own_cpu, 1);
	assert_string_equal(c_back.cpu_model, c.cpu_model);
	run_info_release(&c_back);
	profile_release(&back);
	profile_release(&p);
}

/* The counts of a timeline that was read are those of the one that was written. The same
 * node may have another number. */
static void assert_has_counts(const struct timeline *read,
			      const struct profile *read_profile,
			      const struct timeline *written,
			      const struct profile *profile)
{
	for (size_t i = 0; i < read->counts.n; i++) {
		const struct timeline_count *a = &written->counts.items[i];
		const struct timeline_count *b = NULL, *it;
		node_id node;

		vec_each(it, &read->counts) {
			node = it->node;
			if (it->slice == a->slice && it->count == a->count &&
			    read_profile->nodes.items[node].count ==
				    profile->nodes.items[a->node].count)
				b = it;
		}
		assert_non_null(b);
	}
}

static void times_come_back(void **state)
{
	static const struct timeline_count counts[] = {
		{0, 2, 1, 0}, {3, 0, 30, 0}, {4, 1, 7, 0}, {4, 2, 1, 0}, {9, 0, 1, 0}};
	struct run_info c = {0}, c_back = {0};
	struct timeline t = {.width = 500}, t_back = {0};
	struct profile p, back;
	struct error err;

	(void)state;
	stacks_profile(&p, stacks_of_all_kinds);
	for (uint64_t i = 0; i < 3; i++)
		vec_push(&t.slices, ((struct timeline_slice){.idle = 9 - i}));
	for (size_t i = 0; i < array_size(counts); i++)
		vec_push(&t.counts, counts[i]);
	timeline_sort(&t);
	scoped(out_free) struct out *o = out_memory();
	svg_write(o, &p, &c, &(struct svg_options){.timeline = &t});
	profile_init(&back);
	assert_int_equal(svg_read(&back, &t_back, &c_back, out_data(o), out_pos(o), &err),
			 0);
	assert_int_equal(t_back.width, 500);
	assert_int_equal(t_back.slices.n, 3);
	assert_memory_equal(t_back.slices.items, t.slices.items,
			    3 * sizeof(*t.slices.items));
	assert_int_equal(t_back.slices.items[0].busy, 31);
	assert_int_equal(t_back.counts.n, array_size(counts));
	assert_has_counts(&t_back, &back, &t, &p);
	/* A caller may leave out the times. */
	profile_release(&back);
	profile_init(&back);
	assert_int_equal(svg_read(&back, NULL, &c_back, out_data(o), out_pos(o), &err),
			 0);
	timeline_release(&t);
	timeline_release(&t_back);
	run_info_release(&c_back);
	profile_release(&back);
	profile_release(&p);
}

static void names_come_back_as_they_were_shown(void **state)
{
	static const char *const hostile[] = {
		"<script>;]]>;a\x01\x62;\xff\xfe;\xe2\x80\xaegnp 4", NULL};
	static const char *const shown[] = {"<script>", "]]>", "a\xef\xbf\xbd\x62",
					    "\xef\xbf\xbd\xef\xbf\xbd",
					    "\xef\xbf\xbdgnp"};
	struct run_info c = {.hostname = "a\nb\x02"}, c_back = {0};
	struct profile p, back;
	struct error err;

	(void)state;
	stacks_profile(&p, hostile);
	scoped(out_free) struct out *o = stacks_picture(&p, &c);
	profile_init(&back);
	assert_int_equal(svg_read(&back, NULL, &c_back, out_data(o), out_pos(o), &err),
			 0);
	assert_int_equal(back.nodes.n, 6);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(
			frame_name(&back.frames, back.nodes.items[i + 1].frame),
			shown[i]);
	assert_string_equal(c_back.hostname, "a\xef\xbf\xbd\x62\xef\xbf\xbd");
	assert_null(c_back.event);
	run_info_release(&c_back);
	profile_release(&back);
	profile_release(&p);
}

static void put_long_name(struct profile *p)
{
	scoped(mem_release) char *name = mem_new(1, 1 << 20);
	struct frame f = {0};

	memset(name, 'a', (1 << 20) - 1);
	f.name = strtab_add(&p->strings, name);
	profile_add(p, profile_child(p, PROFILE_ROOT, frame_add(&p->frames, &f)), 1, 0);
}

/* Nothing, a chain of 500, a function that calls 20,000 others and calls them again,
 * and a name that takes next to nothing. */
static void shapes_of_all_kinds_come_back(void **state)
{
	struct run_info c = {0};
	struct profile p[4];
	struct error err;
	char name[20];

	(void)state;
	for (int i = 0; i < 4; i++)
		profile_init(&p[i]);
	for (uint32_t i = 0, at = PROFILE_ROOT; i < 500; i++) {
		struct frame f = {.name = strtab_add(&p[1].strings, i % 7 ? "g" : "f")};

		at = profile_child(&p[1], at, frame_add(&p[1].frames, &f));
		profile_add(&p[1], at, i % 3 ? 0 : (uint64_t)1 << i % 50, 0);
	}
	for (uint32_t i = 0; i < 40000; i++) {
		struct frame f = {
			.name = strtab_add(&p[2].strings, i < 20000 ? "f" : "g")};
		node_id at =
			profile_child(&p[2], PROFILE_ROOT, frame_add(&p[2].frames, &f));

		snprintf(name, sizeof(name), "callee%u", i % 20000 * 7919 % 20000);
		f.name = strtab_add(&p[2].strings, name);
		profile_add(&p[2], profile_child(&p[2], at, frame_add(&p[2].frames, &f)),
			    1, 0);
	}
	put_long_name(&p[3]);
	for (int i = 0; i < 4; i++) {
		scoped(out_free) struct out *o = stacks_picture(&p[i], &c);
		struct run_info c_back = {0};
		struct profile back;

		profile_init(&back);
		assert_int_equal(
			svg_read(&back, NULL, &c_back, out_data(o), out_pos(o), &err), 0);
		assert_int_equal(back.nodes.n, p[i].nodes.n);
		assert_has_all(&back, &p[i]);
		assert_int_equal(back.nodes.n, p[i].nodes.n);
		run_info_release(&c_back);
		profile_release(&back);
		profile_release(&p[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profile_comes_back),
		cmocka_unit_test(it_draws_the_same_picture_again),
		cmocka_unit_test(times_come_back),
		cmocka_unit_test(names_come_back_as_they_were_shown),
		cmocka_unit_test(shapes_of_all_kinds_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

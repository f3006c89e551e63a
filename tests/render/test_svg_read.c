#include "render/data/svg_read.h"

#include "base/scoped.h"
#include "render/data/svg_data.h"
#include "render/data/svg_facts.h"
#include "render/data/svg_nodes.h"
#include "render/data/text_list.h"
#include "render/svg/svg.h"
#include "tests/render/stacks.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static struct out *picture_of(const struct profile *p, const struct run_info *c)
{
	struct out *o = out_memory();

	svg_write(o, p, c, &(struct svg_options){0});
	return o;
}

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

static struct run_info all_known(void)
{
	struct run_info c = stacks_conditions(1000);

	c.cpu_model = "Some CPU @ 3 GHz";
	c.unit = "pages";
	c.own_cpu = 1;
	c.throttled = 3;
	c.truncated_samples = 6;
	c.broken_samples = 7;
	return c;
}

static const char *const lines[] = {
	"nginx;main;inlined_[i];read_[l]\tlibc.so.6;vfs_read_[k] 30",
	"nginx;main;inlined_[i] 5",
	"nginx;main 10",
	"nginx 1",
	"php-fpm8.2;zend_[j];zend_[j];[unknown opcache.so]\topcache.so 300000000000",
	"php-fpm8.2;nf_hook_[m]\tnf_tables;main 2",
	NULL};

static void a_profile_comes_back(void **state)
{
	struct run_info c = {0}, c_back = {0};
	struct profile p, back;
	struct error err;

	(void)state;
	stacks_profile(&p, lines);
	/* More and less than the usual weight of a sample. */
	for (size_t i = 0; i < p.nodes.n; i++)
		p.nodes.items[i].weight =
			p.nodes.items[i].count * 1000 + i * 77 % 5 * 600;
	profile_add(&p, PROFILE_ROOT, 3, 9);
	scoped(out_free) struct out *o = picture_of(&p, &c);
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
	struct run_info c = all_known(), c_back = {0};
	struct profile p, back;
	struct error err;

	(void)state;
	stacks_profile(&p, lines);
	scoped(out_free) struct out *o = picture_of(&p, &c);
	profile_init(&back);
	assert_int_equal(svg_read(&back, NULL, &c_back, out_data(o), out_pos(o), &err),
			 0);
	scoped(out_free) struct out *again = picture_of(&back, &c_back);
	assert_string_equal(out_data(again), out_data(o));
	assert_int_equal(c_back.start, c.start);
	assert_int_equal(c_back.own_cpu, 1);
	assert_string_equal(c_back.cpu_model, c.cpu_model);
	run_info_release(&c_back);
	profile_release(&back);
	profile_release(&p);
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
	stacks_profile(&p, lines);
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
	for (size_t i = 0; i < t_back.counts.n; i++) {
		const struct timeline_count *a = &t.counts.items[i];
		const struct timeline_count *b = NULL, *it;
		node_id node;

		/* The same node has another number there. */
		vec_each(it, &t_back.counts) {
			node = it->node;
			if (it->slice == a->slice && it->count == a->count &&
			    back.nodes.items[node].count == p.nodes.items[a->node].count)
				b = it;
		}
		assert_non_null(b);
	}
	/* Who does not want them need not take them. */
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
	scoped(out_free) struct out *o = picture_of(&p, &c);
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

/* What svg_read() says of a document with that data. */
static int read_data(const char *data, size_t size, struct error *err)
{
	scoped(out_free) struct out *o = out_memory();
	struct run_info c = {0};
	struct timeline t = {0};
	struct profile p;
	int result;

	out_str(o, "<?xml version=\"1.0\"?><metadata id=\"data\">");
	out_write(o, data, size);
	out_str(o, "</metadata>");
	profile_init(&p);
	result = svg_read(&p, &t, &c, out_data(o), out_pos(o), err);
	profile_release(&p);
	timeline_release(&t);
	run_info_release(&c);
	return result;
}

/* What a picture's data says; the fields that a test makes wrong. */
struct fields {
	char version;
	uint64_t flags, figures;
	const char *names; /* of frames */
	uint64_t name_size, packed, object, attributes, nodes, slices, in_slices, slice;
};

static void put(struct coder *c, unsigned use, uint32_t context, uint64_t number)
{
	coder_number(c, (struct coder_contexts){use, 0, context, context}, number);
}

static void put_text(struct coder *c, const char *text)
{
	put(c, CODER_FIGURE, 0, strlen(text));
	put(c, CODER_FIGURE, 0, 0); /* not deflated */
	for (const char *s = text; *s; s++)
		coder_raw(c, (uint8_t)*s);
}

/* One object "o", one frame "a" of it, a node of it with two samples in one of two slices, by hand
 * as svg_data.h has it. The node's frame is the first one that is tried for it. */
static int read_fields(const struct fields *f, struct error *err)
{
	scoped(coder_free) struct coder *c = coder_writer();
	scoped(out_free) struct out *o = out_memory();

	out_char(o, f->version);
	put(c, CODER_FIGURE, 0, f->flags);
	put_text(c, ""); /* conditions */
	put(c, CODER_FIGURE, 0, f->figures);
	put_text(c, "o\n");
	put(c, CODER_FIGURE, 0, f->name_size);
	put(c, CODER_FIGURE, 0, f->packed);
	for (const char *s = f->names; *s; s++)
		coder_raw(c, (uint8_t)*s);
	coder_number(c, svg_data_of_object(0), f->object);
	coder_bits(c, svg_data_of_attributes((uint32_t)f->object, 0), 8, f->attributes);
	put(c, CODER_FIGURE, 0, f->nodes);
	put(c, CODER_COUNT, 0, 0); /* the root's */
	coder_bit(c, (struct coder_contexts){CODER_NEW, true, 1, coder_mix(1, true)},
		  true);
	coder_number(c, (struct coder_contexts){CODER_COUNT, 1, 1, 1}, 2);
	put(c, CODER_FIGURE, 0, f->slices);
	put(c, CODER_FIGURE, 0, 10); /* ns */
	for (uint64_t i = 0; i < f->slices && i < 2; i++)
		put(c, CODER_IDLE, 0, 0);
	put(c, CODER_SLICES, 0, 0);
	put(c, CODER_SLICES, 2, f->in_slices);
	coder_number(c, (struct coder_contexts){CODER_SLICE, 0, 1, coder_mix(1, 0)},
		     f->slice);
	coder_number(c, (struct coder_contexts){CODER_SLICE_COUNT, 0, 1, coder_mix(1, 1)},
		     1);
	coder_end(c, o);
	return read_data(out_data(o), out_pos(o), err);
}

static void every_field_is_checked(void **state)
{
	const struct fields good = {
		SVG_DATA_VERSION, SVG_DATA_TIMES, 0, "a\n", 2, 0, 1, 3, 1, 2, 1, 0};
	struct fields bad[] = {good, good, good, good, good, good, good,
			       good, good, good, good, good, good, good};
	struct error err = {0};

	(void)state;
	if (read_fields(&good, &err))
		fail_msg("%s", err.text);
	bad[0].version = '1';
	bad[1].flags = 0; /* something is left over */
	bad[2].figures = UINT64_MAX;
	bad[3].names = "ab"; /* no end of a line */
	bad[4].name_size = UINT64_MAX;
	bad[5].object = 2;
	bad[6].attributes = 9;			 /* kind */
	bad[7].nodes = 1 << 20;			 /* more than can be */
	bad[8].names = "", bad[8].name_size = 0; /* fewer than there are */
	bad[9].slices = UINT16_MAX + 2;
	bad[10].in_slices = 1 << 20;
	bad[11].slice = 2;
	bad[12].packed = 2; /* that is nothing that was deflated */
	bad[13].packed = UINT64_MAX;
	for (size_t i = 0; i < array_size(bad); i++)
		if (!read_fields(&bad[i], &err))
			fail_msg("%zu is not refused", i);
}

/* Cut short or with any other character in it. */
static void damaged_pictures_are_refused(void **state)
{
	static const char tag[] = "<metadata id=\"data\">";
	struct run_info c = all_known();
	struct profile p;
	struct error err;
	char *data;
	size_t size;

	(void)state;
	stacks_profile(&p, lines);
	scoped(out_free) struct out *o = picture_of(&p, &c);
	data = strstr(out_data(o), tag) + strlen(tag);
	size = (size_t)(strchr(data, '<') - data);
	assert_int_equal(read_data(data, size, &err), 0);
	for (size_t i = 1; i < size; i++) {
		char here = data[i];

		assert_int_equal(read_data(data, i, &err), -1);
		data[i] = here == '~' ? '!' : '~';
		assert_int_equal(read_data(data, size, &err), -1);
		data[i] = ' ';
		assert_int_equal(read_data(data, size, &err), -1);
		data[i] = here;
	}
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

/* Nothing, a chain of 500, a function that calls 20,000 others and calls them again, and a name
 * that takes next to nothing. */
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
		scoped(out_free) struct out *o = picture_of(&p[i], &c);
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

/* What a later flame knows more of the conditions is passed over: the ninth text, the sixteenth
 * figure. */
static void facts_of_a_later_version_are_passed(void **state)
{
	scoped(coder_free) struct coder *c = coder_writer();
	scoped(out_free) struct out *o = out_memory();
	struct error err;

	(void)state;
	out_char(o, SVG_DATA_VERSION);
	put(c, CODER_FIGURE, 0, 0);
	put_text(c, "h\n\n\n\n\n\n\n\nx\n");
	put(c, CODER_FIGURE, 0, 16);
	for (uint64_t i = 1; i <= 16; i++)
		put(c, CODER_FIGURE, 0, i);
	put_text(c, "");
	put_text(c, "");
	put(c, CODER_FIGURE, 0, 0); /* nodes */
	coder_number(c, (struct coder_contexts){CODER_COUNT, 1, 1, 1}, 5);
	coder_end(c, o);
	assert_int_equal(read_data(out_data(o), out_pos(o), &err), 0);
}

static void other_documents_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"<?xml version=\"1.0\"?><svg></svg>",
		"<?xml ?><metadata id=\"data\">AQAA</metadata>",
		"<?xml ?><metadata id=\"data\">2!!!!!",
		"<?xml ?><metadata id=\"data\">?</metadata>",
		"<?xml ?><metadata id=\"data\"></metadata>"};
	struct run_info c = {0};
	struct profile p;
	struct error err;

	(void)state;
	profile_init(&p);
	for (size_t i = 0; i < array_size(texts); i++)
		assert_int_equal(svg_read(&p, NULL, &c, texts[i], strlen(texts[i]), &err),
				 -1);
	assert_false(svg_knows("<?xml", 5));
	assert_false(svg_knows("<svg id='1'>", 12));
	profile_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profile_comes_back),
		cmocka_unit_test(it_draws_the_same_picture_again),
		cmocka_unit_test(times_come_back),
		cmocka_unit_test(names_come_back_as_they_were_shown),
		cmocka_unit_test(every_field_is_checked),
		cmocka_unit_test(facts_of_a_later_version_are_passed),
		cmocka_unit_test(damaged_pictures_are_refused),
		cmocka_unit_test(shapes_of_all_kinds_come_back),
		cmocka_unit_test(other_documents_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

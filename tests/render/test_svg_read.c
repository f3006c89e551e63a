#include "render/svg_read.h"

#include "base/scoped.h"
#include "render/base64.h"
#include "render/svg.h"
#include "tests/render/stacks.h"
#include "tests/test.h"

#include <string.h>

static struct out *picture_of(const struct profile *p, const struct conditions *c)
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

static struct conditions all_known(void)
{
	struct conditions c = stacks_conditions(1000);

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
	struct conditions c = {0}, c_back = {0};
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
	assert_int_equal(svg_read(&back, NULL, &c_back, out_data(o), out_tell(o), &err),
			 0);
	assert_true(svg_knows(out_data(o), 16));
	assert_int_equal(back.nodes.n, p.nodes.n);
	assert_int_equal(back.nodes.items[PROFILE_ROOT].count, 3);
	assert_int_equal(back.nodes.items[PROFILE_ROOT].weight, 9);
	assert_has_all(&back, &p);
	assert_int_equal(back.nodes.n, p.nodes.n);
	conditions_release(&c_back);
	profile_release(&back);
	profile_release(&p);
}

static void it_draws_the_same_picture_again(void **state)
{
	struct conditions c = all_known(), c_back = {0};
	struct profile p, back;
	struct error err;

	(void)state;
	stacks_profile(&p, lines);
	scoped(out_free) struct out *o = picture_of(&p, &c);
	profile_init(&back);
	assert_int_equal(svg_read(&back, NULL, &c_back, out_data(o), out_tell(o), &err),
			 0);
	scoped(out_free) struct out *again = picture_of(&back, &c_back);
	assert_string_equal(out_data(again), out_data(o));
	assert_int_equal(c_back.start, c.start);
	assert_int_equal(c_back.own_cpu, 1);
	assert_string_equal(c_back.cpu_model, c.cpu_model);
	conditions_release(&c_back);
	profile_release(&back);
	profile_release(&p);
}

static void times_come_back(void **state)
{
	static const struct timeline_count counts[] = {
		{0, 2, 1, 0}, {3, 0, 30, 0}, {4, 1, 7, 0}, {4, 2, 1, 0}, {9, 0, 1, 0}};
	struct conditions c = {0}, c_back = {0};
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
	assert_int_equal(
		svg_read(&back, &t_back, &c_back, out_data(o), out_tell(o), &err), 0);
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
	assert_int_equal(svg_read(&back, NULL, &c_back, out_data(o), out_tell(o), &err),
			 0);
	timeline_release(&t);
	timeline_release(&t_back);
	conditions_release(&c_back);
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
	struct conditions c = {.hostname = "a\nb\x02"}, c_back = {0};
	struct profile p, back;
	struct error err;

	(void)state;
	stacks_profile(&p, hostile);
	scoped(out_free) struct out *o = picture_of(&p, &c);
	profile_init(&back);
	assert_int_equal(svg_read(&back, NULL, &c_back, out_data(o), out_tell(o), &err),
			 0);
	assert_int_equal(back.nodes.n, 6);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(
			frame_name(&back.frames, back.nodes.items[i + 1].frame),
			shown[i]);
	assert_string_equal(c_back.hostname, "a\xef\xbf\xbd\x62\xef\xbf\xbd");
	assert_null(c_back.event);
	conditions_release(&c_back);
	profile_release(&back);
	profile_release(&p);
}

/* What svg_read() says of a document with that data. */
static int read_data(const void *data, size_t size, struct error *err)
{
	scoped(out_free) struct out *o = out_memory();
	struct conditions c = {0};
	struct timeline t = {0};
	struct profile p;
	int result;

	out_str(o, "<?xml version=\"1.0\"?><metadata id=\"data\">");
	base64_write(o, data, size);
	out_str(o, "</metadata>");
	profile_init(&p);
	result = svg_read(&p, &t, &c, out_data(o), out_tell(o), err);
	profile_release(&p);
	timeline_release(&t);
	conditions_release(&c);
	return result;
}

/* By hand, as svg_data.h has it: no texts and figures, the objects "o", the frames "a" and "b", the
 * nodes a, b under it, a under the root; two slices, in which b was seen. */
static const char by_hand[] = "\1\10"
			      "\0\0\0"
			      "\1\2o\n"
			      "\2\4a\nb\n"
			      "\3\1\3\0"
			      "\3"
			      "\0\0\2"
			      "\0\1\0"
			      "\0\5\6\7"
			      "\2\11\0\0"
			      "\0\0\2\0"
			      "\0\1"
			      "\1\3";

static void every_field_is_checked(void **state)
{
	static const struct {
		size_t at;
		char bad;
	} fields[] = {
		{0, 0},		 {0, 2},	    /* version */
		{1, 4},				    /* deflated */
		{2, 1},		 {3, 1},  {4, 1},   /* texts and figures */
		{5, 2},		 {6, 9},  {8, 'x'}, /* objects */
		{9, 3},		 {10, 3},	    /* frames: number, size */
		{15, 9},	 {16, 2},	    /* kind, object */
		{19, 4},	 {22, 3}, {23, 2},  /* nodes: number, depth, frame */
		{29, (char)128},		    /* count */
		{30, 127},	 {36, 3}, {39, 2}, /* slices, how many of a node, which */
	};
	struct error err;

	(void)state;
	assert_int_equal(read_data(by_hand, sizeof(by_hand) - 1, &err), 0);
	for (size_t i = 0; i < array_size(fields); i++) {
		char bad[sizeof(by_hand)];

		memcpy(bad, by_hand, sizeof(by_hand));
		bad[fields[i].at] = fields[i].bad;
		assert_int_equal(read_data(bad, sizeof(bad) - 1, &err), -1);
	}
	for (size_t size = 0; size < sizeof(by_hand) - 1; size++)
		assert_int_equal(read_data(by_hand, size, &err), -1);
}

/* What a later flame knows more of the conditions is passed over: the ninth text, the sixteenth
 * figure. */
static void facts_of_a_later_version_are_passed(void **state)
{
	static const char facts[] = "\1\0"
				    "\11\13h\n\n\n\n\n\n\n\nx\n"
				    "\20\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20";
	static const char rest[] = "\0\0\0\0\0\5";
	char data[sizeof(facts) + sizeof(rest)];
	struct error err;

	(void)state;
	memcpy(data, facts, sizeof(facts) - 1);
	memcpy(data + sizeof(facts) - 1, rest, sizeof(rest) - 1);
	assert_int_equal(read_data(data, sizeof(facts) + sizeof(rest) - 2, &err), 0);
}

static void other_documents_are_refused(void **state)
{
	static const char *const texts[] = {"", "<?xml version=\"1.0\"?><svg></svg>",
					    "<?xml ?><metadata id=\"data\">AQAA",
					    "<?xml ?><metadata id=\"data\">?</metadata>",
					    "<?xml ?><metadata id=\"data\"></metadata>"};
	struct conditions c = {0};
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
		cmocka_unit_test(other_documents_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/test.h"

#include "base/scoped.h"
#include "diff/align.h"

#include <string.h>

/* A profile, and for each of its nodes the node in the union. */
struct side {
	struct profile profile;
	node_id nodes[8];
};

/* Adds a node of that frame below 'parent'. */
static node_id add_node(struct side *side, node_id parent, const char *name,
			const char *object, enum frame_kind kind)
{
	struct profile *p = &side->profile;
	struct frame f = {.name = strtab_add(&p->strings, name),
			  .object = strtab_add(&p->strings, object),
			  .kind = (uint8_t)kind};

	return profile_child(p, parent, frame_add(&p->frames, &f));
}

struct fixture {
	struct side sides[2];
	struct profile joined;
	struct aligner aligner;
};

static void fixture_init(struct fixture *f, struct align_options options)
{
	profile_init(&f->sides[0].profile);
	profile_init(&f->sides[1].profile);
	profile_init(&f->joined);
	/* Numbers of strings that mean nothing in the other profile. */
	strtab_add(&f->sides[1].profile.strings, "shift");
	aligner_init(&f->aligner, &f->joined, &options);
}

static void fixture_release(struct fixture *f)
{
	profile_release(&f->sides[0].profile);
	profile_release(&f->sides[1].profile);
	profile_release(&f->joined);
}

static void join(struct fixture *f)
{
	for (int i = 0; i < 2; i++) {
		memset(f->sides[i].nodes, 0xff, sizeof(f->sides[i].nodes));
		aligner_add(&f->aligner, &f->sides[i].profile, f->sides[i].nodes);
	}
	aligner_finish(&f->aligner);
	aligner_release(&f->aligner);
}

static const struct frame *frame_of(const struct fixture *f, node_id node)
{
	return frame_at(&f->joined.frames, f->joined.nodes.items[node].frame);
}

static const char *name_of(const struct fixture *f, node_id node)
{
	return strtab_str(&f->joined.strings, frame_of(f, node)->name);
}

static const char *object_of(const struct fixture *f, node_id node)
{
	return strtab_str(&f->joined.strings, frame_of(f, node)->object);
}

/* Joins two profiles of one function each, and returns whether they have the same
 * node. */
static bool is_joined(struct fixture *f, struct align_options options,
		      const char *const names[2], const char *const objects[2],
		      enum frame_kind a, enum frame_kind b)
{
	fixture_init(f, options);
	add_node(&f->sides[0], PROFILE_ROOT, names[0], objects[0], a);
	add_node(&f->sides[1], PROFILE_ROOT, names[1], objects[1], b);
	join(f);
	assert_int_equal(f->sides[0].nodes[PROFILE_ROOT], PROFILE_ROOT);
	assert_int_equal(f->sides[1].nodes[PROFILE_ROOT], PROFILE_ROOT);
	return f->sides[0].nodes[1] == f->sides[1].nodes[1];
}

static const struct align_options loose = {0}, exact = {.exact = true},
				  objects = {.objects = true},
				  exact_objects = {.exact = true, .objects = true};

static void test_the_same_frame(void **state)
{
	static const char *const names[2] = {"f", "f"}, *const in[2] = {"prog", "prog"};
	scoped(fixture_release) struct fixture f;

	(void)state;
	assert_true(is_joined(&f, loose, names, in, FRAME_USER, FRAME_USER));
	assert_string_equal(name_of(&f, 1), "f");
	assert_string_equal(object_of(&f, 1), "");
	assert_int_equal(f.joined.nodes.n, 2);
	assert_int_equal(f.joined.frames.items.n, 1);
	fixture_release(&f);
	assert_true(is_joined(&f, objects, names, in, FRAME_USER, FRAME_USER));
	assert_string_equal(object_of(&f, 1), "prog");
}

static void test_different_frames(void **state)
{
	static const char *const names[2] = {"f", "g"}, *const in[2] = {"prog", "prog"};
	scoped(fixture_release) struct fixture f;

	(void)state;
	assert_false(is_joined(&f, loose, names, in, FRAME_USER, FRAME_USER));
	assert_string_equal(name_of(&f, 1), "f");
	assert_string_equal(name_of(&f, 2), "g");
}

static void test_two_spellings(void **state)
{
	static const char *const names[2] = {"f.isra.0", "f.isra.1"}, *const in[2] = {"",
										      ""};
	scoped(fixture_release) struct fixture f;

	(void)state;
	assert_true(is_joined(&f, loose, names, in, FRAME_USER, FRAME_USER));
	assert_string_equal(name_of(&f, 1), "f");
	fixture_release(&f);
	assert_false(is_joined(&f, exact, names, in, FRAME_USER, FRAME_USER));
	assert_string_equal(name_of(&f, 1), "f.isra.0");
	assert_string_equal(name_of(&f, 2), "f.isra.1");
}

static void test_one_spelling_stays(void **state)
{
	static const char *const names[2] = {"f.isra.0", "f.isra.0"},
				 *const in[2] = {"libz.so.1", "libz.so.1"};
	scoped(fixture_release) struct fixture f;

	(void)state;
	assert_true(is_joined(&f, objects, names, in, FRAME_USER, FRAME_USER));
	assert_string_equal(name_of(&f, 1), "f.isra.0");
	assert_string_equal(object_of(&f, 1), "libz.so.1");
}

/* A third frame that is spelled like the first one changes nothing. */
static void test_a_spelling_is_not_forgotten(void **state)
{
	scoped(fixture_release) struct fixture f;

	(void)state;
	fixture_init(&f, loose);
	add_node(&f.sides[0], PROFILE_ROOT, "f.isra.0", "", FRAME_USER);
	add_node(&f.sides[0], PROFILE_ROOT, "f.isra.1", "", FRAME_USER);
	add_node(&f.sides[1], PROFILE_ROOT, "f.isra.0", "", FRAME_USER);
	join(&f);
	assert_int_equal(f.sides[0].nodes[1], f.sides[0].nodes[2]);
	assert_string_equal(name_of(&f, 1), "f");
}

static void test_objects(void **state)
{
	static const char *const names[2] = {"f", "f"},
				 *const versions[2] = {"libz.so.1", "libz.so.2"},
				 *const others[2] = {"libz.so.1", "liby.so.1"};
	scoped(fixture_release) struct fixture f;

	(void)state;
	assert_true(is_joined(&f, loose, names, others, FRAME_USER, FRAME_USER));
	fixture_release(&f);
	assert_false(is_joined(&f, objects, names, others, FRAME_USER, FRAME_USER));
	assert_string_equal(object_of(&f, 1), "libz.so.1");
	assert_string_equal(object_of(&f, 2), "liby.so.1");
	fixture_release(&f);
	assert_true(is_joined(&f, objects, names, versions, FRAME_USER, FRAME_USER));
	assert_string_equal(name_of(&f, 1), "f");
	assert_string_equal(object_of(&f, 1), "libz.so");
	fixture_release(&f);
	assert_false(
		is_joined(&f, exact_objects, names, versions, FRAME_USER, FRAME_USER));
}

static void test_kinds(void **state)
{
	static const char *const names[2] = {"f", "f"}, *const in[2] = {"", ""};
	scoped(fixture_release) struct fixture f;

	(void)state;
	assert_true(is_joined(&f, loose, names, in, FRAME_KERNEL, FRAME_USER));
	assert_int_equal(frame_of(&f, 1)->kind, FRAME_KERNEL);
	fixture_release(&f);
	assert_false(is_joined(&f, loose, names, in, FRAME_ROOT, FRAME_USER));
}

/* Numbers are parts of functions' names, but not of processes'. */
static void test_processes(void **state)
{
	static const char *const names[2] = {"worker-1", "worker-2"},
				 *const clones[2] = {"a.cold", "a"},
				 *const in[2] = {"", ""};
	scoped(fixture_release) struct fixture f;

	(void)state;
	assert_true(is_joined(&f, loose, names, in, FRAME_ROOT, FRAME_ROOT));
	assert_string_equal(name_of(&f, 1), "worker-*");
	fixture_release(&f);
	assert_false(is_joined(&f, loose, names, in, FRAME_USER, FRAME_USER));
	fixture_release(&f);
	assert_false(is_joined(&f, loose, clones, in, FRAME_ROOT, FRAME_ROOT));
}

static void test_names_without_a_byte(void **state)
{
	static const char *const names[2] = {"", ""}, *const in[2] = {"", ""};
	scoped(fixture_release) struct fixture f;

	(void)state;
	assert_true(is_joined(&f, loose, names, in, FRAME_USER, FRAME_USER));
	assert_string_equal(name_of(&f, 1), "");
}

/* Every node has the same path in the union as in its profile. */
static void test_the_tree(void **state)
{
	scoped(fixture_release) struct fixture f;
	node_id main, g;

	(void)state;
	fixture_init(&f, loose);
	main = add_node(&f.sides[0], PROFILE_ROOT, "main", "", FRAME_USER);
	add_node(&f.sides[0], main, "f", "", FRAME_USER);
	g = add_node(&f.sides[1], PROFILE_ROOT, "g", "", FRAME_USER);
	main = add_node(&f.sides[1], g, "main", "", FRAME_USER);
	add_node(&f.sides[1], main, "f", "", FRAME_USER);
	main = add_node(&f.sides[1], PROFILE_ROOT, "main", "", FRAME_USER);
	add_node(&f.sides[1], main, "f", "", FRAME_USER);
	join(&f);
	assert_int_equal(f.joined.nodes.n, 6);
	assert_int_equal(f.joined.frames.items.n, 3);
	assert_int_equal(f.sides[0].nodes[1], f.sides[1].nodes[4]);
	assert_int_equal(f.sides[0].nodes[2], f.sides[1].nodes[5]);
	assert_int_equal(f.joined.nodes.items[f.sides[1].nodes[3]].parent,
			 f.sides[1].nodes[2]);
	assert_int_equal(f.joined.nodes.items[f.sides[1].nodes[2]].parent,
			 f.sides[1].nodes[1]);
	assert_string_equal(name_of(&f, f.sides[1].nodes[3]), "f");
	/* Counts are not copied. */
	assert_int_equal(f.joined.nodes.items[1].count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_frame),
		cmocka_unit_test(test_different_frames),
		cmocka_unit_test(test_two_spellings),
		cmocka_unit_test(test_one_spelling_stays),
		cmocka_unit_test(test_a_spelling_is_not_forgotten),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_names_without_a_byte),
		cmocka_unit_test(test_the_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

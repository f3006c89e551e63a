#include "elf/keep/fd_cache.h"

#include "tests/test.h"

#include <fcntl.h>
#include <unistd.h>

enum { MOST = 5 };

static struct dso by_inode(uint64_t inode)
{
	return (struct dso){.major = 8, .minor = 1, .inode = inode};
}

static int any_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void identity_decides(void **state)
{
	const uint8_t id[BUILD_ID_MAX] = {1, 2, 3, 4};
	struct dso dsos[] = {
		by_inode(1),
		by_inode(2),
		{.major = 8, .minor = 2, .inode = 1},
		{.major = 8, .minor = 1, .inode = 3, .generation = 7},
		{.build_id = build_id_of(id, 20)},
	};
	struct fd_cache k;
	struct dso same = dsos[4];

	(void)state;
	fd_cache_init(&k, MOST);
	for (size_t i = 0; i < MOST; i++) {
		assert_null(fd_cache_find(&k, &dsos[i]));
		fd_cache_add(&k, &dsos[i])->fd = (int)(-10 - i);
	}
	for (size_t i = 0; i < MOST; i++)
		assert_int_equal(fd_cache_find(&k, &dsos[i])->fd, (int)(-10 - i));
	/* Without an inode the build id counts, whatever it is padded to. */
	same.pid = 5;
	same.build_id.size = 4;
	assert_int_equal(fd_cache_find(&k, &same)->fd, -14);
	same.inode = 99;
	assert_null(fd_cache_find(&k, &same));
	/* A copy may have the build id of another file. */
	same = dsos[3];
	same.build_id = dsos[4].build_id;
	assert_int_equal(fd_cache_find(&k, &same)->fd, -13);
	same.generation++;
	assert_null(fd_cache_find(&k, &same));
	fd_cache_release(&k);
}

static void oldest_is_closed(void **state)
{
	struct fd_cache k;
	struct dso dso;
	int fds[MOST + 2];

	(void)state;
	fd_cache_init(&k, MOST);
	for (uint64_t i = 0; i < MOST; i++) {
		dso = by_inode(i);
		fds[i] = fd_cache_add(&k, &dso)->fd = any_fd();
	}
	dso = by_inode(0);
	assert_non_null(fd_cache_find(&k, &dso));
	for (uint64_t i = MOST; i < MOST + 2; i++) {
		dso = by_inode(i);
		fd_cache_add(&k, &dso);
		assert_int_equal(k.items.n, MOST);
	}
	/* 0 was used last: 1 and 2 were closed. */
	assert_true(is_open(fds[0]) && !is_open(fds[1]) && !is_open(fds[2]));
	assert_true(is_open(fds[3]) && is_open(fds[4]));
	dso = by_inode(1);
	assert_null(fd_cache_find(&k, &dso));
	fd_cache_release(&k);
	assert_true(!is_open(fds[0]) && !is_open(fds[3]) && !is_open(fds[4]));
}

static void a_quarter_is_forgotten(void **state)
{
	struct fd_cache k;
	struct dso dso;

	(void)state;
	fd_cache_init(&k, MOST);
	fd_cache_shrink(&k);
	for (uint64_t i = 0; i < MOST; i++) {
		dso = by_inode(i);
		fd_cache_add(&k, &dso)->fd = any_fd();
	}
	fd_cache_shrink(&k);
	for (uint64_t i = 0; i < MOST; i++) {
		dso = by_inode(i);
		assert_int_equal(!!fd_cache_find(&k, &dso), i >= (MOST + 3) / 4);
	}
	for (int i = 0; i < 2 * MOST; i++)
		fd_cache_shrink(&k);
	dso = by_inode(MOST - 1);
	assert_null(fd_cache_find(&k, &dso));
	fd_cache_release(&k);
}

/* Against a list that is searched from its end. */
static void many_turns(void **state)
{
	uint64_t seed = 7, recent[MOST], n = 0;
	struct fd_cache k;

	(void)state;
	fd_cache_init(&k, MOST);
	for (int turn = 0; turn < 10000; turn++) {
		struct dso dso = by_inode(random_below(&seed, 2 * MOST));
		struct fd_cache_entry *file = fd_cache_find(&k, &dso);
		uint64_t at = 0;

		while (at < n && recent[at] != dso.inode)
			at++;
		assert_int_equal(!!file, at < n);
		if (!file)
			fd_cache_add(&k, &dso);
		if (at == n && n < MOST)
			n++;
		at = at < n ? at : n - 1;
		for (; at > 0; at--)
			recent[at] = recent[at - 1];
		recent[0] = dso.inode;
	}
	fd_cache_release(&k);
}

static void room_for_one_at_least(void **state)
{
	const struct dso dso = by_inode(1), other = by_inode(2);
	struct fd_cache k;

	(void)state;
	fd_cache_init(&k, 0);
	fd_cache_add(&k, &dso);
	fd_cache_add(&k, &other);
	assert_non_null(fd_cache_find(&k, &other));
	assert_null(fd_cache_find(&k, &dso));
	fd_cache_release(&k);
}

/* A reference does not lead to the next file in the same entry. */
static void references_end_with_their_file(void **state)
{
	const struct dso first = by_inode(1), second = by_inode(2);
	struct fd_cache_ref ref;
	struct fd_cache k;

	(void)state;
	fd_cache_init(&k, 1);
	fd_cache_add(&k, &first);
	ref = fd_cache_ref(&k, fd_cache_find(&k, &first));
	assert_ptr_equal(fd_cache_at(&k, ref), fd_cache_find(&k, &first));
	fd_cache_add(&k, &second);
	assert_null(fd_cache_at(&k, ref));
	assert_null(fd_cache_find(&k, &first));
	ref = fd_cache_ref(&k, fd_cache_find(&k, &second));
	fd_cache_remove(&k, fd_cache_find(&k, &second));
	assert_null(fd_cache_at(&k, ref));
	assert_null(fd_cache_find(&k, &second));
	assert_null(fd_cache_at(&k, (struct fd_cache_ref){0}));
	fd_cache_release(&k);
}

static void the_newest_version_is_found(void **state)
{
	struct dso dso = by_inode(1);
	struct fd_cache k;

	(void)state;
	fd_cache_init(&k, MOST);
	for (uint32_t version = 0; version < 3; version++) {
		dso_set_version(&dso, version);
		fd_cache_add(&k, &dso)->fd = -10 - (int)version;
	}
	dso_set_version(&dso, 0);
	assert_int_equal(fd_cache_find_newest(&k, &dso)->fd, -12);
	assert_int_equal(fd_cache_find(&k, &dso)->fd, -10);
	dso_set_version(&dso, 1);
	assert_int_equal(fd_cache_find(&k, &dso)->fd, -11);
	fd_cache_release(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_end_with_their_file),
		cmocka_unit_test(the_newest_version_is_found),
		cmocka_unit_test(identity_decides),
		cmocka_unit_test(oldest_is_closed),
		cmocka_unit_test(a_quarter_is_forgotten),
		cmocka_unit_test(many_turns),
		cmocka_unit_test(room_for_one_at_least),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

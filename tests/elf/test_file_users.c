/* Who maps which file, by events of made-up processes. */
#include "elf/keep/file_users.h"

#include "tests/elf/witness.h"
#include "tests/test.h"

enum { MOST = 64, FILES = 4 };

static const uint64_t S = 1000000000;

struct scene {
	struct fd_cache files;
	struct file_users users;
	struct fd_cache_ref refs[FILES];
};

static int set_up(void **state)
{
	struct scene *s = mem_new(1, sizeof(*s));

	fd_cache_init(&s->files, MOST);
	file_users_init(&s->users, &s->files);
	for (uint64_t i = 0; i < FILES; i++) {
		const struct dso dso = {.major = 8, .inode = i + 1};

		s->refs[i] = fd_cache_ref(&s->files, fd_cache_add(&s->files, &dso));
	}
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;

	file_users_release(&s->users);
	fd_cache_release(&s->files);
	mem_free(s);
	return 0;
}

static struct fd_cache_entry *file(struct scene *s, size_t i)
{
	return fd_cache_at(&s->files, s->refs[i]);
}

static void map(struct scene *s, uint32_t pid, size_t i, uint64_t time)
{
	file_users_map(&s->users, pid, file(s, i), 0x1000 * (i + 1), 0x1000, time);
}

/* Ends all programs that ended before 'now'. */
static void end_all(struct scene *s, uint64_t now)
{
	struct ended_program e;

	while (file_users_take_ended(&s->users, now, &e))
		file_users_end(&s->users, &e, false, now);
}

/* Asserts that exactly these files are in use, as bits. */
static void check_used(struct scene *s, unsigned bits)
{
	for (size_t i = 0; i < FILES; i++)
		assert_int_equal(file(s, i)->n_users > 0, bits >> i & 1);
}

static void an_exit_releases_after_the_grace(void **state)
{
	struct scene *s = *state;

	map(s, 10, 0, 5);
	map(s, 10, 0, 6);
	map(s, 11, 1, 7);
	file_users_exit(&s->users, 10, 2 * S);
	file_users_exit(&s->users, 10, 3 * S);
	end_all(s, S);
	check_used(s, 3);
	end_all(s, 2 * S);
	check_used(s, 2);
	assert_int_equal(s->users.unused.n, 1);
	assert_int_equal(s->users.unused.items[0].at, s->refs[0].at);
	assert_false(file(s, 0)->is_sampled);
}

static void a_fork_shares_until_it_maps(void **state)
{
	struct scene *s = *state;

	map(s, 10, 0, 5);
	file_users_fork(&s->users, 11, 10, 6, S);
	file_users_fork(&s->users, 12, 10, 6, S);
	assert_int_equal(file(s, 0)->n_users, 1);
	map(s, 11, 1, 7);
	assert_int_equal(file(s, 0)->n_users, 2);
	file_users_exit(&s->users, 10, S);
	file_users_exit(&s->users, 11, S);
	end_all(s, S);
	check_used(s, 1);
	file_users_exit(&s->users, 12, S);
	end_all(s, S);
	check_used(s, 0);
}

static void an_exec_begins_anew(void **state)
{
	struct scene *s = *state;

	map(s, 10, 0, 5);
	file_users_exec(&s->users, 10, 6, S);
	map(s, 10, 1, 7);
	check_used(s, 3);
	end_all(s, S);
	check_used(s, 2);
}

/* Rings of several CPUs are read one after the other. */
static void late_events_do_not_undo_later_ones(void **state)
{
	struct scene *s = *state;

	map(s, 10, 0, 5);
	map(s, 11, 1, 9);
	file_users_fork(&s->users, 11, 10, 8, S);
	end_all(s, S);
	check_used(s, 3);
	file_users_exit(&s->users, 10, S);
	end_all(s, S);
	check_used(s, 3);
	map(s, 11, 2, 20);
	file_users_exec(&s->users, 11, 19, 2 * S);
	end_all(s, 2 * S);
	check_used(s, 4);
}

/* The sample of the program before the exec arrives late. */
static void samples_mark_the_program_of_their_time(void **state)
{
	struct scene *s = *state;

	map(s, 10, 0, 5);
	file_users_exec(&s->users, 10, 20, S);
	map(s, 10, 1, 21);
	file_users_sample(&s->users, 10, 12);
	file_users_sample(&s->users, 99, 12);
	file_users_exit(&s->users, 10, S);
	end_all(s, S);
	check_used(s, 0);
	assert_true(file(s, 0)->is_sampled);
	assert_false(file(s, 1)->is_sampled);
}

static void a_process_with_other_threads_lives(void **state)
{
	struct scene *s = *state;
	struct ended_program e;

	map(s, 10, 0, 5);
	file_users_exit(&s->users, 10, S);
	assert_true(file_users_take_ended(&s->users, S, &e));
	file_users_end(&s->users, &e, true, 2 * S);
	check_used(s, 1);
	end_all(s, S);
	check_used(s, 1);
	end_all(s, 2 * S);
	check_used(s, 0);
}

/* The pid goes to another process in the time of grace. */
static void a_pid_is_used_again(void **state)
{
	struct scene *s = *state;

	map(s, 1, 3, 1);
	map(s, 10, 0, 5);
	file_users_exit(&s->users, 10, S);
	file_users_fork(&s->users, 10, 1, 50, S);
	map(s, 10, 1, 60);
	end_all(s, S);
	check_used(s, 8 | 2);
}

static void an_unmapped_file_is_dropped(void **state)
{
	struct scene *s = *state;
	struct use_check checks[8];

	map(s, 10, 0, 5);
	map(s, 10, 1, 5);
	file(s, 0)->fd = file(s, 1)->fd = 1000000;
	for (uint64_t now = S; now <= 3 * S; now += S) {
		size_t n = file_users_checks(&s->users, checks, 8);

		assert_int_equal(n, 2);
		for (size_t i = 0; i < n; i++)
			checks[i].mapping.is_gone = checks[i].mapping.addr == 0x1000;
		file_users_settle(&s->users, checks, n, now, 2 * S);
		check_used(s, now < 3 * S ? 3 : 2);
	}
	assert_int_equal(file_users_checks(&s->users, checks, 8), 1);
	checks[0].mapping.is_process_gone = true;
	file_users_settle(&s->users, checks, 1, 4 * S, S);
	end_all(s, 4 * S);
	check_used(s, 0);
	file(s, 0)->fd = file(s, 1)->fd = -1;
}

static void many_processes(void **state)
{
	enum { MANY = 20000 };
	struct scene *s = *state;

	map(s, 1, 0, 1);
	for (uint32_t pid = 2; pid < MANY; pid++) {
		file_users_fork(&s->users, pid, 1, pid, pid);
		file_users_exec(&s->users, pid, pid, pid);
		map(s, pid, 1, pid);
		if (pid % 100) {
			file_users_exit(&s->users, pid, pid);
			end_all(s, pid);
		}
	}
	assert_int_equal(s->users.n_processes, 1 + MANY / 100 - 1);
	assert_true(s->users.sets.n < 1000 && s->users.processes.n < 1000);
	assert_int_equal(file(s, 1)->n_users, MANY / 100 - 1);
}

#define in_scene(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scene(an_exit_releases_after_the_grace),
		in_scene(a_fork_shares_until_it_maps),
		in_scene(an_exec_begins_anew),
		in_scene(late_events_do_not_undo_later_ones),
		in_scene(samples_mark_the_program_of_their_time),
		in_scene(a_process_with_other_threads_lives),
		in_scene(a_pid_is_used_again),
		in_scene(an_unmapped_file_is_dropped),
		in_scene(many_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Files that dso_keeper keeps open while a recording is taken. */
#include "base/scoped.h"
#include "elf/dso_keeper.h"
#include "elf/elf_file.h"
#include "tests/elf/keeper_scene.h"
#include "tests/elf/witness.h"
#include "tests/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4 };

static void check_kept(const struct scene *s, const struct dso *dso)
{
	struct event ev = scene_mapped(dso, s->program, getpid());

	dso_keeper_saw(s->keeper, &ev);
	assert_int_equal(unlink(s->program), 0);
	assert_int_equal(scene_trouble(s->keeper, dso, s->program), DSO_NO_TROUBLE);
	assert_int_equal(scene_trouble(s->keeper, dso, "/another/path"), DSO_NO_TROUBLE);
	assert_int_equal(scene_trouble(NULL, dso, s->program), DSO_GONE);
}

static void keeps_by_build_id(void **state)
{
	const struct scene *s = *state;

	check_kept(s, &s->by_id);
	assert_int_equal(scene_trouble(s->keeper, &s->by_inode, s->program), DSO_GONE);
}

static void keeps_by_inode(void **state)
{
	const struct scene *s = *state;

	check_kept(s, &s->by_inode);
}

/* The mapping leads to the file, independent of any path. */
static void mapping_tells(void **state)
{
	const struct scene *s = *state;
	struct dso dso = s->by_id;
	struct event ev;
	struct witness w;
	struct dso_table dsos;
	struct strtab strings;
	struct mapping m;

	if (geteuid() != 0)
		skip();
	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	witness_start(&w, s->program);
	witness_map(&w, &dsos, w.told.items[0].addr, &m);
	assert_int_equal(unlink(s->program), 0);
	ev = scene_mapped(&dso, "/no/such (deleted)", w.pid);
	ev.mmap.addr = m.start;
	ev.mmap.len = m.end - m.start;
	dso_keeper_saw(s->keeper, &ev);
	witness_stop(&w);
	assert_int_equal(scene_trouble(s->keeper, &dso, s->program), DSO_NO_TROUBLE);
	dso_table_release(&dsos);
	strtab_release(&strings);
}

static void program_of_the_process(void **state)
{
	const struct scene *s = *state;
	struct event ev;
	struct witness w;

	witness_start(&w, s->program);
	assert_int_equal(unlink(s->program), 0);
	ev = scene_mapped(&s->by_inode, s->program, w.pid);
	dso_keeper_saw(s->keeper, &ev);
	witness_stop(&w);
	assert_int_equal(scene_trouble(s->keeper, &s->by_inode, s->program),
			 DSO_NO_TROUBLE);
}

/* Another file got into the place: by inode it is seen at once, by build id on
 * reading. */
static void refuses_a_decoy(void **state)
{
	const struct scene *s = *state;
	struct event ev;

	file_copy(PROGRAMS "/other", s->program);
	ev = scene_mapped(&s->by_id, s->program, getpid());
	dso_keeper_saw(s->keeper, &ev);
	assert_int_equal(scene_trouble(s->keeper, &s->by_id, s->program), DSO_REPLACED);
	assert_int_equal(unlink(s->program), 0);
	assert_int_equal(scene_trouble(s->keeper, &s->by_id, s->program), DSO_REPLACED);
	file_copy(PROGRAMS "/other", s->program);
	ev = scene_mapped(&s->by_inode, s->program, getpid());
	dso_keeper_saw(s->keeper, &ev);
	assert_int_equal(scene_trouble(s->keeper, &s->by_inode, s->program),
			 DSO_REPLACED);
}

/* A file without a build id is known by its inode, and that may have new content. */
static void refuses_what_was_written_over(void **state)
{
	const struct scene *s = *state;
	struct event ev = scene_mapped(&s->by_inode, s->program, getpid());
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1000}};

	dso_keeper_saw(s->keeper, &ev);
	assert_int_equal(scene_trouble(s->keeper, &s->by_inode, s->program),
			 DSO_NO_TROUBLE);
	file_copy(PROGRAMS "/other", s->program);
	assert_int_equal(utimensat(AT_FDCWD, s->program, times, 0), 0);
	assert_int_equal(scene_trouble(s->keeper, &s->by_inode, s->program),
			 DSO_REPLACED);
}

/* A change within the same second. */
static void refuses_a_quick_change(void **state)
{
	const struct scene *s = *state;
	struct event ev = scene_mapped(&s->by_inode, s->program, getpid());
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
	struct stat st;

	dso_keeper_saw(s->keeper, &ev);
	assert_int_equal(stat(s->program, &st), 0);
	times[1] = st.st_mtim;
	times[1].tv_nsec ^= 1 << 10;
	assert_int_equal(utimensat(AT_FDCWD, s->program, times, 0), 0);
	assert_int_equal(scene_trouble(s->keeper, &s->by_inode, s->program),
			 DSO_REPLACED);
}

/* The reason that explains most is given, in whatever order the places are tried. */
static void gives_the_worst_reason(void **state)
{
	const struct scene *s = *state;
	struct dso dso = s->by_id;
	struct event ev;

	file_copy(PROGRAMS "/other", s->program);
	ev = scene_mapped(&s->by_id, s->program, getpid());
	dso_keeper_saw(s->keeper, &ev);
	dso.pid = (uint32_t)getpid();
	assert_int_equal(unlink(s->program), 0);
	assert_int_equal(scene_trouble(s->keeper, &dso, s->program), DSO_REPLACED);
}

/* A process that is gone already: the path in our root, by inode alone. */
static void process_that_is_gone(void **state)
{
	const struct scene *s = *state;
	struct event ev;
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	ev = scene_mapped(&s->by_id, s->program, pid);
	dso_keeper_saw(s->keeper, &ev);
	ev = scene_mapped(&s->by_inode, s->program, pid);
	dso_keeper_saw(s->keeper, &ev);
	assert_int_equal(unlink(s->program), 0);
	assert_int_equal(scene_trouble(s->keeper, &s->by_inode, s->program),
			 DSO_NO_TROUBLE);
	assert_int_equal(scene_trouble(s->keeper, &s->by_id, s->program), DSO_GONE);
}

/* Only files that are gone count as missed. */
static void counts_missed_files(void **state)
{
	const struct scene *s = *state;

	assert_int_equal(dso_keeper_missed(s->keeper), 0);
	for (size_t i = 1; i <= 3; i++) {
		assert_int_equal(scene_trouble(s->keeper, &s->by_id, "/no/such"),
				 DSO_GONE);
		assert_int_equal(dso_keeper_missed(s->keeper), i);
	}
	assert_int_equal(scene_trouble(s->keeper, &s->by_id, s->program), DSO_NO_TROUBLE);
	file_copy(PROGRAMS "/other", s->program);
	assert_int_equal(scene_trouble(s->keeper, &s->by_id, s->program), DSO_REPLACED);
	assert_int_equal(scene_trouble(s->keeper, &(struct dso){0}, s->program),
			 DSO_UNVERIFIED);
	assert_int_equal(dso_keeper_missed(s->keeper), 3);
}

static void see(const struct scene *s, const char *path, enum dso_trouble of_id,
		enum dso_trouble of_inode)
{
	struct event by_id = scene_mapped(&s->by_id, path, getpid());
	struct event by_inode = scene_mapped(&s->by_inode, path, getpid());

	dso_keeper_saw(s->keeper, &by_id);
	dso_keeper_saw(s->keeper, &by_inode);
	assert_int_equal(scene_trouble(s->keeper, &s->by_id, path), of_id);
	assert_int_equal(scene_trouble(s->keeper, &s->by_inode, path), of_inode);
}

/* Hostile things at a mapped path: an answer at once, and none is read in place of the
 * file. */
static void hostile_paths(void **state)
{
	const struct scene *s = *state;
	char path[512];
	int fd;

	see(s, "relative", DSO_GONE, DSO_GONE);
	see(s, "", DSO_GONE, DSO_GONE);
	assert_int_equal(mkfifo(temp_path(path, s->dir, "fifo"), 0666), 0);
	see(s, path, DSO_GONE, DSO_GONE);
	see(s, s->dir, DSO_GONE, DSO_GONE);
	see(s, "/dev/null", DSO_GONE, DSO_GONE);
	assert_int_equal(symlink("loop", temp_path(path, s->dir, "loop")), 0);
	see(s, path, DSO_GONE, DSO_GONE);
	fd = open(temp_path(path, s->dir, "huge"), O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (ftruncate(fd, ((off_t)1 << 40) + 1) == 0)
		see(s, path, DSO_GONE, DSO_REPLACED);
	close(fd);
	assert_int_equal(symlink("/etc/shadow", temp_path(path, s->dir, "secret")), 0);
	if (access(path, R_OK) == 0)
		see(s, path, DSO_REPLACED, DSO_REPLACED);
}

static void other_events_are_nothing(void **state)
{
	const struct scene *s = *state;
	const struct dso nobody = {0};
	struct event events[] = {
		scene_mapped(&s->by_id, s->program, 0),
		scene_mapped(&s->by_id, s->program, -1),
		scene_mapped(&nobody, s->program, getpid()),
		scene_mapped(&s->by_id, "//anon", getpid()),
		scene_mapped(&s->by_id, s->program, getpid()),
		scene_mapped(&s->by_id, s->program, getpid()),
	};

	events[4].kind = EVENT_EXIT;
	events[5].mmap.is_exec = false;
	for (size_t i = 0; i < array_size(events); i++)
		dso_keeper_saw(s->keeper, &events[i]);
	assert_int_equal(unlink(s->program), 0);
	assert_int_equal(scene_trouble(s->keeper, &s->by_id, s->program), DSO_GONE);
}

/* A file that was missed is tried again when it is seen again. */
static void tries_again(void **state)
{
	const struct scene *s = *state;
	struct event early = scene_mapped(&s->by_id, "/no/such", getpid());
	struct event late = scene_mapped(&s->by_id, s->program, getpid());

	dso_keeper_saw(s->keeper, &early);
	assert_int_equal(scene_trouble(s->keeper, &s->by_id, "/no/such"), DSO_GONE);
	assert_int_equal(dso_keeper_missed(s->keeper), 1);
	dso_keeper_saw(s->keeper, &late);
	assert_int_equal(scene_trouble(s->keeper, &s->by_id, "/no/such"), DSO_NO_TROUBLE);
}

/* Makes the files 0 to n - 1. */
static void make_many(const struct scene *s, int n)
{
	for (int i = 0; i < n; i++) {
		char path[512], name[16];

		snprintf(name, sizeof(name), "%d", i);
		file_write(temp_path(path, s->dir, name), name, sizeof(name));
	}
}

/* Returns false if there is no such file. */
static bool see_one(const struct scene *s, int i)
{
	char path[512], name[16];
	struct stat st;
	struct dso dso;
	struct event ev;

	snprintf(name, sizeof(name), "%d", i);
	temp_path(path, s->dir, name);
	if (stat(path, &st) < 0)
		return false;
	dso = (struct dso){
		.major = major(st.st_dev), .minor = minor(st.st_dev), .inode = st.st_ino};
	ev = scene_mapped(&dso, path, getpid());
	dso_keeper_saw(s->keeper, &ev);
	return true;
}

static void *see_many(void *scene)
{
	for (int turn = 0; turn < 10; turn++)
		for (int i = 0; i < 2 * MOST; i++)
			if (!see_one(scene, i))
				return "no file";
	return NULL;
}

static size_t open_files(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 10 * MOST; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Other parts of the process have taken all other descriptors. */
static void makes_room(void **state)
{
	const struct scene *s = *state;
	struct event ev = scene_mapped(&s->by_inode, s->program, getpid());
	int taken[10 * MOST];
	struct rlimit limit;
	size_t n = 0;

	make_many(s, 20);
	for (int i = 0; i < 20; i++)
		assert_true(see_one(s, i));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(
		setrlimit(RLIMIT_NOFILE, &(struct rlimit){5 * MOST, limit.rlim_max}), 0);
	while (n < 10 * MOST && (taken[n] = dup(STDERR_FILENO)) >= 0)
		n++;
	dso_keeper_saw(s->keeper, &ev);
	assert_int_equal(unlink(s->program), 0);
	assert_int_equal(scene_trouble(s->keeper, &s->by_inode, s->program),
			 DSO_NO_TROUBLE);
	/* The newest of all is forgotten last. */
	while (n < 10 * MOST && (taken[n] = dup(STDERR_FILENO)) >= 0)
		n++;
	assert_int_equal(scene_trouble(s->keeper, &s->by_inode, s->program),
			 DSO_NO_TROUBLE);
	while (n)
		close(taken[--n]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void threads_and_bound(void **state)
{
	struct scene *s = *state;
	pthread_t threads[THREADS];
	size_t before = open_files();
	void *wrong;

	make_many(s, 2 * MOST);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, see_many, s), 0);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	assert_int_equal(open_files() - before, MOST);
	dso_keeper_free(&s->keeper);
	/* The keeper itself has one, too. */
	assert_int_equal(open_files(), before - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scene(keeps_by_build_id),
		in_scene(keeps_by_inode),
		in_scene(mapping_tells),
		in_scene(program_of_the_process),
		in_scene(refuses_a_decoy),
		in_scene(refuses_what_was_written_over),
		in_scene(hostile_paths),
		in_scene(other_events_are_nothing),
		in_scene(refuses_a_quick_change),
		in_scene(gives_the_worst_reason),
		in_scene(process_that_is_gone),
		in_scene(counts_missed_files),
		in_scene(tries_again),
		in_scene(makes_room),
		in_scene(threads_and_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

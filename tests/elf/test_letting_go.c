/* When dso_keeper lets files go, and the copies that remain. */
#include "base/scoped.h"
#include "elf/copy_plan.h"
#include "elf/dso_keeper.h"
#include "elf/elf_file.h"
#include "tests/elf/keeper_scene.h"
#include "tests/elf/witness.h"
#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether this process has the file open, whatever its path is. */
static bool is_held(const struct dso *file)
{
	struct stat st;

	for (int fd = 0; fd < 10 * MOST; fd++)
		if (fstat(fd, &st) == 0 && st.st_ino == file->inode &&
		    major(st.st_dev) == file->major && minor(st.st_dev) == file->minor)
			return true;
	return false;
}

/* A process that sleeps until process_end(), or until a test fails. */
static pid_t process_start(void)
{
	pid_t parent = getpid(), pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == parent)
			pause();
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static void process_end(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static bool plan_make(void *data, int fd, struct copy_plan *plan)
{
	(void)data;
	return copy_plan_make(fd, plan);
}

static void tend_until_let_go(const struct scene *s)
{
	for (int i = 0; i < 6000 && is_held(&s->by_inode); i++) {
		dso_keeper_tend(s->keeper, plan_make, NULL);
		usleep(10000);
	}
	assert_false(is_held(&s->by_inode));
}

/* As map_in(), at the address of a mapping that the process has. */
static void map_at(const struct scene *s, pid_t pid, const void *addr)
{
	struct event ev = scene_mapped(&s->by_inode, s->program, pid);

	if (addr)
		ev.mmap.addr = (uintptr_t)addr;
	dso_keeper_saw(s->keeper, &ev);
	assert_int_equal(ev.mmap.generation, 0);
	assert_true(is_held(&s->by_inode));
}

/* The process does not really map the file. */
static void map_in(const struct scene *s, pid_t pid)
{
	map_at(s, pid, NULL);
}

/* Maps a page of the program's code; processes that are started then have it too. */
static void *program_map(const struct scene *s)
{
	int fd = open(s->program, O_RDONLY | O_CLOEXEC);
	void *code = mmap(NULL, 0x1000, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	assert_true(code != MAP_FAILED);
	close(fd);
	return code;
}

/* No event reports the end of the process: the keeper finds it out. */
static void lets_a_file_go_after_its_process(void **state)
{
	const struct scene *s = *state;
	pid_t pid = process_start();

	map_in(s, pid);
	process_end(pid);
	assert_int_equal(unlink(s->program), 0);
	tend_until_let_go(s);
	/* It had no samples. */
	assert_int_equal(scene_trouble(s->keeper, &s->by_inode, s->program), DSO_GONE);
}

static void keeps_a_copy_of_a_file_with_samples(void **state)
{
	const struct scene *s = *state;
	struct event exit = {.kind = EVENT_EXIT};
	pid_t pid = process_start();
	struct build_id id;
	enum dso_trouble why;
	struct error err;
	char byte;
	int fd, lent;

	map_in(s, pid);
	dso_keeper_saw_sample(s->keeper, (uint32_t)pid, 5);
	lent = dso_keeper_open(s->keeper, NULL, &s->by_inode, s->program, true, &why);
	assert_true(lent >= 0);
	dso_keeper_lend(s->keeper, &s->by_inode, lent);
	process_end(pid);
	exit.pid = exit.tid = (uint32_t)pid;
	dso_keeper_saw(s->keeper, &exit);
	assert_int_equal(unlink(s->program), 0);
	tend_until_let_go(s);
	fd = dso_keeper_open(s->keeper, NULL, &s->by_inode, "/no/such", true, &why);
	assert_true(fd >= 0);
	for (int i = 0; i < 2; i++) {
		scoped(elf_file_close) struct elf_file *elf =
			elf_file_open(i ? lent : fd, &err);

		assert_non_null(elf);
		assert_true(elf_file_build_id(elf, &id));
		assert_true(build_id_same(&id, &s->by_id.build_id));
		assert_true(elf_file_find(elf, ".symtab") > 0);
	}
	assert_int_equal(pread(lent, &byte, 1, 0), 1);
	close(fd);
	dso_keeper_take_back(s->keeper, &lent);
	assert_int_equal(lent, -1);
}

/* The program goes on in a fork, and in another process that maps it later. */
static void holds_a_file_while_any_process_maps_it(void **state)
{
	const struct scene *s = *state;
	void *code = program_map(s);
	pid_t pids[] = {process_start(), process_start(), process_start()};
	struct event fork = {.kind = EVENT_FORK, .pid = (uint32_t)pids[1]};
	struct event exec = {.kind = EVENT_COMM, .pid = (uint32_t)pids[1]};

	assert_int_equal(munmap(code, 0x1000), 0);
	map_at(s, pids[0], code);
	fork.fork.parent_pid = (uint32_t)pids[0];
	dso_keeper_saw(s->keeper, &fork);
	process_end(pids[0]);
	for (int i = 0; i < 600; i++) {
		dso_keeper_tend(s->keeper, plan_make, NULL);
		usleep(10000);
	}
	assert_true(is_held(&s->by_inode));
	exec.comm.is_exec = true;
	dso_keeper_saw(s->keeper, &exec);
	map_at(s, pids[2], code);
	process_end(pids[2]);
	tend_until_let_go(s);
	process_end(pids[1]);
}

/* The process of the test runs on, but does not map the file. */
static void lets_an_unmapped_file_go(void **state)
{
	const struct scene *s = *state;

	if (geteuid() != 0)
		skip();
	map_in(s, getpid());
	tend_until_let_go(s);
}

/* A second mapping of the inode is another version of its content: each has its names. */
static void tells_versions_of_a_file_apart(void **state)
{
	const struct scene *s = *state;
	struct event ev = scene_mapped(&s->by_inode, s->program, getpid());
	struct dso first = s->by_inode, second = s->by_inode;

	ev.mmap.generation = first.generation = 7;
	dso_keeper_saw(s->keeper, &ev);
	assert_int_equal(ev.mmap.generation, 7);
	file_copy(PROGRAMS "/other", s->program);
	ev.pid++;
	dso_keeper_saw(s->keeper, &ev);
	assert_int_equal(ev.mmap.generation, (uint64_t)1 << 32 | 7);
	second.generation = ev.mmap.generation;
	assert_int_equal(scene_trouble(s->keeper, &first, s->program), DSO_REPLACED);
	assert_int_equal(scene_trouble(s->keeper, &second, s->program), DSO_NO_TROUBLE);
	ev.mmap.generation = 7;
	dso_keeper_saw(s->keeper, &ev);
	assert_int_equal(ev.mmap.generation, second.generation);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scene(lets_a_file_go_after_its_process),
		in_scene(keeps_a_copy_of_a_file_with_samples),
		in_scene(holds_a_file_while_any_process_maps_it),
		in_scene(lets_an_unmapped_file_go),
		in_scene(tells_versions_of_a_file_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

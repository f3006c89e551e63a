/* Samples for which the kernel told the topmost cgroup only: never "host" by mistake. */
#include "flow/live/sample_cgroups.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "flow/loader.h"
#include "model/process.h"
#include "record/cgroup_list.h"
#include "tests/files.h"
#include "tests/flow/recording_builder.h"
#include "tests/test.h"

#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PID = 7, OTHER = 55, GONE = 0x7ffffff0 };

#define CODE UINT64_C(0x400000)

static void group_put(struct recording_builder *b, uint64_t id, const char *path)
{
	struct event ev = {.kind = EVENT_CGROUP, .cgroup = {.id = id, .path = path}};

	recording_builder_event(b, &ev, PID, 1);
}

/* Loads a recording with a sample of each of the two groups (0: none), by container, and
 * compares the name of the first sample's root. */
static void root_check(uint64_t first, uint64_t second, bool is_checked, const char *name)
{
	const uint64_t groups[] = {first, second};
	struct recording_builder b;
	struct input_data data;
	struct load_options options = load_options_default();
	struct error err;
	char dir[64], path[512];
	frame_id frame;

	recording_builder_init(&b);
	b.info.checked_cgroups = is_checked;
	group_put(&b, CGROUP_TOPMOST, "/");
	group_put(&b, OTHER, "/system.slice/web.service");
	for (size_t i = 0; i < array_size(groups); i++)
		if (groups[i])
			recording_builder_sample(
				&b, &(struct builder_sample){.pid = PID,
							     .tid = PID,
							     .time = 100 + i,
							     .addr = CODE,
							     .cgroup = groups[i],
							     .chain = {CODE}});
	recording_builder_end_file(&b, temp_path(path, temp_dir_make(dir), "x.data"));
	input_data_init(&data);
	assert_true(selection_parse_by(&options.selection, "container"));
	assert_int_equal(load_recording(&data, path, &options, &err), 0);
	frame = data.profile.nodes.items[1].frame;
	assert_string_equal(frame_name(&data.profile.frames, frame), name);
	input_data_release(&data);
	temp_dir_remove(dir);
}

static void a_kernel_without_groups_gives_no_host(void **state)
{
	(void)state;
	root_check(CGROUP_TOPMOST, 0, false, "unknown");
	root_check(CGROUP_TOPMOST, 0, true, "host");
	root_check(CGROUP_TOPMOST, OTHER, false, "host");
	root_check(OTHER, 0, false, "host web.service");
	root_check(999, 0, false, "unknown");
}

/* A process in the group, which is made in 'folder'. */
static pid_t process_in(const char *folder)
{
	char procs[8300];
	pid_t pid;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", folder);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	{
		FILE *f = fopen(procs, "we");

		assert_non_null(f);
		fprintf(f, "%d\n", (int)pid);
		assert_int_equal(fclose(f), 0);
	}
	return pid;
}

/* The group of a sample of the process after it was looked up. */
static uint64_t group_after(struct sample_cgroups *g, uint32_t pid, uint64_t id)
{
	const struct {
		struct perf_event_header header;
		uint64_t addr;
		uint32_t pid, tid;
		uint64_t time, cpu, n_chain, cgroup;
	} record = {.header = {PERF_RECORD_SAMPLE, 0, sizeof(record)},
		    .pid = pid,
		    .tid = pid,
		    .cgroup = id};
	const void *now = sample_cgroups_apply(g, &record, sizeof(record));
	uint64_t found;

	memcpy(&found, (const char *)now + sizeof(record) - sizeof(found), sizeof(found));
	return found;
}

static void a_process_tells_its_group(void **state)
{
	struct recording_builder b;
	struct sample_cgroups *g;
	struct cgroup_mount mount;
	char folder[8200], inner[64];
	struct event ev;
	struct stat st;
	pid_t pid;

	(void)state;
	if (!cgroup_mount_find(&mount) || mount.is_v1 || *mount.prefix)
		skip();
	snprintf(inner, sizeof(inner), "/flame-test-%d", (int)getpid());
	snprintf(folder, sizeof(folder), "%s%s", mount.folder, inner);
	if (mkdir(folder, 0755) < 0)
		skip();
	assert_int_equal(stat(folder, &st), 0);
	pid = process_in(folder);
	recording_builder_init(&b);
	g = sample_cgroups_new(&b.specs);
	assert_non_null(g);
	assert_int_equal(group_after(g, (uint32_t)pid, CGROUP_TOPMOST), st.st_ino);
	assert_true(sample_cgroups_next(g, &ev));
	assert_int_equal(ev.cgroup.id, st.st_ino);
	assert_string_equal(ev.cgroup.path, inner);
	assert_false(sample_cgroups_next(g, &ev));
	assert_int_equal(group_after(g, GONE, CGROUP_TOPMOST), 0);
	assert_int_equal(group_after(g, 0, CGROUP_TOPMOST), CGROUP_TOPMOST);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(group_after(g, (uint32_t)pid, CGROUP_TOPMOST), st.st_ino);
	/* From the first other group on, the kernel is right. */
	assert_int_equal(group_after(g, GONE, OTHER), OTHER);
	assert_int_equal(group_after(g, GONE, CGROUP_TOPMOST), CGROUP_TOPMOST);
	sample_cgroups_free(&g);
	{
		scoped(out_free) struct out *out = recording_builder_end(&b);
	}
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernel_without_groups_gives_no_host),
		cmocka_unit_test(a_process_tells_its_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

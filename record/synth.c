#include "record/synth.h"

#include "base/scoped.h"
#include "record/cgroup_list.h"
#include "record/event_list.h"
#include "record/kernel_map.h"
#include "record/map_query.h"
#include "record/proc_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

struct synth {
	VEC(uint32_t) pids;
	size_t next_pid;
	struct event_list list; /* of the machine first, then of one process at a time */
	size_t next_event;
	struct map_query build_ids;
	struct proc_lines lines;
	bool with_data;
};

static struct event *event_add(struct synth *s, enum event_kind kind, uint32_t pid,
			       uint32_t tid)
{
	struct event *ev = vec_add(&s->list.items);

	ev->kind = kind;
	ev->pid = pid;
	ev->tid = tid;
	ev->cpu = UINT32_MAX;
	ev->time = EVENT_NO_TIME;
	return ev;
}

static void comm_add(struct synth *s, uint32_t pid, uint32_t tid, const char *comm)
{
	event_add(s, EVENT_COMM, pid, tid)->comm.comm = event_list_text(&s->list, comm);
}

static void thread_add(struct synth *s, uint32_t pid, uint32_t tid, uint32_t parent,
		       const char *comm)
{
	struct event *ev = event_add(s, EVENT_FORK, pid, tid);

	ev->fork.parent_pid = ev->fork.parent_tid = parent;
	ev->fork.is_synthesized = true;
	comm_add(s, pid, tid, comm);
}

static void other_threads_add(struct synth *s, uint32_t pid)
{
	char path[64], text[PROC_STAT_MAX];
	struct proc_stat st;
	struct proc_dir dir;
	uint32_t tid;

	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	if (!proc_dir_open(&dir, path))
		return;
	while (proc_dir_next(&dir, &tid))
		if (tid != pid && proc_stat_read(pid, tid, text, &st))
			thread_add(s, pid, tid, pid, st.comm);
	proc_dir_close(&dir);
}

static void mapping_add(struct synth *s, uint32_t pid, char *line)
{
	struct event_mmap m = {0};
	struct event *ev;
	uint64_t end;
	char perms[8];
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %x:%x %" SCNu64 " %n",
		   &m.addr, &end, perms, &m.file_off, &m.major, &m.minor, &m.inode,
		   &at) < 7 ||
	    end <= m.addr)
		return;
	m.is_exec = strchr(perms, 'x') != NULL;
	if (!m.is_exec && !m.inode)
		return;
	m.len = end - m.addr;
	if (m.inode)
		m.build_id = map_query_build_id(&s->build_ids, s->lines.fd, m.addr,
						m.major, m.minor, m.inode);
	proc_unescape(line + at, false);
	/* The kernel's records have this name for mappings without a file. */
	m.path = event_list_text(&s->list, line[at] ? line + at : "//anon");
	ev = event_add(s, EVENT_MMAP, pid, pid);
	ev->mmap = m;
}

static void mappings_add(struct synth *s, uint32_t pid)
{
	char path[64], *line;

	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	if (!proc_lines_open(&s->lines, path))
		return;
	while ((line = proc_lines_next(&s->lines))) {
		/* start-end perms: most mappings are not executable. */
		const char *perms = strchr(line, ' ');

		if (perms && strnlen(perms, 5) == 5 && (perms[3] == 'x' || s->with_data))
			mapping_add(s, pid, line);
	}
	proc_lines_close(&s->lines);
}

static void process_add(struct synth *s, uint32_t pid)
{
	char text[PROC_STAT_MAX];
	struct proc_stat st;

	if (!proc_stat_read(pid, 0, text, &st))
		return;
	thread_add(s, pid, pid, st.parent, st.comm);
	if (st.is_kernel_thread)
		return;
	if (st.n_threads > 1)
		other_threads_add(s, pid);
	mappings_add(s, pid);
}

/* Each process once. */
static void process_of_thread_add(struct synth *s, uint32_t tid)
{
	uint32_t pid = proc_tgid(tid);

	for (size_t i = 0; i < s->pids.n; i++)
		if (s->pids.items[i] == pid)
			return;
	if (pid)
		vec_push(&s->pids, pid);
}

struct synth *synth_open(const struct target *target, bool with_data, struct error *err)
{
	struct synth *s = mem_new(1, sizeof(*s));
	struct proc_dir dir;
	uint32_t pid;

	s->with_data = with_data;
	for (size_t i = 0; i < target->pids.n && !target->whole_machine; i++)
		vec_push(&s->pids, target->pids.items[i]);
	for (size_t i = 0; i < target->tids.n; i++)
		process_of_thread_add(s, target->tids.items[i]);
	if (target->whole_machine) {
		if (!proc_dir_open(&dir, "/proc")) {
			error_sys(err, "cannot open '/proc'");
			synth_free(&s);
			return NULL;
		}
		while (proc_dir_next(&dir, &pid))
			vec_push(&s->pids, pid);
		proc_dir_close(&dir);
		comm_add(s, 0, 0, "swapper");
	}
	kernel_map_list(&s->list);
	cgroup_list(&s->list);
	return s;
}

void synth_free(struct synth **s)
{
	if (!*s)
		return;
	event_list_release(&(*s)->list);
	map_query_release(&(*s)->build_ids);
	vec_release(&(*s)->pids);
	mem_free(*s);
	*s = NULL;
}

int synth_next(struct synth *s, struct event *ev)
{
	while (s->next_event == s->list.items.n) {
		if (s->next_pid == s->pids.n)
			return 0;
		event_list_clear(&s->list);
		s->next_event = 0;
		process_add(s, s->pids.items[s->next_pid++]);
	}
	*ev = s->list.items.items[s->next_event++];
	return 1;
}

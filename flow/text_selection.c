#include "flow/text_selection.h"

#include "base/mem.h"
#include "base/scoped.h"

#include <stdlib.h>
#include <string.h>

enum { COMMS_MAX = 1000, COMMS_SHOWN = 8 };

enum text_field { FIELD_COMM, FIELD_PID, FIELD_TID, FIELD_CPU, FIELD_TIME, FIELD_NONE };

static bool uses_part(const struct selection *s, enum root_part part)
{
	for (size_t i = 0; i < s->n_by; i++)
		if (s->by[i] == part)
			return true;
	return false;
}

static bool uses_comms(const struct selection *s)
{
	return s->comms;
}

static bool uses_time(const struct selection *s)
{
	return s->has_time;
}

static bool uses_cpus(const struct selection *s)
{
	return s->has_cpus;
}

static bool by_comm(const struct selection *s)
{
	return uses_part(s, ROOT_COMM);
}

static bool by_pid(const struct selection *s)
{
	return uses_part(s, ROOT_PID);
}

static bool by_tid(const struct selection *s)
{
	return uses_part(s, ROOT_TID);
}

static bool by_cpu(const struct selection *s)
{
	return uses_part(s, ROOT_CPU);
}

static bool by_container(const struct selection *s)
{
	return uses_part(s, ROOT_CONTAINER);
}

/* The fields of samples that a selection may need. No text has containers. */
static const struct need {
	bool (*is_used)(const struct selection *s);
	enum text_field field;
	const char *noun, *option;
} needs[] = {
	{uses_comms, FIELD_COMM, "processes", "--comm"},
	{uses_time, FIELD_TIME, "times", "--time"},
	{uses_cpus, FIELD_CPU, "CPUs", "--cpu"},
	{by_comm, FIELD_COMM, "processes", "--by comm"},
	{by_pid, FIELD_PID, "process ids", "--by pid"},
	{by_tid, FIELD_TID, "thread ids", "--by tid"},
	{by_cpu, FIELD_CPU, "CPUs", "--by cpu"},
	{by_container, FIELD_NONE, "containers", "--by container"},
};

/* Refuses the first need without its field among the bits 'found'. */
static int needs_check(const struct selection *s, unsigned found, const char *input_name,
		       struct error *err)
{
	for (size_t i = 0; i < array_size(needs); i++)
		if (needs[i].is_used(s) && !(found >> needs[i].field & 1))
			return error_set(err, "'%s' has no %s (%s)", input_name,
					 needs[i].noun, needs[i].option);
	return 0;
}

int text_selection_refuse(const struct selection *s, const char *input_name,
			  struct error *err)
{
	return needs_check(s, 0, input_name, err);
}

static void comm_note(struct text_selection *t, struct span comm)
{
	char **known;

	if (t->comms.n == COMMS_MAX)
		return;
	vec_each(known, &t->comms)
		if (span_equals(comm, *known))
			return;
	vec_push(&t->comms, mem_str(comm.at, comm.len));
}

static bool is_selected(struct text_selection *t, const struct text_sample *sample)
{
	const struct selection *s = t->selection;

	if (sample->has_time && !t->has_start) {
		t->has_start = true;
		t->start = sample->time;
	}
	t->last = sample->has_time ? sample->time : t->last;
	if (s->has_time &&
	    (sample->time < t->start || sample->time - t->start < s->from ||
	     sample->time - t->start >= s->to))
		return false;
	if (s->has_cpus && !cpu_set_has(&s->cpus, sample->cpu))
		return false;
	if (!s->comms || selection_has_comm(s, sample->comm.at, sample->comm.len))
		return true;
	comm_note(t, sample->comm);
	return false;
}

static bool sample_select(void *context, const struct text_sample *sample,
			  struct profile *p, frame_id *frames, size_t *n)
{
	struct text_selection *t = context;
	struct root root = {.pid = sample->pid, .tid = sample->tid, .cpu = sample->cpu};
	unsigned found = (unsigned)(sample->comm.len > 0) << FIELD_COMM |
			 (unsigned)sample->has_pid << FIELD_PID |
			 (unsigned)sample->has_tid << FIELD_TID |
			 (unsigned)sample->has_cpu << FIELD_CPU |
			 (unsigned)sample->has_time << FIELD_TIME;

	/* Some texts have the thread's id only. */
	if (!sample->has_pid && sample->has_tid) {
		root.pid = sample->tid;
		found |= 1u << FIELD_PID;
	}
	t->found |= found;
	t->seen++;
	if ((found & t->needed) != t->needed || !is_selected(t, sample))
		return false;
	t->matched++;
	if (sample->comm.len)
		root.comm =
			strtab_add_len(&p->strings, sample->comm.at, sample->comm.len);
	*n = root_frames(t->selection, &root, NULL, NULL, p, frames);
	return true;
}

const struct text_selector *text_selection_begin(struct text_selection *t,
						 const struct selection *s)
{
	t->selection = s;
	for (size_t i = 0; i < array_size(needs); i++)
		if (needs[i].is_used(s))
			t->needed |= 1u << needs[i].field;
	if (!t->needed)
		return NULL;
	t->selector = (struct text_selector){.context = t, .select = sample_select};
	return &t->selector;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "no process 'x'; there are a, b, ..." */
static char *note_comms(const struct text_selection *t, const char *input_name)
{
	scoped(mem_release) char *list = NULL;

	qsort(t->comms.items, t->comms.n, sizeof(*t->comms.items), by_text);
	list = mem_list((const char *const *)t->comms.items, t->comms.n, COMMS_SHOWN);
	return mem_format("'%s' has no process '%s'; there are %s", input_name,
			  t->selection->comms, list);
}

int text_selection_end(const struct text_selection *t, const char *input_name,
		       char **note, struct error *err)
{
	*note = NULL;
	if (!t->needed || !t->seen)
		return 0;
	if (needs_check(t->selection, t->found, input_name, err) < 0)
		return -1;
	if (t->matched)
		return 0;
	*note = t->comms.n
			? note_comms(t, input_name)
			: mem_format("no sample of '%s' is selected; there are %zu, in "
				     "%.3f s",
				     input_name, t->seen,
				     (double)(t->last - t->start) / 1e9);
	return 0;
}

void text_selection_release(struct text_selection *t)
{
	char **comm;

	vec_each(comm, &t->comms)
		mem_free(*comm);
	vec_release(&t->comms);
}

/* Texts of perf script, made by the rules of perf: all forms of headers, with payloads,
 * frames and commands that look like something else. The reader returns the fields and
 * the stacks that they were made of. */
#include "base/mem.h"
#include "base/out.h"
#include "base/scoped.h"
#include "fold/folded.h"
#include "fold/perf_script.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum {
	TEXTS = 10000,
	SAMPLES_MIN = 12,
	SAMPLES_MAX = 24,
	FRAMES_MAX = 6,
	SEED = 20261201
};

/* Fields that "-F" prints. */
struct form {
	bool has_comm, has_pid, has_tid, has_cpu, has_time, has_ns, has_period, has_event;
	bool has_module, has_offset, has_source;
	enum { CHAIN, FLAT, NO_FRAMES } frames;
	size_t n_events, events[3]; /* indexes of 'events' */
};

struct made_sample {
	const char *comm;
	uint32_t pid, tid, cpu;
	uint64_t time;
	size_t event;
	size_t n_frames, frames[FRAMES_MAX]; /* indexes of 'names', innermost first */
};

struct made_text {
	struct form form;
	struct made_sample samples[SAMPLES_MAX];
	size_t n;
	struct out *text, *expected;
	uint64_t random;
};

static const struct {
	const char *name;
	bool is_trace;
} events[] = {
	{"cycles", false},
	{"cycles:u", false},
	{"cpu-clock:ppp", false},
	{"cpu/event=0x3c,umask=0x1/", false},
	{"r01c2", false},
	{"page-faults", false},
	{"sched:sched_switch", true},
	{"raw_syscalls:sys_exit", true},
	{"block:block_rq_issue", true},
	{"probe_libc:malloc", true},
	{"probe_a:work__return", true},
	{"exceptions:page_fault_user", true},
	{"bpf_trace:bpf_trace_printk", true},
};

static const char *const payloads[] = {
	("prev_comm=bash prev_pid=1234 prev_prio=120 prev_state=S ==> next_comm=x "
	 "next_pid=9"),
	"NR 0 = 4096",
	"NR 1 (1, 7ffc0000, 40, 0, 0, 0)",
	"253,1 W 0 () 3510 + 255 [fio]",
	"259,1 RS 4096 (28 00 00) 340328 + 8 none,0,0 [cat]",
	"(7f2a11112220)",
	"(401200 <- 401133) arg1=0x0",
	"address=0x7f001000 ip=0x401136 error_code=0x4",
	"call_site=ffffffff8123 ptr=0xff bytes_req=64 gfp_flags=GFP_KERNEL|__GFP_ZERO",
	"comm=a b 12 [001] 5.000000: 77 cycles:u: pid=3",
	"add 12 to list: done",
	"cafe 401136 main",
	"vec=1 [action=TIMER]",
	"dst=/ cgroup:/a b/c;d path: 1.5: x:",
	"msg: \"401136 main (/bin/prog)\" end",
};

static const char *const plain_comms[] = {
	"bash", "java", "my prog", "kworker/u8:2-events", "Web Content", "nginx"};

static const char *const strange_comms[] = {
	"Worker 3",    "a 1 [0] 2.0:",	"x 12/13",	 "1 2 3",
	"12",	       "a: b:",		"[001] 5.5:",	 "c 7 cycles:",
	"#x",	       "# y",		"PERF_RECORD_X", "WARNING: x",
	"cafe",	       "deadbeefcafe",	":-1",		 "(sd-pam)",
	"a (b)",       "x 1 2.0: c:",	"k 0 [000]",	 "tab\tx",
	"250000",      "a -> b",	"x;y",		 "sh -c 5 6/7 8",
	"0x12/0x13/M", "a 1.0: 5 c:u:", "1/1",
};

static const char *const names[] = {
	"main",
	"f",
	"add",
	"ns::f<void (int)>::g",
	"(anonymous namespace)::h",
	"std::function<int (int, int)>::operator()",
	"net/http.(*Client).Do",
	"<T as core::ops::Fn<&'a str>>::call",
	"__x64_sys_read",
	"dead",
	"f.cold",
	"LazyCompile:~body_0 evalmachine.<anonymous>:1",
};

static const char *const modules[] = {
	"/usr/lib/x86_64-linux-gnu/libc.so.6",
	"[kernel.kallsyms]",
	"/bin/my prog",
	"/bin/x (deleted)",
	"[vdso]",
	"//anon",
	"/opt/a(1)/b",
	"[unknown]",
};

static uint64_t any(struct made_text *t, uint64_t n)
{
	t->random ^= t->random << 13;
	t->random ^= t->random >> 7;
	t->random ^= t->random << 17;
	return t->random % n;
}

#define any_of(t, array) ((array)[any((t), array_size(array))])

static bool has_trace(const struct form *f)
{
	for (size_t i = 0; i < f->n_events; i++)
		if (f->has_event && events[f->events[i]].is_trace)
			return true;
	return false;
}

/* A reader can find the samples: by their frames, or by fields that nothing else has. */
static bool can_be_read(const struct form *f)
{
	bool has_task = f->has_tid || f->has_pid;

	if (f->frames == CHAIN)
		return true;
	if (f->frames == FLAT && !has_trace(f))
		return true;
	return f->has_event + f->has_time + has_task >= 2;
}

static void make_form(struct made_text *t)
{
	struct form *f = &t->form;

	do {
		uint64_t bits = any(t, UINT64_MAX);

		*f = (struct form){
			.has_comm = bits & 3,
			.has_tid = bits >> 2 & 3,
			.has_pid = bits >> 4 & 1,
			.has_cpu = bits >> 5 & 1,
			.has_time = bits >> 6 & 3,
			.has_ns = bits >> 8 & 1,
			.has_period = bits >> 9 & 1,
			.has_event = bits >> 10 & 3,
			.has_module = bits >> 12 & 3,
			.has_offset = bits >> 14 & 1,
			.has_source = bits >> 15 & 1,
			.frames = (bits >> 16 & 3) == 0	  ? FLAT
				  : (bits >> 16 & 3) == 1 ? NO_FRAMES
							  : CHAIN,
			.n_events = 1 + (bits >> 18 & 1) + (bits >> 19 & 1),
		};
		for (size_t i = 0; i < f->n_events; i++)
			f->events[i] = any(t, array_size(events));
	} while (!can_be_read(f));
}

static void make_sample(struct made_text *t, struct made_sample *s, bool is_strange)
{
	*s = (struct made_sample){
		.comm = is_strange ? any_of(t, strange_comms) : any_of(t, plain_comms),
		.pid = (uint32_t)any(t, 100000),
		.tid = (uint32_t)any(t, 100000),
		.cpu = (uint32_t)any(t, 200),
		.time = 1000000000 * any(t, 100000) + 1000 * any(t, 1000000),
		.event = t->form.events[any(t, t->form.n_events)],
	};
	if (t->form.frames == CHAIN)
		s->n_frames = 1 + any(t, FRAMES_MAX);
	else if (t->form.frames == FLAT &&
		 !(t->form.has_event && events[s->event].is_trace))
		s->n_frames = 1;
	for (size_t i = 0; i < s->n_frames; i++)
		s->frames[i] = any(t, array_size(names));
}

static void print_header(struct made_text *t, const struct made_sample *s)
{
	const struct form *f = &t->form;
	struct out *o = t->text;

	if (f->has_comm)
		out_printf(o, "%*s ", f->frames == CHAIN ? 0 : 16, s->comm);
	if (f->has_pid && f->has_tid)
		out_printf(o, "%5d/%-5d ", s->pid, s->tid);
	else if (f->has_pid || f->has_tid)
		out_printf(o, "%5d ", f->has_tid ? s->tid : s->pid);
	if (f->has_cpu)
		out_printf(o, "[%03d] ", s->cpu);
	if (f->has_time && f->has_ns)
		out_printf(o, "%5llu.%09llu: ", (unsigned long long)s->time / 1000000000,
			   (unsigned long long)s->time % 1000000000);
	else if (f->has_time)
		out_printf(o, "%5llu.%06llu: ", (unsigned long long)s->time / 1000000000,
			   (unsigned long long)s->time / 1000 % 1000000);
	if (f->has_period)
		out_printf(o, "%10d ", 1);
	if (f->has_event)
		out_printf(o, "%s: ", events[s->event].name);
	if (f->has_event && events[s->event].is_trace)
		out_printf(o, "%s", any_of(t, payloads));
}

static void print_frame(struct made_text *t, size_t name)
{
	const struct form *f = &t->form;
	struct out *o = t->text;

	out_printf(o, "%16llx %s", 0x401000 + (unsigned long long)any(t, 1 << 20),
		   names[name]);
	if (f->has_offset)
		out_printf(o, "+0x%x", (unsigned)any(t, 4096));
	if (f->has_module)
		out_printf(o, " (%s)", any_of(t, modules));
	if (f->has_source && f->frames == CHAIN)
		out_printf(o, "%s", any(t, 2) ? "\n  main.c:12" : "\n  libc.so.6[27a8a]");
}

static void print_sample(struct made_text *t, const struct made_sample *s)
{
	print_header(t, s);
	if (t->form.frames == CHAIN)
		out_printf(t->text, "\n");
	for (size_t i = 0; i < s->n_frames; i++) {
		out_printf(t->text, "%s", t->form.frames == CHAIN ? "\t" : " ");
		print_frame(t, s->frames[i]);
		out_printf(t->text, "\n");
	}
	if (t->form.frames == CHAIN || !s->n_frames)
		out_printf(t->text, "\n");
}

/* The folded text, in which a sample has a root of its own. */
static void print_expected(struct made_text *t, size_t number,
			   const struct made_sample *s)
{
	out_printf(t->expected, "%04zu", number);
	for (size_t i = s->n_frames; i--;)
		out_printf(t->expected, ";%s", names[s->frames[i]]);
	out_printf(t->expected, " 1\n");
}

static void make_text(struct made_text *t)
{
	make_form(t);
	t->n = SAMPLES_MIN + any(t, SAMPLES_MAX - SAMPLES_MIN);
	t->text = out_memory();
	t->expected = out_memory();
	for (size_t i = 0; i < t->n; i++) {
		make_sample(t, &t->samples[i], any(t, 8) == 0);
		print_sample(t, &t->samples[i]);
		print_expected(t, i, &t->samples[i]);
	}
}

/* The samples that the reader has returned. */
struct reading {
	struct made_text *made;
	size_t n;
	const char *wrong; /* field */
	char at[100];	   /* its sample */
};

static bool same_text(struct span got, const char *expected, bool is_there)
{
	return is_there ? span_equals(got, expected) : !got.len;
}

static bool same_number(uint64_t got, bool has, uint64_t expected, bool is_there)
{
	return has == is_there && (!has || got == expected);
}

static bool check_sample(void *context, const struct text_sample *s, struct profile *p,
			 frame_id *roots, size_t *n)
{
	struct reading *r = context;
	const struct form *f = &r->made->form;
	const struct made_sample *m = &r->made->samples[r->n % r->made->n];
	bool has_both = f->has_pid && f->has_tid;
	char name[32];
	struct frame root = {.kind = FRAME_ROOT};

	if (r->wrong)
		;
	else if (!same_text(s->comm, m->comm, f->has_comm))
		r->wrong = "comm";
	else if (!same_number(s->tid, s->has_tid, f->has_tid ? m->tid : m->pid,
			      f->has_tid || f->has_pid))
		r->wrong = "tid";
	else if (!same_number(s->pid, s->has_pid, m->pid, has_both))
		r->wrong = "pid";
	else if (!same_number(s->cpu, s->has_cpu, m->cpu, f->has_cpu))
		r->wrong = "cpu";
	else if (!same_number(s->time, s->has_time, m->time, f->has_time))
		r->wrong = "time";
	else if (!same_text(s->event, events[m->event].name, f->has_event))
		r->wrong = "event";
	if (r->wrong && !*r->at)
		snprintf(r->at, sizeof(r->at), "sample %zu, '%.*s'", r->n,
			 (int)(s->comm.len < 60 ? s->comm.len : 60), s->comm.at);
	snprintf(name, sizeof(name), "%04zu", r->n++);
	root.name = strtab_add(&p->strings, name);
	roots[0] = frame_add(&p->frames, &root);
	*n = 1;
	return true;
}

static void read_back(struct made_text *t, size_t number)
{
	struct reading reading = {.made = t};
	const struct text_selector selector = {&reading, check_sample};
	const struct text_read_options options = {.event = "all", .selector = &selector};
	struct out *folded = out_memory();
	struct text_read_result result;
	struct profile p;

	profile_init(&p);
	perf_script_read(&p, out_data(t->text), strlen(out_data(t->text)), &options,
			 &result);
	folded_write(folded, &p, &(struct text_write_options){0});
	if (reading.wrong || result.bad_lines || reading.n != t->n ||
	    strcmp(out_data(folded), out_data(t->expected)) != 0)
		fail_msg("text %zu: wrong %s of %s; %zu samples of %zu, %zu bad "
			 "lines\n%s---\n%s---\n%s",
			 number, reading.wrong ? reading.wrong : "nothing", reading.at,
			 reading.n, t->n, result.bad_lines, out_data(t->text),
			 out_data(t->expected), out_data(folded));
	text_read_result_release(&result);
	profile_release(&p);
	out_free(&folded);
}

static void test_generated_texts(void **state)
{
	struct made_text *t = mem_new(1, sizeof(*t));

	(void)state;
	t->random = SEED;
	for (size_t i = 0; i < TEXTS; i++) {
		make_text(t);
		read_back(t, i);
		out_free(&t->text);
		out_free(&t->expected);
	}
	mem_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generated_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

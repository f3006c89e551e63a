#include "render/run_figures.h"

#include "base/out.h"
#include "base/scoped.h"
#include "tests/test.h"

static void assert_figures(const struct run_info *info, uint64_t own_cpu,
			   const char *expected)
{
	scoped(run_figures_release) struct run_figures figures = {0};
	scoped(out_free) struct out *text = out_memory();
	char *const *line;

	run_figures_make(&figures, info, own_cpu);
	vec_each(line, &figures.lines)
		out_printf(text, "%s\n", *line);
	out_char(text, '\0');
	assert_string_equal(out_data(text), expected);
}

static void quiet_machine(void **state)
{
	const struct run_info info = {
		.event = "cpu-clock",
		.frequency = 99,
		.cpus = 4,
		.duration = 10000000000,
		.busy = 10000000000,
		.idle = 30000000000,
		.own_cpu = 40000000,
		.samples = 990,
	};

	(void)state;
	assert_figures(&info, 1500000000,
		       "10.0 s on 4 CPUs, cpu-clock at 99 Hz: 990 samples, 0 lost\n"
		       "CPUs 25.0 % busy, 75.0 % idle\n"
		       "own CPU time: 1.50 s; while recording 0.04 s, 0.10 % of the "
		       "machine\n");
}

/* Idle samples, a busy host, a CPU that went, a lower rate, and losses. */
static void everything(void **state)
{
	const struct run_info info = {
		.event = "cycles",
		.frequency = 999,
		.frequency_lowest = 111,
		.frequency_mean = 500,
		.cpus = 2,
		.duration = 1000000000,
		.online = 1500000000,
		.busy = 500000000,
		.idle = 500000000,
		.stolen = 250000000,
		.samples = 7,
		.idle_samples = 3,
		.lost = 2,
		.throttled = 1,
	};

	(void)state;
	assert_figures(
		&info, 0,
		"1.0 s on 2 CPUs (1.50 online on average), cycles at 999 Hz: 7 "
		"samples, 2 lost, throttled by the kernel\n"
		"the rate was lowered to keep own CPU time below --max-cost: 500 Hz "
		"on average, 111 Hz at least; each sample counts for those left out\n"
		"CPUs 50.0 % busy, 50.0 % idle; 3 idle samples are left out (--idle "
		"shows them)\n"
		"the host used 20.0 % of the CPU time for something else\n"
		"own CPU time: 0.00 s; while recording 0.00 s, 0.00 % of the "
		"machine\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quiet_machine),
		cmocka_unit_test(everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

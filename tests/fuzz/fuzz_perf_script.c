/* Any text as the output of perf script. The first byte chooses the options. The
 * profile must be printable as folded text. */
#include "fold/folded.h"
#include "fold/perf_script.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text_read_options options = {0};
	struct text_read_result result;
	struct profile_total *totals;
	struct text_write_options marks;
	const char *text = (const char *)data + 1;
	struct profile p;
	struct out *o;

	if (!size--)
		return 0;
	options.pid = *data & 1;
	options.tid = *data & 2;
	options.addrs = *data & 4;
	options.exact = *data & 8;
	options.event = *data & 16 ? "cycles" : *data & 128 ? "all" : NULL;
	options.lines = *data & 32;
	marks = (struct text_write_options){
		.kernel = *data & 32, .jit = *data & 64, .weights = *data & 128};
	(void)perf_script_knows(text, size);
	profile_init(&p);
	perf_script_read(&p, text, size, &options, &result);
	require(!result.bad_lines == !result.first_bad_line);
	require(result.bad_lines <= size);
	totals = profile_totals(&p);
	/* A sample has a line of its own. */
	require(totals[PROFILE_ROOT].count <= size);
	mem_free(totals);
	o = out_memory();
	folded_write(o, &p, &marks);
	out_free(&o);
	require(text_read_result_events(&result) <= size);
	text_read_result_release(&result);
	profile_release(&p);
	return 0;
}

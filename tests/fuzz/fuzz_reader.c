/* Any bytes as a recording: read twice, with all that its header says. */
#include "record/reader.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct reader *r)
{
	struct event ev;
	struct error err;

	while (reader_next(r, &ev, &err) > 0)
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conditions c = {0};
	struct dso_table dsos;
	struct strtab strings;
	struct error err;
	struct reader *r = reader_of(data, size, &err);

	if (!r)
		return 0;
	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	reader_facts(r, &c, &dsos, &err);
	read_all(r);
	reader_rewind(r);
	read_all(r);
	reader_close(&r);
	dso_table_release(&dsos);
	strtab_release(&strings);
	conditions_release(&c);
	return 0;
}

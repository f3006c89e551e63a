#include "tests/symbolize/tables.h"

void tables_init(struct tables *t)
{
	strtab_init(&t->dso_strings);
	strtab_init(&t->frame_strings);
	strtab_add(&t->dso_strings, "only here");
	dso_table_init(&t->dsos, &t->dso_strings);
	frame_table_init(&t->frames, &t->frame_strings);
}

void tables_release(struct tables *t)
{
	dso_table_release(&t->dsos);
	frame_table_release(&t->frames);
	strtab_release(&t->dso_strings);
	strtab_release(&t->frame_strings);
}

/* Test support: the tables that a symbolizer works on. */
#pragma once

#include "model/dso.h"
#include "model/frame.h"

struct tables {
	struct strtab dso_strings, frame_strings;
	struct dso_table dsos;
	struct frame_table frames;
};

/* A number of one string table means something else in the other. */
void tables_init(struct tables *t);
void tables_release(struct tables *t);

/* Lines of text above the frames of a picture: facts with dots between them. */
#pragma once

#include "base/out.h"
#include "base/vec.h"
#include "render/svg_picture.h"

#include <stdbool.h>

/* px; the widths of a letter are those of a wide sans-serif font. */
enum {
	SVG_TITLE_HEIGHT = 32,
	SVG_LINE_SIZE = 12,
	SVG_LINE_LETTER = 7,
	SVG_LINE_HEIGHT = 17,
};

struct svg_line {
	VEC(struct svg_fact) facts;
};

struct svg_fact {
	char *text;
	bool warns;
};

/* Puts one more fact behind those that are there; of long ones the first 255 bytes. */
void svg_line_add(struct svg_line *line, bool warns, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes the facts, and ends them, on as many lines as they need in 'width', from 'y' on; returns
 * where the next line goes. */
unsigned svg_line_write(struct out *o, struct svg_line *line, unsigned width, unsigned y);

/* Writes the picture's title, at the top. */
void svg_lines_title(struct out *o, const struct svg_picture *pic);

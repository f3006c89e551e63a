/* Lines of text in the head of a picture: facts, separated by dots. */
#pragma once

#include "base/out.h"
#include "base/vec.h"
#include "render/svg_picture.h"

#include <stdbool.h>

/* Pixels. The width of a letter is that of a wide sans-serif font. */
enum {
	SVG_TITLE_HEIGHT = 32,
	SVG_LINE_SIZE = 12,
	SVG_LINE_LETTER = 7,
	SVG_LINE_HEIGHT = 17,
};

/* Facts that are not written yet. Zero-initialize; svg_line_write() releases it. */
struct svg_line {
	VEC(struct svg_fact) facts;
};

struct svg_fact {
	char *text;
	bool warns;
};

/* Adds a fact, which 'warns' highlights. Only the first 255 bytes of the text are
 * kept. */
void svg_line_add(struct svg_line *line, bool warns, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes the facts and releases them. They take as many lines as they need in a picture
 * of 'width' pixels, the first one at 'y'. Returns y of the next line: 'y' itself if
 * there are no facts. */
unsigned svg_line_write(struct out *o, struct svg_line *line, unsigned width, unsigned y);

/* Writes the picture's title at the top, shortened to the picture's width. */
void svg_lines_title(struct out *o, const struct svg_picture *pic);

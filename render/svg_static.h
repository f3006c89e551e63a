/* The part of a picture that needs no script: the frames that can be seen, as shapes with
 * their colours in attributes, so that they show in mails, in <img> and under any content
 * security policy. */
#pragma once

#include "base/out.h"
#include "render/svg_picture.h"

enum {
	SVG_ROW_HEIGHT = 20, /* px; a frame leaves one of them free */
};

/* Writes the frames that are at least 0.6 px wide, or, where that would be more than 57 kB, those
 * that are wide enough to be less, the root at 'top' px; returns their height in px. */
unsigned svg_static_write(struct out *o, const struct svg_picture *pic, unsigned top);

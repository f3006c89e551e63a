/* The part of a picture that needs no script: the frames that can be seen, as shapes with
 * their colours in attributes, so that they show in mails, in <img> and under any content
 * security policy. */
#pragma once

#include "base/out.h"
#include "render/svg_picture.h"

enum {
	SVG_ROW_HEIGHT = 20, /* px; a frame leaves one of them free */
};

/* Writes the frames that are at least 0.6 px wide, those of at least 6 px with a title, the root at
 * 'top' px; returns their height in px. Where frames take more than 26 kB without their titles the
 * smallest are left out; where titles make them more than 37 kB, those of the smallest frames. */
unsigned svg_static_write(struct out *o, const struct svg_picture *pic, unsigned top);

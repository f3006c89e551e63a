/* A function's name where there is no room for all of it: for the boxes of a picture and the
 * lines of a table. */
#pragma once

#include <stddef.h>

/* Bytes that the longest label needs, with its NUL. */
enum { BOX_LABEL_MAX = 2048 };

/* Puts 'name' into 'to' so that it takes at most 'columns' cells. A name that is too long loses,
 * one after the other and only as far as needed, its template arguments, its parameters, its
 * namespaces from the left, and then its end, for which an ellipsis stands. Empty where not
 * even two characters and the ellipsis fit. Returns its length in bytes. */
size_t box_label_fit(char to[BOX_LABEL_MAX], const char *name, size_t columns);

/* The same by leaving out the middle, for what says most at both ends: paths, objects. */
size_t box_label_fit_middle(char to[BOX_LABEL_MAX], const char *name, size_t columns);

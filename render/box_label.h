/* Shortened names of functions, for the boxes of a picture and the lines of a table. */
#pragma once

#include <stddef.h>

/* Bytes that the longest label needs, with its NUL. */
enum { BOX_LABEL_MAX = 2048 };

/* Writes 'name' into 'to' so that it takes at most 'columns' cells of a monospaced
 * font. A longer name loses, one after the other and only as far as necessary, its
 * template arguments, its parameters, its namespaces from the left, and its end, which
 * becomes an ellipsis. Go's receivers ("list.(*List).Push") are no parameters. The
 * label is empty if there is no room for two characters and the ellipsis. Returns its
 * length in bytes. */
size_t box_label_fit(char to[BOX_LABEL_MAX], const char *name, size_t columns);

/* The same, but an ellipsis replaces the middle: for paths and objects, whose ends
 * matter. */
size_t box_label_fit_middle(char to[BOX_LABEL_MAX], const char *name, size_t columns);

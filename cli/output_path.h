/* Default paths of outputs, made from the path of the input. */
#pragma once

/* 'path' with its extension (".data", ".folded", ".txt", ...) replaced by 'extension', in the same
 * folder. mem_free() frees it. */
char *path_with_extension(const char *path, const char *extension);

/* The cause of a failure, in one line for people. The caller declares it on its stack and
 * passes it as the last parameter. The function that fails fills it; its callers may add
 * the context. */
#pragma once

struct error {
	/* errno if a system call failed, else 0 */
	int code;
	char text[600];
};

/* Fills 'err' and returns -1. Names in the text may hold any bytes. Text that does not
 * fit is cut. */
int error_set(struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Like error_set(), and appends ": " and the text of errno. Sets 'code' to errno. */
int error_sys(struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Prepends the context and ": " to the text of 'err', which must be filled. Returns
 * -1. */
int error_while(struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

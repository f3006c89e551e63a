/* What went wrong, in one line for a person. The caller keeps it on its stack and hands it
 * down as the last parameter; whoever fails fills it, whoever passes it up may say what it
 * was doing. */
#pragma once

struct error {
	int code; /* errno where the system refused, else 0 */
	char text[600];
};

/* Fills 'err' and returns -1. Control bytes in the text become '?': names in it may come
 * from a hostile file. */
int error_set(struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* As error_set(), with ": " and the meaning of errno behind the text, and errno in 'code'. */
int error_sys(struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Puts what was being done and ": " before the text that is there. Returns -1. */
int error_while(struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

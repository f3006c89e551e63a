/* Files of /proc: read while the processes they tell of may end at any moment, with names in
 * them that anybody may have chosen. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROC_STAT_MAX = 1024, PROC_LINE_MAX = 16384 };

/* Opens a regular file for reading without ever waiting for it; -1 with errno. */
int proc_open(const char *path);

/* Reads up to 'size' - 1 bytes of a file and puts a NUL behind them; false where there are
 * none. */
bool proc_read(const char *path, char *text, size_t size);

/* What /proc/PID/stat says. */
struct proc_stat {
	const char *comm; /* in the caller's text */
	char state;
	uint32_t parent;
	uint32_t n_threads;
	bool is_kernel_thread;
};

/* Reads the stat file of a process, or of one of its threads where 'tid' is not 0; 'text'
 * is room for it. False for one that is gone. */
bool proc_stat_read(uint32_t pid, uint32_t tid, char text[PROC_STAT_MAX],
		    struct proc_stat *st);

/* The process that a thread belongs to, 0: it is gone. */
uint32_t proc_tgid(uint32_t tid);

/* Calls of 'next' give the numbers among a directory's entries. */
struct proc_dir {
	void *dir;
};

bool proc_dir_open(struct proc_dir *d, const char *path);
bool proc_dir_next(struct proc_dir *d, uint32_t *number);
void proc_dir_close(struct proc_dir *d);

/* A file line by line. */
struct proc_lines {
	int fd;
	size_t at, end;
	char text[PROC_LINE_MAX];
};

bool proc_lines_open(struct proc_lines *l, const char *path);

/* The next line without its newline, valid until the next call; NULL at the end. Lines that
 * have no room are left out. */
char *proc_lines_next(struct proc_lines *l);
void proc_lines_close(struct proc_lines *l);

/* Undoes the kernel's escapes of newline and backslash ("\n", "\012", "\\") in place: those
 * of stat where 'is_stat', else those of maps, which knows only "\012". */
void proc_unescape(char *text, bool is_stat);

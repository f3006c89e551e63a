/* Files of /proc. Their processes may end at any moment, and names in them may be
 * hostile. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROC_STAT_MAX = 1024, PROC_LINE_MAX = 16384 };

/* Opens a regular file for reading without ever waiting for it; -1 with errno. */
int proc_open(const char *path);

/* Reads up to 'size' - 1 bytes of a file and adds a NUL; false if there are none. */
bool proc_read(const char *path, char *text, size_t size);

/* Fields of /proc/PID/stat. */
struct proc_stat {
	const char *comm; /* in the caller's text */
	char state;
	uint32_t parent;
	uint32_t n_threads;
	bool is_kernel_thread;
};

/* Reads the stat file of a process, or of one of its threads if 'tid' is not 0, into
 * 'text'. False if it is gone. */
bool proc_stat_read(uint32_t pid, uint32_t tid, char text[PROC_STAT_MAX],
		    struct proc_stat *st);

/* The process that a thread belongs to; 0 if it is gone. */
uint32_t proc_tgid(uint32_t tid);

/* The entries of a directory that are numbers. */
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

/* The next line without its newline, valid until the next call; NULL at the end. Lines
 * longer than PROC_LINE_MAX are left out. */
char *proc_lines_next(struct proc_lines *l);
void proc_lines_close(struct proc_lines *l);

/* Replaces the kernel's escapes of newline and backslash ("\n", "\012", "\\") in place:
 * those of stat if 'is_stat', else those of maps, which has only "\012". */
void proc_unescape(char *text, bool is_stat);

/* Addresses to frames. The names of a dso are read once, when they are first needed. If
 * the recording has stored the dso's names (dso.resolved), these are used. Else, or with
 * 'completes', the file that was mapped is read, if its identity is the recorded one, or
 * the running kernel; then the names in the recording are the last source. Code without
 * a name becomes a frame that gives the reason:
 *
 *     [unknown NAME]     no symbol at that address, or the file is gone
 *     [replaced NAME]    the file at the path is another one, or was changed since
 *     [unreadable NAME]  reading the file, or a name in it, killed a process
 *     [denied NAME]      not permitted to read the file
 *     [unnamed NAME]     the time for names was over; a later command may find them
 *     [unreadable NAME]  the file system with the file does not answer
 *     [unverified NAME]  recorded with neither build id nor inode: no file can be trusted
 *     [unknown kernel]   kernel names are hidden, or of another kernel; with the name of
 *                        the module if it is recorded: [unknown nf_conntrack]
 *     [unknown guest kernel], [unknown anon] (memory without a file), [hypervisor]
 *     [unknown]          an address in no mapping
 */
#pragma once

#include "base/vec.h"
#include "elf/search/file_places.h"
#include "model/budget.h"
#include "model/dso.h"
#include "model/frame.h"
#include "model/space.h"
#include "rights/rights.h"
#include "symbolize/frame_make.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct dso_keeper;
struct file_marks;
struct symbolizer;

/* All pointers are the caller's and must outlive the symbolizer. */
struct symbolizer_options {
	bool use_system; /* The files and the kernel of this machine may be read. */
	/* The recording has just been made: its processes may still run. Files are
	 * opened through /proc/PID first. */
	bool is_live;
	bool is_of_here; /* they ran on this machine */
	/* Look up all names again on this machine, also those that the recording has. */
	bool completes;
	/* Files that were kept open while the recording was taken, NULL: none. If there
	 * is a keeper, notes list the files that it missed. */
	struct dso_keeper *keeper;
	struct slow_files *slow;	  /* see elf/path_open.h */
	const struct file_places *places; /* of files that are not here, NULL: none */
	bool keep_mangled;
	/* Data from the DWARF of the files that are found, the kernel's included.
	 * 'inlines': frames of inlined functions, innermost first, before the function
	 * that contains their code. 'lines': the source line after each name, as in
	 * "main:main.c:12"; "main:main.c:?" if the compiler stored no line; no change
	 * without DWARF. The name of the function itself stays the recorded one. */
	bool inlines, lines;
	const char *os_release;	      /* of the kernel, NULL: unknown */
	const struct mapping *kernel; /* of the core kernel, NULL: unknown */
	struct file_marks *marks;     /* dsos that are read or forbidden, NULL: none */
	const char *kallsyms;	      /* file of kernel names, NULL: /proc/kallsyms */
	enum hidden_kernel hidden_kernel; /* why it may show no addresses */
	struct budget *memory;		  /* for names and DWARF, NULL: no limit */
	/* No file is opened for names after this time of clock_now(), 0: no limit. The
	 * dsos without names stay unresolved, so that later commands look for names. */
	uint64_t until;
	/* The same from the moment that it is true; another process may set it. NULL:
	 * never. */
	const atomic_bool *hurry;
};

/* 'dsos' and 'frames' are the caller's and must outlive the symbolizer. */
struct symbolizer *symbolizer_new(const struct symbolizer_options *options,
				  struct dso_table *dsos, struct frame_table *frames);
void symbolizer_free(struct symbolizer **s);

/* The owner of an address that lies in no mapping. */
enum symbolizer_space { SPACE_USER, SPACE_KERNEL, SPACE_HYPERVISOR };

/* Returns true if several dsos can be read ahead of time. None can if the recording has
 * its names, or if there are servers: files are downloaded one after the other. */
bool symbolizer_may_read_ahead(const struct symbolizer *s);

/* Announces an address that will be looked up for 'weight' samples. Only before
 * symbolizer_read_ahead(). */
void symbolizer_expect(struct symbolizer *s, const struct mapping *m, uint64_t addr,
		       bool is_return, uint64_t weight);

/* Reads the data for the announced addresses from the files of their dsos, several dsos
 * at once in several threads, those with most samples first. Look-ups are faster then;
 * their results are the same unless time or memory are short. */
void symbolizer_read_ahead(struct symbolizer *s);

/* Appends the frames of 'addr', at least one, to 'out'. 'm' is the mapping of 'addr', or
 * NULL if it has none; 'space' is only used without a mapping. If 'is_return', 'addr' is
 * a return address, and the byte before it is looked up. */
void symbolizer_look_up(struct symbolizer *s, const struct mapping *m, uint64_t addr,
			bool is_return, enum symbolizer_space space,
			struct frame_list *out);

/* Stores the results of all look-ups in the dsos, so that the recording can save them:
 * the symbols that were found, inline frames, the reason for missing names. Sets
 * 'resolved' of the dsos. Call it once, after the last look-up. */
void symbolizer_store(struct symbolizer *s);

/* Returns line 'i', from 0 up, about names that are missing (kernel names hidden by
 * kptr_restrict, a file that is not the recorded one, a debug file of another
 * program), or NULL after the last line. Valid until symbolizer_free(). */
const char *symbolizer_note(const struct symbolizer *s, size_t i);

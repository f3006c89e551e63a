/* Addresses -> frames. It asks, for each dso once and lazily: the names that the recording
 * carries, else the running kernel, else the file that was mapped, if its identity is the
 * recorded one. What has no name becomes a frame that says why:
 *
 *     [unknown NAME]     no symbol there, or the file is gone
 *     [replaced NAME]    another file stands at the path now
 *     [denied NAME]      not permitted to read it
 *     [unverified NAME]  recorded with neither build id nor inode, so no file can be trusted
 *     [unknown kernel]   kernel names are hidden, or of another kernel; also of a module
 *                        whose name is known: [unknown nf_conntrack]
 *     [unknown guest kernel], [unknown anon] (memory that no file backs), [hypervisor]
 *     [unknown]          an address in no mapping
 */
#pragma once

#include "base/vec.h"
#include "elf/debuginfod.h"
#include "model/dso.h"
#include "model/frame.h"
#include "model/space.h"

#include <stdbool.h>
#include <stdint.h>

struct dso_keeper;
struct symbolizer;

struct symbolizer_options {
	bool use_system; /* files and kernel of this machine may be asked at all */
	/* The recording is of this moment: the pids in it may still live, and files are
	 * opened through /proc/PID first. */
	bool is_live;
	/* What the recording has no names for is looked up now, and what it has, again. */
	bool completes;
	/* What was kept open while the recording was taken, somebody else's; NULL: nothing.
	 * Files that it could not get hold of are told in the notes. */
	struct dso_keeper *keeper;
	struct debuginfod *servers; /* to be asked last, somebody else's; NULL: none */
	const char *debug_folder;   /* see debug_file.h; NULL: none */
	bool keep_mangled;
	/* From the DWARF of files that are found, the kernel's among them: frames of the
	 * functions that were inlined, innermost first, in front of the one that they went into;
	 * and behind a name, as in "main:main.c:12", where in its source it was (":main.c:?":
	 * the compiler did not say; nothing: no DWARF). What the recording calls the function
	 * itself stays its name. */
	bool inlines, lines;
	const char *os_release; /* of the kernel, NULL: not known */
	const struct mapping
		*kernel;      /* where the core kernel is mapped, NULL: not known */
	const char *kallsyms; /* where the kernel's names are, NULL: /proc/kallsyms */
};

/* Frames of one address: a function, and in front of it what was inlined there. */
struct frame_list {
	VEC(frame_id) items; /* innermost first */
};

/* 'dsos' and 'frames' are the caller's and must outlive it. */
struct symbolizer *symbolizer_new(const struct symbolizer_options *options,
				  struct dso_table *dsos, struct frame_table *frames);
void symbolizer_free(struct symbolizer **s);

/* Whose address it is, for one that lies in no mapping. */
enum symbolizer_space { SPACE_USER, SPACE_KERNEL, SPACE_HYPERVISOR };

/* Whether there are several dsos that may be asked ahead of time. Of a recording that carries its
 * names there are none, and servers are asked for one file after the other. */
bool symbolizer_may_read_ahead(const struct symbolizer *s);

/* Tells of an address that will be looked up. */
void symbolizer_expect(struct symbolizer *s, const struct mapping *m, uint64_t addr,
		       bool is_return);

/* Reads what those addresses need from the files of their dsos, of several dsos at once by several
 * threads. Look-ups give the same with it and without. */
void symbolizer_read_ahead(struct symbolizer *s);

/* Appends the frames of 'addr', which lies in 'm' (NULL: in no mapping). A return address
 * ('is_return') is looked up one byte back. Always appends at least one. */
void symbolizer_look_up(struct symbolizer *s, const struct mapping *m, uint64_t addr,
			bool is_return, enum symbolizer_space space,
			struct frame_list *out);

/* Hands what was found to the dsos: names (with their hit marks), places, reason, resolved. To be
 * called once, after the last look-up, so that a recording can carry it away. */
void symbolizer_store(struct symbolizer *s);

/* One line about something the user should know (kernel names hidden by kptr_restrict, a file
 * that was replaced, a debug file of something else), 'i' from 0 up; NULL behind the last.
 * Valid until symbolizer_free(). */
const char *symbolizer_note(const struct symbolizer *s, size_t i);

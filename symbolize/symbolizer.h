/* Addresses to frames. For each dso it reads, once and when it is first needed, the
 * names in the recording, else the names of the running kernel or of the file that was
 * mapped, if its identity is the recorded one. Code without a name becomes a frame
 * that says why:
 *
 *     [unknown NAME]     no symbol at that address, or the file is gone
 *     [replaced NAME]    the file at the path is another one, or was changed since
 *     [denied NAME]      not permitted to read the file
 *     [unverified NAME]  recorded with neither build id nor inode: no file can be trusted
 *     [unknown kernel]   kernel names are hidden, or of another kernel; with the name of
 *                        the module if it is recorded: [unknown nf_conntrack]
 *     [unknown guest kernel], [unknown anon] (memory without a file), [hypervisor]
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

/* All pointers are the caller's and must outlive the symbolizer. */
struct symbolizer_options {
	bool use_system; /* files and kernel of this machine may be read */
	/* The recording has just been made: its processes may still run. Files are
	 * opened through /proc/PID first. */
	bool is_live;
	/* Names that the recording lacks are looked up now, and those that it has are
	 * looked up again. */
	bool completes;
	/* Files that were kept open while the recording was taken, NULL: none. If it
	 * is set, notes list the files that it missed. */
	struct dso_keeper *keeper;
	struct debuginfod *servers; /* asked last, NULL: none */
	const char *debug_folder;   /* see debug_file.h, NULL: none */
	bool keep_mangled;
	/* From the DWARF of the files that are found, including the kernel's.
	 * 'inlines': frames of inlined functions, innermost first, before the function
	 * that contains their code. 'lines': the source line after each name, as in
	 * "main:main.c:12"; ":main.c:?" if the compiler stored no line, nothing
	 * without DWARF. The name of the function itself stays the recorded one. */
	bool inlines, lines;
	const char *os_release;	      /* of the kernel, NULL: unknown */
	const struct mapping *kernel; /* of the core kernel, NULL: unknown */
	const char *kallsyms;	      /* file of kernel names, NULL: /proc/kallsyms */
};

/* Frames of one address: the inlined functions, then the function that contains their
 * code. */
struct frame_list {
	VEC(frame_id) items; /* innermost first */
};

/* 'dsos' and 'frames' are the caller's and must outlive the symbolizer. */
struct symbolizer *symbolizer_new(const struct symbolizer_options *options,
				  struct dso_table *dsos, struct frame_table *frames);
void symbolizer_free(struct symbolizer **s);

/* The owner of an address that lies in no mapping. */
enum symbolizer_space { SPACE_USER, SPACE_KERNEL, SPACE_HYPERVISOR };

/* Returns true if several dsos may be read ahead of time. There are none if the
 * recording has its names. With servers there are none either: a server is asked for
 * one file after the other. */
bool symbolizer_may_read_ahead(const struct symbolizer *s);

/* Announces an address that will be looked up. Only before symbolizer_read_ahead(). */
void symbolizer_expect(struct symbolizer *s, const struct mapping *m, uint64_t addr,
		       bool is_return);

/* Reads the data for the announced addresses from the files of their dsos, several
 * dsos at once in several threads. Only faster: look-ups have the same results
 * without. */
void symbolizer_read_ahead(struct symbolizer *s);

/* Appends the frames of 'addr' to 'out', at least one. 'm' is the mapping of 'addr',
 * NULL: none; only then 'space' matters. A return address ('is_return') is looked up
 * one byte before. */
void symbolizer_look_up(struct symbolizer *s, const struct mapping *m, uint64_t addr,
			bool is_return, enum symbolizer_space space,
			struct frame_list *out);

/* Stores the results of all look-ups in the dsos, for the recording to save them:
 * names (with hit marks), inline frames, the reason for missing names, 'resolved'. To
 * be called once, after the last look-up. */
void symbolizer_store(struct symbolizer *s);

/* Returns line 'i', from 0 up, about names that are missing (kernel names hidden by
 * kptr_restrict, a file that is not the recorded one, a debug file of another
 * program), or NULL after the last line. Valid until symbolizer_free(). */
const char *symbolizer_note(const struct symbolizer *s, size_t i);

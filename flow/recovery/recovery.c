#include "flow/recovery/recovery.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/scoped.h"
#include "flow/loader.h"
#include "record/data/amend.h"
#include "record/data/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_SIZE = 1 << 20, OUTPUT_FLAGS = OUT_KEEP_OLD | OUT_PRIVATE | OUT_REGULAR };

/* The start of ".part-PID" or ".part-PID.N" at the end of a path, or NULL. */
static const char *part_suffix(const char *path)
{
	static const char mark[] = ".part-", digits[] = "0123456789";
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *at, *next, *suffix = NULL;
	size_t n;

	for (at = name; (next = strstr(at, mark)); at = next + 1)
		suffix = next;
	if (!suffix || suffix == name)
		return NULL;
	at = suffix + strlen(mark);
	n = strspn(at, digits);
	at += n;
	if (n && *at == '.' && at[1])
		at += 1 + strspn(at + 1, digits);
	return n && !*at ? suffix : NULL;
}

bool recovery_is_part(const char *path)
{
	return part_suffix(path) != NULL;
}

char *recovery_output(const char *part)
{
	const char *suffix = part_suffix(part);

	return mem_str(part, suffix ? (size_t)(suffix - part) : strlen(part));
}

/* Takes the lock that a recorder holds on its part (out.h). */
static int part_lock(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return error_sys(err, "cannot open '%s'", path);
	/* A file system without locks is no reason to leave the samples where they
	 * are. */
	if (flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return fd;
	close(fd);
	return error_set(err, "'%s' is still being recorded", path);
}

static int copy_write(const struct recording *recording, uint64_t records_size,
		      const char *output, const struct input_data *data,
		      struct error *err)
{
	scoped(out_free) struct out *out = out_open(output, OUTPUT_FLAGS, err);

	if (!out)
		return -1;
	if (amend_unfinished(out, recording, records_size, &data->run_info, &data->dsos,
			     err) < 0)
		return -1;
	/* The part is removed only when its samples are on the disk. */
	return out_sync(out, err) < 0 ? -1 : out_commit(out, err);
}

/* Copies a part that its recorder completed, but could not move to its path. */
static int complete_copy(const struct recording *recording, const char *output,
			 struct error *err)
{
	scoped(mem_release) uint8_t *chunk = mem_resize(NULL, CHUNK_SIZE, 1);
	scoped(out_free) struct out *out = out_open(output, OUTPUT_FLAGS, err);
	uint64_t size = recording_size(recording), at = 0;

	if (!out)
		return -1;
	while (at < size) {
		size_t n = size - at < CHUNK_SIZE ? size - at : CHUNK_SIZE;

		if (recording_read_bytes(recording, at, chunk, n, err) < 0)
			return -1;
		out_write(out, chunk, n);
		at += n;
	}
	/* The part is removed only when its samples are on the disk. */
	return out_sync(out, err) < 0 ? -1 : out_commit(out, err);
}

static int recording_recover(const struct recording *recording, const char *input,
			     const char *output, struct recovery_result *result,
			     struct input_data *data, struct error *err)
{
	struct load_options load = load_options_default();
	uint64_t whole;

	load.completes = true;
	load.selection.event = "all";
	if (recording_is_finished(recording) && !recovery_is_part(input))
		return error_set(err, "'%s' is complete: there is nothing to recover",
				 input);
	if (load_recording(data, input, &load, err) < 0)
		return -1;
	whole = recording_whole_size(recording, &result->is_whole);
	if (!data->run_info.samples)
		return error_set(err, "'%s' holds no samples", input);
	if (recording_is_finished(recording))
		return complete_copy(recording, output, err);
	return copy_write(recording, whole, output, data, err);
}

/* Whether 'path' still leads to the file: it may be that of the output, too. */
static bool is_file_at(int fd, const char *path)
{
	struct stat st, now;

	return fstat(fd, &st) == 0 && lstat(path, &now) == 0 && st.st_ino == now.st_ino &&
	       st.st_dev == now.st_dev;
}

int recovery_run(const char *input, const char *output, struct recovery_result *result,
		 struct input_data *data, struct error *err)
{
	scoped(recording_close) struct recording *recording = NULL;
	scoped(fd_close) int lock = part_lock(input, err);

	*result = (struct recovery_result){0};
	if (lock < 0)
		return -1;
	recording = recording_open(input, err);
	if (!recording ||
	    recording_recover(recording, input, output, result, data, err) < 0)
		return -1;
	if (result->is_whole && recovery_is_part(input) && is_file_at(lock, input))
		result->is_removed = unlink(input) == 0;
	return 0;
}

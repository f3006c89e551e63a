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

enum { CHUNK_SIZE = 1 << 20 };

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

int recovery_lock(const char *input, struct error *err)
{
	int fd = open(input, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return error_sys(err, "cannot open '%s'", input);
	/* A file system without locks is no reason to leave the samples where they
	 * are. */
	if (flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return fd;
	close(fd);
	return error_set(err, "'%s' is still being recorded", input);
}

/* A recording may hold secrets. */
static struct out *output_create(struct contained *c, struct error *err)
{
	const struct readers readers = readers_private();

	return contained_create(c, 0, &readers, err);
}

static int copy_write(struct contained *c, const struct recording *recording,
		      uint64_t records_size, const struct input_data *data,
		      struct error *err)
{
	scoped(out_free) struct out *out = output_create(c, err);

	if (!out || amend_unfinished(out, recording, records_size, &data->run_info,
				     &data->dsos, err) < 0)
		return -1;
	return contained_publish(c, 0, out, err);
}

/* Copies a part that its recorder completed, but could not move to its path. */
static int complete_copy(struct contained *c, const struct recording *recording,
			 struct error *err)
{
	scoped(mem_release) uint8_t *chunk = mem_resize(NULL, CHUNK_SIZE, 1);
	scoped(out_free) struct out *out = output_create(c, err);
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
	return contained_publish(c, 0, out, err);
}

static int recording_recover(struct contained *c, const struct recording *recording,
			     const char *input, bool *is_whole, struct input_data *data,
			     struct error *err)
{
	const struct load_options load = {.completes = true,
					  .inlines = true,
					  .selection.event = "all",
					  .marks = contained_marks(c),
					  .slow = contained_slow_files(c)};
	uint64_t whole;

	if (recording_is_finished(recording) && !recovery_is_part(input))
		return error_set(err, "'%s' is complete: there is nothing to recover",
				 input);
	if (load_recording(data, input, &load, err) < 0)
		return -1;
	whole = recording_whole_size(recording, is_whole);
	if (!data->run_info.samples)
		return error_set(err, "'%s' holds no samples", input);
	return recording_is_finished(recording)
		       ? complete_copy(c, recording, err)
		       : copy_write(c, recording, whole, data, err);
}

int recovery_run(struct contained *c, const char *input, bool *is_whole,
		 struct input_data *data, struct error *err)
{
	scoped(recording_close) struct recording *recording = recording_open(input, err);

	*is_whole = false;
	return recording ? recording_recover(c, recording, input, is_whole, data, err)
			 : -1;
}

/* Whether 'path' still leads to the file: it may be that of the output, too. */
static bool is_file_at(int fd, const char *path)
{
	struct stat st, now;

	return fstat(fd, &st) == 0 && lstat(path, &now) == 0 && st.st_ino == now.st_ino &&
	       st.st_dev == now.st_dev;
}

void recovery_remove_part(int lock, const char *input)
{
	if (recovery_is_part(input) && is_file_at(lock, input))
		(void)unlink(input);
}

#include "flow/live/recording_file.h"

#include "base/fd.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "record/data/zstd_stream.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CHUNK_SIZE = 1 << 20,
	/* Bytes of a sample with a callchain of usual length. */
	SAMPLE_SIZE = 400,
	NAMES_LEAST = 64 << 10,
	NAMES_MOST = 32 << 20,
};

int recording_file_open(struct recording_file *f, const char *path, struct error *err)
{
	f->path = path;
	f->out = out_open(path, OUT_KEEP_OLD | OUT_PRIVATE | OUT_REGULAR, err);
	return f->out ? 0 : -1;
}

int recording_file_begin(struct recording_file *f, const struct event_specs *specs,
			 int level, const struct run_info *info, struct error *err)
{
	struct zstd_packer *packer = NULL;

	if (level) {
		packer = zstd_packer_new(level, err);
		if (!packer)
			return -1;
	}
	f->is_compressed = packer != NULL;
	writer_init(&f->writer, f->out, specs, packer, info);
	return 0;
}

/* Bytes of the file after the records of now: those of the samples that wait, and the
 * names and metadata. Measured for the whole machine: a fifth of the records' size after
 * 2 s, an eighth after 10 s; of compressed records as much as they have after 3 s, and
 * 0.6 times that after 10 s. */
static uint64_t rest_size(const struct recording_file *f, size_t n_waiting)
{
	uint64_t waiting = (uint64_t)SAMPLE_SIZE * n_waiting;
	uint64_t records = out_pos(f->out) + waiting;
	uint64_t names = f->is_compressed ? records * 3 / 2 : records / 4;

	return waiting + NAMES_LEAST + (names < NAMES_MOST ? names : NAMES_MOST);
}

static void recording_file_fail(struct recording_file *f, const struct error *failure)
{
	if (!f->has_failed)
		f->failure = *failure;
	f->has_failed = true;
}

int recording_file_start(struct recording_file *f, struct error *err)
{
	if (writer_save(&f->writer, err) < 0)
		return -1;
	return out_reserve(f->out, rest_size(f, 0), err);
}

/* Bytes of the next step's records: it is at most twice as long as the last one. */
static uint64_t next_size(struct recording_file *f, size_t n_waiting)
{
	uint64_t before = f->saved;

	f->saved = out_pos(f->out) + (uint64_t)SAMPLE_SIZE * n_waiting;
	return before && f->saved > before ? 2 * (f->saved - before) : 0;
}

bool recording_file_save(struct recording_file *f, size_t n_waiting)
{
	uint64_t rest = rest_size(f, n_waiting);
	struct error failure;

	if (f->has_failed || f->is_full)
		return false;
	if (writer_save(&f->writer, &failure) < 0) {
		recording_file_fail(f, &failure);
		return false;
	}
	rest += next_size(f, n_waiting);
	if (out_reserve(f->out, rest, &failure) < 0)
		recording_file_fail(f, &failure);
	f->is_full = f->max_size && out_pos(f->out) + rest > f->max_size;
	return !f->has_failed && !f->is_full;
}

int recording_file_end_data(struct recording_file *f, struct error *err)
{
	struct error failure;

	if (writer_save(&f->writer, &failure) < 0)
		recording_file_fail(f, &failure);
	return writer_end_data(&f->writer, err);
}

static int content_copy(struct recording_file *f, struct out *to, struct error *err)
{
	scoped(mem_release) char *chunk = mem_resize(NULL, CHUNK_SIZE, 1);
	scoped(fd_close) int from = open(out_self(f->out), O_RDONLY | O_CLOEXEC);
	ssize_t got = from;

	if (from >= 0)
		while ((got = io_read(from, chunk, CHUNK_SIZE)) > 0)
			out_write(to, chunk, (size_t)got);
	return got < 0 ? error_sys(err, "cannot read the recording") : 0;
}

/* Puts a copy of the complete file into another folder. */
static int copy_into(struct recording_file *f, const char *folder)
{
	const char *slash = strrchr(f->path, '/');
	scoped(mem_release) char *path = mem_format(
		"%s/%s-%d", folder, slash ? slash + 1 : f->path, (int)getpid());
	scoped(out_free) struct out *to = NULL;
	struct error ignored;

	to = out_open(path, OUT_PRIVATE | OUT_REGULAR, &ignored);
	if (!to || content_copy(f, to, &ignored) < 0 || out_sync(to, &ignored) < 0 ||
	    out_commit(to, &ignored) < 0)
		return -1;
	f->final = path;
	path = NULL;
	return 0;
}

/* The folder was removed, or the disk fails: the kernel has the content yet. */
static int rescue(struct recording_file *f)
{
	static const char *const folders[] = {"/var/tmp", "/tmp", "/dev/shm"};

	for (size_t i = 0; i < array_size(folders); i++)
		if (copy_into(f, folders[i]) == 0)
			return 0;
	return -1;
}

static int commit(struct recording_file *f, struct error *err)
{
	struct error failure;
	const char *moved;

	/* From now on only its name may be missing. */
	f->is_complete = true;
	if (out_commit(f->out, err) < 0)
		return -1;
	moved = out_moved(f->out);
	if (moved) {
		error_set(&failure, "the folder of '%s' was renamed", f->path);
		recording_file_fail(f, &failure);
		f->final = mem_str(moved, strlen(moved));
	}
	return 0;
}

static int publish(struct recording_file *f, struct error *err)
{
	if (out_sync(f->out, err) == 0)
		return commit(f, err);
	if (rescue(f) < 0)
		return -1;
	recording_file_fail(f, err);
	f->is_complete = true;
	return 0;
}

int recording_file_complete(struct recording_file *f, const struct run_info *info,
			    const struct dso_table *dsos, bool *lacks_names,
			    struct error *err)
{
	struct stat st;

	/* Only then: it gives up the room that is kept on the disk. */
	if (fstat(out_descriptor(f->out), &st) == 0 &&
	    (uint64_t)st.st_size > out_pos(f->out) &&
	    out_rewind(f->out, out_pos(f->out), err) < 0)
		return -1;
	*lacks_names = writer_finish(&f->writer, info, dsos, err) < 0;
	/* Without room for the names, the samples are worth more than nothing. */
	if (*lacks_names) {
		recording_file_fail(f, err);
		if (writer_finish(&f->writer, info, NULL, err) < 0)
			return -1;
	}
	return out_flush(f->out, err);
}

int recording_file_publish(struct recording_file *f, struct error *err)
{
	return publish(f, err);
}

const char *recording_file_final_path(const struct recording_file *f)
{
	return f->final ? f->final : f->path;
}

void recording_file_keep(struct recording_file *f)
{
	out_keep(f->out);
}

const char *recording_file_self(const struct recording_file *f)
{
	return out_self(f->out);
}

const char *recording_file_part(const struct recording_file *f)
{
	return f->is_complete ? NULL : out_path(f->out);
}

const struct error *recording_file_failure(const struct recording_file *f)
{
	return f->has_failed ? &f->failure : NULL;
}

void recording_file_release(struct recording_file *f)
{
	writer_release(&f->writer);
	out_free(&f->out);
	mem_release(&f->final);
}

/* A file system in user space with the files of a folder, that stops answering:
 *
 *     hung_fs FOLDER MOUNT_POINT
 *
 * mounts it, prints a line, and serves it until SIGUSR1. From then on it reads requests
 * without an answer, which is the worst that a server can do: a process that waits for
 * it cannot be killed. It ends with SIGTERM. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FILES_MAX = 8, BUFFER = 1 << 20 };

struct files {
	int folder;
	size_t n;
	int fds[FILES_MAX];
	char names[FILES_MAX][64];
};

static volatile sig_atomic_t is_hung;

static void hang(int signal)
{
	(void)signal;
	is_hung = 1;
}

static int file_of(const struct files *files, uint64_t node)
{
	return node > FUSE_ROOT_ID && node - FUSE_ROOT_ID <= files->n
		       ? files->fds[node - FUSE_ROOT_ID - 1]
		       : -1;
}

/* Returns the number of the file, 0: there is none. */
static uint64_t node_of(struct files *files, const char *name)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->names[i], name) == 0)
			return FUSE_ROOT_ID + 1 + i;
	if (files->n == FILES_MAX)
		return 0;
	files->fds[files->n] = openat(files->folder, name, O_RDONLY | O_CLOEXEC);
	if (files->fds[files->n] < 0)
		return 0;
	snprintf(files->names[files->n], sizeof(files->names[0]), "%s", name);
	return FUSE_ROOT_ID + ++files->n;
}

static struct fuse_attr attr_of(const struct files *files, uint64_t node)
{
	struct fuse_attr attr = {.ino = node, .mode = S_IFDIR | 0755, .nlink = 2};
	struct stat st;

	if (fstat(file_of(files, node), &st) < 0)
		return attr;
	attr.mode = S_IFREG | 0755;
	attr.nlink = 1;
	attr.size = (uint64_t)st.st_size;
	attr.blocks = (uint64_t)st.st_blocks;
	attr.blksize = 4096;
	attr.mtime = 1000000000;
	return attr;
}

static void answer(int fuse, uint64_t unique, int error, const void *data, size_t size)
{
	struct fuse_out_header head = {.len = (uint32_t)(sizeof(head) + size),
				       .error = -error,
				       .unique = unique};
	const struct iovec parts[] = {{&head, sizeof(head)}, {(void *)data, size}};

	(void)!writev(fuse, parts, size ? 2 : 1);
}

static void answer_read(int fuse, int file, const struct fuse_in_header *in)
{
	const struct fuse_read_in *read_in = (const void *)(in + 1);
	static char data[BUFFER];
	size_t size = read_in->size < BUFFER ? read_in->size : BUFFER;
	ssize_t got = pread(file, data, size, (off_t)read_in->offset);

	answer(fuse, in->unique, got < 0 ? EIO : 0, data, got < 0 ? 0 : (size_t)got);
}

static void serve(int fuse, struct files *files, const struct fuse_in_header *in)
{
	struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION,
				     .minor = FUSE_KERNEL_MINOR_VERSION,
				     .max_write = 1 << 17};
	struct fuse_attr_out attr = {.attr = attr_of(files, in->nodeid)};
	struct fuse_entry_out entry = {0};
	struct fuse_open_out open = {.open_flags = FOPEN_KEEP_CACHE};
	struct fuse_statfs_out statfs = {.st = {.bsize = 4096, .namelen = 255}};

	switch (in->opcode) {
	case FUSE_INIT:
		answer(fuse, in->unique, 0, &init, sizeof(init));
		return;
	case FUSE_LOOKUP:
		entry.nodeid = node_of(files, (const char *)(in + 1));
		entry.attr = attr_of(files, entry.nodeid);
		if (entry.nodeid)
			answer(fuse, in->unique, 0, &entry, sizeof(entry));
		else
			answer(fuse, in->unique, ENOENT, NULL, 0);
		return;
	case FUSE_GETATTR:
		answer(fuse, in->unique, 0, &attr, sizeof(attr));
		return;
	case FUSE_OPEN:
		answer(fuse, in->unique, 0, &open, sizeof(open));
		return;
	case FUSE_READ:
		answer_read(fuse, file_of(files, in->nodeid), in);
		return;
	case FUSE_STATFS:
		answer(fuse, in->unique, 0, &statfs, sizeof(statfs));
		return;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		answer(fuse, in->unique, 0, NULL, 0);
		return;
	default:
		answer(fuse, in->unique, ENOSYS, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	static char buffer[BUFFER] __attribute__((aligned(8)));
	struct files files = {
		.folder = argc > 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC)
				   : -1};
	int fuse = open("/dev/fuse", O_RDWR);
	char options[128];
	ssize_t got;

	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fuse);
	if (fuse < 0 || files.folder < 0 ||
	    mount("hung", argv[2], "fuse", MS_NOSUID | MS_NODEV, options) < 0) {
		perror("hung_fs");
		return 1;
	}
	signal(SIGUSR1, hang);
	puts("mounted");
	fflush(stdout);
	while ((got = read(fuse, buffer, sizeof(buffer))) > 0 || errno == EINTR ||
	       errno == ENOENT)
		if (got > 0 && !is_hung)
			serve(fuse, &files,
			      (const struct fuse_in_header *)(void *)buffer);
	return 0;
}

#include "base/io.h"

#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 1 << 20 };

static int make_file(const char *text)
{
	char path[] = "/tmp/flame-io-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(io_write(fd, text, strlen(text)), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void reads_files(void **state)
{
	int fd = make_file("0123456789");
	char text[16];

	(void)state;
	assert_int_equal(io_read(fd, text, 4), 4);
	assert_memory_equal(text, "0123", 4);
	assert_int_equal(io_read_full(fd, text, sizeof(text)), 6);
	assert_memory_equal(text, "456789", 6);
	assert_int_equal(io_read(fd, text, 4), 0);
	assert_int_equal(io_read_full(fd, text, 4), 0);
	assert_int_equal(io_read_at(fd, text, 4, 5), 4);
	assert_memory_equal(text, "5678", 4);
	assert_int_equal(io_read_at(fd, text, sizeof(text), 8), 2);
	assert_memory_equal(text, "89", 2);
	close(fd);
}

static void failures_leave_their_cause(void **state)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY);
	char text[4];

	(void)state;
	assert_int_equal(io_read(fd, text, 4), -1);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(io_read_full(fd, text, 4), -1);
	assert_int_equal(io_write(fd, text, 4), -1);
	assert_int_equal(errno, EBADF);
	close(fd);
}

static void on_signal(int sig)
{
	(void)sig;
}

struct pipe_writer {
	int fd;
	pthread_t reader;
};

/* Writes in small parts and interrupts the reader before each. */
static void *write_slowly(void *data)
{
	struct pipe_writer *w = data;

	for (int i = 0; i < 20; i++) {
		usleep(1000);
		pthread_kill(w->reader, SIGUSR1);
		usleep(1000);
		assert_int_equal(io_write(w->fd, "abcde", 5), 0);
	}
	close(w->fd);
	return NULL;
}

static void reading_goes_on_after_signals(void **state)
{
	struct sigaction no_restart = {.sa_handler = on_signal};
	struct pipe_writer w = {.reader = pthread_self()};
	pthread_t thread;
	char text[128];
	int fds[2];

	(void)state;
	assert_int_equal(sigaction(SIGUSR1, &no_restart, NULL), 0);
	assert_int_equal(pipe(fds), 0);
	w.fd = fds[1];
	assert_int_equal(pthread_create(&thread, NULL, write_slowly, &w), 0);
	assert_int_equal(io_read_full(fds[0], text, sizeof(text)), 100);
	assert_memory_equal(text + 95, "abcde", 5);
	pthread_join(thread, NULL);
	close(fds[0]);
}

struct pipe_reader {
	int fd;
	pthread_t writer;
	size_t n;
};

static void *read_slowly(void *data)
{
	struct pipe_reader *r = data;
	char part[50000];
	ssize_t got;

	while ((got = read(r->fd, part, sizeof(part))) > 0) {
		r->n += (size_t)got;
		pthread_kill(r->writer, SIGUSR1);
	}
	return NULL;
}

static void writing_goes_on_after_signals(void **state)
{
	struct sigaction no_restart = {.sa_handler = on_signal};
	struct pipe_reader r = {.writer = pthread_self()};
	char *data = calloc(N, 1);
	pthread_t thread;
	int fds[2];

	(void)state;
	assert_int_equal(sigaction(SIGUSR1, &no_restart, NULL), 0);
	assert_int_equal(pipe(fds), 0);
	r.fd = fds[0];
	assert_int_equal(pthread_create(&thread, NULL, read_slowly, &r), 0);
	assert_int_equal(io_write(fds[1], data, N), 0);
	close(fds[1]);
	pthread_join(thread, NULL);
	assert_int_equal(r.n, N);
	close(fds[0]);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_files),
		cmocka_unit_test(failures_leave_their_cause),
		cmocka_unit_test(reading_goes_on_after_signals),
		cmocka_unit_test(writing_goes_on_after_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Works at the end of a deep stack, for recorders that copy stacks.
 *
 *     deep KIB [MILLIONS]      rounds of work (300)
 *
 * The stack is KIB deep between main() and work(), in frames of about 256 bytes.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__has_attribute) && __has_attribute(noipa)
#define FUNCTION __attribute__((noipa))
#else
#define FUNCTION __attribute__((noinline))
#endif

enum { FRAME = 256, FRAMES_MOST = 4096, ROOM = 240 };

static volatile uint64_t rounds, sink;

FUNCTION void work(void)
{
	uint64_t x = 88172645463325252;

	for (uint64_t n = rounds; n; n--) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	sink = x;
}

FUNCTION void descend(int frames)
{
	volatile char room[ROOM];

	/* Every page of the stack exists: the copy goes on to its limit. */
	room[0] = room[sizeof(room) - 1] = 1;
	if (frames)
		descend(frames - 1);
	else
		work();
	sink += (uint64_t)room[0];
}

int main(int argc, char **argv)
{
	long kib = argc > 1 ? atol(argv[1]) : 0;
	long millions = argc > 2 ? atol(argv[2]) : 300;
	long frames = kib * 1024 / FRAME;

	if (frames < 1 || frames > FRAMES_MOST || millions < 1) {
		fprintf(stderr, "usage: deep KIB [MILLIONS]\n");
		return 2;
	}
	rounds = (uint64_t)millions * 1000000;
	descend((int)frames);
	return 0;
}

/* A shared object with one function of a name of its own, NAME_work, compiled once for
 * each NAME: all of them have the same layout and land at the same address, one after the
 * other. */
#include <stdint.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define WORK	    JOIN(PLUGIN, _work)

uint64_t WORK(uint64_t x, int rounds);

__attribute__((noinline, visibility("default"))) uint64_t WORK(uint64_t x, int rounds)
{
	/* A leaf has no frame of its own otherwise, and hides its caller. */
	__asm__ volatile("# frame" : : "r"(__builtin_frame_address(0)));
	for (int i = 0; i < rounds; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	return x;
}

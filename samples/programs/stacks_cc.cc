/* The same as stacks.c, in ways that only C++ has.
 *
 *     stacks_cc SECONDS WAY      of CPU time
 *
 *     throw       in a destructor, while an exception passes it, and where it is caught
 *     unwind      the same without spinning: in the libraries that throw
 *     virtual     through virtual functions and a lambda that std::sort() calls
 */
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <stdexcept>
#include <vector>

#if defined(__has_attribute) && __has_attribute(noipa)
#define FUNCTION __attribute__((noipa))
#else
#define FUNCTION __attribute__((noinline))
#endif
#define STAY __asm__ volatile("" ::: "memory")

static volatile uint64_t sink = 88172645463325252;
static int rounds = 50000; /* where an exception comes by */

FUNCTION void spin(int rounds)
{
	uint64_t x = sink;

	for (int i = 0; i < rounds; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	sink = x;
}

struct passed {
	FUNCTION ~passed()
	{
		spin(rounds);
		STAY;
	}
};

FUNCTION void thrower(int left)
{
	passed here;

	if (!left)
		throw std::runtime_error("thrown");
	thrower(left - 1);
	STAY;
}

FUNCTION void catcher()
{
	try {
		thrower(3);
	} catch (const std::exception &) {
		spin(rounds);
	}
	STAY;
}

struct shape {
	virtual ~shape() = default;
	virtual int area(int scale) const = 0;
};

struct square : shape {
	FUNCTION int area(int scale) const override
	{
		spin(1000);
		STAY;
		return scale * scale;
	}
};

FUNCTION void virtuals()
{
	std::vector<int> values;
	square one;
	const shape &any = one;

	for (int i = 0; i < 64; i++)
		values.push_back(i * 37 % 64);
	std::function<bool(int, int)> less = [&](int a, int b) {
		return any.area(a) < any.area(b);
	};
	std::sort(values.begin(), values.end(), less);
	STAY;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? std::atof(argv[1]) : 1;
	bool unwinds = argc > 2 && !std::strcmp(argv[2], "unwind");
	bool throws = unwinds || (argc > 2 && !std::strcmp(argv[2], "throw"));

	if (unwinds)
		rounds = 1;
	while (std::clock() < seconds * CLOCKS_PER_SEC) {
		if (throws)
			catcher();
		else
			virtuals();
	}
	return 0;
}

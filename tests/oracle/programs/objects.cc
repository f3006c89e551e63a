// C++ as it is written: templates, virtual calls, the containers, exceptions through frames with
// destructors, lambdas, streams.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <numeric>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#define KEPT __attribute__((noinline))

static volatile unsigned sink;

KEPT static unsigned spin(unsigned n)
{
	unsigned sum = 0;
	for (unsigned i = 0; i < n; i++)
		sum += sink = sink * 31 + i;
	return sum;
}

struct shape {
	virtual ~shape() = default;
	virtual unsigned area() const = 0;
};

struct square : shape {
	KEPT unsigned area() const override { return spin(2000); }
};

struct group : shape {
	std::vector<std::unique_ptr<shape>> members;
	KEPT unsigned area() const override
	{
		return std::accumulate(members.begin(), members.end(), 0u,
				       [](unsigned sum, const auto &m) { return sum + m->area(); });
	}
};

struct passed {
	KEPT ~passed() { spin(500); }
};

template <unsigned N> KEPT void thrower()
{
	passed on_the_way;
	thrower<N - 1>();
	sink++;
}

template <> KEPT void thrower<0>()
{
	if (sink != 7)
		throw std::runtime_error("thrown " + std::to_string(spin(100)));
}

KEPT static void catcher()
{
	try {
		thrower<12>();
	} catch (const std::logic_error &) {
		sink++;
	} catch (const std::exception &e) {
		sink += e.what()[0];
	}
}

KEPT static void containers()
{
	std::map<std::string, std::vector<unsigned>> tree;
	std::unordered_map<unsigned, std::string> table;
	for (unsigned i = 0; i < 200; i++) {
		tree["key " + std::to_string(i * 7919 % 101)].push_back(i);
		table.emplace(i, std::string(i % 60, 'x'));
	}
	std::vector<std::string> words;
	std::transform(table.begin(), table.end(), std::back_inserter(words),
		       [](const auto &entry) { return entry.second; });
	std::sort(words.begin(), words.end(), [](const auto &a, const auto &b) {
		return spin(5), a.size() < b.size() || (a.size() == b.size() && a < b);
	});
	sink += words.size() + tree.size();
}

KEPT static void text()
{
	std::ostringstream out;
	for (unsigned i = 0; i < 50; i++)
		out << "number " << i << ' ' << i / 3.0 << '\n';
	static const std::regex pattern("n(um)?ber ([0-9]+) ([0-9.]+)");
	const std::string all = out.str();
	sink += std::distance(std::sregex_iterator(all.begin(), all.end(), pattern),
			      std::sregex_iterator());
}

int main(int argc, char **argv)
{
	std::time_t end = std::time(nullptr) + (argc > 1 ? std::atoi(argv[1]) : 1) + 1;
	group all;
	for (unsigned i = 0; i < 10; i++)
		all.members.push_back(std::make_unique<square>());
	const std::vector<std::function<void()>> jobs = {
		containers, catcher, text, [&] { sink += all.area(); }};
	while (std::time(nullptr) < end)
		for (const auto &job : jobs)
			job();
	return 0;
}

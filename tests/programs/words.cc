// A program with as much inlined code as C++ has: its DWARF is compared with what others read.
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

namespace
{
template <typename T> struct tree {
	struct node {
		T value;
		std::unique_ptr<node> left, right;
	};
	std::unique_ptr<node> root;

	void add(T value)
	{
		auto *at = &root;
		while (*at)
			at = value < (*at)->value ? &(*at)->left : &(*at)->right;
		at->reset(new node{value, {}, {}});
	}

	template <typename F> void each(const std::unique_ptr<node> &n, F f) const
	{
		if (!n)
			return;
		each(n->left, f);
		f(n->value);
		each(n->right, f);
	}
};

template <int N> __attribute__((always_inline)) inline int deep(int x)
{
	if constexpr (N > 0)
		return deep<N - 1>(x * N) ^ [=] { return x + N; }();
	return x;
}
} // namespace

int main(int argc, char **argv)
{
	std::unordered_map<std::string, int> counts;
	std::regex word("([a-z]+)([0-9]*)|x(y|z)*");
	std::string text = argc > 1 ? argv[1] : "abc12 def ghi77 xyzzy";
	for (std::sregex_iterator it(text.begin(), text.end(), word), end; it != end; ++it)
		counts[it->str(1)]++;

	std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
	std::sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) {
		return a.second > b.second || (a.second == b.second && a.first < b.first);
	});
	tree<std::string> words;
	tree<int> numbers;
	for (auto &p : sorted) {
		words.add(p.first);
		numbers.add(p.second);
	}
	std::ostringstream out;
	words.each(words.root, [&](const std::string &s) { out << s << ' '; });
	numbers.each(numbers.root, [&](int n) { out << n << ' '; });

	std::map<int, std::function<int(int)>> functions;
	for (int i = 0; i < argc + 3; i++)
		functions[i] = [i](int x) { return x * i; };
	int sum = deep<5>(argc);
	for (auto &f : functions)
		sum += f.second(sum + 1);
	std::cout << out.str() << sum << std::regex_replace(text, word, "<$1>") << '\n';
}

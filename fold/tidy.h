/* Function names from the text of other tools, prepared for a flame graph. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct tidy_options {
	bool java; /* drop the 'L' of a Java signature before a class name */
	/* As stackcollapse-perf.pl: keep the escapes and hashes of half-demangled Rust
	 * names, drop the apostrophes of lifetimes, and the "()" of "operator()". */
	bool exact;
};

/* Writes the tidy form of 'name' to 'to', which has room for 'len' bytes, and returns
 * its length. Parameter lists and quotes are dropped, but not the
 * apostrophe of a Rust lifetime; ';' becomes ':'.
 *
 *     ns::f(int, char) const            -> ns::f
 *     fn<int (int)>::operator()(int) const -> fn<int (int)>::operator()
 *     net/http.(*Client).Do             (the receiver of a Go method stays)
 *     a::$LT$T$GT$::f::h0123456789abcdef -> a::<T>::f */
size_t tidy_name(char *to, const char *name, size_t len,
		 const struct tidy_options *options);

/* Names from other tools' text, made fit for a flame graph: without parameter lists, quotes and
 * the escapes of half-demangled Rust. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct tidy_options {
	bool java; /* an object's name loses the 'L' of its signature */
	bool rust; /* the escapes and the hash of half-demangled names are undone */
};

/* Writes the tidy form of 'name' to 'to', which has room for 'len' bytes, and returns its
 * length.
 *
 *     ns::f(int, char) const            -> ns::f
 *     std::function<int (int)>::operator()(int) const -> std::function<int (int)>::operator
 *     net/http.(*Client).Do             (Go's receivers stay)
 *     a::$LT$T$GT$::f::h0123456789abcdef -> a::<T>::f
 */
size_t tidy_name(char *to, const char *name, size_t len,
		 const struct tidy_options *options);

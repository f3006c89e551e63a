/* Checked conversions to smaller integer types, for values that fit unless the program is
 * wrong or an array has outgrown its index type: narrow_u32(v.n) instead of
 * (uint32_t)v.n. A value that does not fit ends the program with one line on stderr, in
 * every build. Values that come from a file, the kernel or an option need an error of
 * their own instead. */
#pragma once

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

/* Each returns 'n' in the type of its name: narrow_size() takes a signed number that is
 * not negative, the length that snprintf() or read() returned, for example. */
#define narrow_u8(n)   ((uint8_t)narrow_unsigned((n), UINT8_MAX, __FILE__, __LINE__))
#define narrow_u16(n)  ((uint16_t)narrow_unsigned((n), UINT16_MAX, __FILE__, __LINE__))
#define narrow_u32(n)  ((uint32_t)narrow_unsigned((n), UINT32_MAX, __FILE__, __LINE__))
#define narrow_int(n)  ((int)narrow_unsigned((n), INT_MAX, __FILE__, __LINE__))
#define narrow_i64(n)  ((int64_t)narrow_unsigned((n), INT64_MAX, __FILE__, __LINE__))
#define narrow_size(n) narrow_signed((n), __FILE__, __LINE__)

/* Prints the position in the source and aborts. */
_Noreturn void narrow_failed(const char *file, int line);

/* Private to the macros above. */
static inline uint64_t narrow_unsigned(uint64_t n, uint64_t max, const char *file,
				       int line)
{
	if (__builtin_expect(n > max, 0))
		narrow_failed(file, line);
	return n;
}

/* Private to the macros above. */
static inline size_t narrow_signed(int64_t n, const char *file, int line)
{
	if (__builtin_expect(n < 0, 0))
		narrow_failed(file, line);
	return (size_t)n;
}

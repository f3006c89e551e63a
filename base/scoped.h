/* Variables that clean up after themselves: scoped(reader_close) struct reader *rd = ...;
 * calls reader_close(&rd) when 'rd' goes out of scope. Such a variable need not be
 * used. */
#pragma once

#define scoped(fn) __attribute__((cleanup(fn), unused))

/* Number of items of an array. */
#define array_size(a) (sizeof(a) / sizeof((a)[0]))

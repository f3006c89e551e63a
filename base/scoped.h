/* Owners that clean up after themselves: scoped(reader_close) struct reader *rd = ...;
 * calls reader_close(&rd) when 'rd' leaves its scope. */
#pragma once

#define scoped(fn) __attribute__((cleanup(fn)))

#define array_size(a) (sizeof(a) / sizeof((a)[0]))

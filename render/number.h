/* Numbers as people read them; no locale. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { NUMBER_MAX = 32 };

/* "7,344"; each function returns 'to'. */
const char *number_grouped(char to[NUMBER_MAX], uint64_t n);

/* 'part' of 'whole' in per cent, without the sign: "0.42", "35.6", "100"; what is above 0 but
 * would be shown as 0 is "<0.01". Of nothing everything is 0. */
const char *number_share(char to[NUMBER_MAX], uint64_t part, uint64_t whole);

/* Of any size and sign, to three digits: "8.42", "35.6", "1234"; with 'plus' before what is above 0
 * where 'plus' is "+". */
const char *number_figure(char to[NUMBER_MAX], const char *plus, double value);

/* "870 us", "12.5 ms", "30.0 s", "2 min 10 s", "3 h 20 min". */
const char *number_duration(char to[NUMBER_MAX], uint64_t ns);

/* UTC, from ns since 1970: "2026-11-21 03:14:25 UTC". */
const char *number_date(char to[NUMBER_MAX], uint64_t ns);

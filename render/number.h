/* Numbers for people to read, the same in every locale. Each function writes into 'to'
 * and returns it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { NUMBER_MAX = 32 };

/* "7,344" */
const char *number_grouped(char to[NUMBER_MAX], uint64_t n);

/* 'part' of 'whole' in per cent, without the sign: "0.42", "35.6", "100". Numbers
 * above 0 that would be rounded to 0 are "<0.01". The result is "0" if 'whole' is 0. */
const char *number_share(char to[NUMBER_MAX], uint64_t part, uint64_t whole);

/* Any number, rounded to three digits: "8.42", "35.6", "1234". 'plus', "+" or "",
 * stands before positive numbers. */
const char *number_figure(char to[NUMBER_MAX], const char *plus, double value);

/* "870 us", "12.5 ms", "30.0 s", "2 min 10 s", "3 h 20 min". */
const char *number_duration(char to[NUMBER_MAX], uint64_t ns);

/* UTC, from ns since 1970: "2026-11-21 03:14:25 UTC". */
const char *number_date(char to[NUMBER_MAX], uint64_t ns);

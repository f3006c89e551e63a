/* A check of the units in .debug_info and .debug_types before libdw reads them. For the
 * first entry of each unit libdw searches an abbreviation in a table, and keeps all those
 * before it in memory; nothing stops a small file from having a million units that share
 * one table, with the needed abbreviation at its end. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* Estimates the memory that libdw needs for all units of 'units' with the abbreviations
 * 'abbrevs', in bytes. Returns false if all searches together pass over far more than the
 * section 'abbrevs': no real file needs that. Time is linear in both sections. */
bool dwarf_units_check(struct bytes units, struct bytes abbrevs, uint64_t *memory);

/* The index of a package with split DWARF (.dwp): .debug_cu_index of DWARF 5, section
 * 7.3.5, and GNU's format of before. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* Sections of a unit; the values are those of DWARF 5, but for DWO_LOCLISTS. */
enum dwo_section {
	DWO_INFO,
	DWO_ABBREV,
	DWO_LINE,
	DWO_STR_OFFSETS,
	DWO_RNGLISTS,
	DWO_SECTIONS
};

/* Places of a unit's parts in the sections of the package; size 0: it has none. */
struct dwo_parts {
	struct {
		uint32_t offset, size;
	} items[DWO_SECTIONS];
};

/* Finds the unit with this id in the bytes of .debug_cu_index. Returns false if there is
 * none, or if the index is damaged. The places are not checked. */
bool dwo_index_find(struct bytes index, uint64_t id, struct dwo_parts *parts);

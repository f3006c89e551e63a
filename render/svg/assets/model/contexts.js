// Contexts of the numbers in the data, as in coder.h; profile_sides.js also uses those
// after OF_SIDES. Nothing else is in this module: then esbuild puts the numbers where
// they are used.

export const OF_FIGURE = 0, OF_OBJECT = 1, OF_ATTRIBUTES = 2, OF_NEW = 3, OF_FRAME = 4, OF_END = 5, OF_COUNT = 6, OF_WEIGHT = 7;
export const OF_IDLE = 8, OF_SLICES = 9, OF_SLICE = 10, OF_SLICE_COUNT = 11, OF_SIDES = 12;

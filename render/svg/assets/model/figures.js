// Sizes of the drawing, in pixels. Nothing else is in this module: then esbuild puts the
// numbers where they are used.

export const ROW = 20;
// The margin beside the graph, and the width of a letter.
export const MARGIN = 10, CELL = 6.62;
// Narrower boxes are left out.
export const LEAST = 0.5;
// Paths are in hundredths of a pixel across: whole numbers are written faster.
export const FINE = 100;
// The time strip: its height, and its shades.
export const STRIP = 30, LEVELS = 6;
// Shades of a difference.
export const STEPS = 8;
// Rows of the table at first, and how many each click adds.
export const ROWS = 50, MORE_ROWS = 100;

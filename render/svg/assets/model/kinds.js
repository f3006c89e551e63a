// Kinds of frames. Numbers come first: then esbuild puts them where they are used.

export const STRUCTURE = 0, KERNEL = 1, MODULE = 2, UNKNOWN = 7;
export const KINDS = ['', 'kernel', 'kernel module', 'program', 'library', 'JIT code', 'interpreted', 'no name known'];

// The static picture stays where it cannot be unpacked.
if (!globalThis.DecompressionStream) return;
// The recorded profile, which nothing changes.
const source = await decode(byId('data').textContent, typeof readSides === 'undefined' ? null : readSides);
const { frames, functionOf, times, diff } = source;

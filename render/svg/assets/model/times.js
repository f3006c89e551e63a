// The time of the recording, in slices, and how busy the CPUs were in them.

import { samples } from './facts.js';
import { state } from './state.js';
import { percent } from './words.js';

export function clock(ns) {
	const all = Math.round(ns / 1e9);
	return ns < 60e9 ? (ns / 1e9).toFixed(state.profile.times.width < 1e8 ? 2 : 1) + ' s' : `${Math.floor(all / 60)} min ${all % 60} s`;
}

// The samples of the busiest slice, or 0 where idle CPUs were sampled too.
const peakOf = (times) => times.peak ??= times.idle.some(Boolean) ? 0 : Math.max(...times.busy);

// The busy samples of some slices, and their part of all samples; where idle CPUs were
// not sampled, of the busiest slice.
export function busyIn(from, to) {
	const { times } = state.profile, { busy, idle } = times, peak = peakOf(times);
	let b = 0, all = peak * (to - from);
	for (let k = from; k < to; k++) {
		b += busy[k];
		if (!peak) all += busy[k] + idle[k];
	}
	return { count: b, part: all && b / all };
}

export function partText(from, to) {
	const { count, part } = busyIn(from, to), { times } = state.profile;
	return `${clock(from * times.width)} to ${clock(to * times.width)}, ${peakOf(times) ? samples(count) : `CPUs ${percent(part, 1)} busy`}`;
}
export const rangeText = () => partText(...state.range);

// The search: which frames match, and how many samples have a match on their stack.

import { makeColumn } from './counts.js';
import { kids, sum } from './view.js';

// The pattern of a search, or null. Lower case matches any case. Text that is not a
// regular expression finds nothing: it may become one as it is typed.
export function patternOf(text) {
	try {
		return text ? new RegExp(text, text === text.toLowerCase() ? 'i' : '') : null;
	} catch {
		return null;
	}
}

// Whether each frame matches, or null without a pattern. The root's frame, the last,
// never does.
export const matchingFrames = ({ frames }, pattern) => pattern && Uint8Array.from(frames, (frame, k) => k < frames.length - 1 && pattern.test(frame.name));

// For each column of the base a column of its samples that have a matching frame on their
// stack.
export function countMatches({ profile, picked, links }, hits) {
	const above = new Uint8Array(profile.n), matched = {};
	for (let i = 1; i < profile.n; i++) above[i] = above[profile.parent[i]] | hits[profile.frame[i]];
	for (const name in picked) matched[name] = makeColumn(picked[name].map((count, i) => above[i] && count), links);
	return matched;
}

// The matching nodes nearest to the root of the view, the large ones at least, largest
// first.
export function matchingNodes({ root }, hits, matched) {
	let list = [];
	for (const part of [1e-2, 1e-3, 1e-4, 0]) {
		const open = [root];
		list = [];
		while (open.length) {
			const node = open.pop();
			if (hits[node.number]) list.push(node);
			else for (const kid of kids(node)) if (kid.count >= part * root.count && sum(kid, matched.count)) open.push(kid);
		}
		if (list.length > 99) break;
	}
	return list.sort((a, b) => b.count - a.count);
}

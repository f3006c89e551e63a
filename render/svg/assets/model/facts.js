// Sentences about the samples of boxes, in the words of a profile and of a comparison.

import { state } from './state.js';
import { isBack, pathTo } from './view.js';
import { grouped, percent, shorten } from './words.js';

export const samples = (n) => grouped(n) + ' ' + (state.profile.unit || (n === 1 ? 'sample' : 'samples'));
export const share = (count) => percent(count, state.base.count.total[0]);
export const ofView = (count) => state.zoomed.up ? ` · ${percent(count, state.zoomed.count)} of the view` : '';

// For a box that leads to callers: its part in the samples of the function that it leads
// from.
export function connection(node) {
	if (!node.up || !isBack(node)) return '';
	const callee = node.view.pivot === 'leaf' ? pathTo(node)[1] : node.view.root;
	return ` · ${percent(node.count, callee.count)} of ${shorten(callee.frame.name, 40)}`;
}

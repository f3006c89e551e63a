// Counts, colours and texts of boxes in the picture of a profile; comparison_facts.js has
// the same for a comparison.

import { connection, ofView, samples, share } from './facts.js';
import { state } from './state.js';
import { isBack, ownOf, sum } from './view.js';
import { grouped, seconds } from './words.js';

export const ownCounts = (profile) => ({ count: profile.self.slice(), weight: profile.selfWeight.slice() });
export const colourOf = (node) => node.frame.colour;
// A count in the form that the reader has chosen.
export const amountOf = (count) => state.isCounted ? grouped(count) : share(count);
export const amountText = (node) => amountOf(node.count);
export const matchedText = () => share(state.matched.count.total[0]) + ofView(sum(state.zoomed, state.matched.count));

export function factsOf(node) {
	const { count, weight } = node.view, self = ownOf(node, count), own = sum(node, weight);
	return `${share(node.count)} of all · ${samples(node.count)}` +
		(!weight.total[0] ? '' : state.profile.isTime ? ` · ${seconds(own)} of CPU time` : ` · ${grouped(Math.round(own))} events`) +
		ofView(node.count) + connection(node) +
		(node.up && !isBack(node) ? ` · itself ${share(self)}${self ? ` (${samples(self)})` : ''}` : '');
}

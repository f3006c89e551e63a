// Exclusions: boxes with samples that are left out in all views.

import { find, viewAt } from './address.js';
import { makeBase } from './counts.js';
import { isSandwich, makeView } from './view.js';

// Marks the nodes of the recorded profile that have samples in a box.
export function samplesOf({ of, view }) {
	const { profile: { n }, up, to } = view, gone = new Uint8Array(n);
	for (const i of of) gone[i] = 1;
	if (view.pivot !== 'leaf') for (let i = 1; i < n; i++) gone[i] |= gone[up[i]];
	for (let i = 1; to && i < n; i++) gone[i] = gone[to[i]];
	return gone;
}

// The exclusions { gone, name, address } at these addresses: a view, '!' and a node. Each
// is looked up in its own view of all samples. An address that leads nowhere excludes
// nothing.
export function exclusionsAt(profile, ownCounts, addresses) {
	const without = [];
	for (const address of addresses) {
		const [text, path = ''] = address.split('!'), { pivot, isFolded } = viewAt(profile, text);
		const view = makeView(makeBase(profile, { isFolded, without: [] }, ownCounts, null), pivot);
		const { node, isAll } = find(view, path);
		if (isAll && (node.up || isSandwich(view))) without.push({ gone: samplesOf(node), name: node.frame.name, address });
	}
	return without;
}

// Addresses of nodes and views: frames by their names, not by their places, so that an
// address holds in windows of any width and in other recordings of the same programs.

import { isSandwich, kids, pathTo } from './view.js';

// The last digits of the FNV-1a hash.
function hash(text) {
	let h = 0x811c9dc5;
	for (const c of text) h = Math.imul(h ^ c.codePointAt(0), 16777619);
	return (h >>> 0).toString(36).padStart(4, '0').slice(-4);
}
const hashOf = (frame) => frame.hash ||= hash(frame.name + '\n' + frame.inlined);
const hashOfFunction = (frame) => hash(frame.name) + hash(frame.object);

// The path to a node, a few letters for each frame; frames with the same letters are
// numbered.
export function addressOf(node) {
	let text = '';
	for (const one of pathTo(node)) {
		if (!one.up) continue;
		const alike = kids(one.up).filter((kid) => kid.depth === one.depth && hashOf(kid.frame) === hashOf(one.frame));
		text += '.' + (one.depth < 0 ? '-' : '') + hashOf(one.frame) + (alike[0] === one ? '' : '~' + alike.indexOf(one));
	}
	return text.slice(1);
}

// The node of a view at an address, or the last one on the path that exists; 'isAll' is
// whether all of the path does.
export function find({ root }, address) {
	let node = root;
	for (const part of address ? address.split('.') : []) {
		const [letters, k = 0] = part.replace('-', '').split('~'), isCaller = part[0] === '-';
		const next = kids(node).filter((kid) => kid.depth < 0 === isCaller && hashOf(kid.frame) === letters)[k];
		if (!next) return { node, isAll: false };
		node = next;
	}
	return { node, isAll: true };
}

export const addressOfView = (view) => (view.isFolded ? 'f' : '') + (isSandwich(view) ? 's' + hashOfFunction(view.root.frame) : view.pivot && 'r');

// The choices that an address of a view holds.
export function viewAt({ frames, functionOf }, address) {
	const [, fold, kind, letters] = /^(f?)(r|s|)(\w*)$/.exec(address) || [];
	const frame = kind === 's' ? frames.findIndex((f) => hashOfFunction(f) === letters) : -1;
	return { isFolded: !!fold, pivot: kind === 'r' ? 'leaf' : frame < 0 ? '' : functionOf[frame] };
}

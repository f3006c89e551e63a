// The state of the picture: what was decoded, the reader's choices, and everything that
// follows from them. update() is the one writer; the state it makes is frozen, and all
// other modules only read it.

import { addressOf, find } from './address.js';
import { makeBase } from './counts.js';
import { ROWS } from './figures.js';
import { layOut } from './layout.js';
import { countMatches, matchingFrames, patternOf } from './search.js';
import { makeView } from './view.js';

// Set at the start:
//   kind          of the picture: see profile_kind.js
//   profile       as decode() returns it
// The reader's choices; all but the last four are in the address of the page:
//   pivot         where the root of the view is: see view.js
//   isFolded      whether recursion is folded
//   side          of a comparison: 'before', 'after', or '' for their difference
//   range         slices of time, [first, end], or null
//   without       exclusions: see exclude.js
//   zoomed        a node of the view; update() also takes the address of one
//   query         the text of the search
//   isFlipped     whether the root is at the bottom
//   isCounted     whether numbers are shown instead of shares
//   panel         the open panel: 'table', 'help' or ''
//   order         the column that sorts the table, '' for the kind's own
//   rowLimit      rows of the table
//   returnTo      the address of the node that was zoomed to before the pivot was set
//   hovered       the node under the pointer, or null
//   focused       the node with the keyboard's focus, or null
// Sizes in pixels:
//   width, top    of the graph
//   barHeight     of the bar
// Everything that follows from these:
//   base, view    see counts.js and view.js
//   pattern, hits, matched  patternOf(), matchingFrames() and countMatches() of the
//                           search, or null
//   rows, drawn, rests, firstDepth, lastDepth  see layOut()
export let state = Object.freeze({ order: '', rowLimit: ROWS, width: 1000, top: 0, barHeight: 0 });

let listener = null;
// Sets the function that shows changes. It gets the state before.
export const onUpdate = (show) => listener = show;

// Makes some changes, brings up to date what follows from them, and shows the result.
// Changes that are made while a change is shown, such as measured sizes, are part of that
// change.
export function update(changes) {
	const before = state, next = { ...before, ...changes }, { profile, kind, query, range, without } = next;
	if (profile !== before.profile || next.isFolded !== before.isFolded || next.side !== before.side || range !== before.range || without !== before.without)
		next.base = makeBase(profile, next, kind.ownCounts, before.base);
	if (next.base !== before.base || next.pivot !== before.pivot) {
		next.view = makeView(next.base, next.pivot);
		next.hovered = next.focused = null;
		if (next.zoomed === before.zoomed) next.zoomed = addressOf(next.zoomed);
	}
	if (typeof next.zoomed === 'string') next.zoomed = find(next.view, next.zoomed).node;
	if (query !== before.query) {
		next.pattern = patternOf(query);
		next.hits = matchingFrames(profile, next.pattern);
	}
	if (next.hits !== before.hits || next.base !== before.base) next.matched = next.hits && countMatches(next.base, next.hits);
	if (next.zoomed !== before.zoomed || next.width !== before.width) Object.assign(next, layOut(next.zoomed, next.width));
	state = Object.freeze(next);
	const show = listener;
	listener = null;
	try {
		show?.(before);
	} finally {
		listener = show;
	}
}

// The node that the mouse, the keyboard or the zoom is on.
export const currentNode = () => state.hovered || state.focused || state.zoomed;

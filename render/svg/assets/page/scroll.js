// Rows on the page, and scrolling to them.

import { ROW } from '../model/figures.js';
import { state } from '../model/state.js';

export function rowY(depth) {
	return state.top + (state.isFlipped ? state.lastDepth - depth : depth - state.firstDepth) * ROW;
}

// Scrolls to the node that has the focus.
export function reveal() {
	const { focused, barHeight } = state;
	if (!state.drawn.has(focused)) return;
	const y = rowY(focused.depth);
	if (y < scrollY + barHeight) scrollTo(0, y - barHeight - ROW);
	else if (y + ROW > scrollY + innerHeight) scrollTo(0, y + 2 * ROW - innerHeight);
}

// Scrolls to the zoomed node, unless it is on the screen.
export function revealZoomed() {
	const y = rowY(state.zoomed.depth);
	if (y < scrollY || y > scrollY + innerHeight - 5 * ROW) scrollTo(0, y - innerHeight / 2);
}

// Scrolls to the root's end of the page.
export const revealRoot = () => scrollTo(0, state.isFlipped ? document.documentElement.scrollHeight : 0);

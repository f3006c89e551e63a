// The page: shows each change of the state, and has the graph follow the sizes of the
// window, the head and the bar.

import { MARGIN } from '../model/figures.js';
import { state } from '../model/state.js';
import { resize } from './actions.js';
import { bar, showPath, showSwitches } from './bar.js';
import { describe } from './details.js';
import { byId, heightOf, html, root, set, svg } from './dom.js';
import { draw, graph, mark, setSize } from './graph.js';
import { hud } from './head.js';
import { keepInAddress } from './location.js';
import { showMatch } from './search_box.js';
import { fillPanel } from './table.js';

const hudPlace = svg('foreignObject', {}, hud), barPlace = svg('foreignObject', {}, bar);
const still = byId('static'), viewBox = root.getAttribute('viewBox');

export const graphWidth = () => Math.max(200, root.clientWidth || innerWidth) - 2 * MARGIN;

// Measures the page. The text in the bar decides its height.
export function fit() {
	// Paper has the static picture.
	if (still.isConnected) return;
	const width = graphWidth();
	for (const place of [hudPlace, barPlace]) set(place, { width: width + 2 * MARGIN });
	describe();
	const height = heightOf(hud), barHeight = heightOf(bar);
	set(hudPlace, { height });
	set(barPlace, { height: barHeight });
	resize({ width, top: Math.ceil(height + barHeight) + 6, barHeight });
	setSize();
	follow();
}

// The head scrolls away, the bar stays.
export const follow = () => set(barPlace, { y: Math.max(heightOf(hud), scrollY) });

// Shows the difference of the state from the state before.
export function show(before) {
	const { view, base, drawn, query, isFlipped, isCounted, panel, order, rowLimit } = state;
	const isPanelNew = base !== before.base || panel !== before.panel || order !== before.order || rowLimit !== before.rowLimit || isCounted !== before.isCounted;
	const areBoxesNew = isPanelNew || drawn !== before.drawn || query !== before.query || isFlipped !== before.isFlipped;
	if (isPanelNew) fillPanel();
	if (areBoxesNew) {
		showPath();
		showSwitches();
		showMatch();
		state.kind.showChoices?.();
		keepInAddress();
	}
	if (isPanelNew || view !== before.view) fit();
	if (areBoxesNew || state.top !== before.top) draw();
	else mark();
	describe();
}

// Puts the live picture in the place of the static one.
export function showLive() {
	root.append(graph, hudPlace, barPlace, html('meta', { name: 'viewport', content: 'width=device-width,initial-scale=1' }));
	removeStatic();
}

function removeStatic() {
	still.remove();
	root.removeAttribute('viewBox');
	set(root, { width: '100%' });
}

// Paper gets the static picture, on one page; where that is the style hides the live one.
export function beforePrint() {
	graph.before(still);
	set(root, { viewBox, width: '100%', height: '100%' });
}
export function afterPrint() {
	removeStatic();
	fit();
	draw();
}

// The strip above the graph: the CPU use in each slice of time, the fuller and darker the
// busier, and in another colour the part of the zoomed node. A part of the time may be
// chosen; then only its samples count.

import { samplesOf } from '../model/exclude.js';
import { LEVELS, MARGIN, STRIP } from '../model/figures.js';
import { state } from '../model/state.js';
import { busyIn, clock, partText, rangeText } from '../model/times.js';
import { setRange } from './actions.js';
import { describe, factsText } from './details.js';
import { html, set, svg } from './dom.js';
import { panel } from './panel.js';

const bars = svg('g'), zoomPart = svg('path.hit'), chosen = svg('g');
const strip = svg('svg.strip', {
	height: STRIP, width: '100%', preserveAspectRatio: 'none', tabindex: 0, role: 'slider', 'aria-valuemin': 0,
	'aria-label': 'Time. Left and right move the chosen part, with Shift its end; Escape chooses all.',
}, bars, zoomPart, chosen, svg('rect', { width: '100%', height: STRIP, fill: 'transparent' }));

function column(k, part) {
	const h = (part * STRIP).toFixed(1);
	return `M${k} ${STRIP}v-${h}h1v${h}z`;
}

// Draws the part of the zoomed node and the chosen part.
export function drawChoices() {
	const { range, profile: { times: { n, width } } } = state, [from, to] = range || [0, n];
	drawZoom();
	const part = (style, a, b) => svg('rect.' + style, { y: 0.5, height: STRIP - 1, x: a, width: b - a });
	chosen.replaceChildren(...range ? [part('outside', 0, from), part('outside', to, n), part('inside', from, to)] : []);
	set(strip, { 'aria-valuenow': from, 'aria-valuetext': range ? rangeText() : 'all of ' + clock(n * width) });
}

// Only for the view from the root: other views do not know the nodes without samples in
// the range.
function drawZoom() {
	const { pivot, zoomed, profile: { times: { n, busy, first, slice, count } } } = state, counts = new Float64Array(n);
	if (pivot === '' && zoomed.up) samplesOf(zoomed).forEach((is, i) => {
		for (let k = first[i]; is && k < first[i + 1]; k++) counts[slice[k]] += count[k];
	});
	set(zoomPart, { d: Array.from(counts, (c, k) => c ? column(k, busyIn(k, k + 1).part * c / busy[k]) : '').join('') });
}

// Choosing with the mouse or a finger.
function dragging({ n }) {
	const sliceAt = (e) => Math.max(0, Math.min(n - 1, Math.floor((e.clientX - MARGIN) / state.width * n)));
	let anchor = null, wanted = null;
	const spanned = (k) => [Math.min(k, anchor), Math.max(k, anchor) + 1];
	const end = () => anchor = wanted = null;
	return {
		onpointerdown(e) {
			anchor = sliceAt(e);
			strip.setPointerCapture(e.pointerId);
		},
		onpointermove(e) {
			const k = sliceAt(e);
			if (anchor === null) {
				factsText.textContent = partText(k, k + 1);
				return;
			}
			if (k === anchor && !wanted) return;
			// One drawing for each picture that the browser shows.
			if (!wanted) requestAnimationFrame(() => {
				if (wanted) setRange(wanted);
				wanted = null;
			});
			wanted = spanned(k);
		},
		// A click without a drag chooses a slice, or, if a part is chosen, all.
		onpointerup(e) {
			const k = sliceAt(e);
			if (anchor !== null) setRange(k === anchor && state.range ? null : spanned(k));
			end();
		},
		// A finger scrolls the page.
		onpointercancel: end,
		onpointerleave: describe,
	};
}

function moveRange(e) {
	const { range, profile: { times: { n } } } = state, [from, to] = range || [0, Math.ceil(n / 10)], by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
	if (by) {
		if (!range) setRange([from, to]);
		else if (e.shiftKey) setRange([from, Math.max(from + 1, Math.min(n, to + by))]);
		else if (from + by >= 0 && to + by <= n) setRange([from + by, to + by]);
	} else if (e.key === 'Escape' && range) setRange(null);
	else return;
	// The graph must not get the key too.
	return false;
}

export function addStrip() {
	const { times } = state.profile, { n, width } = times;
	const levels = Array.from({ length: LEVELS }, () => []);
	for (let k = 0; k < n; k++) {
		const { part } = busyIn(k, k + 1);
		if (part) levels[Math.min(LEVELS - 1, Math.floor(part * LEVELS))].push(column(k, part));
	}
	bars.append(...levels.map((d, k) => svg('path.heat', { 'fill-opacity': (0.25 + 0.75 * k / (LEVELS - 1)).toFixed(2), d: d.join('') })));
	// One unit across for each slice.
	set(strip, { viewBox: `0 0 ${n} ${STRIP}`, 'aria-valuemax': n, ...dragging(times), onkeydown: moveRange });
	panel.before(html('div.time', {}, strip, html('div.ticks mu', {}, ...[0, 0.25, 0.5, 0.75, 1].map((part) => html('span', {}, clock(part * n * width))))));
}

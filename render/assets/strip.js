// CPU use over the time of the recording, as a strip of slices: the fuller and darker the busier.
// What is zoomed to has its part of it in another colour. A part of the time may be chosen; only
// its samples count then.

const STRIP = 30, LEVELS = 6;
const bars = svg('g'), zoomPart = svg('path.hit'), chosen = svg('g'), ticks = html('div.ticks mu');
const stripPad = svg('rect', { width: '100%', height: STRIP, fill: 'transparent' });
const strip = svg('svg.strip', {
	height: STRIP, width: '100%', tabindex: 0, role: 'slider', 'aria-valuemin': 0,
	'aria-label': 'Time. Left and right move the chosen part, with Shift its end; Escape chooses all.',
}, bars, zoomPart, chosen, stripPad);
if (times) bar.insertBefore(html('div.time', {}, strip, ticks), panel);

function clock(ns) {
	const all = Math.round(ns / 1e9);
	return ns < 60e9 ? (ns / 1e9).toFixed(times.width < 1e8 ? 2 : 1) + ' s' : `${Math.floor(all / 60)} min ${all % 60} s`;
}
// How busy the CPUs were in some slices: of what was sampled, or, where idle CPUs are not, beside
// the busiest slice.
const peak = times && !times.idle.some(Boolean) && Math.max(...times.busy);
function busyIn(from, to) {
	const { busy, idle } = times;
	let b = 0, all = peak * (to - from);
	for (let k = from; k < to; k++) {
		b += busy[k];
		if (!peak) all += busy[k] + idle[k];
	}
	return { count: b, part: all && b / all };
}

function partText(from, to) {
	const { count, part } = busyIn(from, to), { width: slice } = times;
	return `${clock(from * slice)} to ${clock(to * slice)}, ${peak ? samples(count) : `CPUs ${percent(part, 1)} busy`}`;
}
const rangeText = () => partText(...range);

function drawStrip() {
	const { n, width: slice } = times, w = width / n, levels = Array.from({ length: LEVELS }, () => []);
	for (let k = 0; k < n; k++) {
		const { part } = busyIn(k, k + 1);
		if (part) levels[Math.min(LEVELS - 1, Math.floor(part * LEVELS))].push(column(k, w, part));
	}
	bars.replaceChildren(...levels.map((d, k) => svg('path.heat', { 'fill-opacity': (0.25 + 0.75 * k / (LEVELS - 1)).toFixed(2), d: d.join('') })));
	ticks.replaceChildren(...[0, 0.25, 0.5, 0.75, 1].map((part) => html('span', {}, clock(part * n * slice))));
	drawRange();
	drawZoom();
}

function column(k, w, part) {
	const h = (part * STRIP).toFixed(1);
	return `M${(k * w).toFixed(2)} ${STRIP}v-${h}h${w.toFixed(2)}v${h}z`;
}

// In other views the nodes without samples in the chosen time are not known.
function drawZoom() {
	const { n, busy, first, slice, count } = times, counts = new Float64Array(n);
	if (way === '' && zoomed.up) samplesOf(zoomed).forEach((is, i) => {
		for (let k = first[i]; is && k < first[i + 1]; k++) counts[slice[k]] += count[k];
	});
	set(zoomPart, { d: Array.from(counts, (c, k) => c ? column(k, width / n, busyIn(k, k + 1).part * c / busy[k]) : '').join('') });
}

function drawRange() {
	const { n } = times, w = width / n, [from, to] = range || [0, n];
	const part = (style, a, b) => svg('rect.' + style, { y: 0.5, height: STRIP - 1, x: a * w, width: (b - a) * w });
	chosen.replaceChildren(...range ? [part('outside', 0, from), part('outside', to, n), part('inside', from, to)] : []);
	set(strip, { 'aria-valuemax': n, 'aria-valuenow': from, 'aria-valuetext': range ? rangeText() : 'all of ' + clock(n * times.width) });
}

// Chooses slices 'from' to 'to', the second one not included.
function setRange(slices) {
	range = slices;
	derive();
}

const sliceAt = (e) => Math.max(0, Math.min(times.n - 1, Math.floor((e.clientX - MARGIN) / width * times.n)));
let anchor = null, wanted = null;
const spanned = (k) => [Math.min(k, anchor), Math.max(k, anchor) + 1];
set(strip, {
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
	// Without a drag: a slice, or, where something is chosen, all.
	onpointerup(e) {
		const k = sliceAt(e);
		if (anchor !== null) setRange(k === anchor && range ? null : spanned(k));
		anchor = wanted = null;
	},
	// A finger that scrolls the page.
	onpointercancel() {
		anchor = wanted = null;
	},
	onpointerleave: () => describe(meant()),
	onkeydown(e) {
		const { n } = times, [from, to] = range || [0, Math.ceil(n / 10)], by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
		if (by) {
			if (!range) setRange([from, to]);
			else if (e.shiftKey) setRange([from, Math.max(from + 1, Math.min(n, to + by))]);
			else if (from + by >= 0 && to + by <= n) setRange([from + by, to + by]);
		} else if (e.key === 'Escape' && range) setRange(null);
		else return;
		// Nor is it for the graph.
		return false;
	},
});

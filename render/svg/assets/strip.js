// CPU use over the time of the recording, as a strip of slices: the fuller and darker the busier.
// What is zoomed to has its part of it in another colour. A part of the time may be chosen; only
// its samples count then.

const STRIP = 30, LEVELS = 6;
const bars = svg('g'), zoomPart = svg('path.hit'), chosen = svg('g');
// As many units wide as there are slices.
const strip = svg('svg.strip', {
	height: STRIP, width: '100%', viewBox: `0 0 ${times.n} ${STRIP}`, preserveAspectRatio: 'none', tabindex: 0, role: 'slider',
	'aria-valuemin': 0, 'aria-valuemax': times.n,
	'aria-label': 'Time. Left and right move the chosen part, with Shift its end; Escape chooses all.',
}, bars, zoomPart, chosen, svg('rect', { width: '100%', height: STRIP, fill: 'transparent' }));

function clock(ns) {
	const all = Math.round(ns / 1e9);
	return ns < 60e9 ? (ns / 1e9).toFixed(times.width < 1e8 ? 2 : 1) + ' s' : `${Math.floor(all / 60)} min ${all % 60} s`;
}
// How busy the CPUs were in some slices: of what was sampled, or, where idle CPUs are not, beside
// the busiest slice.
const peak = !times.idle.some(Boolean) && Math.max(...times.busy);
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

function column(k, part) {
	const h = (part * STRIP).toFixed(1);
	return `M${k} ${STRIP}v-${h}h1v${h}z`;
}

// What depends on the zoom and the chosen part.
function drawTimes() {
	const { n, width: slice } = times, [from, to] = range || [0, n];
	drawZoom();
	const part = (style, a, b) => svg('rect.' + style, { y: 0.5, height: STRIP - 1, x: a, width: b - a });
	chosen.replaceChildren(...range ? [part('outside', 0, from), part('outside', to, n), part('inside', from, to)] : []);
	set(strip, { 'aria-valuenow': from, 'aria-valuetext': range ? rangeText() : 'all of ' + clock(n * slice) });
}

// In other views the nodes without samples in the chosen time are not known.
function drawZoom() {
	const { n, busy, first, slice, count } = times, counts = new Float64Array(n);
	if (way === '' && zoomed.up) samplesOf(zoomed).forEach((is, i) => {
		for (let k = first[i]; is && k < first[i + 1]; k++) counts[slice[k]] += count[k];
	});
	set(zoomPart, { d: Array.from(counts, (c, k) => c ? column(k, busyIn(k, k + 1).part * c / busy[k]) : '').join('') });
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

const levels = Array.from({ length: LEVELS }, () => []);
for (let k = 0; k < times.n; k++) {
	const { part } = busyIn(k, k + 1);
	if (part) levels[Math.min(LEVELS - 1, Math.floor(part * LEVELS))].push(column(k, part));
}
bars.append(...levels.map((d, k) => svg('path.heat', { 'fill-opacity': (0.25 + 0.75 * k / (LEVELS - 1)).toFixed(2), d: d.join('') })));
panel.before(html('div.time', {}, strip, html('div.ticks mu', {}, ...[0, 0.25, 0.5, 0.75, 1].map((part) => html('span', {}, clock(part * times.n * times.width))))));

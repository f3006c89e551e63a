// CPU use over the time of the recording, as a strip of slices: the fuller and darker the busier.
// What is zoomed to has its part of it in another colour. A part of the time may be chosen; only
// its samples count then.

const STRIP = 30, LEVELS = 6;
const bars = svg('g'), zoomPart = svg('path', { class: 'hit' }), chosen = svg('g'), ticks = html('div', { class: 'ticks mu' });
const stripPad = svg('rect', { width: '100%', height: STRIP, fill: 'transparent' });
const strip = svg('svg', {
	class: 'strip', height: STRIP, width: '100%', tabindex: 0, role: 'slider', 'aria-valuemin': 0,
	'aria-label': 'Time. Left and right move the chosen part, with Shift its end; Escape chooses all.',
}, bars, zoomPart, chosen, stripPad);
if (source.times) bar.insertBefore(html('div', { class: 'time' }, strip, ticks), panel);

const clock = (ns) => ns < 60e9 ? (ns / 1e9).toFixed(source.times.width < 1e8 ? 2 : 1) + ' s' : `${Math.floor(ns / 6e10)} min ${Math.round(ns / 1e9) % 60} s`;
// How busy the CPUs were in some slices: of what was sampled, or, where idle CPUs are not, beside
// the busiest slice.
const peak = source.times && !source.times.idle.some(Boolean) && Math.max(...source.times.busy);
function busyIn(from, to) {
	const { busy, idle } = source.times;
	let b = 0, all = peak * (to - from);
	for (let k = from; k < to; k++) {
		b += busy[k];
		if (!peak) all += busy[k] + idle[k];
	}
	return { count: b, part: all && b / all };
}

function partText(from, to) {
	const { count, part } = busyIn(from, to), { width: slice } = source.times;
	return `${clock(from * slice)} to ${clock(to * slice)}, ${peak ? samples(count) : `CPUs ${percent(part, 1)} busy`}`;
}
const rangeText = () => partText(...state.range);

function drawStrip() {
	if (!source.times) return;
	const { n, width: slice } = source.times, w = width / n, levels = Array.from({ length: LEVELS }, () => []);
	for (let k = 0; k < n; k++) {
		const { part } = busyIn(k, k + 1);
		if (part) levels[Math.min(LEVELS - 1, Math.floor(part * LEVELS))].push(column(k, w, part));
	}
	bars.replaceChildren(...levels.map((d, k) => svg('path', { class: 'heat', 'fill-opacity': (0.25 + 0.75 * k / (LEVELS - 1)).toFixed(2), d: d.join('') })));
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
	if (!source.times) return;
	const { n, busy, first, slice, count } = source.times, counts = new Float64Array(n);
	if (state.way === '' && state.zoom.up) samplesOf(state.zoom).forEach((is, i) => {
		for (let k = first[i]; is && k < first[i + 1]; k++) counts[slice[k]] += count[k];
	});
	zoomPart.setAttribute('d', Array.from(counts, (c, k) => c ? column(k, width / n, busyIn(k, k + 1).part * c / busy[k]) : '').join(''));
}

function drawRange() {
	const { n } = source.times, w = width / n, [from, to] = state.range || [0, n];
	chosen.replaceChildren();
	if (state.range) chosen.append(
		svg('rect', { class: 'outside', height: STRIP, width: from * w }),
		svg('rect', { class: 'outside', height: STRIP, x: to * w, width: (n - to) * w }),
		svg('rect', { class: 'inside', height: STRIP - 1, y: 0.5, x: from * w, width: (to - from) * w }));
	const values = { valuemax: n, valuenow: from, valuetext: state.range ? rangeText() : 'all of ' + clock(n * source.times.width) };
	for (const key in values) strip.setAttribute('aria-' + key, values[key]);
}

// Chooses slices 'from' to 'to', the second one not included.
function setRange(range) {
	state.range = range;
	if (source.times) drawRange();
	derive();
}

const sliceAt = (e) => Math.max(0, Math.min(source.times.n - 1, Math.floor((e.clientX - MARGIN) / width * source.times.n)));
let anchor = null, wanted = null;
strip.addEventListener('pointerdown', (e) => {
	anchor = sliceAt(e);
	strip.setPointerCapture(e.pointerId);
});
strip.addEventListener('pointermove', (e) => {
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
	wanted = [Math.min(k, anchor), Math.max(k, anchor) + 1];
});
strip.addEventListener('pointerup', (e) => {
	const k = sliceAt(e);
	if (anchor !== null) setRange(k === anchor && !state.range ? [k, k + 1] : k === anchor ? null : [Math.min(k, anchor), Math.max(k, anchor) + 1]);
	anchor = wanted = null;
});
strip.addEventListener('pointerleave', () => describe(meant()));
strip.addEventListener('keydown', (e) => {
	const { n } = source.times, [from, to] = state.range || [0, Math.ceil(n / 10)], by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
	if (by) {
		if (!state.range) setRange([from, to]);
		else if (e.shiftKey) setRange([from, Math.max(from + 1, Math.min(n, to + by))]);
		else if (from + by >= 0 && to + by <= n) setRange([from + by, to + by]);
	} else if (e.key === 'Escape' && state.range) setRange(null);
	else return;
	e.preventDefault();
	e.stopPropagation();
});

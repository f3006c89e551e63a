// Mouse, printing, and the start, which is last: only then is it sure that the live
// picture works.

const under = (e) => nodeAt(e.clientX - MARGIN, e.clientY + scrollY);
set(pad, {
	onpointermove(e) {
		const node = under(e);
		if (node === hovered) return;
		hovered = node;
		pad.style.cursor = node ? 'pointer' : '';
		mark();
	},
	onpointerleave() {
		hovered = null;
		mark();
	},
	// The keyboard's focus is always seen, on the graph too.
	onfocus() {
		if (pad.matches(':focus-visible') && !focused) focus(zoomed);
	},
	onclick(e) {
		const node = under(e);
		if (!node) return;
		focused = null;
		zoom(node === zoomed && node.up ? node.up : node);
	},
	oncontextmenu(e) {
		const node = under(e);
		if (node) copy(node.frame.name);
		return !node;
	},
});

// A scrollbar that comes or goes takes room too, and so does a bar whose lines break elsewhere.
const observer = new ResizeObserver(() => {
	if (pageWidth() - 2 * MARGIN !== width || heightOf(bar) !== barHeight) requestAnimationFrame(fit);
});
for (const part of [root, bar]) observer.observe(part);

const still = byId('static'), viewBox = root.getAttribute('viewBox');
function begin() {
	still.remove();
	root.removeAttribute('viewBox');
	set(root, { width: '100%' });
}
set(globalThis, {
	onscroll: follow,
	onresize: fit,
	onhashchange: restore,
	// Paper gets the static picture, on one page; where that is the style hides the live one.
	onbeforeprint() {
		graph.before(still);
		set(root, { viewBox, width: '100%', height: '100%' });
	},
	onafterprint() {
		begin();
		fit();
	},
});
root.append(graph, hudPlace, barPlace, html('meta', { name: 'viewport', content: 'width=device-width,initial-scale=1' }));
begin();
restore();
globalThis.flame = {
	get state() {
		return { way, fold: isFolded, zoom: zoomed, query, range, flip: isFlipped, counts: isCounted, panel: opened };
	},
	profile: source, rowY, find, kids, addressOf, zoom, search, matchedCount, matchedOf,
	view: () => whole, drawn: () => [...drawn], press: (key) => keys[key][0](),
	...diff && { differenceOf },
};

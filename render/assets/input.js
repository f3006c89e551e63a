// Mouse, keyboard, printing, and the start, which is last: only then is it sure that the live
// picture works.

const under = (e) => nodeAt(e.clientX - MARGIN, e.clientY + scrollY);
pad.addEventListener('pointermove', (e) => {
	const node = under(e);
	if (node === hovered) return;
	hovered = node;
	pad.style.cursor = node ? 'pointer' : '';
	mark();
});
pad.addEventListener('pointerleave', () => {
	hovered = null;
	mark();
});
// The keyboard's focus is always seen, on the graph too.
pad.addEventListener('focus', () => {
	if (pad.matches(':focus-visible') && !focused) focus(state.zoom);
});
pad.addEventListener('click', (e) => {
	const node = under(e);
	if (!node) return;
	focused = null;
	zoom(node === state.zoom && node.up ? node.up : node);
});
pad.addEventListener('contextmenu', (e) => {
	if (!under(e)) return;
	e.preventDefault();
	copy(under(e).frame.name);
});

function escape() {
	if (state.panel) show(state.panel);
	else if (state.query) {
		box.value = '';
		search('');
	} else up();
}
// What each key does, and what the list of keys says of it.
const keys = {
	ArrowDown: { run: () => move(1), label: '↑ ↓ ← →', help: 'walk through the frames' },
	ArrowUp: { run: () => move(-1) },
	ArrowLeft: { run: () => aside(-1) },
	ArrowRight: { run: () => aside(1) },
	Enter: { run: () => focused && focused !== state.zoom ? zoom(focused) : up(), help: 'zoom; again: one up' },
	Escape: { run: escape, label: 'Esc', help: 'close, end the search, one up' },
	Backspace: { run: up, label: '⌫', help: 'one up' },
	0: { run: () => zoom(whole), help: 'reset the zoom' },
	'/': { run: () => box.select(), label: '/, Ctrl-F', help: 'search: a regular expression; lower case finds any case' },
	n: { run: () => step(1), label: 'n, Enter', help: 'next match by size' },
	N: { run: () => step(-1), label: 'N', help: 'previous match' },
	r: { run: () => turn('leaf'), help: 'merge from the leaf: what runs, below it who called it' },
	s: { run: () => sandwich(), help: 'sandwich: callers above, callees below' },
	x: { run: () => exclude(), help: 'exclude the samples of a box' },
	X: { run: () => include(), help: 'count the last excluded ones again' },
	f: { run: foldRecursion, help: 'fold recursion: a function once in a stack' },
	i: { run: flip, help: 'turn over: root on top or at the bottom' },
	'%': { run: toggleCounts, help: 'numbers or shares' },
	t: { run: () => show('table'), help: 'table of functions' },
	c: { run: () => copy(meant().frame.name), label: 'c, right click', help: 'copy the name' },
	C: { run: () => copy(stackOf(meant())), help: 'copy the stack' },
	'?': { run: () => show('help'), help: 'these keys' },
	...source.diff && diffKeys,
};

addEventListener('keydown', (e) => {
	const on = doc.activeElement, typing = on === box;
	if ((e.ctrlKey || e.metaKey) && e.key === 'f' && !typing) {
		// A second one is for the browser's own search.
		e.preventDefault();
		box.select();
		return;
	}
	if (e.ctrlKey || e.metaKey || e.altKey) return;
	if (typing) {
		if (e.key === 'Enter') step(e.shiftKey ? -1 : 1);
		if (e.key !== 'Escape') return;
		if (state.query) escape();
		pad.focus({ preventScroll: true });
		return;
	}
	// Enter is a button's own, arrows scroll what can be scrolled.
	const taken = on?.tagName === 'button' ? ['Enter'] : on === panel ? ['ArrowUp', 'ArrowDown'] : [];
	if (!Object.hasOwn(keys, e.key) || taken.includes(e.key)) return;
	e.preventDefault();
	keys[e.key].run();
});
addEventListener('scroll', follow, { passive: true });
addEventListener('resize', fit);
// A scrollbar that comes or goes takes room too, and so does a bar whose lines break elsewhere.
const observer = new ResizeObserver(() => {
	if (pageWidth() - 2 * MARGIN !== width || Number(barPlace.getAttribute('height')) !== bar.getBoundingClientRect().height)
		requestAnimationFrame(fit);
});
for (const part of [root, bar]) observer.observe(part);
addEventListener('hashchange', restore);

const still = byId('static'), page = {};
for (const key of ['viewBox', 'width', 'height']) page[key] = root.getAttribute(key);
const live = [graph, hudPlace, barPlace];
function begin() {
	still.remove();
	for (const part of live) part.style.display = '';
	root.removeAttribute('viewBox');
	root.setAttribute('width', '100%');
}
// Paper gets the static picture, on one page.
addEventListener('beforeprint', () => {
	root.append(still);
	for (const part of live) part.style.display = 'none';
	for (const key in page) root.setAttribute(key, page[key]);
	root.setAttribute('width', '100%');
	root.setAttribute('height', '100%');
});
addEventListener('afterprint', () => {
	begin();
	fit();
});
root.append(...live, html('meta', { name: 'viewport', content: 'width=device-width,initial-scale=1' }));
begin();
restore();
globalThis.flame = {
	profile: source, state, rowY, find, kids, addressOf, zoom, search, matchedCount, matchedOf,
	view: () => whole, drawn: () => [...drawn], press: (key) => keys[key].run(),
	...source.diff && { differenceOf },
};

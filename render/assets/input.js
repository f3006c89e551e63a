// Mouse, keyboard, printing, and the start, which is last: only then is it sure that the live
// picture works.

const under = (e) => frameAt(e.clientX - MARGIN, e.clientY + scrollY);
pad.addEventListener('pointermove', (e) => {
	const i = under(e);
	if (i === hovered) return;
	hovered = i;
	pad.style.cursor = i < 0 ? '' : 'pointer';
	mark();
});
pad.addEventListener('pointerleave', () => {
	hovered = -1;
	mark();
});
pad.addEventListener('click', (e) => {
	const i = under(e);
	if (i < 0) return;
	focused = -1;
	zoom(i === state.zoom ? t.parent[i] : i);
});

const escape = () => {
	if (state.query) {
		box.value = '';
		search('');
	} else zoom(t.parent[state.zoom]);
};
const current = () => focused >= 0 ? focused : state.zoom;
const caller = () => focus(t.parent[current()]);
const callee = () => focus(widestCallee(current()));
const keys = {
	ArrowDown: () => state.flip ? caller() : callee(),
	ArrowUp: () => state.flip ? callee() : caller(),
	ArrowLeft: () => focus(beside(current(), -1)),
	ArrowRight: () => focus(beside(current(), 1)),
	Enter: () => zoom(current() === state.zoom ? t.parent[state.zoom] : current()),
	Escape: escape,
	Backspace: () => zoom(t.parent[state.zoom]),
	'/': () => box.select(),
	n: () => step(1),
	N: () => step(-1),
	0: () => zoom(0),
	i: flip,
	c: () => copy(nameOf(hovered >= 0 ? hovered : current())),
};

addEventListener('keydown', (e) => {
	const typing = doc.activeElement === box;
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
	if (!Object.hasOwn(keys, e.key) || (e.key === 'Enter' && doc.activeElement?.tagName === 'button')) return;
	e.preventDefault();
	keys[e.key]();
});
addEventListener('scroll', follow, { passive: true });
addEventListener('resize', fit);
addEventListener('hashchange', restore);

const still = byId('static'), page = { viewBox: root.getAttribute('viewBox'), width: root.getAttribute('width'), height: root.getAttribute('height') };
const live = [graph, hudPlace, barPlace];
function begin() {
	still.remove();
	for (const part of live) part.style.display = '';
	root.removeAttribute('viewBox');
	root.setAttribute('width', '100%');
	fit();
}
// Paper gets the static picture, on one page.
addEventListener('beforeprint', () => {
	root.append(still);
	for (const part of live) part.style.display = 'none';
	for (const key in page) root.setAttribute(key, page[key]);
	root.setAttribute('width', '100%');
	root.setAttribute('height', '100%');
});
addEventListener('afterprint', begin);
root.append(...live, html('meta', { name: 'viewport', content: 'width=device-width,initial-scale=1' }));
restore();
begin();
globalThis.flame = { profile: t, state, boxes: () => boxes, rowY, zoom, search, matchedCount, nameOf };

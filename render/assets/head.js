// What stands above the graph: the head, search, breadcrumb, details.

const button = (text, title, onclick) => html('button', { title, onclick, type: 'button' }, text);
const nameText = html('b'), objectText = html('span', { class: 'mu' }), factsText = html('div', { class: 'facts' });
const matchText = html('span', { class: 'match', 'aria-live': 'polite' });
const crumbs = html('nav', { class: 'crumbs', 'aria-label': 'Zoomed to' });
const box = html('input', {
	type: 'search', placeholder: 'search, regular expression', spellcheck: 'false',
	'aria-label': 'Search functions, regular expression', oninput: () => search(box.value),
});
const reset = button('Reset zoom', 'Show everything (0)', () => zoom(0));
const bar = html('div', { id: 'bar' },
	html('div', { class: 'tools' }, box, matchText, button('Flip', 'Root on top or at the bottom (i)', flip), reset, crumbs,
		html('span', { class: 'keys mu' }, '/ search · n N next · 0 reset · i flip · c copy · arrows, Enter')),
	html('div', { class: 'details', role: 'status', 'aria-live': 'polite' },
		html('div', { class: 'name' }, nameText, ' ', objectText), factsText));
const hud = html('div', { id: 'hud' }, ...headLines());
const hudPlace = svg('foreignObject', { x: 0, y: 0, width: '100%', height: 100 }, hud);
const barPlace = svg('foreignObject', { x: 0, y: 0, width: '100%', height: 100 }, bar);

// The static head again, as text that wraps.
function headLines() {
	const [title, ...facts] = byId('head').querySelectorAll(':scope > text');
	const legend = html('p', { class: 'legend mu' });
	for (const swatch of byId('legend').querySelectorAll('rect'))
		legend.append(html('span', {}, html('i', { class: swatch.getAttribute('class') }), swatch.nextSibling.textContent));
	return [html('h1', {}, title.textContent), ...facts.map((line) => html('p', { class: 'mu' },
		...[...line.childNodes].map((part) => part.nodeType === 1 ? html('b', { class: 'wa' }, part.textContent) : part.data))), legend];
}

function describe(i) {
	const f = frameOf(i);
	nameText.textContent = f.name;
	nameText.parentNode.setAttribute('title', f.name);
	objectText.textContent = [f.object, KINDS[f.kind], f.inlined ? 'inlined' : ''].filter(Boolean).join(' · ');
	factsText.textContent = `${percent(t.count[i], total)} of all · ${samples(t.count[i])}${weightOf(t.weight[i])}` +
		(state.zoom ? ` · ${percent(t.count[i], t.count[state.zoom])} of the view` : '') +
		(i ? ` · itself ${percent(t.self[i], total)}${t.self[i] ? ` (${samples(t.self[i])})` : ''}` : '');
}

function showCrumbs() {
	crumbs.textContent = '';
	const path = pathTo(state.zoom);
	const shown = path.length > 6 ? [...path.slice(0, 2), -1, ...path.slice(-3)] : path;
	if (!state.zoom) shown.pop();
	shown.forEach((i, k) => crumbs.append(k ? ' › ' : '', i < 0 ? '…' : button(shorten(nameOf(i), 24), nameOf(i), () => zoom(i))));
	reset.disabled = !state.zoom;
}

function fit() {
	const page = Math.max(200, root.clientWidth || innerWidth);
	width = page - 2 * MARGIN;
	for (const place of [hudPlace, barPlace]) place.setAttribute('width', page);
	hudPlace.setAttribute('height', hud.getBoundingClientRect().height);
	barPlace.setAttribute('height', bar.getBoundingClientRect().height);
	top = Math.ceil(hud.getBoundingClientRect().height + bar.getBoundingClientRect().height) + 6;
	follow();
	draw();
}

// The head scrolls away, search and details stay.
const follow = () => barPlace.setAttribute('y', Math.max(hud.getBoundingClientRect().height, scrollY));

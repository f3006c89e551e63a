// What stands above the graph: the head, and a bar that stays when the page is scrolled.

const button = (text, title, onclick, more) => html('button', { title, onclick, type: 'button', ...more }, text);
const nameText = html('b'), objectText = html('span', { class: 'mu' }), factsText = html('div', { class: 'facts' });
const matchText = html('span', { class: 'match', 'aria-live': 'polite' });
const crumbs = html('nav', { class: 'crumbs', 'aria-label': 'Zoomed to' });
const chips = html('span', { class: 'chips' });
const box = html('input', {
	type: 'search', placeholder: 'search, regular expression', spellcheck: 'false',
	'aria-label': 'Search functions, regular expression', oninput: () => search(box.value),
});
// A button for what a key does.
const tool = (text, key, more) => button(text, `${keys[key].help} (${key})`, () => keys[key].run(), more);
const switches = {
	way: tool('From leaf', 'r'), sandwich: tool('Sandwich', 's'), fold: tool('Fold recursion', 'f'), without: tool('Exclude', 'x'),
	flip: tool('Flip', 'i'), counts: tool('Counts', '%'), table: tool('Table', 't'), help: tool('?', '?', { 'aria-label': 'Keys' }),
};
const reset = tool('Reset zoom', '0');
const more = button('More', 'more tools', () => {
	tools.classList.toggle('open');
	fit();
}, { class: 'more' });
const tools = html('div', { class: 'tools' }, box, matchText, reset, more, html('span', { class: 'folds' }, ...Object.values(switches)));
const panel = html('div', { class: 'panel', tabindex: 0, role: 'region' });
const bar = html('div', { id: 'bar' }, tools, html('div', { class: 'where' }, crumbs, chips), panel,
	html('div', { class: 'details', role: 'status', 'aria-live': 'polite' },
		html('div', { class: 'name' }, nameText, ' ', objectText), factsText));
const hud = html('div', { id: 'hud' }, ...headLines());
const hudPlace = svg('foreignObject', { x: 0, y: 0, width: '100%', height: 100 }, hud);
const barPlace = svg('foreignObject', { x: 0, y: 0, width: '100%', height: 100 }, bar);

// The static head again, as text that wraps.
function headLines() {
	const [title, ...facts] = byId('head').querySelectorAll(':scope > text');
	const legend = html('p', { class: 'legend mu' });
	if (diff) legend.append(...[...byId('legend').children].map((part) => part.cloneNode(true)));
	else for (const swatch of byId('legend').querySelectorAll('rect'))
		legend.append(html('span', {}, html('i', { class: swatch.getAttribute('class') }), swatch.nextSibling.textContent));
	return [html('h1', {}, title.textContent), ...facts.map((line) => html('p', { class: line.getAttribute('class') },
		...[...line.childNodes].map((part) => part.nodeType === 1 ? html('b', { class: 'wa' }, part.textContent) : part.data))), legend];
}

// How the samples of a box that leads to callers are bound to the function it comes from.
function connection(node) {
	if (!node.up || !isBack(node)) return '';
	const path = pathTo(node), callee = state.way === 'leaf' ? path[1] : whole;
	return ` · ${percent(node.count, callee.count)} of ${shorten(callee.frame.name, 40)}`;
}

function describe(node) {
	const f = node.frame, self = node.at.reduce((s, i) => s + base.count.own[i], 0);
	nameText.textContent = f.name;
	set(nameText.parentNode, { title: f.name });
	objectText.textContent = [f.object, KINDS[f.kind], f.inlined ? 'inlined' : ''].filter(Boolean).join(' · ');
	factsText.textContent = diff ? factsOfSides(node) : `${share(node.count)} of all · ${samples(node.count)}${weightOf(sum(node, base.weight))}` +
		ofView(node.count) + connection(node) +
		(node.up && !isBack(node) ? ` · itself ${share(self)}${self ? ` (${samples(self)})` : ''}` : '');
}

function showCrumbs() {
	const path = pathTo(state.zoom);
	const shown = path.length > 6 ? [...path.slice(0, 2), null, ...path.slice(-3)] : path;
	if (!state.zoom.up) shown.pop();
	crumbs.textContent = '';
	shown.forEach((node, k) => crumbs.append(k ? ' › ' : '', !node ? '…' : button(shorten(node.frame.name, 24), node.frame.name, () => zoom(node))));
	if (!state.zoom.up) crumbs.append(html('span', { class: 'mu' }, 'click a box to zoom', html('span', { class: 'hint' }, ' · / search · ? all keys')));
	reset.disabled = !state.zoom.up;
	chips.textContent = '';
	const chip = (text, title, undo) => chips.append(button(text + ' ×', title, undo));
	if (isSandwich()) chip('callers and callees of ' + shorten(whole.frame.name, 30), 'Back to all stacks', () => turn(''));
	for (const one of state.without) chip('without ' + shorten(one.name, 30), `Count ${one.name} again`, () => include(one));
	if (state.range) chip(rangeText(), 'Count all of the time', () => setRange(null));
	const pressed = { way: state.way === 'leaf', sandwich: isSandwich(), table: state.panel === 'table', help: state.panel === 'help', fold: state.fold, flip: state.flip, counts: state.counts };
	if (diff) showSides();
	for (const name in pressed) set(switches[name], { 'aria-pressed': pressed[name] });
}

const heightOf = (e) => e.getBoundingClientRect().height;
const focusQuietly = (e) => e.focus({ preventScroll: true });
const pageWidth = () => Math.max(200, root.clientWidth || innerWidth);
function fit() {
	// Not while paper has the static picture.
	if (still.isConnected) return;
	const page = pageWidth();
	width = page - 2 * MARGIN;
	for (const place of [hudPlace, barPlace]) set(place, { width: page });
	if (times) drawStrip();
	// What the bar says makes it as high as it is.
	describe(meant());
	const head = heightOf(hud), tools = heightOf(bar);
	set(hudPlace, { height: head });
	set(barPlace, { height: tools });
	top = Math.ceil(head + tools) + 6;
	follow();
	draw();
}

// The head scrolls away, search and details stay.
const follow = () => set(barPlace, { y: Math.max(heightOf(hud), scrollY) });

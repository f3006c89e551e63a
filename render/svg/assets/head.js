// What stands above the graph: the head, and a bar that stays when the page is scrolled.

const button = (text, title, onclick, kind = 'button') => html(kind, { title, onclick, type: 'button' }, text);
const nameText = html('b'), objectText = html('span.mu'), factsText = html('div.facts');
const nameLine = html('div.name', {}, nameText, ' ', objectText);
const matchText = html('span.match', { 'aria-live': 'polite' });
const crumbs = html('nav.crumbs', { 'aria-label': 'Zoomed to' }), chips = html('span.chips');
const box = html('input', {
	type: 'search', placeholder: 'search, regular expression', spellcheck: 'false',
	'aria-label': 'Search functions, regular expression', oninput: () => search(box.value),
});
// A button for what a key does.
const tool = (key, text) => button(text, `${keys[key][1]} (${key})`, () => keys[key][0]());
const reset = tool(0, 'Reset zoom');
const switches = {
	r: 'From leaf', s: 'Sandwich', f: 'Fold recursion', x: 'Exclude', i: 'Flip', '%': 'Counts', t: 'Table', '?': '?',
};
for (const key in switches) switches[key] = tool(key, switches[key]);
set(switches['?'], { 'aria-label': 'Keys' });
const tools = html('div.tools', {}, box, matchText, reset, button('More', 'more tools', () => {
	tools.classList.toggle('open');
	fit();
}, 'button.more'), html('span.folds', {}, ...Object.values(switches)));
const panel = html('div.panel', { tabindex: 0, role: 'region' });
const bar = html('div', { id: 'bar' }, tools, html('div.where', {}, crumbs, chips), panel,
	html('div.details', { role: 'status', 'aria-live': 'polite' }, nameLine, factsText));
const hud = html('div', { id: 'hud' }, ...headLines());
const hudPlace = svg('foreignObject', {}, hud), barPlace = svg('foreignObject', {}, bar);

// The static head again, as text that wraps.
function headLines() {
	const [title, ...facts] = byId('head').querySelectorAll(':scope > text');
	return [html('h1', {}, title.textContent), ...facts.map((line) => html('p.' + line.getAttribute('class'), {},
		...[...line.childNodes].map((part) => part.nodeType === 1 ? html('b.wa', {}, part.textContent) : part.data)))];
}

function swatchOf(colour, text) {
	return html('span', {}, html('i.' + colour), text);
}

// How the samples of a box that leads to callers are bound to the function it comes from.
function connection(node) {
	if (!node.up || !isBack(node)) return '';
	const callee = way === 'leaf' ? pathTo(node)[1] : whole;
	return ` · ${percent(node.count, callee.count)} of ${shorten(callee.frame.name, 40)}`;
}

function describe(node) {
	const { name, object, kind, inlined } = node.frame;
	nameText.textContent = nameLine.title = name;
	objectText.textContent = [object, KINDS[kind], inlined ? 'inlined' : ''].filter(Boolean).join(' · ');
	factsText.textContent = factsOf(node);
}

function showCrumbs() {
	const path = pathTo(zoomed), inside = zoomed.up;
	if (path.length > 6) path.splice(2, path.length - 5, null);
	crumbs.replaceChildren(...inside ? path.flatMap((node, k) => [k ? ' › ' : '', node ? button(shorten(node.frame.name, 24), node.frame.name, () => zoom(node)) : '…'])
		: [html('span.mu', {}, 'click a box to zoom', html('span.hint', {}, ' · / search · ? all keys'))]);
	reset.disabled = !inside;
	const chip = (text, title, undo) => button(text + ' ×', title, undo);
	chips.replaceChildren(
		isSandwich() ? chip('callers and callees of ' + shorten(whole.frame.name, 30), 'Back to all stacks', () => turn('')) : '',
		...without.map((one) => chip('without ' + shorten(one.name, 30), `Count ${one.name} again`, () => include(one))),
		range ? chip(rangeText(), 'Count all of the time', () => setRange(null)) : '',
	);
	if (diff) showSides();
	const isOn = { r: way === 'leaf', s: isSandwich(), f: isFolded, i: isFlipped, '%': isCounted, t: opened === 'table', '?': opened === 'help' };
	for (const key in isOn) set(switches[key], { 'aria-pressed': isOn[key] });
}

const heightOf = (e) => e.getBoundingClientRect().height;
const focusQuietly = (e) => e.focus({ preventScroll: true });
let barHeight = 0;
const pageWidth = () => Math.max(200, root.clientWidth || innerWidth);
function fit() {
	// Not while paper has the static picture.
	if (still.isConnected) return;
	const page = pageWidth();
	width = page - 2 * MARGIN;
	for (const place of [hudPlace, barPlace]) set(place, { width: page });
	// What the bar says makes it as high as it is.
	describe(meant());
	const height = heightOf(hud);
	barHeight = heightOf(bar);
	set(hudPlace, { height });
	set(barPlace, { height: barHeight });
	top = Math.ceil(height + barHeight) + 6;
	follow();
	draw();
}

// The head scrolls away, search and details stay.
const follow = () => set(barPlace, { y: Math.max(heightOf(hud), scrollY) });

// The table of functions, which says in words what the graph shows, and the list of keys. They
// share a place in the bar.

const ROWS = 50;
let order = 'self', shownRows = ROWS, functions = null;

function show(name) {
	state.panel = state.panel === name ? '' : name;
	shownRows = ROWS;
	fillPanel();
	fit();
	if (state.panel) panel.focus({ preventScroll: true });
	keep();
}

function fillPanel() {
	panel.textContent = '';
	panel.style.display = state.panel ? '' : 'none';
	panel.setAttribute('aria-label', state.panel === 'help' ? 'Keys' : 'Functions');
	if (state.panel === 'table') panel.append(...table());
	if (state.panel === 'help') panel.append(html('dl', {}, ...Object.entries(keys).filter(([, key]) => key.help)
		.map(([name, key]) => html('div', {}, html('dt', {}, key.label || name), html('dd', {}, key.help)))));
}

const orders = {
	name: (a, b) => a.name < b.name ? -1 : 1,
	object: (a, b) => a.object < b.object ? -1 : a.object > b.object ? 1 : b.self - a.self,
	self: (a, b) => b.self - a.self || b.total - a.total,
	total: (a, b) => b.total - a.total || b.self - a.self,
};

function table() {
	functions ||= countFunctions().map((f) => ({ ...f, ...source.frames[f.frame] }));
	functions.sort(orders[order]);
	const head = (key, text) => html('th', { scope: 'col', 'aria-sort': order === key ? (key in { self: 1, total: 1 } ? 'descending' : 'ascending') : 'none' },
		button(text, 'Sort by it', () => {
			order = key;
			fillPanel();
			[...panel.querySelectorAll('th button')][Object.keys(orders).indexOf(key)].focus();
		}));
	const row = (f) => html('tr', {},
		html('th', { scope: 'row' }, button(f.name, 'Search it', () => searchFor(f.name))),
		html('td', { class: 'mu' }, f.object || KINDS[f.kind]),
		html('td', {}, amountOf(f.self)), html('td', {}, amountOf(f.total)));
	const rest = functions.length - shownRows;
	const body = html('table', {},
		html('caption', {}, `${grouped(functions.length)} functions: itself, and with all it called; of ${samples(base.count.total[0])}`),
		html('thead', {}, html('tr', {}, head('name', 'Function'), head('object', 'Where'), head('self', 'Self'), head('total', 'Total'))),
		html('tbody', {}, ...functions.slice(0, shownRows).map(row)));
	return rest <= 0 ? [body] : [body, button(`${Math.min(rest, 100)} more of ${grouped(rest)}`, 'More rows', () => {
		shownRows += 100;
		fillPanel();
	})];
}

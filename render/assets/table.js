// The table of functions, which says in words what the graph shows, and the list of keys. They
// share a place in the bar.

const ROWS = 50;
let order = '', shownRows = ROWS, functions = null;

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
	if (state.panel === 'table') panel.append(...table(source.diff ? sidesTable : plainTable));
	if (state.panel === 'help') panel.append(html('dl', {}, ...Object.entries(keys).filter(([, key]) => key.help)
		.map(([name, key]) => html('div', {}, html('dt', {}, key.label || name), html('dd', {}, key.help)))));
}

const byName = (a, b) => a.name < b.name ? -1 : 1, byObject = (a, b) => a.object < b.object ? -1 : a.object > b.object ? 1 : 0;
const whereCell = (f) => html('td', { class: 'mu' }, f.object || KINDS[f.kind]);
// What the table has: its rows, and its columns by the key of their order. Names are the heads of
// rows.
const plainTable = {
	start: 'self',
	rows: () => countFunctions(base.picked.count).filter((f) => f.total && source.frames[f.frame].kind !== STRUCTURE),
	caption: (rows) => `${grouped(rows.length)} functions: itself, and with all it called; of ${samples(base.count.total[0])}`,
	columns: {
		name: { title: 'Function', by: byName },
		object: { title: 'Where', by: (a, b) => byObject(a, b) || b.self - a.self, cell: whereCell },
		self: { title: 'Self', by: (a, b) => b.self - a.self || b.total - a.total, cell: (f) => html('td', {}, amountOf(f.self)) },
		total: { title: 'Total', by: (a, b) => b.total - a.total || b.self - a.self, cell: (f) => html('td', {}, amountOf(f.total)) },
	},
};

function table({ start, rows, caption, columns }) {
	functions ||= rows().map((f) => ({ ...f, ...source.frames[f.frame] }));
	const by = order || start, cells = Object.values(columns).filter(({ cell }) => cell);
	functions.sort(columns[by].by);
	const head = ([key, { title }]) => html('th', { scope: 'col', 'aria-sort': by === key ? (key === 'name' || key === 'object' ? 'ascending' : 'descending') : 'none' },
		button(title, 'Sort by it', () => {
			order = key;
			fillPanel();
			[...panel.querySelectorAll('th button')][Object.keys(columns).indexOf(key)].focus();
		}));
	const row = (f) => html('tr', {},
		html('th', { scope: 'row' }, button(f.name, 'Search it', () => searchFor(f.name))), ...cells.map(({ cell }) => cell(f)));
	const rest = functions.length - shownRows;
	const body = html('table', {},
		html('caption', {}, caption(functions)),
		html('thead', {}, html('tr', {}, ...Object.entries(columns).map(head))),
		html('tbody', {}, ...functions.slice(0, shownRows).map(row)));
	return rest <= 0 ? [body] : [body, button(`${Math.min(rest, 100)} more of ${grouped(rest)}`, 'More rows', () => {
		shownRows += 100;
		fillPanel();
	})];
}

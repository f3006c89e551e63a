// The table of functions, which says in words what the graph shows, and the list of keys. They
// share a place in the bar.

const ROWS = 50;
let order = '', shownRows = ROWS, functions = null;

function show(name) {
	state.panel = state.panel === name ? '' : name;
	shownRows = ROWS;
	fillPanel();
	fit();
	if (state.panel) focusQuietly(panel);
	keep();
}

function fillPanel() {
	const fill = { table: () => table(diff ? sidesTable : plainTable), help: keyList }[state.panel];
	panel.replaceChildren(...fill ? fill() : []);
	panel.style.display = fill ? '' : 'none';
	set(panel, { 'aria-label': state.panel === 'help' ? 'Keys' : 'Functions' });
}

const keyList = () => [html('dl', {}, ...Object.entries(keys).filter(([, { help }]) => help)
	.map(([key, { label, help }]) => html('div', {}, html('dt', {}, label || key), html('dd', {}, help))))];

const byText = (what) => (a, b) => a[what] < b[what] ? -1 : a[what] > b[what] ? 1 : 0;
const byCount = (what, then) => (a, b) => b[what] - a[what] || b[then] - a[then];
const amountCell = (what) => (f) => html('td', {}, amountOf(f[what]));
// Those that tables of all kinds have.
const nameColumns = {
	name: { title: 'Function', by: byText('name') },
	object: { title: 'Where', by: byText('object'), cell: (f) => html('td', { class: 'mu' }, f.object || KINDS[f.kind]) },
};
// What the table has: its rows, and its columns by the key of their order. Names are the heads of
// rows.
const plainTable = {
	start: 'self',
	rows: () => countFunctions(base.picked.count).filter((f) => f.total && frames[f.frame].kind !== STRUCTURE),
	caption: (rows) => `${grouped(rows.length)} functions: itself, and with all it called; of ${samples(base.count.total[0])}`,
	columns: {
		...nameColumns,
		self: { title: 'Self', by: byCount('self', 'total'), cell: amountCell('self') },
		total: { title: 'Total', by: byCount('total', 'self'), cell: amountCell('total') },
	},
};

function table({ start, rows, caption, columns }) {
	functions ||= rows().map((f) => ({ ...f, ...frames[f.frame] }));
	const by = order || start, cells = Object.values(columns).filter(({ cell }) => cell);
	functions.sort(columns[by].by);
	const head = ([key, { title }]) => html('th', { scope: 'col', 'aria-sort': by !== key ? 'none' : key in nameColumns ? 'ascending' : 'descending' },
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

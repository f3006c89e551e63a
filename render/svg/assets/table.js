// The table of functions, which says in words what the graph shows, and the list of keys. They
// share a place in the bar.

const ROWS = 50;
let order = '', shownRows = ROWS, functions = null;

function show(name) {
	opened = opened === name ? '' : name;
	shownRows = ROWS;
	fillPanel();
	fit();
	if (opened) focusQuietly(panel);
	keep();
}

function fillPanel() {
	const isHelp = opened === 'help';
	panel.hidden = !opened;
	panel.replaceChildren(...isHelp ? keyList() : opened ? table() : []);
	set(panel, { 'aria-label': isHelp ? 'Keys' : 'Functions' });
}

const keyList = () => [html('dl', {}, ...Object.entries(keys).filter(([, [, help]]) => help)
	.map(([key, [, help, label = key]]) => html('div', {}, html('dt', {}, label), html('dd', {}, help))))];

const byText = (what) => (a, b) => (a[what] > b[what]) - (a[what] < b[what]);
// Those that tables of all kinds have.
const nameColumns = {
	name: { title: 'Function', by: byText('name') },
	object: { title: 'Where', by: byText('object'), cell: (f) => html('td.mu', {}, f.object || KINDS[f.kind]) },
};
// What functionTable has: its rows, and its columns by the key of their order. Names are the heads of
// rows.
function table() {
	const { start, rows, caption, columns } = functionTable;
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

// The panel: the table of functions, which has the graph's contents in words, or the list
// of keys.

import { MORE_ROWS } from '../model/figures.js';
import { KINDS } from '../model/kinds.js';
import { state } from '../model/state.js';
import { grouped } from '../model/words.js';
import { searchFor, showMoreRows, sortTable } from './actions.js';
import { button, html, set } from './dom.js';
import { keys } from './keys.js';
import { panel } from './panel.js';

export function fillPanel() {
	const isHelp = state.panel === 'help';
	panel.hidden = !state.panel;
	panel.replaceChildren(...isHelp ? keyList() : state.panel ? functionTable() : []);
	set(panel, { 'aria-label': isHelp ? 'Keys' : 'Functions' });
}

const keyList = () => [html('dl', {}, ...Object.entries(keys).filter(([, [, help]]) => help)
	.map(([key, [, help, label = key]]) => html('div', {}, html('dt', {}, label), html('dd', {}, help))))];

const byText = (name) => (a, b) => (a[name] > b[name]) - (a[name] < b[name]);
// The columns that all tables begin with.
export const nameColumns = {
	name: { title: 'Function', by: byText('name') },
	object: { title: 'Where', by: byText('object'), cell: (f) => html('td.mu', {}, f.object || KINDS[f.kind]) },
};

// The kind of picture has the table: its rows, its columns by their names, and the column
// that sorts it at first. The names of functions are the heads of rows.
function functionTable() {
	const { kind: { table: { start, rows, caption, columns } }, order, rowLimit, profile: { frames } } = state;
	const by = order || start, cells = Object.values(columns).filter(({ cell }) => cell);
	const functions = rows().map((f) => ({ ...f, ...frames[f.frame] })).sort(columns[by].by);
	const head = ([key, { title }], k) => html('th', { scope: 'col', 'aria-sort': by !== key ? 'none' : key in nameColumns ? 'ascending' : 'descending' },
		button(title, 'Sort by it', () => {
			sortTable(key);
			panel.querySelectorAll('th button')[k].focus();
		}));
	const row = (f) => html('tr', {},
		html('th', { scope: 'row' }, button(f.name, 'Search it', () => searchFor(f.name))), ...cells.map(({ cell }) => cell(f)));
	const rest = functions.length - rowLimit;
	const body = html('table', {},
		html('caption', {}, caption(functions)),
		html('thead', {}, html('tr', {}, ...Object.entries(columns).map(head))),
		html('tbody', {}, ...functions.slice(0, rowLimit).map(row)));
	return rest <= 0 ? [body] : [body, button(`${Math.min(rest, MORE_ROWS)} more of ${grouped(rest)}`, 'More rows', showMoreRows)];
}

// The picture of a profile. A kind of picture is an object of
//   readSides     of a comparison: see decode()
//   begin         makes the parts of the page that only this kind has, from the profile
//   showChoices   shows the reader's choices in those parts, or is missing
//   ownCounts     the columns that count, see makeBase(); 'count' is the width of boxes
//   colourOf      the class of a box's colour
//   baseline      where a label stands in its box, or is missing
//   addMarks      adds a box's marks, or is missing
//   amountText    a box's amount, as short text
//   factsOf       a box's facts, as one line
//   matchedText   the amount that a search matched
//   rangeText     the chosen part of the time
//   table         the table of functions: { start, rows, caption, columns }, see table.js

import { countFunctions } from '../model/counts.js';
import { samples } from '../model/facts.js';
import { STRUCTURE } from '../model/kinds.js';
import { amountOf, amountText, colourOf, factsOf, matchedText, ownCounts } from '../model/profile_facts.js';
import { state } from '../model/state.js';
import { grouped } from '../model/words.js';
import { byId, html, swatchOf } from './dom.js';
import { hud } from './head.js';
import { nameColumns } from './table.js';

const byCount = (name, then) => (a, b) => b[name] - a[name] || b[then] - a[then];
const amountCell = (name) => (f) => html('td', {}, amountOf(f[name]));
const table = {
	start: 'self',
	rows: () => countFunctions(state.profile, state.base.picked.count).filter((f) => f.total && state.profile.frames[f.frame].kind !== STRUCTURE),
	caption: (rows) => `${grouped(rows.length)} functions: itself, and with all it called; of ${samples(state.base.count.total[0])}`,
	columns: {
		...nameColumns,
		self: { title: 'Self', by: byCount('self', 'total'), cell: amountCell('self') },
		total: { title: 'Total', by: byCount('total', 'self'), cell: amountCell('total') },
	},
};

function begin() {
	hud.append(html('p.legend mu', {}, ...[...byId('legend').querySelectorAll('rect')]
		.map((swatch) => swatchOf(swatch.getAttribute('class'), swatch.nextSibling.textContent))));
}

export const profileKind = { ownCounts, colourOf, amountText, matchedText, factsOf, table, begin };

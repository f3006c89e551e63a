// The script of a comparison: the switch between before, after and their difference, the
// buttons of the functions that explain the change, the legends, and the table of
// changes.

import { compareFunctions, differenceOf, ownCounts } from '../model/comparison.js';
import { addMarks, amountText, baseline, colourOf, factsOf, figure, lineOf, margin, matchedText, pair, sign, verdictOf } from '../model/comparison_facts.js';
import { makeBase } from '../model/counts.js';
import { FINE } from '../model/figures.js';
import { KINDS } from '../model/kinds.js';
import { readSides } from '../model/profile_sides.js';
import { state } from '../model/state.js';
import { grouped, shorten } from '../model/words.js';
import { searchFor, setSide, step } from './actions.js';
import { switches, tools } from './bar.js';
import { button, byId, html, set, svg, swatchOf } from './dom.js';
import { graph } from './graph.js';
import { hud } from './head.js';
import { keys } from './keys.js';
import { start } from './main.js';
import { nameColumns } from './table.js';

const SIDE_NAMES = { '': 'Difference', before: 'Before', after: 'After' };

const bySize = (name) => (a, b) => Math.abs(b[name].delta) - Math.abs(a[name].delta);
const changeCell = (d) => html('td', {}, figure(d.delta, '+'), html('span.mu', {}, margin(d)));
const table = {
	start: 'verdict',
	rows: () => compareFunctions(state.base),
	caption: (rows) => `${grouped(state.profile.diff.order.length)} of ${grouped(rows.length)} functions changed: total with all it called, and self, in ${state.profile.diff.unit}, with 95 % intervals`,
	columns: {
		...nameColumns,
		before: { title: 'Before', by: (a, b) => b.total.before - a.total.before, cell: (f) => html('td', {}, figure(f.total.before)) },
		after: { title: 'After', by: (a, b) => b.total.after - a.total.after, cell: (f) => html('td', {}, figure(f.total.after)) },
		total: { title: 'Total', by: bySize('total'), cell: (f) => changeCell(f.total) },
		self: { title: 'Self', by: bySize('self'), cell: (f) => changeCell(f.self) },
		verdict: {
			title: 'Verdict', by: (a, b) => a.rank === b.rank ? bySize('total')(a, b) : a.rank - b.rank,
			cell: ({ total, self }) => html('td', {}, total.verdict || !self.verdict ? verdictOf(total) : 'self ' + verdictOf(self)),
		},
	},
};

const sideButtons = Object.entries(SIDE_NAMES).map(([side, text]) => button(text, `Show ${side || 'what changed'} (d)`, () => setSide(side)));
// The legend of differences, and the one of the kinds of code, for one side.
const diffLegend = html('p.legend mu', {}, ...[...byId('legend').children].map((part) => part.cloneNode(true)));
const kindLegend = html('p.legend mu');

function showChoices() {
	sideButtons.forEach((b, k) => b.setAttribute('aria-pressed', Object.keys(SIDE_NAMES)[k] === state.side));
	diffLegend.hidden = state.side;
	kindLegend.hidden = !state.side;
}

// Shows all boxes of a function that explains a change.
function showMover(name) {
	searchFor(name);
	step(1);
}

function movers(profile) {
	const list = compareFunctions(makeBase(profile, { isFolded: false, without: [] }, ownCounts, state.base));
	return profile.diff.movers.map((frame) => {
		const { name } = profile.frames[frame], { total } = list.find((f) => f.frame === frame), line = lineOf(total.delta);
		const b = button('', 'Search it', () => showMover(name), `button.${line} mover`);
		b.append(html('b.' + line, {}, `${sign(total.delta)} ${figure(total.delta, '+')}`), ' ',
			html('bdi', {}, shorten(name, 36)), html('span.mu', {}, ' ' + pair(total.before, total.after)));
		return b;
	});
}

function begin() {
	const { profile } = state;
	kindLegend.append(...KINDS.map((kind, k) => profile.frames.some((f, i) => f.kind === k && i < profile.frames.length - 1)
		? swatchOf(`k${k}1`, kind || 'process or thread') : ''));
	hud.append(html('p.movers', {}, ...movers(profile)), diffLegend, kindLegend);
	tools.prepend(html('span.sides', { role: 'group', 'aria-label': 'What is shown' }, ...sideButtons));
	switches['%'].remove();
	// Fills boxes that are gone. Shapes are scaled.
	graph.prepend(svg('pattern', { id: 'fine', width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: `scale(${FINE} 1) rotate(45)` },
		svg('path.hl', { d: 'M0 0h1.2v5h-1.2z' })));
	keys.d = [() => setSide({ '': 'before', before: 'after', after: '' }[state.side]), 'difference, before, after'];
	delete keys['%'];
}

start({ readSides, begin, showChoices, ownCounts, colourOf, baseline, addMarks, amountText, factsOf, matchedText, differenceOf, table });

// What plain.js has, for a comparison: what colours, labels, details and the table say of both sides;
// and the switch between before, after and their difference.

const SIDES = { '': 'Difference', before: 'Before', after: 'After' };
const STEPS = 8;

// As number.c has it.
const figure = (v, plus = '') => {
	const size = Math.abs(v);
	return size < 0.005 ? '0.00' : (v > 0 ? plus : '') + v.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
};
const pair = (before, after) => `${figure(before)} → ${figure(after)}`;
const lineOf = (delta) => delta > 0 ? 'km' : 'kl';
const sign = (delta) => delta > 0 ? '▲' : '▼';
const margin = ({ half }) => half ? ' ±' + figure(half) : '';

// An underscore must not touch the line of the change.
const baseline = () => side ? 14 : 12;

function colourOf(node) {
	if (side) return node.frame.colour;
	const { verdict, delta } = differenceOf(node);
	const step = Math.min(STEPS, Math.max(1, Math.round(STEPS * Math.sqrt(Math.abs(delta) / diff.largest))));
	return !verdict || !delta ? 'kn0' : (delta > 0 ? 'km' : 'kl') + step;
}

// The line below a box, and the marks of what is new or gone, where it begins.
function addMarks(add, node, x, y, w) {
	const { verdict, delta, before, after } = differenceOf(node);
	if (side || !verdict) return;
	const part = Math.abs(delta) / (before + after);
	if (w >= 26) add(lineOf(delta), `M${Math.round(x * FINE)} ${y + ROW - 3}h${Math.round(boxWidth(w) * part * FINE)}v2H${Math.round(x * FINE)}z`);
	if (w >= 4 && (verdict === NEW || verdict === GONE) && (!node.up || differenceOf(node.up).verdict !== verdict))
		add(verdict === NEW ? 'new' : 'gone', shape(x + 0.7, y + 0.7, w - 1.4, ROW - 2.4));
}

function amountText(node) {
	if (side) return figure(node.count) + (diff.unit[0] === '%' ? '%' : '');
	const { verdict, delta } = differenceOf(node);
	return verdict ? sign(delta) + figure(Math.abs(delta)) : '';
}

function verdictOf({ verdict, few, many, half, isEstimate }) {
	if (!half && !verdict) return few + many < LEAST_SAMPLES ? 'too few samples to tell' : VERDICTS[0];
	return VERDICTS[verdict] + (isEstimate ? ' (estimated)' : '');
}

function factsOf(node) {
	const d = differenceOf(node), own = ['before', 'after'].map((name) => ownOf(node, base[name]));
	return [
		`${pair(d.before, d.after)} ${diff.unit}`,
		`${d.verdict ? sign(d.delta) + ' ' : ''}${figure(d.delta, '+')}${margin(d)}`,
		d.verdict && d.before && d.after ? `×${figure(d.after / d.before)}` : '', verdictOf(d),
		node.up && !isBack(node) ? `itself ${pair(...own)}` : '',
		`${grouped(d.few)} → ${grouped(d.many)} samples`,
	].filter(Boolean).join(' · ');
}

const matchedText = () => `${pair(...base.matchedSides)} ${diff.unit}`;

const bySize = (what) => (a, b) => Math.abs(b[what].delta) - Math.abs(a[what].delta);
const changeCell = (d) => html('td', {}, figure(d.delta, '+'), html('span.mu', {}, margin(d)));
const functionTable = {
	start: 'verdict',
	rows: compareFunctions,
	caption: (rows) => `${grouped(diff.order.length)} of ${grouped(rows.length)} functions changed: total with all it called, and self, in ${diff.unit}, with 95 % intervals`,
	columns: {
		...nameColumns,
		before: { title: 'Before', by: (a, b) => b.total.before - a.total.before, cell: (f) => html('td', {}, figure(f.total.before)) },
		after: { title: 'After', by: (a, b) => b.total.after - a.total.after, cell: (f) => html('td', {}, figure(f.total.after)) },
		total: { title: 'Total', by: bySize('total'), cell: (f) => changeCell(f.total) },
		self: { title: 'Self', by: bySize('self'), cell: (f) => changeCell(f.self) },
		verdict: {
			title: 'Verdict', by: (a, b) => a.place === b.place ? bySize('total')(a, b) : a.place - b.place,
			cell: ({ total, self }) => html('td', {}, total.verdict || !self.verdict ? verdictOf(total) : 'self ' + verdictOf(self)),
		},
	},
};

function showSide(name) {
	side = name;
	derive();
}

const sideButtons = Object.entries(SIDES).map(([name, text]) => button(text, `Show ${name || 'what changed'} (d)`, () => showSide(name)));
const kindLegend = html('p.legend mu', {}, ...KINDS.map((kind, k) => frames.some((f, i) => f.kind === k && i < frames.length - 1)
	? swatchOf(`k${k}1`, kind || 'process or thread') : ''));
const diffLegend = html('p.legend mu', {}, ...[...byId('legend').children].map((part) => part.cloneNode(true)));

function showSides() {
	sideButtons.forEach((b, k) => b.setAttribute('aria-pressed', Object.keys(SIDES)[k] === side));
	diffLegend.hidden = side;
	kindLegend.hidden = !side;
}

// To all boxes of a function that explains a change.
function showMover(frame) {
	searchFor(frames[frame].name);
	step(1);
}

const moverButton = (frame, { delta }) => button('', 'Search it', () => showMover(frame), `button.${lineOf(delta)} mover`);
function movers() {
	const list = compareFunctions();
	return diff.movers.map((frame) => {
		const { total } = list.find((f) => f.frame === frame), b = moverButton(frame, total);
		b.append(html('b.' + lineOf(total.delta), {}, `${sign(total.delta)} ${figure(total.delta, '+')}`), ' ',
			html('bdi', {}, shorten(frames[frame].name, 36)), html('span.mu', {}, ' ' + pair(total.before, total.after)));
		return b;
	});
}

makeBase();
hud.append(html('p.movers', {}, ...movers()), diffLegend, kindLegend);
tools.prepend(html('span.sides', { role: 'group', 'aria-label': 'What is shown' }, ...sideButtons));
switches['%'].remove();
// Fills what is gone; shapes are scaled.
graph.prepend(svg('pattern', { id: 'fine', width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: `scale(${FINE} 1) rotate(45)` },
	svg('path.hl', { d: 'M0 0h1.2v5h-1.2z' })));
keys.d = [() => showSide({ '': 'before', before: 'after', after: '' }[side]), 'difference, before, after'];
delete keys['%'];

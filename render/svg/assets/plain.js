// What a profile shows of its boxes; diff.js has the same for a comparison.

const pickOwn = () => ({ count: source.self.slice(), weight: source.selfWeight.slice() });
const colourOf = (node) => node.frame.colour;
// Where a label stands.
const baseline = () => 14;
const addMarks = () => {};
// As the reader wants it.
const amountOf = (count) => isCounted ? grouped(count) : share(count);
const amountText = (node) => amountOf(node.count);
const matchedText = () => share(matchedCount()) + ofView(matchedOf(zoomed));

function factsOf(node) {
	const self = ownOf(node, base.count), weight = sum(node, base.weight);
	return `${share(node.count)} of all · ${samples(node.count)}` +
		(!base.weight.total[0] ? '' : source.isTime ? ` · ${seconds(weight)} of CPU time` : ` · ${grouped(Math.round(weight))} events`) +
		ofView(node.count) + connection(node) +
		(node.up && !isBack(node) ? ` · itself ${share(self)}${self ? ` (${samples(self)})` : ''}` : '');
}

const byCount = (what, then) => (a, b) => b[what] - a[what] || b[then] - a[then];
const amountCell = (what) => (f) => html('td', {}, amountOf(f[what]));
const functionTable = {
	start: 'self',
	rows: () => countFunctions(base.picked.count).filter((f) => f.total && frames[f.frame].kind !== STRUCTURE),
	caption: (rows) => `${grouped(rows.length)} functions: itself, and with all it called; of ${samples(base.count.total[0])}`,
	columns: {
		...nameColumns,
		self: { title: 'Self', by: byCount('self', 'total'), cell: amountCell('self') },
		total: { title: 'Total', by: byCount('total', 'self'), cell: amountCell('total') },
	},
};

hud.append(html('p.legend mu', {}, ...[...byId('legend').querySelectorAll('rect')]
	.map((swatch) => swatchOf(swatch.getAttribute('class'), swatch.nextSibling.textContent))));

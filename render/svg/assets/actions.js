// What can be done to the picture, by whatever means.

// Makes the view anew, because something else is counted, merged or folded; 'path' leads to the
// zoomed node, as far as there still is one.
function derive(path = addressOf(zoomed)) {
	makeBase();
	makeView();
	functions = hovered = focused = null;
	zoomed = find(path).node;
	countMatches();
	fillPanel();
	refresh();
	fit();
}

// What depends on the zoom and the search.
function refresh() {
	showCrumbs();
	showMatch();
	if (times) drawTimes();
	keep();
}

function zoom(node) {
	if (!node) return;
	zoomed = node;
	hovered = null;
	if (focused) focused = node;
	refresh();
	draw();
}

// One caller up; from the top of another view back to all stacks.
function up() {
	if (zoomed.up) zoom(zoomed.up);
	else if (way !== '') turn('');
}

// To a view, or, where it is shown already, back.
let back = '';
function turn(to) {
	if (way === '') back = addressOf(zoomed);
	way = way === to ? '' : to;
	derive(way === '' ? back : '');
	const y = rowY(zoomed.depth);
	if (y < scrollY || y > scrollY + innerHeight - 5 * ROW) scrollTo(0, y - innerHeight / 2);
}

function sandwich() {
	const node = meant();
	if (node.up) turn(numberOf(node));
	else if (isSandwich()) turn('');
}

function foldRecursion() {
	isFolded = !isFolded;
	derive();
}

// Leaves the samples of a box out, in all views, whatever range of time they are of.
function exclude() {
	const node = meant();
	if (!node.up && !isSandwich()) return;
	leaveOut([...without.map(({ address }) => address), addressOfView() + '!' + addressOf(node)]);
	derive();
}

function include(one) {
	leaveOut(without.filter((other) => other !== one).map(({ address }) => address));
	derive();
}

// Finds the boxes of these addresses, each in its own view of all samples.
function leaveOut(addresses) {
	const chosen = [way, isFolded, range, side], found = [];
	range = null;
	side = '';
	without = [];
	for (const address of addresses) {
		const [view, path = ''] = address.split('!');
		setView(view);
		makeBase();
		makeView();
		const { node, isAll } = find(path);
		if (isAll && (node.up || isSandwich())) found.push({ gone: samplesOf(node), name: node.frame.name, address });
	}
	[way, isFolded, range, side] = chosen;
	without = found;
}

// Marks the nodes of the recorded profile whose samples a box holds.
function samplesOf(node) {
	const gone = new Uint8Array(nodeCount), { up: caller, to } = base;
	for (const i of node.of) gone[i] = 1;
	if (way !== 'leaf') for (let i = 1; i < nodeCount; i++) gone[i] |= gone[caller[i]];
	for (let i = 1; to && i < nodeCount; i++) gone[i] = gone[to[i]];
	return gone;
}

function flip() {
	isFlipped = !isFlipped;
	refresh();
	draw();
	scrollTo(0, isFlipped ? root.scrollHeight : 0);
}

function toggleCounts() {
	isCounted = !isCounted;
	if (opened === 'table') fillPanel();
	refresh();
	draw();
}

// Lower case only: any case. What is no regular expression finds nothing.
function setQuery(text) {
	let pattern = null;
	try {
		if (text) pattern = new RegExp(text, text === text.toLowerCase() ? 'i' : '');
	} catch {
		// What is typed may become one.
	}
	query = text;
	if (box.value !== text) box.value = text;
	set(box, { 'aria-invalid': text !== '' && !pattern });
	hits = pattern && Uint8Array.from(frames, (f, k) => k < frames.length - 1 && pattern.test(f.name));
}

function search(text) {
	setQuery(text);
	countMatches();
	refresh();
	draw();
}

function searchFor(name) {
	search('^' + name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') + '$');
}

function showMatch() {
	matchText.textContent = !query ? '' : !hits ? 'not a regular expression' : 'matched ' + matchedText();
}

// To the next match by size, or the one before.
function step(by) {
	const list = hits ? matches() : [];
	if (!list.length) return;
	const now = list.indexOf(focused);
	focused = list.at((now < 0 ? Math.min(by, 0) : now + by) % list.length);
	hovered = null;
	// One that is too small to be seen, or outside of the view, is shown in its caller.
	if (!drawn.has(focused) || focused.w < 3) {
		zoomed = focused.up && focused.count * width >= 3 * focused.up.count ? focused.up : focused;
		refresh();
	}
	draw();
	reveal();
}

// Scrolls to the frame that has the focus.
function reveal() {
	if (!drawn.has(focused)) return;
	const y = rowY(focused.depth), above = heightOf(bar);
	if (y < scrollY + above) scrollTo(0, y - above - ROW);
	else if (y + ROW > scrollY + innerHeight) scrollTo(0, y + 2 * ROW - innerHeight);
}

function focus(node) {
	if (!node) return;
	focused = node;
	hovered = null;
	mark();
	reveal();
}

// One row up or down: to where the frame comes from, or to the widest of where it leads.
function move(by) {
	const from = focused || zoomed, depth = from.depth + (isFlipped ? -by : by);
	if (from.up && from.up.depth === depth) return focus(from.up);
	focus(kids(from).filter((kid) => kid.depth === depth && drawn.has(kid)).sort((a, b) => b.w - a.w)[0]);
}

function aside(by) {
	const from = focused || zoomed, row = rows.get(from.depth) || [];
	focus(row[row.indexOf(from) + by]);
}

// From the outermost function to the innermost, as folded text.
function stackOf(node) {
	const names = pathTo(node).map((one) => one.frame.name);
	return (isBack(node) ? names.reverse() : names).filter((name, k, all) => all.length === 1 || name !== 'all').join(';');
}

async function copy(text) {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		const area = html('textarea', { style: 'position:fixed;opacity:0' });
		area.value = text;
		bar.append(area);
		area.select();
		doc.execCommand('copy');
		area.remove();
		focusQuietly(pad);
	}
	factsText.textContent = 'copied: ' + text;
}

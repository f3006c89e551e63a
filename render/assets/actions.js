// What can be done to the picture, by whatever means.

// Makes the view anew, because something else is counted, merged or folded; 'path' leads to the
// zoomed node, as far as there still is one.
function derive(path = addressOf(state.zoom)) {
	makeBase();
	makeView();
	functions = hovered = focused = null;
	state.zoom = find(path).node;
	countMatches();
	fillPanel();
	refresh();
	fit();
}

// What depends on the zoom and the search.
function refresh() {
	showCrumbs();
	showMatch();
	keep();
}

function zoom(node) {
	if (!node) return;
	state.zoom = node;
	hovered = null;
	if (focused) focused = node;
	refresh();
	draw();
	if (times) drawZoom();
}

// One caller up; from the top of another view back to all stacks.
function up() {
	if (state.zoom.up) zoom(state.zoom.up);
	else if (state.way !== '') turn('');
}

// To a view, or, where it is shown already, back.
let back = '';
function turn(way) {
	if (state.way === '') back = addressOf(state.zoom);
	state.way = state.way === way ? '' : way;
	derive(state.way === '' ? back : '');
	const y = rowY(state.zoom.depth);
	if (y < scrollY || y > scrollY + innerHeight - 5 * ROW) scrollTo(0, y - innerHeight / 2);
}

function sandwich(node = meant()) {
	if (node.up) turn(numberOf(node));
	else if (isSandwich()) turn('');
}

function foldRecursion() {
	state.fold = !state.fold;
	derive();
}

// Leaves the samples of a box out, in all views, whatever range of time they are of.
function exclude(node = meant()) {
	if (!node.up && !isSandwich()) return;
	leaveOut([...state.without.map((one) => one.address), addressOfView() + '!' + addressOf(node)]);
	derive();
}

function include(one = state.without.at(-1)) {
	leaveOut(state.without.filter((other) => other !== one).map(({ address }) => address));
	derive();
}

// Finds the boxes of these addresses, each in its own view of all samples.
function leaveOut(addresses) {
	const { way, fold, range, side } = state, without = [];
	Object.assign(state, { range: null, side: '', without: [] });
	for (const address of addresses) {
		const [view, path = ''] = address.split('!');
		setView(view);
		makeBase();
		makeView();
		const { node, isAll } = find(path);
		if (isAll && (node.up || isSandwich())) without.push({ gone: samplesOf(node), name: node.frame.name, address });
	}
	Object.assign(state, { way, fold, range, side, without });
}

// Marks the nodes of the recorded profile whose samples a box holds.
function samplesOf(node) {
	const { n } = source, gone = new Uint8Array(n), { up: caller, to } = base;
	for (const i of node.of) gone[i] = 1;
	if (state.way !== 'leaf') for (let i = 1; i < n; i++) gone[i] |= gone[caller[i]];
	for (let i = 1; to && i < n; i++) gone[i] = gone[to[i]];
	return gone;
}

function flip() {
	state.flip = !state.flip;
	refresh();
	draw();
	scrollTo(0, state.flip ? root.scrollHeight : 0);
}

function toggleCounts() {
	state.counts = !state.counts;
	if (state.panel === 'table') fillPanel();
	refresh();
	draw();
}

// Lower case only: any case. What is no regular expression finds nothing.
function setQuery(query) {
	let pattern = null;
	try {
		if (query) pattern = new RegExp(query, query === query.toLowerCase() ? 'i' : '');
	} catch {
		// What is typed may become one.
	}
	state.query = query;
	if (box.value !== query) box.value = query;
	set(box, { 'aria-invalid': query !== '' && !pattern });
	hits = pattern && Uint8Array.from(frames, (f, k) => k < frames.length - 1 && pattern.test(f.name));
}

function search(query) {
	setQuery(query);
	countMatches();
	showMatch();
	keep();
	draw();
}

function searchFor(name) {
	search('^' + name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') + '$');
}

function showMatch() {
	matchText.textContent = !state.query ? '' : !hits ? 'not a regular expression' : diff ? matchOfSides() : `matched ${share(matchedCount())}` + ofView(matchedOf(state.zoom));
}

// To the next match by size, or the one before.
function step(by) {
	const list = hits ? matches() : [];
	if (!list.length) return;
	const now = list.indexOf(focused);
	focused = list[now < 0 ? (by > 0 ? 0 : list.length - 1) : (now + by + list.length) % list.length];
	hovered = null;
	// One that is too small to be seen, or outside of the view, is shown in its caller.
	if (!drawn.has(focused) || focused.w < 3) {
		state.zoom = focused.up && focused.count * width >= 3 * focused.up.count ? focused.up : focused;
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
	const from = focused || state.zoom, depth = from.depth + (state.flip ? -by : by);
	if (from.up && from.up.depth === depth) return focus(from.up);
	focus(kids(from).filter((kid) => kid.depth === depth && drawn.has(kid)).sort((a, b) => b.w - a.w)[0]);
}

function aside(by) {
	const row = rows.get((focused || state.zoom).depth) || [];
	focus(row[row.indexOf(focused || state.zoom) + by]);
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

// What can be done to the picture, by whatever means.

function zoom(i) {
	state.zoom = i;
	hovered = -1;
	if (focused >= 0) focused = i;
	showCrumbs();
	showMatch();
	draw();
	keep();
}

function flip() {
	state.flip = !state.flip;
	draw();
	scrollTo(0, state.flip ? root.scrollHeight : 0);
	keep();
}

// Lower case only: any case. What is no regular expression finds nothing.
function search(query) {
	state.query = query;
	let pattern = null;
	try {
		if (query) pattern = new RegExp(query, query === query.toLowerCase() ? 'i' : '');
		box.classList.remove('bad');
		box.removeAttribute('aria-invalid');
	} catch {
		box.classList.add('bad');
		box.setAttribute('aria-invalid', 'true');
	}
	hits = pattern && Uint8Array.from(t.frames, (f, k) => k < t.frames.length - 1 && pattern.test(f.name));
	showMatch();
	draw();
	keep();
}

// The topmost matching nodes of a subtree: each sample once.
function matches(from) {
	const list = [];
	for (let i = from; i < t.end[from];)
		if (isHit(i)) {
			list.push(i);
			i = t.end[i];
		} else i++;
	return list;
}

function matchedCount(from) {
	// A caller that matches holds all of the view.
	if (from && pathTo(from).some(isHit)) return t.count[from];
	return matches(from).reduce((sum, i) => sum + t.count[i], 0);
}

function showMatch() {
	matchText.textContent = box.classList.contains('bad') ? 'not a regular expression'
		: !hits ? '' : `matched ${percent(matchedCount(0), total)}` +
		(state.zoom ? ` · ${percent(matchedCount(state.zoom), t.count[state.zoom])} of the view` : '');
}

// To the next match by size, or the one before.
function step(by) {
	if (!hits) return;
	const list = matches(0).sort((a, b) => t.count[b] - t.count[a] || a - b);
	if (!list.length) return;
	const now = list.indexOf(focused);
	const i = list[now < 0 ? (by > 0 ? 0 : list.length - 1) : (now + by + list.length) % list.length];
	focused = i;
	// One that is too small to be seen, or outside of the view, is shown in its caller.
	if (!boxes.has(i) || boxes.get(i).w < 3) {
		state.zoom = t.parent[i];
		if (t.count[i] * width < 3 * t.count[state.zoom]) state.zoom = i;
		showCrumbs();
		showMatch();
		keep();
	}
	draw();
	reveal();
}

// Scrolls to the frame that has the focus.
function reveal() {
	if (!boxes.has(focused)) return;
	const y = rowY(t.depth[focused]), above = bar.getBoundingClientRect().height;
	if (y < scrollY + above) scrollTo(0, y - above - ROW);
	else if (y + ROW > scrollY + innerHeight) scrollTo(0, y + 2 * ROW - innerHeight);
}

function focus(i) {
	if (i === undefined || i < 0) return;
	focused = i;
	hovered = -1;
	mark();
	reveal();
}

// The widest drawn callee of a frame.
function widestCallee(of) {
	let best = -1;
	const onPath = t.depth[of] < t.depth[state.zoom] && of < state.zoom && state.zoom < t.end[of];
	for (let i = of + 1; i < t.end[of]; i = t.end[i])
		if (boxes.has(i) && (onPath || best < 0 || t.count[i] > t.count[best])) best = i;
	return best;
}

const beside = (i, by) => {
	const row = rows[t.depth[i]] || [];
	return row[row.indexOf(i) + by];
};

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
		pad.focus({ preventScroll: true });
	}
	factsText.textContent = 'copied: ' + text;
}

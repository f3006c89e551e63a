// Helpers for pages that show a picture, and for folded text.

export const text = (page, selector) => page.locator(selector).textContent();
export const details = async (page) => ({ name: await text(page, '.name b'), facts: await text(page, '.facts') });

// The result of a browser's parser for a file: its error, and the numbers of scripts and
// handlers.
export const parsed = (page, source) => page.evaluate((xml) => {
	const d = new DOMParser().parseFromString(xml, 'image/svg+xml');
	return { error: d.querySelector('parsererror')?.textContent, scripts: d.querySelectorAll('script').length, handlers: d.querySelectorAll('[onload],[onclick]').length };
}, source);

// The address (see address.js) of the widest node with a name in the view that is shown,
// found by going through all of it.
export const addressOf = (page, name) => page.evaluate((wanted) => {
	const open = [flame.view()];
	let best = null;
	while (open.length) {
		const node = open.pop();
		if (node.up && node.frame.name === wanted && (!best || node.count > best.count)) best = node;
		open.push(...flame.kids(node));
	}
	return best && flame.addressOf(best);
}, name);
export const zoomTo = async (page, name) => page.evaluate((address) => flame.zoom(flame.find(address).node), await addressOf(page, name));
export const zoomed = (page) => page.evaluate(() => flame.addressOf(flame.state.zoom));
export const zoomedName = (page) => page.evaluate(() => flame.state.zoom.frame.name);

// The switches that are on, as their texts.
export const switchesOn = (page) => page.evaluate(() => [...document.querySelectorAll('[aria-pressed=true]')].map((e) => e.textContent));

// Another address in the same window, as a reader types it.
export const go = (page, hash) => page.evaluate((to) => new Promise((done) => {
	addEventListener('hashchange', done, { once: true });
	location.hash = to;
}), hash);

// Where the middle of a drawn node is on the screen.
export const middleOf = (page, address) => page.evaluate((to) => {
	const { x, w, depth } = flame.find(to).node;
	return [10 + x + w / 2, flame.rowY(depth) + 10 - scrollY];
}, address);

// All of the view: the names on the path to each node, joined by ';', callers of a
// sandwich after a '<', with the counts.
export const viewOf = (page) => page.evaluate(() => {
	const list = {}, open = [[flame.view(), '']];
	while (open.length) {
		const [node, way] = open.pop();
		list[way] = (list[way] || 0) + node.count;
		for (const kid of flame.kids(node)) open.push([kid, way ? way + ';' + kid.frame.name : (kid.depth < 0 ? '<' : '') + kid.frame.name]);
	}
	return list;
});

// [names from the outermost to the innermost, count] of each line.
export const stacks = (folded) => folded.trim().split('\n').map((line) => {
	const space = line.lastIndexOf(' ');
	const names = line.slice(0, space).split(';').map((name) => name.split('\t')[0].replace(/_\[.\]$/, ''));
	return [names, Number(line.slice(space + 1))];
});

// The expected result of viewOf(): 'waysOf' returns the paths of a stack's samples.
export function expectedView(list, waysOf) {
	const view = {};
	for (const [names, count] of list)
		for (const way of waysOf(names)) view[way] = (view[way] || 0) + count;
	return view;
}

// All beginnings of a way, the empty one too.
export const prefixes = (names) => ['', ...names.map((name, k) => names.slice(0, k + 1).join(';'))];

export const percent = (part, whole) => {
	const v = part / whole * 100;
	if (part && v < 0.005) return '<0.01%';
	return (v === 0 ? '0' : v >= 99.95 ? '100' : v.toFixed(v >= 9.995 ? 1 : 2)) + '%';
};

// What each key does, and what the list of keys and the buttons say of it.

const keys = {
	ArrowDown: { run: () => move(1), label: '↑ ↓ ← →', help: 'walk through the frames' },
	ArrowUp: { run: () => move(-1) },
	ArrowLeft: { run: () => aside(-1) },
	ArrowRight: { run: () => aside(1) },
	Enter: { run: () => focused && focused !== state.zoom ? zoom(focused) : up(), help: 'zoom; again: one up' },
	Escape: { run: escape, label: 'Esc', help: 'close, end the search, one up' },
	Backspace: { run: up, label: '⌫', help: 'one up' },
	0: { run: () => zoom(whole), help: 'reset the zoom' },
	'/': { run: () => box.select(), label: '/, Ctrl-F', help: 'search: a regular expression; lower case finds any case' },
	n: { run: () => step(1), label: 'n, Enter', help: 'next match by size' },
	N: { run: () => step(-1), label: 'N', help: 'previous match' },
	r: { run: () => turn('leaf'), help: 'merge from the leaf: what runs, below it who called it' },
	s: { run: () => sandwich(), help: 'sandwich: callers above, callees below' },
	x: { run: () => exclude(), help: 'exclude the samples of a box' },
	X: { run: () => include(), help: 'count the last excluded ones again' },
	f: { run: foldRecursion, help: 'fold recursion: a function once in a stack' },
	i: { run: flip, help: 'turn over: root on top or at the bottom' },
	'%': { run: toggleCounts, help: 'numbers or shares' },
	t: { run: () => show('table'), help: 'table of functions' },
	c: { run: () => copy(meant().frame.name), label: 'c, right click', help: 'copy the name' },
	C: { run: () => copy(stackOf(meant())), help: 'copy the stack' },
	'?': { run: () => show('help'), help: 'these keys' },
};

function escape() {
	if (state.panel) show(state.panel);
	else if (state.query) search('');
	else up();
}

addEventListener('keydown', (e) => {
	const on = doc.activeElement, typing = on === box;
	if ((e.ctrlKey || e.metaKey) && e.key === 'f' && !typing) {
		// A second one is for the browser's own search.
		e.preventDefault();
		box.select();
		return;
	}
	if (e.ctrlKey || e.metaKey || e.altKey) return;
	if (typing) {
		if (e.key === 'Enter') step(e.shiftKey ? -1 : 1);
		if (e.key !== 'Escape') return;
		if (state.query) escape();
		focusQuietly(pad);
		return;
	}
	// Enter is a button's own, arrows scroll what can be scrolled.
	const taken = on?.tagName === 'button' ? ['Enter'] : on === panel ? ['ArrowUp', 'ArrowDown'] : [];
	if (!Object.hasOwn(keys, e.key) || taken.includes(e.key)) return;
	e.preventDefault();
	keys[e.key].run();
});

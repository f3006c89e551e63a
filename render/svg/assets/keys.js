// For each key what it does, what the list of keys and the buttons say of it, and what the list calls
// it, where that is not its name.

const keys = {
	ArrowDown: [() => move(1), 'walk through the frames', '↑ ↓ ← →'],
	ArrowUp: [() => move(-1)],
	ArrowLeft: [() => aside(-1)],
	ArrowRight: [() => aside(1)],
	Enter: [() => focused && focused !== zoomed ? zoom(focused) : up(), 'zoom; again: one up'],
	Escape: [escape, 'close, end the search, one up', 'Esc'],
	Backspace: [up, 'one up', '⌫'],
	0: [() => zoom(whole), 'reset the zoom'],
	'/': [() => box.select(), 'search: a regular expression; lower case finds any case', '/, Ctrl-F'],
	n: [() => step(1), 'next match by size', 'n, Enter'],
	N: [() => step(-1), 'previous match'],
	r: [() => turn('leaf'), 'merge from the leaf: what runs, below it who called it'],
	s: [sandwich, 'sandwich: callers above, callees below'],
	x: [exclude, 'exclude the samples of a box'],
	X: [() => include(without.at(-1)), 'count the last excluded ones again'],
	f: [foldRecursion, 'fold recursion: a function once in a stack'],
	i: [flip, 'turn over: root on top or at the bottom'],
	'%': [toggleCounts, 'numbers or shares'],
	t: [() => show('table'), 'table of functions'],
	c: [() => copy(meant().frame.name), 'copy the name', 'c, right click'],
	C: [() => copy(stackOf(meant())), 'copy the stack'],
	'?': [() => show('help'), 'these keys'],
};

function escape() {
	if (opened) show(opened);
	else if (query) search('');
	else up();
}

globalThis.onkeydown = (e) => {
	const on = doc.activeElement, isTyping = on === box, isCommand = e.ctrlKey || e.metaKey;
	if (isCommand && e.key === 'f' && !isTyping) {
		// A second one is for the browser's own search.
		box.select();
		return false;
	}
	if (isCommand || e.altKey || e.defaultPrevented) return;
	if (isTyping) {
		if (e.key === 'Enter') step(e.shiftKey ? -1 : 1);
		if (e.key !== 'Escape') return;
		if (query) escape();
		focusQuietly(pad);
		return;
	}
	// Enter is a button's own, arrows scroll what can be scrolled.
	const taken = on?.tagName === 'button' ? ['Enter'] : on === panel ? ['ArrowUp', 'ArrowDown'] : [];
	if (!Object.hasOwn(keys, e.key) || taken.includes(e.key)) return;
	keys[e.key][0]();
	return false;
};

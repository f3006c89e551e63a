// Numbers and names as people read them.

export const percent = (part, whole) => {
	const v = whole ? part / whole * 100 : 0;
	if (v < 0.005) return part ? '<0.01%' : '0%';
	return (v >= 99.95 ? '100' : v.toFixed(v >= 9.995 ? 1 : 2)) + '%';
};
// toLocaleString() would load the browser's language data, which takes 20 ms.
export const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
export const seconds = (ns) => ns < 1e6 ? (ns / 1e3).toFixed(0) + ' µs' : ns < 1e9 ? (ns / 1e6).toFixed(1) + ' ms' : (ns / 1e9).toFixed(2) + ' s';

// Shortens a name to 'columns' characters as box_label.c does: drops template arguments,
// then parameters, then namespaces, and cuts the end last.
export function shorten(name, columns) {
	if (name.length <= columns) return name;
	if (columns < 3) return '';
	let s = name.slice(0, 1000), before;
	do {
		before = s;
		s = s.replace(/<[^<>]*>/g, '');
	} while (s !== before);
	s = s || name;
	if (s.length > columns) s = withoutParameters(s);
	let at;
	while (s.length > columns && (at = s.indexOf('::')) >= 0 && at + 2 < s.length) s = s.slice(at + 2);
	return s.length <= columns ? s : s.slice(0, columns - 1).replace(/[\ud800-\udbff]$/, '') + '…';
}

function withoutParameters(s) {
	let at = s.lastIndexOf(')'), depth = 1;
	if (at < 0 || s.includes(':', at)) return s;
	while (at && depth) {
		at--;
		depth += (s[at] === ')') - (s[at] === '(');
	}
	// A receiver of Go is part of the name: list.(*List).Push.
	return depth || !at || s[at - 1] === '.' ? s : s.slice(0, at);
}

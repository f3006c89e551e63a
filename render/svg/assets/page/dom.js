// Elements: how they are found and made.

export const doc = document, root = doc.documentElement;
export const byId = (id) => doc.getElementById(id);
// Sets attributes, and handlers for names that begin with 'on'. A handler that returns
// false keeps the browser's own action from happening.
export function set(e, attributes) {
	for (const key in attributes)
		if (key.startsWith('on')) e[key] = attributes[key];
		else e.setAttribute(key, attributes[key]);
	return e;
}
// Makes an element of a kind 'tag' or 'tag.classes'.
const element = (space) => (kind, attributes, ...children) => {
	const [tag, classes] = kind.split('.'), e = set(doc.createElementNS(space, tag), attributes);
	if (classes) set(e, { class: classes });
	e.append(...children);
	return e;
};
export const svg = element('http://www.w3.org/2000/svg');
export const html = element('http://www.w3.org/1999/xhtml');
export const button = (text, title, onclick, kind = 'button') => html(kind, { title, onclick, type: 'button' }, text);
export const swatchOf = (colour, text) => html('span', {}, html('i.' + colour), text);

export const heightOf = (e) => e.getBoundingClientRect().height;
export const focusQuietly = (e) => e.focus({ preventScroll: true });

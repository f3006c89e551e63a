// Elements: how they are found and made.

const doc = document, root = doc.documentElement;
const byId = (id) => doc.getElementById(id);
// Attributes, and, by the names that begin with 'on', what is done at events; where that says false
// the browser does nothing of its own.
function set(e, attributes) {
	for (const key in attributes)
		if (key.startsWith('on')) e[key] = attributes[key];
		else e.setAttribute(key, attributes[key]);
	return e;
}
// Of a kind 'tag' or 'tag.classes'.
const element = (space) => (kind, attributes, ...children) => {
	const [tag, classes] = kind.split('.'), e = set(doc.createElementNS(space, tag), attributes);
	if (classes) set(e, { class: classes });
	e.append(...children);
	return e;
};
const svg = element('http://www.w3.org/2000/svg');
const html = element('http://www.w3.org/1999/xhtml');

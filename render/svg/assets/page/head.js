// The head: the lines of the static picture's head again, as text that wraps.

import { byId, html } from './dom.js';

function headLines() {
	const [title, ...facts] = byId('head').querySelectorAll(':scope > text');
	return [html('h1', {}, title.textContent), ...facts.map((line) => html('p.' + line.getAttribute('class'), {},
		...[...line.childNodes].map((part) => part.nodeType === 1 ? html('b.wa', {}, part.textContent) : part.data)))];
}
export const hud = html('div', { id: 'hud' }, ...headLines());

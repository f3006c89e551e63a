// Copying names and stacks.

import { currentNode } from '../model/state.js';
import { isBack, pathTo } from '../model/view.js';
import { details, factsText } from './details.js';
import { doc, focusQuietly, html } from './dom.js';
import { pad } from './graph.js';

// The stack of a node from the outermost function to the innermost, as folded text.
function stackOf(node) {
	const names = pathTo(node).map((one) => one.frame.name);
	return (isBack(node) ? names.reverse() : names).filter((name, k, all) => all.length === 1 || name !== 'all').join(';');
}

export async function copy(text) {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		const area = html('textarea', { style: 'position:fixed;opacity:0' });
		area.value = text;
		details.append(area);
		area.select();
		doc.execCommand('copy');
		area.remove();
		focusQuietly(pad);
	}
	factsText.textContent = 'copied: ' + text;
}
export const copyName = () => copy(currentNode().frame.name);
export const copyStack = () => copy(stackOf(currentNode()));

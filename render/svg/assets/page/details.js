// The details: the name and the facts of the current node.

import { KINDS } from '../model/kinds.js';
import { currentNode, state } from '../model/state.js';
import { html } from './dom.js';

const nameText = html('b'), objectText = html('span.mu');
const nameLine = html('div.name', {}, nameText, ' ', objectText);
export const factsText = html('div.facts');
export const details = html('div.details', { role: 'status', 'aria-live': 'polite' }, nameLine, factsText);

export function describe() {
	const node = currentNode(), { name, object, kind, inlined } = node.frame;
	nameText.textContent = nameLine.title = name;
	objectText.textContent = [object, KINDS[kind], inlined ? 'inlined' : ''].filter(Boolean).join(' · ');
	factsText.textContent = state.kind.factsOf(node);
}

// The search box, and the share of the samples that match.

import { state } from '../model/state.js';
import { search } from './actions.js';
import { html, set } from './dom.js';

export const box = html('input', {
	type: 'search', placeholder: 'search, regular expression', spellcheck: 'false',
	'aria-label': 'Search functions, regular expression', oninput: () => search(box.value),
});
export const matchText = html('span.match', { 'aria-live': 'polite' });

export function showMatch() {
	const { query, pattern } = state;
	if (box.value !== query) box.value = query;
	set(box, { 'aria-invalid': query !== '' && !pattern });
	matchText.textContent = !query ? '' : pattern ? 'matched ' + state.kind.matchedText() : 'not a regular expression';
}

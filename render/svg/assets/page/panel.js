// The place of the table of functions and of the list of keys.

import { state } from '../model/state.js';
import { togglePanel } from './actions.js';
import { focusQuietly, html } from './dom.js';

export const panel = html('div.panel', { tabindex: 0, role: 'region' });

export function openPanel(name) {
	togglePanel(name);
	if (state.panel) focusQuietly(panel);
}

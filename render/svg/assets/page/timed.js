// The script of a profile with times.

import { rangeText } from '../model/times.js';
import { start } from './main.js';
import { profileKind } from './profile_kind.js';
import { addStrip, drawChoices } from './strip.js';

start({
	...profileKind, rangeText, showChoices: drawChoices,
	begin() {
		profileKind.begin();
		addStrip();
	},
});

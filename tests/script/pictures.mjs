// Profiles for the tests: decoded from pictures that flame writes of folded text.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from '../../render/svg/assets/model/profile.js';
import { readSides } from '../../render/svg/assets/model/profile_sides.js';

function inFolder(act) {
	const folder = mkdtempSync(join(tmpdir(), 'flame-script-'));
	try {
		return act((name) => join(folder, name));
	} finally {
		rmSync(folder, { recursive: true });
	}
}
const dataOf = (path) => readFileSync(path, 'utf8').match(/<metadata id="data">([^<]*)/)[1]
	.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

// The data of the picture of a profile; 'options' are those of write_svg.
export const profileData = (folded, ...options) => inFolder((file) => {
	writeFileSync(file('in'), folded);
	execFileSync(process.env.WRITE_SVG, [file('in'), file('out'), ...options]);
	return dataOf(file('out'));
});
export const profileOf = (...input) => decode(profileData(...input));

// The data of the picture of a comparison.
export const comparisonOf = (before, after) => decode(inFolder((file) => {
	writeFileSync(file('before'), before);
	writeFileSync(file('after'), after);
	execFileSync(process.env.FLAME, ['diff', file('before'), file('after'), '-o', file('out.svg')]);
	return dataOf(file('out.svg'));
}), readSides);

// Colours, marks and texts of boxes in the picture of a comparison.

import { GONE, LEAST_SAMPLES, NEW, differenceOf } from './comparison.js';
import { FINE, ROW, STEPS } from './figures.js';
import { boxWidth, shape } from './layout.js';
import { state } from './state.js';
import { isBack, ownOf } from './view.js';
import { grouped } from './words.js';

const VERDICTS = ['no evidence', 'more', 'less', 'new', 'gone', 'moved'];

// As in number.c.
export const figure = (v, plus = '') => {
	const size = Math.abs(v);
	return size < 0.005 ? '0.00' : (v > 0 ? plus : '') + v.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
};
export const pair = (before, after) => `${figure(before)} → ${figure(after)}`;
export const lineOf = (delta) => delta > 0 ? 'km' : 'kl';
export const sign = (delta) => delta > 0 ? '▲' : '▼';
export const margin = ({ half }) => half ? ' ±' + figure(half) : '';

// A label must not touch the line of the change with an underscore.
export const baseline = () => state.side ? 14 : 12;

export function colourOf(node) {
	if (state.side) return node.frame.colour;
	const { verdict, delta } = differenceOf(node);
	const step = Math.min(STEPS, Math.max(1, Math.round(STEPS * Math.sqrt(Math.abs(delta) / state.profile.diff.largest))));
	return !verdict || !delta ? 'kn0' : lineOf(delta) + step;
}

// The line below a box, and the marks of new and gone stacks, on the first box of each.
export function addMarks(add, node, x, y, w) {
	const { verdict, delta, before, after } = differenceOf(node);
	if (state.side || !verdict) return;
	const part = Math.abs(delta) / (before + after);
	if (w >= 26) add(lineOf(delta), `M${Math.round(x * FINE)} ${y + ROW - 3}h${Math.round(boxWidth(w) * part * FINE)}v2H${Math.round(x * FINE)}z`);
	if (w >= 4 && (verdict === NEW || verdict === GONE) && (!node.up || differenceOf(node.up).verdict !== verdict))
		add(verdict === NEW ? 'new' : 'gone', shape(x + 0.7, y + 0.7, w - 1.4, ROW - 2.4));
}

export function amountText(node) {
	if (state.side) return figure(node.count) + (state.profile.diff.unit[0] === '%' ? '%' : '');
	const { verdict, delta } = differenceOf(node);
	return verdict ? sign(delta) + figure(Math.abs(delta)) : '';
}

export function verdictOf({ verdict, few, many, half, isEstimate }) {
	if (!half && !verdict) return few + many < LEAST_SAMPLES ? 'too few samples to tell' : VERDICTS[0];
	return VERDICTS[verdict] + (isEstimate ? ' (estimated)' : '');
}

export function factsOf(node) {
	const d = differenceOf(node), { unit } = state.profile.diff;
	return [
		`${pair(d.before, d.after)} ${unit}`,
		`${d.verdict ? sign(d.delta) + ' ' : ''}${figure(d.delta, '+')}${margin(d)}`,
		d.verdict && d.before && d.after ? `×${figure(d.after / d.before)}` : '', verdictOf(d),
		node.up && !isBack(node) ? `itself ${pair(ownOf(node, node.view.before), ownOf(node, node.view.after))}` : '',
		`${grouped(d.few)} → ${grouped(d.many)} samples`,
	].filter(Boolean).join(' · ');
}

export const matchedText = () => `${pair(state.matched.before.total[0], state.matched.after.total[0])} ${state.profile.diff.unit}`;

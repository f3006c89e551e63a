// The state of the live picture, and the actions that change it.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ownCounts } from '../../render/svg/assets/model/profile_facts.js';
import { onUpdate, state, update } from '../../render/svg/assets/model/state.js';
import { kids } from '../../render/svg/assets/model/view.js';
import { profileOf } from './pictures.mjs';

const profile = await profileOf('web;main;read 30\nweb;main;parse 20\ndb;main;read 50\n');
const child = (name, of = state.zoomed) => kids(of).find((node) => node.frame.name === name);

beforeEach(() => {
	onUpdate(null);
	update({ kind: { ownCounts }, profile, pivot: '', isFolded: false, range: null, without: [], zoomed: '', query: '', isFlipped: false, width: 1000 });
});

test('the state is frozen, and replaced as a whole', () => {
	const before = state;
	assert.throws(() => {
		state.width = 3;
	}, TypeError);
	update({ isFlipped: true });
	assert.deepEqual([before.isFlipped, state.isFlipped], [false, true]);
});

test('only what follows from a change is made anew', () => {
	const { base, view, drawn } = state;
	update({ zoomed: child('web') });
	assert.ok(state.base === base && state.view === view && state.drawn !== drawn);
	update({ query: 'read' });
	assert.equal(state.view, view);
	assert.equal(state.matched.count.total[0], 80);
	update({ pivot: 'leaf' });
	assert.ok(state.base === base && state.view !== view);
});

test('the zoom survives other counts, by its names', () => {
	update({ zoomed: child('main', child('web')) });
	const { zoomed } = state;
	update({ isFolded: true });
	assert.notEqual(state.zoomed, zoomed);
	assert.deepEqual([state.zoomed.frame.name, state.zoomed.up.frame.name], ['main', 'web']);
	const gone = new Uint8Array(profile.n).fill(1);
	update({ without: [{ gone }] });
	assert.equal(state.zoomed, state.view.root);
});

test('the pointer and the focus end with their view', () => {
	update({ hovered: child('web'), focused: child('db') });
	update({ pivot: 'leaf' });
	assert.deepEqual([state.hovered, state.focused], [null, null]);
});

test('changes made while a change is shown are part of it', () => {
	const shown = [];
	onUpdate((before) => {
		shown.push([before.width, state.width]);
		update({ width: 700 });
	});
	update({ width: 800 });
	assert.deepEqual(shown, [[1000, 800]]);
	assert.equal(state.width, 700);
	assert.equal(state.view.root.w, 700);
});

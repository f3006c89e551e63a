// The model of the live picture: the profile, its counts, views, search, addresses and
// layout.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, addressOfView, find, viewAt } from '../../render/svg/assets/model/address.js';
import { differenceOf, ownCounts as ownSides } from '../../render/svg/assets/model/comparison.js';
import { countFunctions, makeBase } from '../../render/svg/assets/model/counts.js';
import { exclusionsAt, samplesOf } from '../../render/svg/assets/model/exclude.js';
import { layOut } from '../../render/svg/assets/model/layout.js';
import { decode } from '../../render/svg/assets/model/profile.js';
import { ownCounts } from '../../render/svg/assets/model/profile_facts.js';
import { countMatches, matchingFrames, matchingNodes, patternOf } from '../../render/svg/assets/model/search.js';
import { kids, makeView, pathTo } from '../../render/svg/assets/model/view.js';
import { grouped, percent, shorten } from '../../render/svg/assets/model/words.js';
import { comparisonOf, profileData, profileOf } from './pictures.mjs';

const FOLDED = ['web;main;read;copy_[k] 30', 'web;main;parse;parse;copy_[k] 20', 'web;main 10', 'db;main;read 40'].join('\n') + '\n';
const profile = await profileOf(FOLDED);
const viewOf = (pivot = '', choices = {}, of = profile) => makeView(makeBase(of, { isFolded: false, without: [], ...choices }, ownCounts, null), pivot);
const numberOf = (name) => profile.functionOf[profile.frames.findIndex((f) => f.name === name)];

// All nodes of a view: their names from the root on, callers after a '<', with their
// counts.
function all(view) {
	const list = {}, open = [view.root];
	for (let node; (node = open.pop()); open.push(...kids(node)))
		list[pathTo(node).slice(1).map((one) => (one.depth < 0 ? '<' : '') + one.frame.name).join(';')] = node.count;
	return list;
}

test('a profile is decoded with all nodes and counts', () => {
	assert.equal(profile.n, 11);
	assert.deepEqual([...new Set(profile.frames.map((f) => f.name))].sort(), ['all', 'copy', 'db', 'main', 'parse', 'read', 'web']);
	assert.equal(profile.self.reduce((a, b) => a + b), 100);
	for (let i = 1; i < profile.n; i++) assert.ok(profile.parent[i] < i && profile.end[i] > i);
});

test('truncated and damaged data is refused', async () => {
	const data = profileData(FOLDED);
	await assert.rejects(decode(data.slice(0, -9)), /truncated|damaged/);
	await assert.rejects(decode(''), /truncated/);
	await assert.rejects(decode(data.slice(0, 40) + (data[40] === '!' ? '~' : '!') + data.slice(41)), /damaged/);
});

test('the view from the root has all stacks', () => {
	assert.deepEqual(all(viewOf()), {
		'': 100, web: 60, 'web;main': 60, 'web;main;read': 30, 'web;main;read;copy': 30,
		'web;main;parse': 20, 'web;main;parse;parse': 20, 'web;main;parse;parse;copy': 20, db: 40, 'db;main': 40, 'db;main;read': 40,
	});
});

test('the view from the leaf merges callees and leads to their callers', () => {
	const view = all(viewOf('leaf'));
	assert.deepEqual([view[''], view.copy, view['copy;read'], view['copy;parse;parse'], view.main, view['read;main;db']], [100, 50, 30, 20, 10, 40]);
});

test('a sandwich has callers above and callees below, each sample once', () => {
	assert.deepEqual(all(viewOf(numberOf('read'))), { '': 70, copy: 30, '<main': 70, '<main;<db': 40, '<main;<web': 30 });
	assert.deepEqual(all(viewOf(numberOf('parse'))), { '': 20, parse: 20, 'parse;copy': 20, '<main': 20, '<main;<web': 20 });
});

test('folded recursion has a function once in a stack', () => {
	const view = all(viewOf('', { isFolded: true }));
	assert.deepEqual([view['web;main;parse'], view['web;main;parse;copy'], view['web;main;parse;parse']], [20, 20, undefined]);
	assert.equal(view[''], 100);
});

test('a base uses the links of an earlier one only if they fit', () => {
	const make = (isFolded, previous) => makeBase(profile, { isFolded, without: [] }, ownCounts, previous), first = make(false, null);
	assert.equal(make(false, first).links, first.links);
	assert.notEqual(make(true, first).links, first.links);
});

test('self and total of each function count a sample once', () => {
	const list = countFunctions(profile, ownCounts(profile).count), of = (name) => list[numberOf(name)];
	assert.deepEqual(['parse', 'copy', 'main', 'read'].map((name) => [of(name).self, of(name).total]), [[0, 20], [50, 50], [10, 100], [40, 70]]);
});

test('a search finds the samples below matching frames', () => {
	const view = viewOf(), hits = matchingFrames(profile, patternOf('^(parse|read)$')), matched = countMatches(view, hits);
	assert.equal(matched.count.total[0], 90);
	assert.deepEqual(matchingNodes(view, hits, matched).map((node) => [node.frame.name, node.count]), [['read', 40], ['read', 30], ['parse', 20]]);
	assert.equal(patternOf('('), null);
	assert.equal(patternOf(''), null);
	assert.ok(patternOf('Parse').flags === '' && patternOf('parse').flags === 'i');
});

test('an address leads back to its node, in every view', () => {
	for (const [pivot, isFolded] of [['', false], ['', true], ['leaf', false], [numberOf('read'), false], [numberOf('copy'), true]]) {
		const view = viewOf(pivot, { isFolded }), open = [view.root];
		assert.deepEqual(viewAt(profile, addressOfView(view)), { isFolded, pivot });
		for (let node; (node = open.pop()); open.push(...kids(node))) assert.deepEqual(find(view, addressOf(node)), { node, isAll: true });
	}
	assert.deepEqual(find(viewOf(), 'none.at.all').isAll, false);
});

test('an exclusion leaves its samples out of all views', () => {
	const view = viewOf(), address = addressOfView(view) + '!' + addressOf(kids(view.root)[0]);
	const without = exclusionsAt(profile, ownCounts, [address, '!nowhere', 'nonsense']);
	assert.deepEqual(without.map(({ name }) => name), ['db']);
	assert.deepEqual([...without[0].gone], [...samplesOf(kids(view.root)[0])]);
	assert.equal(all(viewOf('', { without })).web, 60);
	assert.equal(all(viewOf('', { without })).db, undefined);
	assert.equal(all(viewOf('leaf', { without }))[''], 60);
});

test('a range of time counts its samples only', async () => {
	const timed = await profileOf(FOLDED, 'conditions', 'times'), { busy } = timed.times;
	for (const range of [[0, 10], [10, 50], [49, 50]]) {
		const view = viewOf('', { range }, timed);
		assert.equal(view.root.count, busy.slice(...range).reduce((a, b) => a + b));
		assert.ok(Math.abs(view.weight.total[0] - view.root.count * 10101010) < 1);
	}
});

test('the layout is as wide as the counts', () => {
	const view = viewOf(), { rows, drawn, firstDepth, lastDepth } = layOut(view.root, 1000);
	assert.deepEqual([firstDepth, lastDepth, drawn.size], [0, 5, profile.n]);
	for (const node of drawn) assert.ok(Math.abs(node.w - node.count * 10) < 1e-9);
	for (const row of rows.values()) for (let k = 1; k < row.length; k++) assert.ok(row[k].x >= row[k - 1].x + row[k - 1].w - 1e-9);
	const inside = layOut(kids(view.root)[1], 600);
	assert.equal(kids(view.root)[1].w, 600);
	assert.ok(![...inside.drawn].some((node) => node.frame.name === 'db'));
});

test('small nodes are not made, or share one box', () => {
	const view = viewOf(), leaf = viewOf('leaf');
	assert.equal(layOut(view.root, 2).drawn.size, 8);
	assert.equal(kids(kids(view.root)[1], 25).length, 1);
	assert.deepEqual(layOut(leaf.root, 4.9).rests, []);
});

test('a comparison has both sides and their verdicts', async () => {
	const diff = await comparisonOf('a;hot 900\na;same 500\n', 'a;hot 100\na;same 500\na;young 800\n');
	const view = makeView(makeBase(diff, { isFolded: false, without: [], side: '' }, ownSides, null), '');
	const of = (name) => differenceOf(kids(kids(view.root)[0]).find((node) => node.frame.name === name));
	assert.deepEqual(['hot', 'young', 'same'].map((name) => [of(name).few, of(name).many]), [[900, 100], [0, 800], [500, 500]]);
	assert.ok(of('hot').delta < 0 && of('young').delta > 0);
	const before = makeView(makeBase(diff, { isFolded: false, without: [], side: 'before' }, ownSides, null), '');
	assert.equal(kids(kids(before.root)[0]).length, 2);
});

test('numbers and names are short', () => {
	assert.deepEqual([[0, 9], [1, 1e6], [5, 1000], [1, 3], [9999, 10000]].map((pair) => percent(...pair)), ['0%', '<0.01%', '0.50%', '33.3%', '100%']);
	assert.equal(grouped(1234567), '1,234,567');
	assert.equal(shorten('std::map<int, std::string>::find(int const&)', 14), 'std::map::find');
	assert.equal(shorten('a::b::function(int)', 8), 'function');
	assert.equal(shorten('compiler.(*Program).x.func1', 14), 'compiler.(*Pr…');
	assert.equal(shorten('abcdefgh', 4), 'abc…');
	assert.equal(shorten('abc', 2), '');
});

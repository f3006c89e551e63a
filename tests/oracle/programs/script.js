// JavaScript as servers have it: objects, closures, JSON, regular expressions, sorting, promises,
// classes, exceptions, hashing and packing in native code, a server that calls itself.
'use strict';
const crypto = require('crypto');
const http = require('http');
const zlib = require('zlib');

class Shape { constructor(n) { this.n = n; } area() { let s = 0;
  for (let i = 0; i < this.n; i++) s = (s * 31 + i) & 0xffffff; return s; } }
class Group extends Shape { constructor(all) { super(0); this.all = all; }
  area() { return this.all.map((s) => s.area()).reduce((a, b) => (a + b) & 0xffffff, 0); } }

const group = new Group(Array.from({ length: 10 }, (_, i) => new Shape(500 + i)));
function records(n) {
  return Array.from({ length: n }, (_, i) => ({ id: i, name: 'x'.repeat(i % 40), tags: ['a', 'b'],
                                                more: { k: i } }));
}
function text() {
  const all = JSON.stringify(records(200));
  const back = JSON.parse(all).sort((a, b) => (a.name < b.name ? -1 : 1));
  return all.replace(/"(\w+)":(\d+)/g, (_, k, v) => `${k}=${v * 2}`).length + back.length;
}
function throws(n) { if (!n) throw new Error('thrown'); try { return throws(n - 1); } finally { n++; } }
function catches() { try { return throws(20); } catch (e) { return e.stack.length; } }
function native() {
  const data = Buffer.alloc(50000, 'some text to be packed ');
  return crypto.createHash('sha256').update(data).digest()[0] + zlib.deflateSync(data).length;
}
async function later(n) { let s = 0;
  for (let i = 0; i < n; i++) s += await Promise.resolve(i); return s; }
function ask(port) {
  return new Promise((resolve, reject) => http.get({ port, host: '127.0.0.1' }, (answer) => {
    let body = ''; answer.on('data', (part) => { body += part; });
    answer.on('end', () => resolve(body)); }).on('error', reject));
}
async function main() {
  const end = Date.now() + 1000 * (Number(process.argv[2]) + 1);
  const server = http.createServer((request, answer) => {
    answer.end(JSON.stringify(records(50))); });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  while (Date.now() < end) {
    group.area(); text(); catches(); native(); await later(100);
    await Promise.all([1, 2, 3].map(() => ask(server.address().port)));
  }
  process.exit(0);
}
main();

<?php
// PHP as it is written: classes, closures, generators, fibers, exceptions, regular expressions.
abstract class Shape { abstract function area(int $n): int; }
class Square extends Shape {
  function __construct(private int $side) {}
  function area(int $n): int {
    $s = 0; for ($i = 0; $i < $n; $i++) $s = ($s * 31 + $i * $this->side) & 0xffffff; return $s; }
}
function records(int $n): array {
  $all = []; for ($i = 0; $i < $n; $i++)
    $all[] = ['id' => $i, 'name' => str_repeat('x', $i % 40), 'more' => ['k' => $i]];
  return $all; }
function text(): int {
  $all = json_encode(records(200)); $back = json_decode($all, true);
  usort($back, fn($a, $b) => strcmp($a['name'], $b['name']));
  return strlen(preg_replace_callback('/"(\w+)":(\d+)/', fn($m) => $m[1] . $m[2] * 2, $all)); }
function numbers(int $n) { for ($i = 0; $i < $n; $i++) yield $i * 2; }
function fails(int $n) { if (!$n) throw new Exception('thrown'); try { fails($n - 1); } finally { $n++; } }
function in_fiber(): int {
  $f = new Fiber(function () { $s = 0; for ($i = 0; $i < 5; $i++) { 
    $s += (new Square(3))->area(2000); usort($GLOBALS['list'], fn($a, $b) => $a <=> $b);
    Fiber::suspend($s); } });
  $s = $f->start(); while (!$f->isTerminated()) $s += $f->resume() ?? 0; return $s; }
$list = range(50, 1);
$end = microtime(true) + $argv[1] + 1;
$shapes = array_map(fn($i) => new Square($i), range(1, 10));
while (microtime(true) < $end) {
  text(); in_fiber(); array_sum(iterator_to_array(numbers(500)));
  array_sum(array_map(fn($s) => $s->area(500), $shapes));
  try { fails(20); } catch (Exception $e) { strlen($e->getTraceAsString()); }
  md5(gzcompress(str_repeat('some text to be packed ', 1000)));
}

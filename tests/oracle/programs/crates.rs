//! Rust as it is written: closures, traits, collections, threads, and panics that are caught.
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::{mpsc, Arc, Mutex};
use std::time::{Duration, Instant};

trait Shape {
    fn area(&self, n: u64) -> u64;
}

struct Square(u64);
struct Group(Vec<Box<dyn Shape + Send>>);

#[inline(never)]
fn spin(n: u64) -> u64 {
    (0..n).fold(7, |sum, i| std::hint::black_box(sum * 31 + i) & 0xff_ffff)
}

impl Shape for Square {
    #[inline(never)]
    fn area(&self, n: u64) -> u64 {
        spin(n + self.0)
    }
}

impl Shape for Group {
    #[inline(never)]
    fn area(&self, n: u64) -> u64 {
        self.0.iter().map(|member| member.area(n)).sum()
    }
}

#[inline(never)]
fn collections(seed: u64) -> usize {
    let mut by_word: HashMap<String, Vec<u64>> = HashMap::new();
    let mut sorted = BTreeMap::new();
    for i in 0..300u64 {
        by_word.entry(format!("word {}", i * 7919 % 101)).or_default().push(i + seed);
        sorted.insert(i * 31 % 257, i);
    }
    let mut words: Vec<_> = by_word.keys().cloned().collect();
    words.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| b.cmp(a)));
    let mut text = String::new();
    for (key, value) in &sorted {
        write!(text, "{key} {:.3}\n", *value as f64 / 3.0).unwrap();
    }
    words.len() + text.lines().filter_map(|l| l.split(' ').nth(1)?.parse::<f64>().ok()).count()
}

#[inline(never)]
fn fails(depth: u32) -> u64 {
    if depth == 0 {
        panic!("thrown {}", spin(100));
    }
    let on_the_way = vec![depth; 10];
    fails(depth - 1) + on_the_way.len() as u64
}

#[inline(never)]
fn catches() -> u64 {
    std::panic::catch_unwind(|| fails(10)).unwrap_or(1)
}

#[inline(never)]
fn sends(shared: &Arc<Mutex<u64>>) -> u64 {
    let (to, from) = mpsc::channel();
    let sender = std::thread::spawn(move || (0..50).for_each(|i| to.send(spin(i * 10)).unwrap()));
    let sum = from.iter().sum::<u64>();
    sender.join().unwrap();
    *shared.lock().unwrap() += sum;
    sum
}

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let seconds = std::env::args().nth(1).and_then(|s| s.parse().ok()).unwrap_or(1);
    let end = Instant::now() + Duration::from_secs(seconds + 1);
    let shared = Arc::new(Mutex::new(0));
    let workers: Vec<_> = (0..2)
        .map(|number| {
            let shared = shared.clone();
            std::thread::spawn(move || {
                let group = Group((0..8).map(|i| Box::new(Square(i)) as _).collect());
                while Instant::now() < end {
                    std::hint::black_box(group.area(3000) + catches() + sends(&shared));
                    std::hint::black_box(collections(number));
                }
            })
        })
        .collect();
    workers.into_iter().for_each(|w| w.join().unwrap());
}

//! The search for contracts that take the compiler the longest for their work: hill climbing over shapes.

use std::time::{Duration, Instant};

use vellum::contract::Checks;

use super::measure::{self, Taken};
use super::shape::{Shape, TYPES};
use super::snippets::Snippet;

/// A shape and what its contract takes.
#[derive(Debug, Clone)]
pub struct Measured {
    pub shape: Shape,
    pub checks: Checks,
    pub work: u64,
    pub taken: Taken,
    pub bytes: usize,
}

impl Measured {
    /// Nanoseconds of processor time for each unit of work.
    pub fn time(&self) -> f64 {
        self.taken.time as f64 / self.work as f64
    }

    /// Bytes of memory for each unit of work.
    pub fn memory(&self) -> f64 {
        self.taken.memory as f64 / self.work as f64
    }
}

pub struct Search {
    random: fastrand::Rng,
    pub best: Vec<Measured>,
    pub tried: u32,
}

/// Number of shapes that are mutated, for time and for memory each.
const KEPT: usize = 12;

impl Search {
    pub fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), best: Vec::new(), tried: 0 }
    }

    /// Measures a shape that is scaled to about this work.
    pub fn measure(&mut self, shape: &Shape, work: u64) -> Option<Measured> {
        let shape = scaled(shape, work);
        let wasm = shape.wasm();
        let work = super::work(&wasm).ok()?;
        let mut slowest: Option<Measured> = None;
        for checks in [Checks::None, Checks::All] {
            let taken = measure::compile(&wasm, checks).ok()?;
            let measured = Measured { shape: shape.clone(), checks, work, taken, bytes: wasm.len() };
            if slowest.as_ref().is_none_or(|slowest| slowest.taken.time < measured.taken.time) {
                slowest = Some(measured);
            }
        }
        self.tried += 1;
        slowest
    }

    pub fn note(&mut self, measured: Measured) {
        self.best.push(measured);
        let mut by_time: Vec<Measured> = self.best.clone();
        by_time.sort_by(|a, b| b.time().total_cmp(&a.time()));
        let mut by_memory = std::mem::take(&mut self.best);
        by_memory.sort_by(|a, b| b.memory().total_cmp(&a.memory()));
        by_time.truncate(KEPT);
        by_memory.truncate(KEPT / 2);
        by_memory.retain(|measured| by_time.iter().all(|other| other.shape != measured.shape));
        by_time.extend(by_memory);
        self.best = by_time;
    }

    pub fn run(&mut self, work: u64, time: Duration) {
        let start = Instant::now();
        for &snippet in Snippet::ALL {
            for functions in [1, 50] {
                let shape = Shape {
                    functions,
                    callee: (16, 16),
                    live: 10,
                    repeated: 20,
                    code: vec![(snippet, 1)],
                    ..Shape::default()
                };
                if let Some(measured) = self.measure(&shape, work) {
                    self.note(measured);
                }
            }
        }
        for (_, shape) in super::known::shapes() {
            if let Some(measured) = self.measure(&shape, work) {
                self.note(measured);
            }
        }
        println!("after the start: {} tried, {:?}", self.tried, start.elapsed());
        self.report();
        while start.elapsed() < time {
            let mut shape = self.best[self.random.usize(..self.best.len())].shape.clone();
            for _ in 0..=self.random.u32(..3) {
                self.mutate(&mut shape);
            }
            let work = if self.random.u32(..4) == 0 { work * 4 } else { work };
            if let Some(measured) = self.measure(&shape, work) {
                self.note(measured);
            }
        }
        println!("{} tried", self.tried);
        self.report();
    }

    pub fn report(&self) {
        for it in &self.best {
            println!(
                "time {:.2} memory {:.3} bytes a unit: {:?}, {} ms, {} MiB, work {} M, {} bytes, {:?}",
                it.time(),
                it.memory(),
                it.checks,
                it.taken.time / 1_000_000,
                it.taken.memory >> 20,
                it.work / 1_000_000,
                it.bytes,
                it.shape
            );
        }
    }

    fn number(&mut self, present: u32, most: u32) -> u32 {
        match self.random.u32(..4) {
            0 => 0,
            1 => present / 2,
            2 => (present * 2 + 1).min(most),
            _ => self.random.u32(..=most),
        }
    }

    fn mutate(&mut self, shape: &mut Shape) {
        match self.random.u32(..14) {
            0 => shape.functions = [1, 1, 5, 50, 500][self.random.usize(..5)],
            1 => shape.parameters = self.number(shape.parameters, 64),
            2 => shape.live = self.number(shape.live, 2_000),
            3 => shape.unused = self.number(shape.unused, 2_000),
            4 => shape.operands = self.number(shape.operands, 1_000),
            5 => shape.ty = TYPES[self.random.usize(..TYPES.len())],
            6 => shape.nesting = self.number(shape.nesting, 300),
            7 => shape.loops = !shape.loops,
            8 => shape.callee = (self.number(shape.callee.0, 64), self.number(shape.callee.1, 64)),
            9 => shape.repeated = self.number(shape.repeated, 5_000).max(1),
            10 => {
                shape.exported = self.random.bool();
                shape.elements = self.random.bool();
            }
            11 if shape.code.len() > 1 => {
                let at = self.random.usize(..shape.code.len());
                shape.code.remove(at);
            }
            12 if !shape.code.is_empty() => {
                let at = self.random.usize(..shape.code.len());
                shape.code[at].1 = self.number(shape.code[at].1, 40).max(1);
            }
            _ => {
                let snippet = Snippet::ALL[self.random.usize(..Snippet::ALL.len())];
                let at = self.random.usize(..=shape.code.len());
                shape.code.insert(at, (snippet, 1 + self.random.u32(..3)));
            }
        }
    }
}

/// Returns a shape whose functions, or whose code if there is one function, are repeated this often.
fn repeated(shape: &Shape, count: u32) -> Shape {
    let mut shape = shape.clone();
    let several = shape.functions > 1 || shape.types > 0;
    if shape.types > 0 {
        shape.types = count;
    }
    *(if several { &mut shape.functions } else { &mut shape.repeated }) = count;
    shape
}

fn count(shape: &Shape) -> u32 {
    if shape.functions > 1 || shape.types > 0 { shape.functions } else { shape.repeated }
}

/// Returns the shape with one more repetition.
pub fn next(shape: &Shape) -> Shape {
    repeated(shape, count(shape) + 1)
}

/// Returns the largest contract of a shape that is accepted, and has at most this work.
fn scaled(shape: &Shape, most: u64) -> Shape {
    let fits = |count: u32| super::work(&repeated(shape, count).wasm()).is_ok_and(|work| work <= most);
    let (mut fitting, mut over) = (1, 2);
    while over < 1 << 20 && fits(over) {
        (fitting, over) = (over, over * 2);
    }
    while over - fitting > 1 {
        let middle = fitting + (over - fitting) / 2;
        *(if fits(middle) { &mut fitting } else { &mut over }) = middle;
    }
    repeated(shape, fitting)
}

/// Returns the largest contract of a shape that is accepted.
pub fn largest(shape: &Shape) -> Shape {
    scaled(shape, u64::MAX)
}

//! The first touch of pages: one word of each, or more.

use super::{Form, Linear, Step, Workload};
use crate::receipt::Value;
use crate::units::PAGE_SIZE;

/// Words of a page, which further accesses go round.
const WORDS: u64 = PAGE_SIZE as u64 / 8;

/// What is done to each word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It is read.
    Read,
    /// What is there already is written.
    Write,
    /// It is read and written back.
    Modify,
}

/// The workload: a step touches some pages, one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    /// What is done.
    pub deed: Deed,
    /// The first page.
    pub first: u32,
    /// From each page to the next, in pages.
    pub stride: i32,
    /// How many there are.
    pub pages: u32,
    /// How many of them a step touches.
    pub touched: u32,
    /// How many words of each.
    pub words: u32,
    /// Whether they are in the store; if not, nobody has ever written them.
    pub stored: bool,
}

impl Touch {
    /// The same touches, but of every second page.
    pub fn every_second(&self) -> Self {
        Self { stride: 2 * self.stride, touched: self.touched / 2, ..*self }
    }

    fn going(&self, function: &'static str, count: u32, words: u32) -> Step {
        let numbers = [self.first as i32, self.stride, count as i32, words as i32].map(Value::I32);
        let scale = Value::I64(self.stored.into());
        Step::new(function, [&numbers[..], &[scale]].concat())
    }
}

impl Workload for Touch {
    fn name(&self) -> &'static str {
        "touch"
    }

    fn shape(&self) -> String {
        let Self { stride, touched, words, .. } = self;
        format!("{words} words on each of {touched} pages, {stride} pages apart")
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        match form {
            Form::Mapped => Some(include_str!("touch.mapped.wat")),
            Form::Slices => Some(include_str!("touch.slices.wat")),
            Form::Window => None,
        }
    }

    fn setup(&self) -> Vec<Step> {
        if self.stored { vec![self.going("write", self.pages, self.words)] } else { Vec::new() }
    }

    fn step(&self, _index: u64) -> Step {
        let function = match self.deed {
            Deed::Read => "read",
            Deed::Write => "write",
            Deed::Modify => "modify",
        };
        self.going(function, self.touched, self.words)
    }

    fn native(&self, step: &Step, storage: &mut Linear) -> i64 {
        let [first, stride, count, words, scale] = [0, 1, 2, 3, 4].map(|index| step.word(index));
        let mut page = first as u32;
        let mut sum = 0_u64;
        for _ in 0..count {
            for word in 0..words.min(WORDS) {
                let at = u64::from(page) * PAGE_SIZE as u64 + word * 8;
                match step.function {
                    "read" => sum = sum.wrapping_add(storage.load(at).wrapping_mul(visits(word, words))),
                    "write" => storage.store(at, at * scale),
                    _ => {}
                }
            }
            page = page.wrapping_add(stride as u32);
        }
        if step.function == "read" { sum as i64 } else { page.into() }
    }
}

/// The same touches by slices of whole pages: each page is copied once, its words are touched in own memory, and what was
/// changed is copied back. There is no such form on mapped storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WholePages(pub Touch);

impl Workload for WholePages {
    fn name(&self) -> &'static str {
        "touch whole pages"
    }

    fn shape(&self) -> String {
        self.0.shape()
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        self.0.source(form)
    }

    fn setup(&self) -> Vec<Step> {
        self.0.setup()
    }

    fn step(&self, index: u64) -> Step {
        let step = self.0.step(index);
        let function = if step.function == "read" { "read whole" } else { "modify whole" };
        Step { function, ..step }
    }

    fn native(&self, step: &Step, storage: &mut Linear) -> i64 {
        let function = match step.function {
            "read whole" => "read",
            "modify whole" => "modify",
            other => other,
        };
        self.0.native(&Step { function, ..step.clone() }, storage)
    }
}

/// How often a word is touched when `words` of them go round the page.
fn visits(word: u64, words: u64) -> u64 {
    words / WORDS + u64::from(word < words % WORDS)
}

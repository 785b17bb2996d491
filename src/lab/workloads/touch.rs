//! Touches of pages: one word of each page, or more.

use super::{Form, Linear, Step, Workload};
use crate::receipt::Value;
use crate::units::PAGE_SIZE;

/// Words of a page. Further accesses start again at the first word.
const WORDS: u64 = PAGE_SIZE as u64 / 8;

/// How each word is accessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessKind {
    /// A read.
    Read,
    /// A write of the bytes that are there already.
    Write,
    /// A read, and a write of the same bytes.
    Modify,
}

/// The workload: a step touches some pages, one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    /// How each word is accessed.
    pub access: AccessKind,
    /// The first page.
    pub first: u32,
    /// The distance from each page to the next, in pages.
    pub stride: i32,
    /// The number of pages.
    pub pages: u32,
    /// How many of them a step touches.
    pub touched: u32,
    /// Words that a step accesses on each page.
    pub words: u32,
    /// True if the pages are in the store. Otherwise they were never written.
    pub stored: bool,
}

impl Touch {
    /// The same touches of every second page.
    pub fn every_second(&self) -> Self {
        Self { stride: 2 * self.stride, touched: self.touched / 2, ..*self }
    }

    fn touch(&self, function: &'static str, count: u32, words: u32) -> Step {
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
        if self.stored { vec![self.touch("write", self.pages, self.words)] } else { Vec::new() }
    }

    fn step(&self, _index: u64) -> Step {
        let function = match self.access {
            AccessKind::Read => "read",
            AccessKind::Write => "write",
            AccessKind::Modify => "modify",
        };
        self.touch(function, self.touched, self.words)
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

/// The same touches with slices of whole pages. Each page is copied once, its words are accessed in own memory, and changed
/// pages are copied back.
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

/// How many of `words` accesses go to one word of the page.
fn visits(word: u64, words: u64) -> u64 {
    words / WORDS + u64::from(word < words % WORDS)
}

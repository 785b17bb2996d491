//! One variable beside much other storage: does a call pay for pages that it leaves alone?

use super::{Form, Linear, Step, Workload};
use crate::receipt::Value;
use crate::units::{PAGE_SIZE, PageCount};

/// Pages that one setup call writes.
const PAGES_PER_CALL: u32 = 4_096;

/// The workload: a step adds 1 to the variable and leaves the other pages alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ballast {
    /// The number of other pages.
    pub pages: u32,
}

impl Ballast {
    /// A step that adds 1 to the first word of each of `pages` pages. The variable's page is the first of them.
    pub fn raise(pages: u32) -> Step {
        Step::new("raise", [Value::I32(pages as i32)])
    }
}

impl Workload for Ballast {
    fn name(&self) -> &'static str {
        "ballast"
    }

    fn shape(&self) -> String {
        format!("one 8-byte variable beside {} other pages", self.pages)
    }

    fn max_pages(&self) -> Option<PageCount> {
        Some(PageCount((self.pages + 1).next_multiple_of(16).max(65_536)))
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        match form {
            Form::Mapped => Some(include_str!("ballast.mapped.wat")),
            Form::Slices => Some(include_str!("ballast.slices.wat")),
            Form::Window => None,
        }
    }

    fn setup(&self) -> Vec<Step> {
        // The other pages begin at page 1.
        let lay = |first: u32| {
            let count = PAGES_PER_CALL.min(self.pages - first);
            Step::new("lay", [Value::I32(first as i32 + 1), Value::I32(count as i32)])
        };
        (0..self.pages).step_by(PAGES_PER_CALL as usize).map(lay).collect()
    }

    fn step(&self, _index: u64) -> Step {
        Step::new("increment", [])
    }

    fn native(&self, step: &Step, storage: &mut Linear) -> i64 {
        if step.function == "raise" {
            let raise = |page: u64| {
                let value = storage.load(page * PAGE_SIZE as u64);
                storage.store(page * PAGE_SIZE as u64, value.wrapping_add(1));
                value
            };
            return (0..step.word(0)).map(raise).fold(0, u64::wrapping_add) as i64;
        }
        if step.function == "increment" {
            let value = storage.load(0) + 1;
            storage.store(0, value);
            return value as i64;
        }
        let pages = step.word(0)..step.word(0) + step.word(1);
        for at in pages.clone().map(|page| page * PAGE_SIZE as u64) {
            storage.store(at, at);
        }
        pages.end as i64
    }
}

//! 8 bytes on each of many pages far apart: one touch per page, the worst case for anything that loads whole pages.

use super::random::seed;
use super::{Form, Linear, Step, Workload};
use crate::receipt::Value;

/// The distance between accesses, in bytes: a little over 64 KiB, so that offsets within the pages differ.
const STRIDE: i32 = 65_536 + 64;

/// What happens to each word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Read,
    Change,
}

/// The workload.
#[derive(Debug, Clone, Copy)]
pub struct Scatter {
    pages: i32,
    operation: Operation,
}

impl Scatter {
    /// Reads 8 bytes on each of `pages` pages.
    pub fn reading(pages: i32) -> Self {
        Self { pages, operation: Operation::Read }
    }

    /// Changes 8 bytes on each of `pages` pages.
    pub fn changing(pages: i32) -> Self {
        Self { pages, operation: Operation::Change }
    }

    fn scatter(&self, function: &'static str, index: u64) -> Step {
        Step::new(function, [Value::I64(seed(index)), Value::I32(self.pages), Value::I32(STRIDE)])
    }
}

impl Workload for Scatter {
    fn name(&self) -> &'static str {
        match self.operation {
            Operation::Read => "scatter read",
            Operation::Change => "scatter",
        }
    }

    fn shape(&self) -> String {
        let verb = match self.operation {
            Operation::Read => "reads",
            Operation::Change => "reads and changes",
        };
        format!("{verb} 8 bytes on each of {} pages, 64 KiB apart", self.pages)
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        match form {
            Form::Mapped => Some(include_str!("scatter.mapped.wat")),
            Form::Slices => Some(include_str!("scatter.slices.wat")),
            Form::Window => Some(include_str!("scatter.window.wat")),
        }
    }

    fn setup(&self) -> Vec<Step> {
        vec![self.scatter("touch", 1 << 40)]
    }

    fn step(&self, index: u64) -> Step {
        match self.operation {
            Operation::Read => self.scatter("look", index),
            Operation::Change => self.scatter("touch", index),
        }
    }

    fn native(&self, step: &Step, storage: &mut Linear) -> i64 {
        let (seed, count, stride) = (step.word(0), step.word(1), step.word(2));
        let mut sum = 0u64;
        for place in 0..count {
            let value = storage.load(place * stride);
            sum = sum.wrapping_add(value);
            if step.function == "touch" {
                storage.store(place * stride, value.wrapping_add(seed));
            }
        }
        match step.function {
            "touch" => sum as i64,
            _ => seed.wrapping_add(sum) as i64,
        }
    }
}

//! 8 bytes on each of many pages far apart: one touch a page, the worst case for anything that brings in whole pages.

use super::random::seed;
use super::{Form, Linear, Step, Workload};
use crate::receipt::Value;

/// Bytes from one touched place to the next, a little over 64 KiB: each on a page of its own, at another offset.
const STRIDE: i32 = 65_536 + 64;

/// What happens at each place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visit {
    Look,
    Touch,
}

/// The workload.
#[derive(Debug, Clone, Copy)]
pub struct Scatter {
    pages: i32,
    visit: Visit,
}

impl Scatter {
    /// Reads 8 bytes on each of that many pages.
    pub fn looking(pages: i32) -> Self {
        Self { pages, visit: Visit::Look }
    }

    /// Changes 8 bytes on each of that many pages.
    pub fn touching(pages: i32) -> Self {
        Self { pages, visit: Visit::Touch }
    }

    fn visiting(&self, function: &'static str, index: u64) -> Step {
        Step::new(function, [Value::I64(seed(index)), Value::I32(self.pages), Value::I32(STRIDE)])
    }
}

impl Workload for Scatter {
    fn name(&self) -> &'static str {
        match self.visit {
            Visit::Look => "scatter read",
            Visit::Touch => "scatter",
        }
    }

    fn shape(&self) -> String {
        let done = match self.visit {
            Visit::Look => "reads",
            Visit::Touch => "reads and changes",
        };
        format!("{done} 8 bytes on each of {} pages, 64 KiB apart", self.pages)
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        match form {
            Form::Mapped => Some(include_str!("scatter.mapped.wat")),
            Form::Slices => Some(include_str!("scatter.slices.wat")),
            Form::Window => Some(include_str!("scatter.window.wat")),
        }
    }

    fn setup(&self) -> Vec<Step> {
        vec![self.visiting("touch", 1 << 40)]
    }

    fn step(&self, index: u64) -> Step {
        match self.visit {
            Visit::Look => self.visiting("look", index),
            Visit::Touch => self.visiting("touch", index),
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

//! A dense array, read or written from end to end: bandwidth.

use super::random::{GOLDEN, seed};
use super::{Form, Linear, Step, Workload};
use crate::receipt::Value;
use crate::units::PAGE_SIZE;

/// What a sweep over the array does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sweep {
    Sum,
    Fill,
}

/// The workload.
#[derive(Debug, Clone, Copy)]
pub struct Scan {
    pages: i32,
    sweep: Sweep,
}

impl Scan {
    /// Reads an array of `pages` pages.
    pub fn summing(pages: i32) -> Self {
        Self { pages, sweep: Sweep::Sum }
    }

    /// Writes an array of `pages` pages.
    pub fn filling(pages: i32) -> Self {
        Self { pages, sweep: Sweep::Fill }
    }

    fn sweep(&self, function: &'static str, index: u64) -> Step {
        Step::new(function, [Value::I64(seed(index)), Value::I32(self.pages * PAGE_SIZE as i32)])
    }
}

impl Workload for Scan {
    fn name(&self) -> &'static str {
        match self.sweep {
            Sweep::Sum => "scan",
            Sweep::Fill => "fill",
        }
    }

    fn shape(&self) -> String {
        let verb = match self.sweep {
            Sweep::Sum => "sums",
            Sweep::Fill => "writes",
        };
        format!("{verb} an array of {} KiB", self.pages as usize * PAGE_SIZE / 1_024)
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        match form {
            Form::Mapped => Some(include_str!("scan.mapped.wat")),
            Form::Slices => Some(include_str!("scan.slices.wat")),
            Form::Window => Some(include_str!("scan.window.wat")),
        }
    }

    fn setup(&self) -> Vec<Step> {
        vec![self.sweep("fill", 1 << 40)]
    }

    fn step(&self, index: u64) -> Step {
        match self.sweep {
            Sweep::Sum => self.sweep("sum", index),
            Sweep::Fill => self.sweep("fill", index),
        }
    }

    fn native(&self, step: &Step, storage: &mut Linear) -> i64 {
        let mut value = step.word(0);
        let places = (0..step.word(1)).step_by(8);
        match step.function {
            "fill" => places.for_each(|at| {
                value = value.wrapping_add(GOLDEN);
                storage.store(at, value);
            }),
            _ => places.for_each(|at| value = value.wrapping_add(storage.load(at))),
        }
        value as i64
    }
}

//! A dense array, read or written from end to end: bandwidth, and the best case for mapping.

use super::random::{GOLDEN, seed};
use super::{Form, Linear, Step, Workload};
use crate::receipt::Value;
use crate::units::PAGE_SIZE;

/// Which way the array is gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Sum,
    Fill,
}

/// The workload.
#[derive(Debug, Clone, Copy)]
pub struct Scan {
    pages: i32,
    direction: Direction,
}

impl Scan {
    /// Reads an array of that many pages.
    pub fn summing(pages: i32) -> Self {
        Self { pages, direction: Direction::Sum }
    }

    /// Writes an array of that many pages.
    pub fn filling(pages: i32) -> Self {
        Self { pages, direction: Direction::Fill }
    }

    fn going(&self, function: &'static str, index: u64) -> Step {
        Step::new(function, [Value::I64(seed(index)), Value::I32(self.pages * PAGE_SIZE as i32)])
    }
}

impl Workload for Scan {
    fn name(&self) -> &'static str {
        match self.direction {
            Direction::Sum => "scan",
            Direction::Fill => "fill",
        }
    }

    fn shape(&self) -> String {
        let done = match self.direction {
            Direction::Sum => "sums",
            Direction::Fill => "writes",
        };
        format!("{done} an array of {} KiB", self.pages as usize * PAGE_SIZE / 1_024)
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        match form {
            Form::Mapped => Some(include_str!("scan.mapped.wat")),
            Form::Slices => Some(include_str!("scan.slices.wat")),
            Form::Window => Some(include_str!("scan.window.wat")),
        }
    }

    fn setup(&self) -> Vec<Step> {
        vec![self.going("fill", 1 << 40)]
    }

    fn step(&self, index: u64) -> Step {
        match self.direction {
            Direction::Sum => self.going("sum", index),
            Direction::Fill => self.going("fill", index),
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

//! One variable beside much other storage: does a call pay for what it leaves alone, and what does touching it cost?

use super::{Form, Linear, Step, Workload};
use crate::exec::Value;
use crate::units::PAGE_SIZE;

/// Pages that one call of setup writes.
const LAID_AT_ONCE: u32 = 4_096;

/// What a step does with the other storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ballast {
    /// Leaves it alone and adds 1 to the variable.
    Left {
        /// How many other pages there are.
        pages: u32,
    },
    /// Reads a word of each of the first pages of it.
    Read {
        /// How many other pages there are.
        pages: u32,
        /// How many of them are read.
        touched: u32,
    },
    /// Writes to a word of each of the first pages of it what is already there.
    Rewritten {
        /// How many other pages there are.
        pages: u32,
        /// How many of them are written.
        touched: u32,
    },
}

impl Ballast {
    fn pages(&self) -> u32 {
        match *self {
            Self::Left { pages } | Self::Read { pages, .. } | Self::Rewritten { pages, .. } => pages,
        }
    }
}

/// Ballast begins at page 1.
fn over(function: &'static str, page: u32, count: u32) -> Step {
    Step::new(function, [Value::I32(page as i32), Value::I32(count as i32)])
}

impl Workload for Ballast {
    fn name(&self) -> &'static str {
        "ballast"
    }

    fn shape(&self) -> String {
        format!("one 8-byte variable beside {} other pages", self.pages())
    }

    fn source(&self, form: Form) -> &'static str {
        match form {
            Form::Mapped => include_str!("ballast.mapped.wat"),
            Form::Slices => include_str!("ballast.slices.wat"),
        }
    }

    fn setup(&self) -> Vec<Step> {
        let lay = |first: u32| over("lay", first + 1, LAID_AT_ONCE.min(self.pages() - first));
        (0..self.pages()).step_by(LAID_AT_ONCE as usize).map(lay).collect()
    }

    fn step(&self, _index: u64) -> Step {
        match *self {
            Self::Left { .. } => Step::new("increment", []),
            Self::Read { touched, .. } => over("look", 1, touched),
            Self::Rewritten { touched, .. } => over("lay", 1, touched),
        }
    }

    fn native(&self, step: &Step, storage: &mut Linear) -> i64 {
        let pages = step.word(0)..step.word(0) + step.word(1);
        let starts = pages.clone().map(|page| page * PAGE_SIZE as u64);
        match step.function {
            "increment" => {
                let value = storage.load(0) + 1;
                storage.store(0, value);
                value as i64
            }
            "lay" => {
                starts.for_each(|at| storage.store(at, at));
                pages.end as i64
            }
            _ => starts.map(|at| storage.load(at)).sum::<u64>() as i64,
        }
    }
}

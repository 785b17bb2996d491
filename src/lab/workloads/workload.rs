//! Workloads: the same algorithm in several forms, and its calls.

use std::fmt;

use super::form::Form;
use super::linear::Linear;
use crate::receipt::Value;
use crate::units::PageCount;

/// One call of a workload's contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The export. It returns one i64.
    pub function: &'static str,
    /// Its arguments.
    pub args: Vec<Value>,
}

impl Step {
    pub(super) fn new(function: &'static str, args: impl Into<Vec<Value>>) -> Self {
        Self { function, args: args.into() }
    }

    /// An argument as a word; 0 if the step has no such argument.
    pub(super) fn word(&self, index: usize) -> u64 {
        match self.args.get(index) {
            Some(Value::I32(value)) => u64::from(*value as u32),
            Some(Value::I64(value)) => *value as u64,
            None => 0,
        }
    }
}

/// An algorithm in several forms.
pub trait Workload: fmt::Debug {
    /// A short name for tables.
    fn name(&self) -> &'static str;

    /// What a call does, with its sizes, in words.
    fn shape(&self) -> String;

    /// The contract in text form; nothing if the algorithm makes no sense in this form.
    fn source(&self, form: Form) -> Option<&'static str>;

    /// The forms of this workload.
    fn forms(&self) -> Vec<Form> {
        Form::ALL.into_iter().filter(|form| self.source(*form).is_some()).collect()
    }

    /// A second contract that the workload needs, in text form. Its address is the input of every call.
    fn companion(&self) -> Option<&'static str> {
        None
    }

    /// The page limit for deployment, if the default is too low.
    fn max_pages(&self) -> Option<PageCount> {
        None
    }

    /// The calls that prepare storage before anything is measured.
    fn setup(&self) -> Vec<Step>;

    /// The call to measure. Successive steps differ in their seeds.
    fn step(&self, index: u64) -> Step;

    /// The native model: runs a step on plain memory and returns its result.
    fn native(&self, step: &Step, storage: &mut Linear) -> i64;
}

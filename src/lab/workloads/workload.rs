//! What a workload is: the same algorithm in all its forms, and the calls of it.

use std::fmt;

use super::form::Form;
use super::linear::Linear;
use crate::receipt::Value;
use crate::units::PageCount;

/// One call of a workload's contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The export. Each gives one i64.
    pub function: &'static str,
    /// Its arguments.
    pub args: Vec<Value>,
}

impl Step {
    pub(super) fn new(function: &'static str, args: impl Into<Vec<Value>>) -> Self {
        Self { function, args: args.into() }
    }

    /// An argument as a word; 0 if there is no such argument.
    pub(super) fn word(&self, index: usize) -> u64 {
        match self.args.get(index) {
            Some(Value::I32(value)) => u64::from(*value as u32),
            Some(Value::I64(value)) => *value as u64,
            None => 0,
        }
    }
}

/// The same algorithm in all its forms.
pub trait Workload: fmt::Debug {
    /// A short name for tables.
    fn name(&self) -> &'static str;

    /// What one call does, with its sizes, for a reader.
    fn shape(&self) -> String;

    /// The contract in text form; nothing where the algorithm makes no sense in this form.
    fn source(&self, form: Form) -> Option<&'static str>;

    /// The forms that it has.
    fn forms(&self) -> Vec<Form> {
        Form::ALL.into_iter().filter(|form| self.source(*form).is_some()).collect()
    }

    /// Another contract that it needs, in text form. Its address is the input of every call.
    fn companion(&self) -> Option<&'static str> {
        None
    }

    /// The page limit to deploy it with, if the usual one is too low.
    fn max_pages(&self) -> Option<PageCount> {
        None
    }

    /// Calls that bring storage into the state which is measured on.
    fn setup(&self) -> Vec<Step>;

    /// The call to measure; successive ones differ in their seeds.
    fn step(&self, index: u64) -> Step;

    /// Does on plain memory what the contract does on a step, and gives its result.
    fn native(&self, step: &Step, storage: &mut Linear) -> i64;
}

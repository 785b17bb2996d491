//! One variable of 8 bytes: the smallest call, and so the fixed cost of a call.

use super::{Form, Linear, Step, Workload};

/// The workload.
#[derive(Debug, Clone, Copy)]
pub struct Counter;

impl Workload for Counter {
    fn name(&self) -> &'static str {
        "counter"
    }

    fn shape(&self) -> String {
        "adds 1 to one 8-byte variable".into()
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        match form {
            Form::Mapped => Some(include_str!("counter.mapped.wat")),
            Form::Slices => Some(include_str!("counter.slices.wat")),
            Form::Window => Some(include_str!("counter.window.wat")),
        }
    }

    fn setup(&self) -> Vec<Step> {
        vec![self.step(0)]
    }

    fn step(&self, _index: u64) -> Step {
        Step::new("increment", [])
    }

    fn native(&self, _step: &Step, storage: &mut Linear) -> i64 {
        let value = storage.load(0) + 1;
        storage.store(0, value);
        value as i64
    }
}

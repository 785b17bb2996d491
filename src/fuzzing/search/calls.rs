//! Converts steps to transactions and runs them.

use super::actor::DO;
use super::cast::{Moment, address_of_user};
use super::error::SearchError;
use super::orders::{MAX_INPUT, orders};
use super::sequence::{Action, Step, Target};
use super::world::World;
use crate::contract::ValueType;
use crate::receipt::{Call, Detail, Receipt, Trace, Value};

impl World {
    /// Returns the top-level call of a step, at a block and a time.
    pub fn call(&self, step: &Step, now: Moment) -> Call {
        let call = match &step.action {
            Action::Direct { user, target, arguments, input, value } => {
                let (address, name) = self.target(*target);
                Call::new(address, name)
                    .args(self.arguments(*target, arguments))
                    .input(self.bytes(input))
                    .sender(address_of_user(*user))
                    .value(*value)
            }
            Action::Act { actor, requests, reactions, standing } => Call::new(self.actors[*actor], DO)
                .input(orders(self, requests, reactions, standing))
                .sender(address_of_user(0)),
        };
        call.gas(self.gas).block_number(now.block).timestamp(now.timestamp)
    }

    /// Gives arguments the types of a function's parameters.
    pub fn arguments(&self, target: Target, numbers: &[i64]) -> Vec<Value> {
        let typed = |(number, ty): (&i64, &ValueType)| match ty {
            ValueType::I32 => Value::I32(*number as i32),
            ValueType::I64 => Value::I64(*number),
        };
        let (_, signature) = &self.exports[target.contract].functions[target.export];
        numbers.iter().zip(&signature.params).map(typed).collect()
    }

    /// Runs a step. Returns `None` if its sender cannot pay for it, or if its input is too long.
    pub(super) fn run_step(&self, step: &Step, now: Moment) -> Result<Option<(Receipt, Trace)>, SearchError> {
        let call = self.call(step, now);
        if call.input.len() > MAX_INPUT {
            return Ok(None);
        }
        match self.vm.run(&call).trace(Detail::Writes).commit() {
            Ok(done) => Ok(Some(done)),
            Err(error) if error.is_unpayable() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

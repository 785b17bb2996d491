//! The transactions that steps stand for.

use super::actor::DO;
use super::cast::{Moment, address_of_person};
use super::error::SearchError;
use super::orders::{MAX_INPUT, orders};
use super::sequence::{Deed, Step, Target};
use super::world::World;
use crate::contract::ValueType;
use crate::receipt::{Call, Detail, Receipt, Trace, Value};

impl World {
    /// The transaction of a step that happens at a moment.
    pub fn call(&self, step: &Step, now: Moment) -> Call {
        let call = match &step.deed {
            Deed::Direct { person, target, arguments, input, value } => {
                let (address, name) = self.target(*target);
                Call::new(address, name)
                    .args(self.arguments(*target, arguments))
                    .input(self.bytes(input))
                    .sender(address_of_person(*person))
                    .value(*value)
            }
            Deed::Act { actor, requests, reactions, standing } => Call::new(self.actors[*actor], DO)
                .input(orders(self, requests, reactions, standing))
                .sender(address_of_person(0)),
        };
        call.gas(self.gas).block_number(now.block).timestamp(now.timestamp)
    }

    /// Arguments of a function, with its types.
    pub fn arguments(&self, target: Target, numbers: &[i64]) -> Vec<Value> {
        let typed = |(number, ty): (&i64, &ValueType)| match ty {
            ValueType::I32 => Value::I32(*number as i32),
            ValueType::I64 => Value::I64(*number),
        };
        let (_, signature) = &self.exports[target.contract].functions[target.export];
        numbers.iter().zip(&signature.params).map(typed).collect()
    }

    /// Carries out a step; nothing if its sender cannot pay for it, or its input is too long.
    pub(super) fn carry_out(&self, step: &Step, now: Moment) -> Result<Option<(Receipt, Trace)>, SearchError> {
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

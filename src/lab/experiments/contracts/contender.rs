//! A contract under measurement, whose answers are compared with the other's.

use std::collections::BTreeMap;
use std::time::Duration;

use super::answer::Answer;
use super::{Brought, Pair, SameCall};
use crate::lab::LabError;
use crate::lab::workloads::{Mode, World, counts, not_returned};
use crate::paging::PagerKind;
use crate::receipt::{Call, Receipt, Status};
use crate::units::{Address, Gas};

/// A contract under a pager, deployed alone on a machine of its own and set up.
#[derive(Debug)]
pub struct Contender<'a> {
    pub brought: &'a Brought,
    pub world: World,
    pub address: Address,
    pager: PagerKind,
    gas: Gas,
    /// How many calls were committed after the setup.
    pub committed: u64,
    /// What the last of them gave.
    pub last: Option<Answer>,
}

impl<'a> Contender<'a> {
    pub fn new(pair: &Pair, brought: &'a Brought, pager: PagerKind, world: World) -> Result<Self, LabError> {
        let address = world.deploy_named(&brought.name, &brought.code)?;
        let contender = Self { brought, world, address, pager, gas: pair.gas, committed: 0, last: None };
        for call in &pair.setup {
            let receipt = contender.world.call(&contender.call(call))?;
            contender.returned(call, &receipt)?;
        }
        Ok(contender)
    }

    fn call(&self, call: &SameCall) -> Call {
        Call::new(self.address, call.function.clone()).args(call.arguments.clone()).gas(self.gas).pager(self.pager)
    }

    /// What a call of it is called in an error.
    fn label(&self, call: &SameCall) -> String {
        format!("\"{}\" of {} ({})", call.text(), self.brought.name, self.pager)
    }

    fn returned(&self, call: &SameCall, receipt: &Receipt) -> Result<Answer, LabError> {
        match receipt.status {
            Status::Returned => Ok(Answer::of(receipt, &self.address)),
            _ => Err(not_returned(&self.label(call), receipt)),
        }
    }

    /// Runs a call that many times, each time discarded. What the last gave is compared after the clock has stopped.
    pub fn dry_runs(&self, call: &SameCall, expected: &Answer, times: u64) -> Result<Duration, LabError> {
        let (last, took) = self.world.dry_runs(&self.call(call), times)?;
        let found = self.returned(call, &last)?;
        match found == *expected {
            true => Ok(took),
            false => Err(LabError::Unsteady { what: self.label(call), found: found.text(), expected: expected.text() }),
        }
    }

    /// Runs and commits a call that many times. All must return.
    pub fn commits(&mut self, call: &SameCall, times: u64) -> Result<Duration, LabError> {
        let (receipts, took) = self.world.commits(&vec![self.call(call); times.max(1) as usize])?;
        for receipt in &receipts {
            self.committed += 1;
            let what = || format!("{}, committed for the {}. time after the setup,", self.label(call), self.committed);
            match receipt.status {
                Status::Returned => self.last = Some(Answer::of(receipt, &self.address)),
                _ => return Err(not_returned(&what(), receipt)),
            }
        }
        Ok(took)
    }

    /// What does not depend on a clock, of one more call that is discarded.
    pub fn counts(&self, call: &SameCall) -> Result<BTreeMap<String, u64>, LabError> {
        let (receipt, trace) = self.world.counted(Mode::DryRun, &self.call(call))?;
        let mut counts = counts(&receipt, &trace, &self.address);
        counts.extend(self.world.events(&self.call(call), None)?);
        Ok(counts)
    }
}

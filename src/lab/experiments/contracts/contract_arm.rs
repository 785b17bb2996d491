//! An arm: one of the two contracts under a pager.

use std::collections::BTreeMap;
use std::time::Duration;

use super::answer::Answer;
use super::{Pair, PairCall, UserContract};
use crate::lab::LabError;
use crate::lab::workloads::{Mode, Testbed, counts, not_returned};
use crate::paging::PagerKind;
use crate::receipt::{Call, Receipt, Status};
use crate::units::{Address, Gas};

/// A contract under a pager, deployed alone in a testbed and set up.
#[derive(Debug)]
pub struct ContractArm<'a> {
    pub contract: &'a UserContract,
    pub testbed: Testbed,
    pub address: Address,
    pager: PagerKind,
    gas: Gas,
    /// The number of commits after the setup.
    pub committed: u64,
    /// The answer of the last of these commits.
    pub last: Option<Answer>,
}

impl<'a> ContractArm<'a> {
    pub fn new(pair: &Pair, contract: &'a UserContract, pager: PagerKind, testbed: Testbed) -> Result<Self, LabError> {
        let address = testbed.deploy_named(&contract.name, &contract.code)?;
        let arm = Self { contract, testbed, address, pager, gas: pair.gas, committed: 0, last: None };
        for call in &pair.setup {
            let receipt = arm.testbed.call(&arm.call(call))?;
            arm.answer(call, &receipt)?;
        }
        Ok(arm)
    }

    fn call(&self, call: &PairCall) -> Call {
        Call::new(self.address, call.function.clone()).args(call.arguments.clone()).gas(self.gas).pager(self.pager)
    }

    /// The name of a call in errors.
    fn label(&self, call: &PairCall) -> String {
        format!("\"{}\" of {} ({})", call.text(), self.contract.name, self.pager)
    }

    /// The answer of a call, which must have returned.
    fn answer(&self, call: &PairCall, receipt: &Receipt) -> Result<Answer, LabError> {
        match receipt.status {
            Status::Returned => Ok(Answer::of(receipt, &self.address)),
            _ => Err(not_returned(&self.label(call), receipt)),
        }
    }

    /// Runs a call as a dry run, `times` times. The last answer is checked outside the time.
    pub fn dry_runs(&self, call: &PairCall, expected: &Answer, times: u64) -> Result<Duration, LabError> {
        let (last, took) = self.testbed.dry_runs(&self.call(call), times)?;
        let found = self.answer(call, &last)?;
        if found == *expected {
            return Ok(took);
        }
        Err(LabError::Unsteady { what: self.label(call), found: found.text(), expected: expected.text() })
    }

    /// Runs and commits a call `times` times. Every call must return.
    pub fn commits(&mut self, call: &PairCall, times: u64) -> Result<Duration, LabError> {
        let (receipts, took) = self.testbed.commits(&vec![self.call(call); times.max(1) as usize])?;
        for receipt in &receipts {
            self.committed += 1;
            let what = || format!("commit {} of {}", self.committed, self.label(call));
            match receipt.status {
                Status::Returned => self.last = Some(Answer::of(receipt, &self.address)),
                _ => return Err(not_returned(&what(), receipt)),
            }
        }
        Ok(took)
    }

    /// The counts of one more dry run.
    pub fn counts(&self, call: &PairCall) -> Result<BTreeMap<String, u64>, LabError> {
        let (receipt, trace) = self.testbed.counted(Mode::DryRun, &self.call(call))?;
        let mut counts = counts(&receipt, &trace, &self.address);
        counts.extend(self.testbed.events(&self.call(call), None)?);
        Ok(counts)
    }
}

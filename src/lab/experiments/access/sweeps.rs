//! Calls that sweep over storage several times, and their expected results.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::lab::LabError;
use crate::lab::workloads::{Testbed, call, i64_result};
use crate::paging::PagerKind;
use crate::receipt::{Call, Receipt};
use crate::units::{Address, StateRoot};

/// One of the contracts, in its own testbed.
pub struct Deployed {
    pub testbed: Testbed,
    pub address: Address,
}

impl Deployed {
    pub fn new(source: &str) -> Result<Self, LabError> {
        let testbed = Testbed::in_memory()?;
        let address = testbed.deploy(source)?;
        let filled = testbed.call(&call(address, "fill", Vec::new(), PagerKind::Soft))?;
        i64_result("filling storage", &filled)?;
        Ok(Self { testbed, address })
    }
}

/// The calls of one arm, which differ in the number of sweeps.
pub struct Sweeps<'a> {
    pub testbed: &'a Testbed,
    pub expected: Expected,
    /// Makes a call with the given number of sweeps.
    pub make: Box<dyn Fn(u64) -> Call + 'a>,
}

impl Sweeps<'_> {
    /// The time of `sweeps` sweeps: that of a call with one more, minus that of a call with one.
    pub fn time(&self, sweeps: u64) -> Result<Duration, LabError> {
        let (short, few) = timed(self.testbed, &(self.make)(1))?;
        let (long, many) = timed(self.testbed, &(self.make)(sweeps + 1))?;
        self.expected.check(&few, 1)?;
        self.expected.check(&many, sweeps + 1)?;
        Ok(long.saturating_sub(short))
    }

    /// The event counts of one sweep.
    pub fn events(&self) -> Result<BTreeMap<String, u64>, LabError> {
        self.testbed.events(&(self.make)(2), Some(&(self.make)(1)))
    }
}

fn timed(testbed: &Testbed, call: &Call) -> Result<(Duration, Receipt), LabError> {
    let start = Instant::now();
    let receipt = testbed.dry_run(call)?;
    Ok((start.elapsed(), receipt))
}

/// The expected results of an arm's calls, by the native model.
pub struct Expected {
    /// What errors call the arm.
    pub what: String,
    /// The sum of one sweep.
    pub sum: u64,
    /// The state root after a call.
    pub state: StateRoot,
}

impl Expected {
    fn check(&self, receipt: &Receipt, sweeps: u64) -> Result<(), LabError> {
        let expected = self.sum.wrapping_mul(sweeps) as i64;
        let found = i64_result(&self.what, receipt)?;
        if found != expected {
            return Err(LabError::WrongResult { what: self.what.clone(), found: found.to_string(), expected });
        }
        match receipt.contracts.first().and_then(|contract| contract.state_after) {
            Some(found) if found == self.state => Ok(()),
            found => Err(LabError::WrongState {
                what: self.what.clone(),
                found: found.unwrap_or_default(),
                expected: self.state,
            }),
        }
    }
}

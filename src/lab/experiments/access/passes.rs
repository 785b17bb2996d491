//! Calls that go over storage as often as they are told, and what they must give.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::lab::LabError;
use crate::lab::workloads::{World, call, returned};
use crate::paging::PagerKind;
use crate::receipt::{Call, Receipt};
use crate::units::{Address, StateRoot};

/// One of the contracts, in a world of its own.
pub struct Deployed {
    pub world: World,
    pub address: Address,
}

impl Deployed {
    pub fn new(source: &str) -> Result<Self, LabError> {
        let world = World::in_memory()?;
        let address = world.deploy(source)?;
        let filled = world.call(&call(address, "fill", Vec::new(), PagerKind::Soft))?;
        returned("filling storage", &filled)?;
        Ok(Self { world, address })
    }
}

/// Calls that go over the same addresses, as often as they are told.
pub struct Passes<'a> {
    pub world: &'a World,
    pub judge: Judge,
    pub make: Box<dyn Fn(u64) -> Call + 'a>,
}

impl Passes<'_> {
    /// Times a call of so many passes and one less one of one pass.
    pub fn time(&self, passes: u64) -> Result<Duration, LabError> {
        let (short, few) = timed(self.world, &(self.make)(1))?;
        let (long, many) = timed(self.world, &(self.make)(passes + 1))?;
        self.judge.check(&few, 1)?;
        self.judge.check(&many, passes + 1)?;
        Ok(long.saturating_sub(short))
    }

    /// What processor and kernel count of one pass.
    pub fn events(&self) -> Result<BTreeMap<String, u64>, LabError> {
        self.world.events(&(self.make)(2), Some(&(self.make)(1)))
    }
}

fn timed(world: &World, call: &Call) -> Result<(Duration, Receipt), LabError> {
    let start = Instant::now();
    let receipt = world.dry_run(call)?;
    Ok((start.elapsed(), receipt))
}

/// Knows what a call must give.
pub struct Judge {
    pub what: String,
    pub sum: u64,
    pub state: StateRoot,
}

impl Judge {
    fn check(&self, receipt: &Receipt, passes: u64) -> Result<(), LabError> {
        let expected = self.sum.wrapping_mul(passes) as i64;
        let found = returned(&self.what, receipt)?;
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

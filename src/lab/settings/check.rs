//! What settings can be.

use super::{Settings, WorkloadSettings};
use crate::lab::measure::MINIMUM_ROUNDS;
use crate::units::PAGE_SIZE;

/// Pages of the largest storage there is.
const MOST_PAGES: u32 = 1 << 20;

impl Settings {
    /// Whether it can be measured; if not, what would be right.
    pub(super) fn check(&self) -> Result<(), String> {
        let range = |name: &str, value: u64, least: u64, most: u64| match (least..=most).contains(&value) {
            true => Ok(()),
            false => Err(format!("{name} should be {least} to {most}, but is {value}")),
        };
        range("rounds", self.rounds.into(), MINIMUM_ROUNDS as u64, 100_000)?;
        range("layings", self.layings.into(), 1, 100)?;
        range("sample_us", self.sample_us, 1, 60_000_000)?;
        range("pagers", self.pagers.len() as u64, 1, 16)?;
        range("access.array_wasm_pages", self.access.array_wasm_pages, 1, 1_024)?;
        // One page in sixteen, in storage of the usual size.
        range("fault.pages", self.fault.pages.into(), 1, 4_000)?;
        range("crossover.pages", self.crossover.pages.into(), 1, 4_000)?;
        range("fault.stepped_pages", self.fault.stepped_pages.into(), 2, 4_000)?;
        for step in &self.fault.steps_in_pages {
            let most = (64 << 20) / PAGE_SIZE as u64 / u64::from(self.fault.stepped_pages);
            range("a step of fault.steps_in_pages", (*step).into(), 0, most)?;
        }
        let growth = &self.growth;
        for (name, sizes) in [
            ("growth.stored_pages", &growth.stored_pages),
            ("growth.changed_beside_pages", &growth.changed_beside_pages),
        ] {
            range(&format!("the number of {name}"), sizes.len() as u64, 1, 8)?;
            if !sizes.is_sorted_by(|a, b| a < b) {
                return Err(format!("{name} should be ascending"));
            }
            sizes.iter().try_for_each(|pages| range(name, (*pages).into(), 0, u64::from(MOST_PAGES) - 1))?;
        }
        for changed in &growth.changed_pages {
            let least = growth.changed_beside_pages.first().map_or(0, |pages| u64::from(*pages) + 1);
            range("growth.changed_pages", (*changed).into(), 1, least)?;
        }
        self.reentry.depths.iter().try_for_each(|depth| range("reentry.depths", (*depth).into(), 1, 200))?;
        self.reentry.pages.iter().try_for_each(|pages| range("reentry.pages", (*pages).into(), 0, 4_000))?;
        // What the tables call it, but for tests.
        if ![20, 4_096].contains(&self.reentry.beside_pages) {
            return Err(format!("reentry.beside_pages should be 4096, but is {}", self.reentry.beside_pages));
        }
        for calls in &self.durability.calls_in_block {
            range("durability.calls_in_block", (*calls).into(), 1, 10_000)?;
        }
        self.workloads.iter().chain(&self.durability.workloads).try_for_each(WorkloadSettings::check)
    }
}

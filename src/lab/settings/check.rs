//! The valid values of settings.

use super::range::check_range;
use super::{Settings, WorkloadSettings};
use crate::lab::measure::MINIMUM_ROUNDS;
use crate::units::PAGE_SIZE;

/// Pages of the largest possible storage.
const MOST_PAGES: u32 = 1 << 20;

impl Settings {
    /// Checks that every value is valid. The error says what would be.
    pub(super) fn check(&self) -> Result<(), String> {
        check_range("rounds", self.rounds.into(), MINIMUM_ROUNDS as u64, 100_000)?;
        check_range("layings", self.layings.into(), 1, 100)?;
        check_range("sample_us", self.sample_us, 1, 60_000_000)?;
        check_range("pagers", self.pagers.len() as u64, 1, 16)?;
        check_range("access.array_wasm_pages", self.access.array_wasm_pages, 1, 1_024)?;
        // The touched pages are sixteen apart, and must fit into storage of the default size.
        check_range("fault.pages", self.fault.pages.into(), 1, 4_000)?;
        check_range("crossover.pages", self.crossover.pages.into(), 1, 4_000)?;
        check_range("fault.stepped_pages", self.fault.stepped_pages.into(), 2, 4_000)?;
        for step in &self.fault.steps_in_pages {
            let most = (64 << 20) / PAGE_SIZE as u64 / u64::from(self.fault.stepped_pages);
            check_range("a step of fault.steps_in_pages", (*step).into(), 0, most)?;
        }
        let growth = &self.growth;
        for (name, sizes) in [
            ("growth.stored_pages", &growth.stored_pages),
            ("growth.changed_beside_pages", &growth.changed_beside_pages),
        ] {
            check_range(&format!("the number of {name}"), sizes.len() as u64, 1, 8)?;
            if !sizes.is_sorted_by(|a, b| a < b) {
                return Err(format!("{name} should be ascending"));
            }
            sizes.iter().try_for_each(|pages| check_range(name, (*pages).into(), 0, u64::from(MOST_PAGES) - 1))?;
        }
        for changed in &growth.changed_pages {
            let least = growth.changed_beside_pages.first().map_or(0, |pages| u64::from(*pages) + 1);
            check_range("growth.changed_pages", (*changed).into(), 1, least)?;
        }
        self.reentry.depths.iter().try_for_each(|depth| check_range("reentry.depths", (*depth).into(), 1, 200))?;
        self.reentry.pages.iter().try_for_each(|pages| check_range("reentry.pages", (*pages).into(), 0, 4_000))?;
        // The tables name this number; 20 is for tests.
        if ![20, 4_096].contains(&self.reentry.beside_pages) {
            return Err(format!("reentry.beside_pages should be 4096, but is {}", self.reentry.beside_pages));
        }
        for calls in &self.durability.calls_in_block {
            check_range("durability.calls_in_block", (*calls).into(), 1, 10_000)?;
        }
        let programs = self.programs.unwrap_or_default();
        for (name, size, most) in [
            ("programs.map_entries", programs.map_entries, 50_000),
            ("programs.summed_words", programs.summed_words, 500_000),
            ("programs.sorted_words", programs.sorted_words, 500_000),
            ("programs.matrix_side", programs.matrix_side, 500),
            ("programs.json_records", programs.json_records, 20_000),
        ] {
            check_range(name, size.into(), 1, most)?;
        }
        self.workloads.iter().chain(&self.durability.workloads).try_for_each(WorkloadSettings::check)
    }
}

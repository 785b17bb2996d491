//! Layings: an experiment is measured several times in one run, each time with new contracts, stores and compiled code.
//!
//! Memory addresses influence times, and change from run to run. Their effect is larger than the differences between the
//! samples of one run. Every laying has fresh addresses, so the intervals over layings contain that effect.

use std::time::Duration;

use super::{Context, Group};
use crate::lab::{LabError, Settings};

/// Measures all layings. Returns their rows with the samples of all.
pub fn measure(
    context: &mut Context<'_>,
    settings: &Settings,
    mut measure_once: impl FnMut(&mut Context<'_>) -> Result<Vec<Group>, LabError>,
) -> Result<Vec<Group>, LabError> {
    let mut all: Vec<Group> = Vec::new();
    let original_settings = context.settings.clone();
    for index in 0..settings.layings {
        if index > 0 && context.interrupted() {
            break;
        }
        context.begin_laying(settings.laying(index));
        let _displacement = Displacement::new(index);
        let clock_step = context.clock_step();
        let rows = measure_once(context)?;
        if index == 0 {
            all = rows;
            continue;
        }
        for next in rows {
            // Several rows may have the same name: the first of them that lacks this laying gets it.
            let same = all.iter_mut().find(|group| group.layings.0 == index && group.is_same_row(&next));
            same.into_iter().for_each(|group| group.append(&next, clock_step));
        }
    }
    context.settings = original_settings;
    context.finish_layings(&all, settings.layings);
    Ok(all)
}

/// The planned time of all layings.
pub fn duration(settings: &Settings, duration_of_one: impl Fn(&Settings) -> Duration) -> Duration {
    (0..settings.layings).map(|index| duration_of_one(&settings.laying(index))).sum()
}

/// Memory that is allocated and not used, so that the allocator cannot hand out the addresses of the laying before.
struct Displacement {
    _blocks: Vec<Vec<u8>>,
}

impl Displacement {
    /// Blocks of many sizes, different for each laying. The first laying has none, like a program that measures only once.
    fn new(laying: u32) -> Self {
        let mut random = fastrand::Rng::with_seed(laying.into());
        let count = if laying > 0 { 200 } else { 0 };
        let size = |random: &mut fastrand::Rng| 16 << random.u32(..18);
        let blocks = (0..count).map(|_| {
            let largest = size(&mut random);
            vec![0; random.usize(largest / 2..largest)]
        });
        Self { _blocks: blocks.collect() }
    }
}

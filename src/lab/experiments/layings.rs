//! An experiment is measured several times over, each time with arms that are laid anew.
//!
//! Where the parts of a program come to lie in memory is decided anew for each run, and changes what they cost by more than
//! the samples of one run differ. Made anew within the run, arms come to lie elsewhere too, and the intervals know of it.

use std::time::Duration;

use super::{Context, Group};
use crate::lab::{LabError, Settings};

/// What all layings together found.
pub fn lay(
    context: &mut Context<'_>,
    settings: &Settings,
    mut once: impl FnMut(&mut Context<'_>) -> Result<Vec<Group>, LabError>,
) -> Result<Vec<Group>, LabError> {
    let mut all: Vec<Group> = Vec::new();
    let before = context.settings.clone();
    for index in 0..settings.layings {
        if index > 0 && context.interrupted() {
            break;
        }
        context.lay_anew(settings.laying(index));
        let _elsewhere = Displacement::new(index);
        let clock_step = context.clock_step();
        let laid = once(context)?;
        if index == 0 {
            all = laid;
            continue;
        }
        for next in laid {
            // Rows of the same name are joined in their order.
            let same = all.iter_mut().find(|group| group.layings.0 == index && group.is(&next));
            same.into_iter().for_each(|group| group.join(&next, clock_step));
        }
    }
    context.settings = before;
    context.measured(&all, settings.layings);
    Ok(all)
}

/// About how long all layings together take.
pub fn duration(settings: &Settings, once: impl Fn(&Settings) -> Duration) -> Duration {
    (0..settings.layings).map(|index| once(&settings.laying(index))).sum()
}

/// Memory that is held and not used: what is freed would be given out again in the same places.
struct Displacement {
    _held: Vec<Vec<u8>>,
}

impl Displacement {
    /// Blocks of many sizes, others for each laying; none for the first, as in a program that runs by itself.
    fn new(laying: u32) -> Self {
        let mut random = fastrand::Rng::with_seed(laying.into());
        let blocks = if laying > 0 { 200 } else { 0 };
        let size = |random: &mut fastrand::Rng| 16 << random.u32(..18);
        let held = (0..blocks).map(|_| {
            let most = size(&mut random);
            vec![0; random.usize(most / 2..most)]
        });
        Self { _held: held.collect() }
    }
}

//! The check of a whole store: everything that can be worked out from something else is, and compared.
//!
//! 1. Every record can be read (its checksum, or its hash, fits), and every key names something.
//! 2. The root of every contract, worked out from its pages alone, is the one its account records, and every block of
//!    its tree is as worked out.
//! 3. The moments of the log follow each other without gaps, up to the head. Each names the accounts that it changed, and
//!    each of these is there as of that moment, unless it was pruned.
//! 4. The versions of every contract are consecutive from the oldest that is kept, each begins with the root that the one
//!    before ended with, and its account says so too.
//! 5. The list of a page's changes leads through exactly the commits that changed it.
//! 6. Every contract has its code, and pages below its page limit.
//! 7. Nothing belongs to an account that is not there, and no code to no contract.
//! 8. The world tree is that of the accounts as of its moment.
//! 9. The events that the log names and no block has passed are there, and no others.

mod accounts;
mod checker;
mod contracts;
mod events;
mod history;
mod log;
mod report;
mod soundness;
mod world;

pub use report::{CheckReport, Problem, SoundStorage, Unsound};

use checker::Checker;
use events::Events;
use history::History;

use super::scan::{Scan, Table};

/// Checks a store.
pub(super) fn check(store: &impl Scan) -> CheckReport {
    let mut checker = Checker::new(store);
    match store.head() {
        Ok(head) => checker.head = head,
        Err(error) => checker.error(Table::Log, error),
    }
    checker.scan(Table::Strays, None, |_, _| {});
    let mut world = checker.read_world();
    let (mut history, mut events) = (History::default(), Events::default());
    checker.log(&mut history, &mut events);
    let accounts = checker.accounts(&mut history, &mut world);
    checker.world(world, &history);
    checker.events(events, &history);
    checker.code(&accounts);
    for (address, account) in &accounts {
        checker.contract(address, account, &history);
    }
    checker.orphans(&accounts);
    checker.soundness(&accounts);
    checker.report
}

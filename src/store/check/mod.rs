//! The check of a whole store: recomputes all records that other records imply, and compares.
//!
//! 1. Every record can be read (its checksum or hash matches), and every key is valid.
//! 2. The state root and the tree blocks of every contract, computed from its pages alone, equal the recorded ones.
//! 3. The moments of the log are consecutive up to the head. Each names the accounts that it changed, and the store has a record
//!    of each of them for that moment, unless it was pruned.
//! 4. The versions of every contract are consecutive from its history start. Each starts from the state root with which the
//!    previous one ends. The accounts agree with the diffs.
//! 5. The list of a page's changes contains exactly the commits that changed it.
//! 6. The code of every contract is stored, and its pages are below its page limit.
//! 7. Every record of an address belongs to an existing account, and all code to a contract.
//! 8. The world tree is that of the accounts at its moment.
//! 9. The live events are those that the log names and that have not expired.

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

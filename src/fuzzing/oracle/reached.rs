//! Counts of the situations that scenarios reach. A run that reaches few of them tests little.

use crate::fuzzing::counts::counts;
use crate::fuzzing::model::World;
use crate::fuzzing::script::{Nested, Step};
use crate::receipt::{CallTrace, HaltKind, Receipt, Status};
use crate::units::Address;

counts! {
    /// How often scenarios reached each situation.
    Reached:
    /// Transactions.
    transactions
    /// Transactions that returned.
    returned
    /// Transactions that reverted or halted after a write.
    undone
    /// Transactions that ran out of gas.
    out_of_gas
    /// Pages that commits changed.
    pages_changed
    /// Nested calls.
    nested
    /// Calls at depth 2 or more.
    nested_deep
    /// Re-entries.
    reentered
    /// Re-entries of a contract with uncommitted writes.
    reentered_after_writing
    /// Nested calls that failed.
    nested_failed
    /// Nested calls that failed after a write.
    nested_failed_after_writing
    /// Nested calls that ran out of gas.
    nested_out_of_gas
    /// Static calls.
    read_only
    /// Nested calls with arguments that returned.
    with_arguments
    /// Nested calls that did not start: an unknown contract or function, missing input, or too small a balance.
    never_begun
    /// Calls that were refused because their contract refuses re-entry.
    refused_reentry
    /// Calls that transfer value.
    paid
    /// Windows that were mapped by transactions that returned.
    windows
    /// Events of transactions that returned.
    events
    /// Scenarios with a call at depth 2 or more.
    scenarios_nested_deep
    /// Scenarios that re-entered a contract with uncommitted writes.
    scenarios_reentered_after_writing
    /// Scenarios in which a nested call failed after a write.
    scenarios_failed_after_writing
    /// Transactions that have no form with slices: the script would be too long, or gas runs out.
    not_by_slices
}

impl Reached {
    /// Counts one transaction. `worlds` are the worlds before and after it.
    pub(super) fn transaction(&mut self, calls: &[CallTrace], receipt: &Receipt, steps: &[Step], worlds: [&World; 2]) {
        self.transactions += 1;
        match &receipt.status {
            Status::Returned => {
                self.returned += 1;
                self.events += receipt.events.len() as u64;
                self.windows += windows(steps);
            }
            _ if worlds[0] != worlds[1] => self.undone += 1,
            _ => {}
        }
        self.out_of_gas += u64::from(is_out_of_gas(&receipt.status));
        if receipt.commit.is_some() {
            self.pages_changed += receipt.contracts.iter().map(|of| u64::from(of.pages_changed)).sum::<u64>();
        }
        self.calls(calls);
    }

    fn calls(&mut self, calls: &[CallTrace]) {
        let mut running: Vec<Address> = Vec::new();
        for call in calls {
            running.truncate(call.depth as usize);
            self.paid += u64::from(call.value > 0);
            if call.depth > 0 {
                let failed = call.status != Status::Returned;
                self.nested += 1;
                self.nested_deep += u64::from(call.depth > 1);
                self.nested_failed += u64::from(failed);
                self.nested_out_of_gas += u64::from(is_out_of_gas(&call.status));
                self.read_only += u64::from(call.read_only);
                self.with_arguments += u64::from(!failed && !call.arguments.is_empty());
                if running.contains(&call.contract) {
                    let refused = matches!(&call.status, Status::Halted(halt) if halt.message.contains("refuses"));
                    self.reentered += u64::from(!refused);
                    self.refused_reentry += u64::from(refused);
                }
            }
            running.push(call.contract);
        }
    }

    /// True if a transaction or a nested call ran out of gas.
    pub(super) fn ran_out_of_gas(&self) -> bool {
        self.out_of_gas + self.nested_out_of_gas > 0
    }

    /// Completes the counts of one scenario.
    pub(super) fn scenario(mut self) -> Self {
        self.scenarios_nested_deep = u64::from(self.nested_deep > 0);
        self.scenarios_reentered_after_writing = u64::from(self.reentered_after_writing > 0);
        self.scenarios_failed_after_writing = u64::from(self.nested_failed_after_writing > 0);
        self
    }
}

fn windows(steps: &[Step]) -> u64 {
    let count = |step: &Step| match step {
        Step::Window { .. } => 1,
        Step::Call(Nested { steps, .. }) => windows(steps),
        _ => 0,
    };
    steps.iter().map(count).sum()
}

/// True if a call ran out of gas.
pub(super) fn is_out_of_gas(status: &Status) -> bool {
    matches!(status, Status::Halted(halt) if halt.kind == HaltKind::OutOfGas)
}

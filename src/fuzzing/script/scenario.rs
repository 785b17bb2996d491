//! What a scenario is, and the bytes that make the interpreter execute it.

use super::steps::{KINDS, Nested, Step};
use crate::paging::PagerKind;
use crate::units::{Address, PageCount};

/// The page limit of the interpreter in scenarios.
pub(in crate::fuzzing) const LIMIT: PageCount = PageCount(16);

/// Contracts of a scenario. The last refuses to be entered while it runs.
pub(in crate::fuzzing) const CONTRACTS: usize = 3;

/// Accounts of a scenario: its contracts, and the sender of every transaction.
pub(in crate::fuzzing) const ACCOUNTS: usize = CONTRACTS + 1;

/// The sender's number among the accounts.
pub(in crate::fuzzing) const SENDER: usize = CONTRACTS;

/// Bytes of the accounts' addresses, with which every input begins.
pub(in crate::fuzzing) const HEADER: usize = 20 * ACCOUNTS;

/// Bytes of a script at most, those of the scripts inside it included.
pub(in crate::fuzzing) const LONGEST_SCRIPT: usize = 16_000;

/// Functions that a call can call, by number: `run`, two with parameters, and one that there is not.
pub(in crate::fuzzing) const FUNCTIONS: u32 = 4;

/// Calls inside calls at most.
pub(in crate::fuzzing) const DEEPEST: u32 = 32;

/// The interpreter's own memory: the names of its exports and eight bytes to work with, the input that it puts together for
/// a call, what slices and bulk operations read, a place that no step of a generated script uses, and windows.
pub(in crate::fuzzing) const NAME: usize = 0x3ff0;
pub(in crate::fuzzing) const WORK: usize = 0x3ff8;
pub(in crate::fuzzing) const NESTED: usize = 0x4000;
pub(in crate::fuzzing) const BUFFER: usize = 0x8000;
pub(in crate::fuzzing) const SPARE: usize = 0x9000;
pub(in crate::fuzzing) const WINDOWS: usize = 0xa000;
pub(in crate::fuzzing) const OWN_BYTES: usize = 0x1_0000;

/// What one scenario does, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scenario {
    /// Its transactions.
    pub transactions: Vec<Transaction>,
}

/// One transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transaction {
    /// The pager that commits it, if it is among those that are compared; all others run it dry first.
    pub pager: PagerKind,
    /// Whether it is committed, or dry for all.
    pub commit: bool,
    /// Whether it gets too little gas for most scripts.
    pub short_of_gas: bool,
    /// Money that the sender gives with it.
    pub value: u32,
    /// What the interpreter does.
    pub steps: Vec<Step>,
}

impl Step {
    /// The words of the step in a script. Those of a call are followed by its own script.
    fn words(&self) -> [u32; 5] {
        let mut words = [0; 5];
        match self {
            Self::Call(call) => {
                let length = script_bytes(&call.steps) as u32;
                let contract = call.contract | u32::from(call.read_only) << 31;
                words = [KINDS.len() as u32, contract, length, call.value, call.gas];
            }
            step => {
                let (kind, fields) = step.numbers().unwrap_or_default();
                words[0] = kind as u32;
                words[1..=fields.len()].copy_from_slice(&fields);
            }
        }
        words
    }

    /// Whether the interpreter can execute it without writing over its script; why not.
    pub(super) fn check(&self) -> Result<(), String> {
        match *self {
            Self::SliceTo { to, .. }
            | Self::OwnCopy { to, .. }
            | Self::OwnFill { to, .. }
            | Self::OwnStore { to, .. }
                if (to as usize) < BUFFER =>
            {
                Err(format!("own memory below {BUFFER} has the script: `to` should not be below"))
            }
            Self::Window { memory, .. } if memory as usize > 2 * OWN_BYTES => {
                Err(format!("`memory` should be at most {}", 2 * OWN_BYTES))
            }
            Self::With { function, .. } if function >= FUNCTIONS => {
                Err(format!("`function` should be below {FUNCTIONS}"))
            }
            Self::Call(Nested { contract, .. }) if contract as usize >= ACCOUNTS => {
                Err(format!("`contract` should be below {ACCOUNTS}"))
            }
            _ => Ok(()),
        }
    }
}

impl Scenario {
    /// Whether the interpreter can execute it without writing over its scripts.
    pub(in crate::fuzzing) fn check(&self) -> bool {
        fn all(steps: &[Step]) -> bool {
            steps.iter().all(|step| match step {
                Step::Call(call) => step.check().is_ok() && all(&call.steps),
                step => step.check().is_ok(),
            })
        }
        self.transactions.iter().all(|transaction| all(&transaction.steps))
    }
}

/// Bytes of a script.
pub(in crate::fuzzing) fn script_bytes(steps: &[Step]) -> usize {
    let inner = |step: &Step| match step {
        Step::Call(call) => script_bytes(&call.steps),
        _ => 0,
    };
    steps.iter().map(|step| 20 + inner(step)).sum()
}

fn append(script: &mut Vec<u8>, steps: &[Step]) {
    for step in steps {
        script.extend(step.words().into_iter().flat_map(u32::to_le_bytes));
        if let Step::Call(call) = step {
            append(script, &call.steps);
        }
    }
}

/// The input that makes the interpreter execute these steps, in a world of these accounts.
pub(in crate::fuzzing) fn encode(accounts: &[Address; ACCOUNTS], steps: &[Step]) -> Vec<u8> {
    let mut input = accounts.map(|account| account.0).concat();
    append(&mut input, steps);
    input
}

//! Scenarios, and the input that makes the interpreter execute one.

use super::steps::{KINDS, Nested, Step};
use crate::paging::PagerKind;
use crate::units::{Address, PageCount};

/// The page limit of each contract.
pub(in crate::fuzzing) const LIMIT: PageCount = PageCount(16);

/// The number of contracts of a scenario. The last one refuses re-entry.
pub(in crate::fuzzing) const CONTRACTS: usize = 3;

/// The number of accounts of a scenario: its contracts, and the sender of every transaction.
pub(in crate::fuzzing) const ACCOUNTS: usize = CONTRACTS + 1;

/// The sender's number among the accounts.
pub(in crate::fuzzing) const SENDER: usize = CONTRACTS;

/// The length of the accounts' addresses, with which every input starts, in bytes.
pub(in crate::fuzzing) const HEADER: usize = 20 * ACCOUNTS;

/// The greatest length of a script in bytes, including the scripts nested in it.
pub(in crate::fuzzing) const LONGEST_SCRIPT: usize = 16_000;

/// The number of functions that a call can name: `run`, two with parameters, and one that does not exist.
pub(in crate::fuzzing) const FUNCTIONS: u32 = 4;

/// The greatest depth of nested calls.
pub(in crate::fuzzing) const DEEPEST: u32 = 32;

// The layout of the interpreter's own memory.

/// The offset of the names of its exports.
pub(in crate::fuzzing) const NAME: usize = 0x3ff0;
/// The offset of eight scratch bytes.
pub(in crate::fuzzing) const WORK: usize = 0x3ff8;
/// The offset of the input for a nested call.
pub(in crate::fuzzing) const NESTED: usize = 0x4000;
/// The offset of the bytes that slices and bulk operations read.
pub(in crate::fuzzing) const BUFFER: usize = 0x8000;
/// The offset of bytes that no generated script uses.
pub(in crate::fuzzing) const SPARE: usize = 0x9000;
/// The offset of the windows.
pub(in crate::fuzzing) const WINDOWS: usize = 0xa000;
/// The size of own memory in bytes.
pub(in crate::fuzzing) const OWN_BYTES: usize = 0x1_0000;

/// A list of transactions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scenario {
    /// The transactions, in order.
    pub transactions: Vec<Transaction>,
}

/// One transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transaction {
    /// The pager that commits the transaction, if the oracle compares it. Under all other pagers it first runs dry.
    pub pager: PagerKind,
    /// False if it runs dry under all pagers.
    pub commit: bool,
    /// True if it gets too little gas for most scripts.
    pub short_of_gas: bool,
    /// The value that the sender transfers.
    pub value: u32,
    /// The script of the top-level call.
    pub steps: Vec<Step>,
}

impl Step {
    /// Encodes the step as words of a script. After the words of a call comes the nested script.
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

    /// Checks that the step is within bounds and does not overwrite the script.
    ///
    /// # Errors
    /// Returns the field that is wrong, and what is accepted.
    pub(super) fn check(&self) -> Result<(), String> {
        match *self {
            Self::SliceTo { to, .. }
            | Self::OwnCopy { to, .. }
            | Self::OwnFill { to, .. }
            | Self::OwnStore { to, .. }
                if (to as usize) < BUFFER =>
            {
                Err(format!("`to` must be at least {BUFFER}: own memory below that has the script"))
            }
            Self::Window { memory, .. } if memory as usize > 2 * OWN_BYTES => {
                Err(format!("`memory` must be at most {}", 2 * OWN_BYTES))
            }
            Self::With { function, .. } if function >= FUNCTIONS => {
                Err(format!("`function` must be below {FUNCTIONS}"))
            }
            Self::Call(Nested { contract, .. }) if contract as usize >= ACCOUNTS => {
                Err(format!("`contract` must be below {ACCOUNTS}"))
            }
            _ => Ok(()),
        }
    }
}

impl Scenario {
    /// True if every step is within bounds and none overwrites a script.
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

/// Returns the length of a script in bytes, including the scripts nested in it.
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

/// Encodes the input that makes the interpreter execute these steps.
pub(in crate::fuzzing) fn encode(accounts: &[Address; ACCOUNTS], steps: &[Step]) -> Vec<u8> {
    let mut input = accounts.map(|account| account.0).concat();
    append(&mut input, steps);
    input
}

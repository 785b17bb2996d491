//! Sequences: calls of contracts, and the reactions of the attacker when a contract calls it.

use crate::contract::Signature;

/// A party of the world, which an input can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    /// A contract under test, by its number.
    Contract(usize),
    /// An actor, by its number.
    Actor(usize),
    /// A user, by its number.
    User(usize),
}

/// A part of an input or output.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// Four bytes, little-endian.
    I32(i32),
    /// Eight bytes, little-endian.
    I64(i64),
    /// The twenty bytes of an address.
    Address(Party),
    /// These bytes.
    Bytes(Vec<u8>),
}

/// A function of a contract under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    /// The number of the contract.
    pub contract: usize,
    /// The number of the export among the contract's exports in the order of their names.
    pub export: usize,
}

/// A call for an actor to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The function to call.
    pub target: Target,
    /// The arguments, one for each parameter. An i32 parameter takes the lower 32 bits.
    pub arguments: Vec<i64>,
    /// The input after the arguments.
    pub input: Vec<Part>,
    /// The value to transfer.
    pub value: u64,
    /// The gas to offer, or 0 for all remaining gas.
    pub gas: u64,
    /// True for a static call.
    pub read_only: bool,
}

/// How an actor ends a call that it received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It returns this output.
    Return(Vec<Part>),
    /// It reverts.
    Revert,
    /// It traps.
    Trap,
}

/// The attacker's reaction to one call that it receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The calls to make.
    pub requests: Vec<Request>,
    /// How the received call ends after these calls.
    pub end: End,
}

/// The action of one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A user calls a contract.
    Direct {
        /// The number of the user.
        user: usize,
        /// The function to call.
        target: Target,
        /// The arguments, one for each parameter. An i32 parameter takes the lower 32 bits.
        arguments: Vec<i64>,
        /// The input.
        input: Vec<Part>,
        /// The value to transfer.
        value: u64,
    },
    /// An actor calls contracts. It has reactions for the calls that it receives meanwhile.
    Act {
        /// The number of the actor.
        actor: usize,
        /// The calls to make.
        requests: Vec<Request>,
        /// The reactions to the calls that it receives: the first reaction is to the first call, and so on. The actor counts
        /// calls in its storage. If a call fails, its count is undone with its other effects. So after a reaction that reverts
        /// or traps, the next call meets the same reaction.
        reactions: Vec<Reaction>,
        /// The output for all calls after the last reaction, and for static calls.
        standing: Vec<Part>,
    },
}

/// A transaction, and the blocks that pass before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The action.
    pub action: Action,
    /// The number of blocks since the transaction before it.
    pub blocks: u64,
}

/// The functions that a contract under test exports.
#[derive(Debug, Clone)]
pub struct Exports {
    /// The functions, in the order of their names.
    pub functions: Vec<(String, Signature)>,
}

impl Exports {
    /// Returns the number of a function.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.functions.iter().position(|(function, _)| function == name)
    }
}

impl Request {
    fn amounts_mut(&mut self) -> impl Iterator<Item = Amount<'_>> {
        let arguments = self.arguments.iter_mut().map(Amount::I64);
        arguments.chain(amounts_of(&mut self.input)).chain([Amount::Value(&mut self.value)])
    }
}

impl Reaction {
    /// Returns the reaction that makes no call and returns without output.
    pub fn return_only() -> Self {
        Self { requests: Vec::new(), end: End::Return(Vec::new()) }
    }
}

impl Action {
    /// Returns every call that an actor makes.
    pub fn requests_mut(&mut self) -> Vec<&mut Request> {
        match self {
            Self::Direct { .. } => Vec::new(),
            Self::Act { requests, reactions, .. } => {
                let inside = reactions.iter_mut().flat_map(|reaction| &mut reaction.requests);
                requests.iter_mut().chain(inside).collect()
            }
        }
    }

    /// Returns every number that may be an amount: arguments, numbers in inputs and outputs, and values, in reading order.
    pub fn amounts_mut(&mut self) -> Vec<Amount<'_>> {
        match self {
            Self::Direct { arguments, input, value, .. } => {
                let arguments = arguments.iter_mut().map(Amount::I64);
                arguments.chain(amounts_of(input)).chain([Amount::Value(value)]).collect()
            }
            Self::Act { requests, reactions, standing, .. } => {
                let mut amounts: Vec<Amount<'_>> = requests.iter_mut().flat_map(Request::amounts_mut).collect();
                for Reaction { requests, end } in reactions {
                    amounts.extend(requests.iter_mut().flat_map(Request::amounts_mut));
                    if let End::Return(parts) = end {
                        amounts.extend(amounts_of(parts));
                    }
                }
                amounts.extend(amounts_of(standing));
                amounts
            }
        }
    }
}

/// A number that may be an amount.
#[derive(Debug)]
pub enum Amount<'a> {
    /// Four bytes of an input or output.
    I32(&'a mut i32),
    /// Eight bytes of an input or output, or an argument.
    I64(&'a mut i64),
    /// The value of a call.
    Value(&'a mut u64),
}

impl Amount<'_> {
    /// Returns the number, or `None` if it is negative.
    pub fn get(&self) -> Option<u64> {
        match self {
            Self::I32(number) => u64::try_from(**number).ok(),
            Self::I64(number) => u64::try_from(**number).ok(),
            Self::Value(number) => Some(**number),
        }
    }

    /// Sets the number. Returns false, and changes nothing, if it does not fit.
    pub fn set(&mut self, amount: u64) -> bool {
        match self {
            Self::I32(number) => i32::try_from(amount).map(|amount| **number = amount).is_ok(),
            Self::I64(number) => i64::try_from(amount).map(|amount| **number = amount).is_ok(),
            Self::Value(number) => {
                **number = amount;
                true
            }
        }
    }
}

fn amounts_of(parts: &mut [Part]) -> impl Iterator<Item = Amount<'_>> {
    parts.iter_mut().filter_map(|part| match part {
        Part::I32(number) => Some(Amount::I32(number)),
        Part::I64(number) => Some(Amount::I64(number)),
        Part::Address(_) | Part::Bytes(_) => None,
    })
}

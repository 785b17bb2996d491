//! What a search tries: calls of contracts, and what the attacker does when a contract calls it.

use crate::contract::Signature;

/// Somebody who can be named in an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// A contract under test, by its number.
    Contract(usize),
    /// A contract of the search's own, which does as it is told.
    Actor(usize),
    /// An account without code.
    Person(usize),
}

/// A piece of an input.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// Four bytes, little-endian.
    I32(i32),
    /// Eight bytes, little-endian.
    I64(i64),
    /// Twenty bytes.
    Address(Who),
    /// These bytes.
    Bytes(Vec<u8>),
}

/// A function of a contract under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    /// Which contract.
    pub contract: usize,
    /// Which of its exports, in the order of their names.
    pub export: usize,
}

/// A call that an actor makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is called.
    pub target: Target,
    /// Arguments, as many as it takes; of those that are i32 the lower half counts.
    pub arguments: Vec<i64>,
    /// What follows on them in its input.
    pub input: Vec<Part>,
    /// Money that goes with it.
    pub value: u64,
    /// Gas that it gets; 0 for as much as there is.
    pub gas: u64,
    /// Whether it may only read.
    pub read_only: bool,
}

/// How an actor ends a call of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// With this output.
    Return(Vec<Part>),
    /// It asks to be undone.
    Revert,
    /// It cannot go on.
    Trap,
}

/// What the attacker does when it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The calls that it makes.
    pub requests: Vec<Request>,
    /// What it does then.
    pub end: End,
}

/// One transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A person calls a contract.
    Direct {
        /// Which person.
        person: usize,
        /// What is called.
        target: Target,
        /// Arguments, as many as the export takes; of those that are 32 bits wide the lower half.
        arguments: Vec<i64>,
        /// The input.
        input: Vec<Part>,
        /// Money that goes with it.
        value: u64,
    },
    /// An actor calls contracts, and knows what it will do when they call back.
    Act {
        /// Which actor.
        actor: usize,
        /// Its calls.
        requests: Vec<Request>,
        /// What it does when it is called: the first for the first time, and so on. What a call has counted that failed is
        /// undone, so after a reaction that reverts or traps comes the same one.
        reactions: Vec<Reaction>,
        /// What it gives back later, and to calls that may only read.
        standing: Vec<Part>,
    },
}

/// A transaction and how much later than the one before it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happens.
    pub deed: Deed,
    /// Blocks that have passed.
    pub blocks: u64,
}

/// A contract under test, as the search sees it.
#[derive(Debug, Clone)]
pub struct Exports {
    /// Its functions, in the order of their names.
    pub functions: Vec<(String, Signature)>,
}

impl Exports {
    /// The number of a function.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.functions.iter().position(|(function, _)| function == name)
    }
}

impl Request {
    fn amounts_mut(&mut self) -> impl Iterator<Item = Amount<'_>> {
        let arguments = self.arguments.iter_mut().map(Amount::I64);
        arguments.chain(amounts_of(&mut self.input)).chain([Amount::Money(&mut self.value)])
    }
}

impl Reaction {
    /// An actor that only returns.
    pub fn nothing() -> Self {
        Self { requests: Vec::new(), end: End::Return(Vec::new()) }
    }
}

impl Deed {
    /// Every call that an actor makes in it.
    pub fn requests_mut(&mut self) -> Vec<&mut Request> {
        match self {
            Self::Direct { .. } => Vec::new(),
            Self::Act { requests, reactions, .. } => {
                let inside = reactions.iter_mut().flat_map(|reaction| &mut reaction.requests);
                requests.iter_mut().chain(inside).collect()
            }
        }
    }

    /// Every number in it that stands for how much of something, in the order of a person who reads it: arguments, inputs,
    /// money and answers.
    pub fn amounts_mut(&mut self) -> Vec<Amount<'_>> {
        match self {
            Self::Direct { arguments, input, value, .. } => {
                let arguments = arguments.iter_mut().map(Amount::I64);
                arguments.chain(amounts_of(input)).chain([Amount::Money(value)]).collect()
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

/// A number that stands for how much of something.
#[derive(Debug)]
pub enum Amount<'a> {
    /// In four bytes of an input.
    I32(&'a mut i32),
    /// In eight bytes of an input, or as an argument.
    I64(&'a mut i64),
    /// Money that goes with a call.
    Money(&'a mut u64),
}

impl Amount<'_> {
    /// What it is; nothing if it is less than nothing.
    pub fn get(&self) -> Option<u64> {
        match self {
            Self::I32(number) => u64::try_from(**number).ok(),
            Self::I64(number) => u64::try_from(**number).ok(),
            Self::Money(number) => Some(**number),
        }
    }

    /// Makes it something else. Whether there is room for that.
    pub fn set(&mut self, amount: u64) -> bool {
        match self {
            Self::I32(number) => i32::try_from(amount).map(|amount| **number = amount).is_ok(),
            Self::I64(number) => i64::try_from(amount).map(|amount| **number = amount).is_ok(),
            Self::Money(number) => {
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

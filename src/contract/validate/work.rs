//! The compiler's work on a contract: an estimate of the time and memory that compiling it takes, as a function of its code alone.
//!
//! ```text
//! time    for each type           TYPE + TYPE_VALUE for each parameter and result
//!         for each function       FUNCTION + SIGNATURE_VALUE for each parameter and result
//!         if the host may call it ESCAPE + SIGNATURE_VALUE for each parameter and result
//!         for each element        ELEMENT
//!         for each operator       its own time, MOVED for each value that it passes on or gets back,
//!                                 its time for each value that the function holds, and for each fork of control flow
//!                                 FORK + EARLIER_FORK for each fork before it in the function
//! memory  for each operator       the same, in bytes, but only for forks at which values of locals may meet again; of one function, as
//!                                 functions are compiled one after another
//! ```
//!
//! A time is in nanoseconds on the machine of `design/costs.md`, and covers every [`Checks`](crate::contract::Checks). The weights are
//! upper bounds of what `tests/compile_work` measured. It searches for contracts that take longer.

use wasmparser::Operator;

use crate::contract::access;
use crate::contract::imports::INLINE_STORAGE;
use crate::contract::metadata::StorageForm;
use crate::contract::prepare::price;

/// Work of the compiler.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Work {
    /// In nanoseconds.
    pub time: u64,
    /// In bytes.
    pub memory: u64,
}

/// A type gets code that converts between the calling conventions of wasm and of the host, used or not.
const TYPE: u64 = 90_000;
const TYPE_VALUE: u64 = 6_000;

const FUNCTION: u64 = 100_000;

/// A function that the host may call gets another entry.
const ESCAPE: u64 = 120_000;

const SIGNATURE_VALUE: u64 = 2_500;

const ELEMENT: u64 = 300;

/// A value that an operator passes to, or gets from, a callee or a block.
const MOVED: Work = Work { time: 10_000, memory: 1_000 };

const FORK: Work = Work { time: 25_000, memory: 8_000 };

/// The compiler's time grows with the square of the number of basic blocks, and its memory with that of the values that meet.
const EARLIER_FORK: Work = Work { time: 16, memory: 26 };

pub(super) fn of_type(values: u64) -> u64 {
    TYPE + TYPE_VALUE * values
}

/// Returns the time for a function whose type has this many parameters and results.
pub(super) fn of_function(values: u64) -> u64 {
    FUNCTION + SIGNATURE_VALUE * values
}

/// Returns the time for a function that the host may call.
pub(super) fn of_escape(values: u64) -> u64 {
    ESCAPE + SIGNATURE_VALUE * values
}

pub(super) fn of_elements(count: u64) -> u64 {
    ELEMENT * count
}

/// Adds up the work on the operators of one function.
#[derive(Debug)]
pub(super) struct FunctionWork {
    storage: StorageForm,
    /// Forks so far, and those at which values may meet.
    forks: u64,
    meeting: u64,
    work: Work,
}

impl FunctionWork {
    pub fn new(storage: StorageForm) -> Self {
        Self { storage, forks: 0, meeting: 0, work: Work::default() }
    }

    /// Adds an operator at which the function holds `held` parameters, locals and operands, and which passes on or gets back `moved`
    /// values. Returns the work so far.
    pub fn add(&mut self, operator: &Operator<'_>, held: u64, moved: u64) -> Work {
        let Weight { own, forks, held: per_held } = weight(operator, self.storage);
        let meeting = if is_branch(operator) { forks } else { 0 };
        self.work.time += own.time + per_held.time * held + MOVED.time * moved;
        self.work.time += forks * (FORK.time + EARLIER_FORK.time * self.forks);
        self.work.memory += own.memory + per_held.memory * held + MOVED.memory * moved;
        self.work.memory += forks * FORK.memory + meeting * EARLIER_FORK.memory * self.meeting;
        self.forks += forks;
        self.meeting += meeting;
        self.work
    }
}

fn is_branch(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::BrTable { .. }
            | Operator::Return
    )
}

macro_rules! vectors {
    ($(@$proposal:ident $operator:ident $({ $($argument:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        fn is_vector(operator: &Operator<'_>) -> bool {
            match operator {
                $(Operator::$operator { .. } => vectors!(@is $proposal),)*
                _ => false,
            }
        }
    };
    (@is simd) => { true };
    (@is $other:ident) => { false };
}

wasmparser::for_each_operator!(vectors);

/// The work on one operator.
#[derive(Debug, Clone, Copy)]
struct Weight {
    own: Work,
    /// The number of places at which control flow forks.
    forks: u64,
    /// For each value that the function holds.
    held: Work,
}

/// Returns a weight: microseconds and KB of its own; forks; nanoseconds and bytes for each value held.
const fn of(own: (u64, u64), forks: u64, held: (u64, u64)) -> Weight {
    Weight {
        own: Work { time: own.0 * 1_000, memory: own.1 * 1_000 },
        forks,
        held: Work { time: held.0, memory: held.1 },
    }
}

/// The work on an instruction with a price, beside which the prepared code has as many `nop`s.
fn priced(price: u32) -> Work {
    Work { time: 12_000 + u64::from(price) * NOP, memory: 4_000 }
}

/// The time of a `nop`, in nanoseconds.
const NOP: u64 = 20;

fn weight(operator: &Operator<'_>, storage: StorageForm) -> Weight {
    let is_storage = |memory: u32| match storage {
        StorageForm::Memory(_) | StorageForm::Inside => memory == 0 || memory == INLINE_STORAGE,
        StorageForm::HostFunctions | StorageForm::Intrinsics => memory == INLINE_STORAGE,
    };
    let stored = |memories: &[u32]| memories.iter().filter(|memory| is_storage(**memory)).count() as u64;
    // A bulk instruction compares the remaining gas with its length. On storage each of its ranges is checked, and inside own memory
    // it is checked twice.
    let bulk = |memories: &[u32]| {
        let checked = stored(memories) * if storage == StorageForm::Inside { 2 } else { 1 };
        of((20, 5), 1 + 3 * checked, (500 + 500 * checked, 100 + 100 * checked))
    };
    match operator {
        Operator::Nop => Weight { own: Work { time: NOP, memory: 0 }, forks: 0, held: Work::default() },
        Operator::End | Operator::Drop | Operator::LocalGet { .. } => {
            Weight { own: Work { time: 500, memory: 100 }, forks: 0, held: Work::default() }
        }
        Operator::Block { .. } => of((8, 3), 0, (30, 0)),
        // Every local that the loop may change becomes a parameter of its block.
        Operator::Loop { .. } => of((20, 5), 2, (2_400, 150)),
        Operator::If { .. } | Operator::BrIf { .. } | Operator::Br { .. } | Operator::Return => {
            of((5, 1), 1, (150, 130))
        }
        Operator::Else | Operator::Unreachable => of((8, 3), 0, (150, 130)),
        Operator::BrTable { targets } => {
            // Every target may be passed the values of all locals.
            let targets = u64::from(targets.len()) + 1;
            of((20 + targets / 3, 2 + targets / 10), 1 + targets / 16, (400 * targets, 100 * targets))
        }
        Operator::Call { .. } => of((15, 5), 0, (300, 10)),
        Operator::CallIndirect { .. } => of((20, 10), 2, (500, 130)),
        Operator::RefFunc { .. } | Operator::DataDrop { .. } | Operator::ElemDrop { .. } => of((15, 5), 0, (300, 10)),
        // An element may have to be initialised first.
        Operator::TableGet { .. } | Operator::TableSet { .. } => of((20, 10), 2, (500, 130)),
        Operator::TableFill { .. } | Operator::TableInit { .. } => of((30, 10), 2, (500, 250)),
        Operator::TableGrow { .. } => of((20, 30), 3, (1_000, 350)),
        // Its loop over the elements is in the code.
        Operator::TableCopy { .. } => of((30, 10), 4, (10_000, 1_000)),
        Operator::MemoryGrow { .. } => of((30, 15), 2, (500, 130)),
        Operator::MemoryCopy { dst_mem, src_mem } => bulk(&[*dst_mem, *src_mem]),
        Operator::MemoryFill { mem } | Operator::MemoryInit { mem, .. } => bulk(&[*mem]),
        Operator::I32Mul | Operator::I64Mul => of((5, 1), 0, (0, 0)),
        _ => match access::of(operator) {
            // The access may be checked: two look-ups, a branch and a call.
            Some(access) if stored(&[access.memory]) > 0 => of((15, 10), 3, (500, 130)),
            Some(_) => of((9, 3), 0, (0, 0)),
            None if is_vector(operator) => of((16, 5), 0, (20, 0)),
            None if price::of(operator) > 1 => Weight { own: priced(price::of(operator)), ..of((0, 0), 0, (0, 0)) },
            None => of((2, 1), 0, (0, 0)),
        },
    }
}

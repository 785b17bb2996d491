//! Finds redundant page checks while a function is rewritten: checks that cannot fail, because earlier checks cover their bytes.
//!
//! Each value on the stack or in a local is an unknown *base* plus a constant. A check that passes shows that the pages of
//! the first and the last byte of its access have a right. These bytes are two *points*, at constant distances from the
//! base. A later access from the same base needs no check if its first and last byte are *covered*:
//!
//! ```text
//!    base + a        base + q        base + b          b - a <= 4,095:  at most one page begins between a and b,
//!  ─────●───────────────○───────────────●─────         so q lies in the page of a or in that of b
//! ```
//!
//! All sums wrap at 2^32, as addresses do. The argument holds across the wrap, too, as a page begins at 2^32. The sum of an
//! address and the constant offset of an access does not wrap: it would reach beyond 4 GiB, so the access traps and no
//! instruction follows it.
//!
//! A right lasts until the call ends. So a fact stays true until control may have come from another place: at the start of a
//! loop, at the end of a block, and after a branch. A call also ends all facts, as another call of the contract may begin
//! and end during it. Reads and writes have separate facts, so the recorded pages are the same with and without redundant
//! checks.

use std::collections::HashMap;

use wasmparser::Operator;

use crate::contract::access::{Access, Direction};
use crate::units::PAGE_SIZE;

/// Maximum number of facts. More would help little, and each look-up scans all of them.
const MAX_FACTS: usize = 32;

/// Maximum number of known terms.
const MAX_TERMS: usize = 1_024;

/// Maximum number of known stack entries. Deeper entries are unknown.
const MAX_STACK: usize = 64;

/// Base 0 is the number zero, the base of constants.
const ZERO: u32 = 0;

/// A 32-bit value: an unknown base plus a constant, wrapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Value {
    base: u32,
    plus: u32,
}

/// A byte whose page has a right, as a point from a base.
#[derive(Debug, Clone, Copy)]
struct Fact {
    base: u32,
    point: u32,
    direction: Direction,
}

/// An operation that always has the same result for the same two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Term {
    Add,
    Sub,
    Mul,
    And,
    Or,
    Shl,
    ShrU,
}

/// The known values and the facts about checked bytes at one place of a function.
#[derive(Debug)]
pub(super) struct CheckedBytes {
    /// The topmost values.
    stack: Vec<Value>,
    locals: HashMap<u32, Value>,
    terms: HashMap<(Term, Value, Value), Value>,
    facts: Vec<Fact>,
    /// The fact that the next one replaces when the list is full.
    oldest: usize,
    bases: u32,
}

impl CheckedBytes {
    /// Returns the state at the start of a function: no known values, no facts.
    pub(super) fn new() -> Self {
        let (stack, locals, terms, facts) = (Vec::new(), HashMap::new(), HashMap::new(), Vec::new());
        Self { stack, locals, terms, facts, oldest: 0, bases: ZERO }
    }

    /// Returns true if the next instruction, a load or store, ends at or before the byte at `end`: its address is a known number.
    pub(super) fn ends_before(&mut self, access: &Access, end: u32) -> bool {
        let (base, first, last) = self.ends(access);
        base == ZERO && first <= last && last < end
    }

    /// Returns true if the check of the next instruction, an access to storage, is redundant. The access's address is on the
    /// stack, possibly below an operand.
    pub(super) fn covers(&mut self, access: &Access) -> bool {
        let (base, first, last) = self.ends(access);
        [first, last].into_iter().all(|point| self.is_covered(base, point, access.direction))
    }

    /// Records that the next instruction, an access to storage, has passed its check.
    pub(super) fn record(&mut self, access: &Access) {
        let (base, first, last) = self.ends(access);
        for point in [first, last] {
            if !self.is_covered(base, point, access.direction) {
                self.learn(Fact { base, point, direction: access.direction });
            }
        }
    }

    /// Returns the base of an access, and the points of its first and last byte.
    fn ends(&mut self, access: &Access) -> (u32, u32, u32) {
        let depth = usize::from(access.operand.is_some());
        let address = self.stack.iter().rev().nth(depth).copied();
        let Value { base, plus } = address.unwrap_or_else(|| self.unknown());
        let first = plus.wrapping_add(access.offset as u32);
        (base, first, first.wrapping_add(access.width - 1))
    }

    fn is_covered(&self, base: u32, point: u32, direction: Direction) -> bool {
        let (mut below, mut above) = (u32::MAX, u32::MAX);
        for fact in self.facts.iter().filter(|fact| fact.base == base && fact.direction == direction) {
            below = below.min(point.wrapping_sub(fact.point));
            above = above.min(fact.point.wrapping_sub(point));
        }
        u64::from(below) + u64::from(above) < PAGE_SIZE as u64
    }

    fn learn(&mut self, fact: Fact) {
        if self.facts.len() < MAX_FACTS {
            self.facts.push(fact);
        } else {
            self.facts[self.oldest] = fact;
            self.oldest = (self.oldest + 1) % MAX_FACTS;
        }
    }

    /// Moves past an instruction.
    pub(super) fn advance(&mut self, operator: &Operator<'_>) {
        match *operator {
            Operator::LocalGet { local_index } => {
                let value = self.local(local_index);
                self.push(value);
            }
            Operator::LocalSet { local_index } => {
                let value = self.pop();
                self.locals.insert(local_index, value);
            }
            Operator::LocalTee { local_index } => {
                let value = self.pop();
                self.locals.insert(local_index, value);
                self.push(value);
            }
            Operator::I32Const { value } => self.push(Value { base: ZERO, plus: value as u32 }),
            Operator::I32Add => self.combine(Term::Add),
            Operator::I32Sub => self.combine(Term::Sub),
            Operator::I32Mul => self.combine(Term::Mul),
            Operator::I32And => self.combine(Term::And),
            Operator::I32Or => self.combine(Term::Or),
            Operator::I32Shl => self.combine(Term::Shl),
            Operator::I32ShrU => self.combine(Term::ShrU),
            Operator::Block { .. } => self.stack.clear(),
            Operator::If { .. } => {
                self.pop();
            }
            Operator::BrIf { .. } => {
                self.pop();
            }
            // A callee cannot change the locals of its caller.
            Operator::Call { .. } | Operator::CallIndirect { .. } => {
                self.stack.clear();
                self.facts.clear();
            }
            Operator::Unreachable => self.forget(),
            _ => match arity(operator) {
                Some((operands, results)) => {
                    (0..operands).for_each(|_| _ = self.pop());
                    for _ in 0..results {
                        let value = self.unknown();
                        self.push(value);
                    }
                }
                None => self.forget(),
            },
        }
    }

    /// Forgets everything except terms: control may come from another place.
    fn forget(&mut self) {
        self.stack.clear();
        self.facts.clear();
        // `clear` would take time proportional to the capacity.
        if !self.locals.is_empty() {
            self.locals = HashMap::new();
        }
    }

    fn combine(&mut self, term: Term) {
        let (right, left) = (self.pop(), self.pop());
        let value = match term {
            Term::Add if left.base == ZERO => Value { plus: right.plus.wrapping_add(left.plus), ..right },
            Term::Add if right.base == ZERO => Value { plus: left.plus.wrapping_add(right.plus), ..left },
            Term::Sub if right.base == ZERO => Value { plus: left.plus.wrapping_sub(right.plus), ..left },
            _ => self.term(term, left, right),
        };
        self.push(value);
    }

    fn term(&mut self, term: Term, left: Value, right: Value) -> Value {
        if let Some(value) = self.terms.get(&(term, left, right)) {
            return *value;
        }
        let value = self.unknown();
        if self.terms.len() == MAX_TERMS {
            self.terms = HashMap::new();
        }
        self.terms.insert((term, left, right), value);
        value
    }

    fn local(&mut self, index: u32) -> Value {
        if let Some(value) = self.locals.get(&index) {
            return *value;
        }
        let value = self.unknown();
        self.locals.insert(index, value);
        value
    }

    /// Returns a value with a new base. Functions have far fewer than 2^32 instructions, so the counter does not overflow.
    fn unknown(&mut self) -> Value {
        self.bases += 1;
        Value { base: self.bases, plus: 0 }
    }

    fn push(&mut self, value: Value) {
        if self.stack.len() == MAX_STACK {
            let half = self.stack.len() / 2;
            self.stack.drain(..half);
        }
        self.stack.push(value);
    }

    fn pop(&mut self) -> Value {
        self.stack.pop().unwrap_or_else(|| self.unknown())
    }
}

macro_rules! arities {
    ($(@$proposal:ident $operator:ident $({ $($argument:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        /// Returns the number of operands and of results of an instruction; `None` for control flow.
        fn arity(operator: &Operator<'_>) -> Option<(u32, u32)> {
            match operator {
                $(Operator::$operator { .. } => arities!(@of $($arity)*),)*
                _ => None,
            }
        }
    };
    (@of arity $operands:literal -> $results:literal) => { Some(($operands, $results)) };
    (@of $($other:tt)*) => { None };
}

wasmparser::for_each_operator!(arities);

//! What is known of addresses while a function is rewritten, so that a check which cannot fail is left out.
//!
//! Each value on the stack or in a local is a *base*, which nobody knows, plus a constant. A check that passes says that
//! the pages of the first and the last byte of its access have a right, at two *points* from the base. A later access
//! from the same base needs no check if its first and last byte are *covered*:
//!
//! ```text
//!    base + a        base + q        base + b          b - a <= 4,095:  at most one page begins between a and b,
//!  ─────●───────────────○───────────────●─────         so q lies in the page of a or in that of b
//! ```
//!
//! All sums wrap at 2^32, as addresses do; that a page begins at 2^32 too makes no difference to the argument. A constant
//! offset of an access does not wrap: one that would reaches beyond 4 GiB, so its access traps and nothing follows.
//!
//! A right that a call was given stays until the call ends, so a fact is true until control could have come from
//! elsewhere: at the start of a loop, at the end of a block, after a branch, and after a call, during which another call
//! of the contract may begin and end. Reading and writing are apart, so what a call touched is the same with and without.

use std::collections::HashMap;

use wasmparser::Operator;

use crate::contract::access::{Access, Direction};
use crate::units::PAGE_SIZE;

/// Facts remembered at once; more help little, and all are looked through.
const MOST_FACTS: usize = 32;

/// Sums and the like remembered at once.
const MOST_TERMS: usize = 1_024;

/// Stack entries remembered; those below are unknown.
const MOST_STACK: usize = 64;

/// Base 0 is the number zero: constants are counted from it.
const ZERO: u32 = 0;

/// A value of 32 bits: an unknown base plus a constant, wrapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Value {
    base: u32,
    plus: u32,
}

/// A byte whose page has a right.
#[derive(Debug, Clone, Copy)]
struct Fact {
    base: u32,
    point: u32,
    direction: Direction,
}

/// An operation on two values whose result is the same each time.
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

/// What is known at one place of a function.
#[derive(Debug)]
pub(super) struct Known {
    /// The topmost values.
    stack: Vec<Value>,
    locals: HashMap<u32, Value>,
    terms: HashMap<(Term, Value, Value), Value>,
    facts: Vec<Fact>,
    /// Where the next fact goes when there are enough.
    oldest: usize,
    bases: u32,
}

impl Known {
    /// Nothing, at the start of a function.
    pub(super) fn nothing() -> Self {
        let (stack, locals, terms, facts) = (Vec::new(), HashMap::new(), HashMap::new(), Vec::new());
        Self { stack, locals, terms, facts, oldest: 0, bases: ZERO }
    }

    /// Whether an access to storage that comes next needs no check. Its address is on the stack, perhaps below an
    /// operand.
    pub(super) fn covers(&mut self, access: &Access) -> bool {
        let (base, first, last) = self.ends(access);
        [first, last].into_iter().all(|point| self.covered(base, point, access.direction))
    }

    /// Takes note that an access to storage, which comes next, has passed its check.
    pub(super) fn passed(&mut self, access: &Access) {
        let (base, first, last) = self.ends(access);
        for point in [first, last] {
            if !self.covered(base, point, access.direction) {
                self.learn(Fact { base, point, direction: access.direction });
            }
        }
    }

    /// The base of an access, and the points of its first and last byte.
    fn ends(&mut self, access: &Access) -> (u32, u32, u32) {
        let depth = usize::from(access.operand.is_some());
        let address = self.stack.iter().rev().nth(depth).copied();
        let Value { base, plus } = address.unwrap_or_else(|| self.unknown());
        let first = plus.wrapping_add(access.offset as u32);
        (base, first, first.wrapping_add(access.width - 1))
    }

    fn covered(&self, base: u32, point: u32, direction: Direction) -> bool {
        let (mut below, mut above) = (u32::MAX, u32::MAX);
        for fact in self.facts.iter().filter(|fact| fact.base == base && fact.direction == direction) {
            below = below.min(point.wrapping_sub(fact.point));
            above = above.min(fact.point.wrapping_sub(point));
        }
        u64::from(below) + u64::from(above) < PAGE_SIZE as u64
    }

    fn learn(&mut self, fact: Fact) {
        if self.facts.len() < MOST_FACTS {
            self.facts.push(fact);
        } else {
            self.facts[self.oldest] = fact;
            self.oldest = (self.oldest + 1) % MOST_FACTS;
        }
    }

    /// Goes past an instruction.
    pub(super) fn pass(&mut self, operator: &Operator<'_>) {
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
            // A callee changes no local of the caller.
            Operator::Call { .. } | Operator::CallIndirect { .. } => {
                self.stack.clear();
                self.facts.clear();
            }
            Operator::Unreachable => self.forget(),
            _ => match arity(operator) {
                Some((taken, given)) => {
                    (0..taken).for_each(|_| _ = self.pop());
                    for _ in 0..given {
                        let value = self.unknown();
                        self.push(value);
                    }
                }
                None => self.forget(),
            },
        }
    }

    /// Knows nothing but what terms are equal: control may come from elsewhere.
    fn forget(&mut self) {
        self.stack.clear();
        self.facts.clear();
        // Not `clear`, which takes as long as there ever were entries.
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
        if self.terms.len() == MOST_TERMS {
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

    /// A value that equals no other. Its base is new: functions are limited to far fewer than 2^32 instructions.
    fn unknown(&mut self) -> Value {
        self.bases += 1;
        Value { base: self.bases, plus: 0 }
    }

    fn push(&mut self, value: Value) {
        if self.stack.len() == MOST_STACK {
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
        /// How many values an instruction takes and gives that does nothing but that; nothing for control flow.
        fn arity(operator: &Operator<'_>) -> Option<(u32, u32)> {
            match operator {
                $(Operator::$operator { .. } => arities!(@of $($arity)*),)*
                _ => None,
            }
        }
    };
    (@of arity $taken:literal -> $given:literal) => { Some(($taken, $given)) };
    (@of $($other:tt)*) => { None };
}

wasmparser::for_each_operator!(arities);

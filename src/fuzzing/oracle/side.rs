//! Contracts that reach their storage in certain forms.

use std::cell::Cell;

use super::result::{Disagreement, ScenarioResult};
use super::run::{Parts, Run};
use crate::contract::to_binary;
use crate::fuzzing::forms::Form;
use crate::fuzzing::model::World;
use crate::fuzzing::script::{ACCOUNTS, CONTRACTS, LIMIT, SENDER, Scenario};
use crate::units::Address;
use crate::vm::{Deployment, Error, Vm};

/// The forms of the three contracts: `None` for an imported storage memory.
#[derive(Debug)]
pub(super) struct Forms {
    /// What messages say of them.
    name: &'static str,
    of: [Option<Form>; CONTRACTS],
    /// The sender of every transaction, who has deployed the contracts.
    sender: Address,
}

/// The forms in which each scenario runs.
pub(super) const FORMS: [Forms; 3] = [
    Forms { name: "", of: [None; CONTRACTS], sender: Address([7; 20]) },
    Forms { name: "with storage inside own memory: ", of: [Some(Form::Inside); CONTRACTS], sender: Address([8; 20]) },
    Forms {
        name: "with contracts of three forms: ",
        of: [Some(Form::Intrinsics), None, Some(Form::Inside)],
        sender: Address([9; 20]),
    },
];

/// The balance of each account at the start. That of the second contract overflows if it gets more than 500.
const INITIAL_BALANCES: [u64; ACCOUNTS] = [1_000, u64::MAX - 500, 0, 2_000];

/// Contracts of certain forms, and an account that sends the transactions.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) name: &'static str,
    pub(super) accounts: [Address; ACCOUNTS],
}

impl Side {
    pub(super) fn new(vm: &Vm, forms: &Forms) -> Result<Self, Error> {
        let mut accounts = [forms.sender; ACCOUNTS];
        for (number, form) in forms.of.iter().enumerate() {
            let (nonce, refuses_reentry) = (number as u64, number == CONTRACTS - 1);
            let deployment = Deployment { max_pages: Some(LIMIT), nonce, refuses_reentry, ..Deployment::default() };
            let deployment = Deployment { balance: INITIAL_BALANCES[number], author: forms.sender, ..deployment };
            accounts[number] = vm.deploy(&interpreter(*form), &deployment)?.address;
        }
        vm.fund(&forms.sender, INITIAL_BALANCES[SENDER])?;
        Ok(Self { name: forms.name, accounts })
    }

    pub(super) fn run(
        &self,
        parts: Parts<'_>,
        scenario: &Scenario,
        reached: &Cell<usize>,
    ) -> Result<ScenarioResult, Disagreement> {
        let mut run = Run::new(parts, World::new(INITIAL_BALANCES));
        let mut receipts = Vec::new();
        for (number, transaction) in scenario.transactions.iter().enumerate() {
            reached.set(number);
            let failed = |what| Disagreement { transaction: number, what };
            receipts.push(run.transaction(transaction).map_err(failed)?);
        }
        let (reached, world) = run.finish();
        Ok(ScenarioResult { reached, receipts, world })
    }
}

/// Returns the interpreter in a form.
fn interpreter(form: Option<Form>) -> Vec<u8> {
    let text = include_str!("../interpreter.wat");
    let Some(form) = form else { return text.as_bytes().to_vec() };
    let text = if form == Form::Intrinsics { without_init(text) } else { text.to_owned() };
    // A test finds a form that cannot express the interpreter.
    let rewritten = to_binary(text.as_bytes()).ok().and_then(|wasm| form.of(&wasm));
    rewritten.unwrap_or_else(|| text.into_bytes())
}

/// Replaces the instruction that initialises storage from a segment, for which there is no function: a loop stores the bytes.
fn without_init(text: &str) -> String {
    const INSTRUCTION: &str = "memory.init $storage $pattern";
    const PATTERN: &str = "(data $pattern \"";
    let pattern =
        text.split_once(PATTERN).and_then(|(_, rest)| rest.split_once('"')).map_or("", |(pattern, _)| pattern);
    let words = pattern.as_bytes().chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        i64::from_le_bytes(word)
    });
    let mut choice = "(i64.const 0)".to_owned();
    for (index, word) in words.enumerate() {
        choice = format!(
            "(select (i64.const {word}) {choice} (i32.eq (i32.shr_u (local.get $from) (i32.const 3)) (i32.const {index})))"
        );
    }
    let length = pattern.len();
    let function = format!(
        "(func $init (param $to i32) (param $from i32) (param $length i32)
           (if (i64.gt_u (i64.add (i64.extend_i32_u (local.get $from)) (i64.extend_i32_u (local.get $length))) (i64.const {length}))
             (then unreachable))
           (memory.fill $storage (local.get $to) (i32.const 0) (local.get $length))
           (block $done (loop $next
             (br_if $done (i32.eqz (local.get $length)))
             (i64.store8 $storage (local.get $to)
               (i64.shr_u {choice} (i64.extend_i32_u (i32.shl (i32.and (local.get $from) (i32.const 7)) (i32.const 3)))))
             (local.set $to (i32.add (local.get $to) (i32.const 1)))
             (local.set $from (i32.add (local.get $from) (i32.const 1)))
             (local.set $length (i32.sub (local.get $length) (i32.const 1)))
             (br $next))))"
    );
    text.replace(INSTRUCTION, "call $init").replacen("(func $execute", &format!("{function}\n  (func $execute"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_can_express_the_interpreter() {
        let plain = to_binary(&interpreter(None)).unwrap().into_owned();
        let texts = Form::ALL.map(|form| interpreter(Some(form)));
        assert!(texts.iter().all(|wasm| *wasm != plain));
        let metadata =
            texts.map(|wasm| crate::contract::validate(&wasm, &crate::contract::Imports::default()).unwrap());
        let forms = metadata.map(|metadata| metadata.storage);
        assert_eq!(forms, [crate::contract::StorageForm::Inside, crate::contract::StorageForm::Intrinsics]);
    }
}

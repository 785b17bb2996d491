//! Shrinking of failing scenarios.

use super::script::{Nested, Scenario, Step, Transaction};
use crate::paging::PagerKind;

/// The greatest number of attempts. A scenario has some hundred numbers, and each is halved several times.
const MOST_ATTEMPTS: usize = 20_000;

/// Returns the smallest failing scenario that removing steps and reducing numbers leads to.
pub fn shrink(scenario: &Scenario, mut fails: impl FnMut(&Scenario) -> bool) -> Scenario {
    let mut best = scenario.clone();
    let mut attempts = 0;
    loop {
        let mut smaller = false;
        let mut at = 0;
        while let Some(candidate) = edit(&best, at) {
            if attempts == MOST_ATTEMPTS {
                return best;
            }
            if candidate != best && candidate.check() && fails(&candidate) {
                best = candidate;
                smaller = true;
            } else {
                at += 1;
            }
            attempts += 1;
        }
        if !smaller {
            return best;
        }
    }
}

/// Returns the scenario with its `at`-th possible edit made, or `None` if it has fewer edits.
fn edit(scenario: &Scenario, mut at: usize) -> Option<Scenario> {
    let mut edited = scenario.clone();
    if at < edited.transactions.len() {
        edited.transactions.remove(at);
        return Some(edited);
    }
    at -= edited.transactions.len();
    for transaction in &mut edited.transactions {
        if transaction_edit(transaction, &mut at) || steps_edit(&mut transaction.steps, &mut at) {
            return Some(edited);
        }
    }
    None
}

/// Counts an edit. Returns true for the one to make.
fn turn(at: &mut usize) -> bool {
    let turn = *at == 0;
    *at = at.wrapping_sub(1);
    turn
}

fn transaction_edit(transaction: &mut Transaction, at: &mut usize) -> bool {
    if turn(at) {
        transaction.pager = PagerKind::default();
        return true;
    }
    if turn(at) {
        transaction.short_of_gas = false;
        return true;
    }
    if turn(at) {
        transaction.commit = false;
        return true;
    }
    number_edit(&mut transaction.value, at)
}

fn steps_edit(steps: &mut Vec<Step>, at: &mut usize) -> bool {
    let mut number = 0;
    while number < steps.len() {
        if turn(at) {
            steps.remove(number);
            return true;
        }
        match &mut steps[number] {
            Step::Call(call) => {
                if turn(at) {
                    let inner = std::mem::take(&mut call.steps);
                    steps.splice(number..=number, inner);
                    return true;
                }
                if call_edit(call, at) {
                    return true;
                }
            }
            step => {
                let Some((kind, mut fields)) = step.numbers() else { continue };
                if fields.iter_mut().any(|field| number_edit(field, at)) {
                    // The kind has that many fields.
                    if let Some(smaller) = Step::of_numbers(kind, &fields) {
                        *step = smaller;
                    }
                    return true;
                }
            }
        }
        number += 1;
    }
    false
}

fn call_edit(call: &mut Nested, at: &mut usize) -> bool {
    if turn(at) {
        call.read_only = false;
        return true;
    }
    [&mut call.contract, &mut call.value, &mut call.gas].into_iter().any(|number| number_edit(number, at))
        || steps_edit(&mut call.steps, at)
}

/// Tries a number as zero, as whole pages, and reduced by ever smaller parts of itself.
fn number_edit(number: &mut u32, at: &mut usize) -> bool {
    let whole = *number;
    let reduced = [1, 4, 8, 12, 16, 20, 24, 28].map(|shift| whole - (whole >> shift));
    let candidates = [0, whole & !4_095].into_iter().chain(reduced).chain([whole.saturating_sub(1)]);
    for smaller in candidates {
        if turn(at) {
            *number = smaller;
            return true;
        }
    }
    false
}

//! Smaller and simpler variants of a sequence, for shrinking.

use super::sequence::{Action, End, Part, Reaction, Request, Step};

/// Returns the sequence without some of its steps, many at once first. The blocks that passed before them are added to the next
/// step in one variant, and dropped in another.
pub(super) fn shorter(steps: &[Step]) -> impl Iterator<Item = Vec<Step>> {
    let sizes = std::iter::successors(Some(steps.len() / 2), |size| Some(size / 2)).take_while(|size| *size > 0);
    sizes.flat_map(move |size| {
        (0..steps.len()).step_by(size).rev().flat_map(move |start| {
            let end = (start + size).min(steps.len());
            let rest = [&steps[..start], &steps[end..]].concat();
            let passed: u64 = steps[start..end].iter().fold(0, |passed, step| passed.saturating_add(step.blocks));
            let mut later = rest.clone();
            let next = later.get_mut(start).filter(|_| passed > 0);
            let later = next.map(|next| next.blocks = next.blocks.saturating_add(passed)).map(|()| later);
            [Some(rest), later].into_iter().flatten()
        })
    })
}

/// Returns sequences in which two numbers change together: both decrease by the same amount, or the whole of the later one is
/// added to the earlier one. This shrinks numbers whose difference or sum must stay the same.
pub(super) fn in_pairs(steps: &[Step]) -> impl Iterator<Item = Vec<Step>> {
    let amounts = amounts(&mut steps.to_vec());
    let pairs = (0..amounts.len()).flat_map(move |later| (0..later).map(move |earlier| (earlier, later)));
    pairs.flat_map(move |(earlier, later)| {
        let (Some(first), Some(second)) = (amounts[earlier], amounts[later]) else { return Vec::new() };
        let most = first.min(second);
        let lower = less_by(most).map(|step| (first - step, second - step));
        let moved = first.checked_add(second).filter(|_| most > 0).map(|sum| (sum, 0));
        let changed = lower.chain(moved).filter_map(|(first, second)| {
            let mut steps = steps.to_vec();
            let mut amounts = steps.iter_mut().flat_map(|step| step.action.amounts_mut());
            let fits = amounts.nth(earlier)?.set(first) && amounts.nth(later - earlier - 1)?.set(second);
            drop(amounts);
            fits.then_some(steps)
        });
        changed.collect()
    })
}

fn amounts(steps: &mut [Step]) -> Vec<Option<u64>> {
    steps.iter_mut().flat_map(|step| step.action.amounts_mut()).map(|amount| amount.get()).collect()
}

/// Returns the number, half of it, a quarter, … and one.
fn less_by(number: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(number), |step| Some(step / 2)).take_while(|step| *step > 0)
}

fn without<T: Clone>(items: &[T], at: usize) -> Vec<T> {
    let mut items = items.to_vec();
    items.remove(at);
    items
}

/// Returns the list without each item in turn, and with each item simplified.
fn simpler_items<T: Clone>(items: &[T], simpler: impl Fn(&T) -> Vec<T>) -> Vec<Vec<T>> {
    let left_out = (0..items.len()).map(|at| without(items, at));
    let simplified = items.iter().enumerate().flat_map(|(at, item)| {
        simpler(item).into_iter().map(move |simpler| {
            let mut items = items.to_vec();
            items[at] = simpler;
            items
        })
    });
    left_out.chain(simplified).collect()
}

/// Returns simpler variants of a step. Each is smaller by a measure that only falls, so shrinking ends.
pub(super) fn simpler_steps(step: &Step) -> Vec<Step> {
    let blocks = simpler_numbers(step.blocks).into_iter().map(|blocks| Step { blocks, ..step.clone() });
    let actions = simpler_actions(&step.action).into_iter().map(|action| Step { action, blocks: step.blocks });
    actions.chain(blocks).collect()
}

fn simpler_actions(action: &Action) -> Vec<Action> {
    match action {
        Action::Direct { user, target, arguments, input, value } => {
            let with = |user, arguments: &[i64], input: &[Part], value| {
                let (arguments, input) = (arguments.to_vec(), input.to_vec());
                Action::Direct { user, target: *target, arguments, input, value }
            };
            let users = (0..*user).map(|user| with(user, arguments, input, *value));
            let values = simpler_numbers(*value).into_iter().map(|value| with(*user, arguments, input, value));
            let inputs = simpler_inputs(input).into_iter().map(|input| with(*user, arguments, &input, *value));
            let numbers = simpler_arguments(arguments).map(|arguments| with(*user, &arguments, input, *value));
            users.chain(values).chain(inputs).chain(numbers).collect()
        }
        Action::Act { actor, requests, reactions, standing } => {
            let with = |requests: &[Request], reactions: &[Reaction], standing: &[Part]| {
                let (requests, reactions, standing) = (requests.to_vec(), reactions.to_vec(), standing.to_vec());
                Action::Act { actor: *actor, requests, reactions, standing }
            };
            let fewer = simpler_items(reactions, simpler_reactions).into_iter().map(|r| with(requests, &r, standing));
            let calls = simpler_items(requests, simpler_requests).into_iter().map(|r| with(&r, reactions, standing));
            let outputs = simpler_inputs(standing).into_iter().map(|parts| with(requests, reactions, &parts));
            fewer.chain(calls).chain(outputs).collect()
        }
    }
}

fn simpler_reactions(reaction: &Reaction) -> Vec<Reaction> {
    let ends: Vec<End> = match &reaction.end {
        End::Return(parts) => simpler_inputs(parts).into_iter().map(End::Return).collect(),
        End::Revert => vec![End::Return(Vec::new())],
        End::Trap => vec![End::Return(Vec::new()), End::Revert],
    };
    let ends = ends.into_iter().map(|end| Reaction { end, requests: reaction.requests.clone() });
    let requests = simpler_items(&reaction.requests, simpler_requests);
    requests.into_iter().map(|requests| Reaction { requests, end: reaction.end.clone() }).chain(ends).collect()
}

fn simpler_requests(request: &Request) -> Vec<Request> {
    let same = || request.clone();
    let values = simpler_numbers(request.value).into_iter().map(|value| Request { value, ..same() });
    let gas = (request.gas > 0).then(|| Request { gas: 0, ..same() });
    let arguments = simpler_arguments(&request.arguments).map(|arguments| Request { arguments, ..same() });
    let inputs = simpler_inputs(&request.input).into_iter().map(|input| Request { input, ..same() });
    let writing = request.read_only.then(|| Request { read_only: false, ..same() });
    values.chain(gas).chain(arguments).chain(inputs).chain(writing).collect()
}

/// Returns the arguments with one of them simplified.
fn simpler_arguments(arguments: &[i64]) -> impl Iterator<Item = Vec<i64>> {
    (0..arguments.len()).flat_map(move |at| {
        simpler_integers(arguments[at]).into_iter().map(move |number| {
            let mut arguments = arguments.to_vec();
            arguments[at] = number;
            arguments
        })
    })
}

fn simpler_inputs(parts: &[Part]) -> Vec<Vec<Part>> {
    let simpler = |part: &Part| match part {
        Part::I32(number) => simpler_integers((*number).into()).into_iter().map(|n| Part::I32(n as i32)).collect(),
        Part::I64(number) => simpler_integers(*number).into_iter().map(Part::I64).collect(),
        Part::Bytes(bytes) if bytes.iter().any(|byte| *byte != 0) => vec![Part::Bytes(vec![0; bytes.len()])],
        Part::Bytes(_) | Part::Address(_) => Vec::new(),
    };
    simpler_items(parts, simpler)
}

/// Returns smaller numbers: round ones, then the number less a half of it, less a quarter, … and less one. Shrinking finds the
/// smallest number that still fails after at most the square of its bits.
fn simpler_numbers(number: u64) -> Vec<u64> {
    let round = [0, 1, 10, 100].into_iter().filter(|round| *round < number);
    let mut simpler: Vec<u64> = round.chain(less_by(number / 2).map(|step| number - step)).collect();
    simpler.dedup();
    simpler
}

/// Returns integers nearer to zero, and the positive one of a negative integer.
fn simpler_integers(number: i64) -> Vec<i64> {
    let magnitude = number.unsigned_abs();
    let mut simpler: Vec<i64> = simpler_numbers(magnitude).into_iter().filter_map(|n| i64::try_from(n).ok()).collect();
    if let (true, Ok(positive)) = (number < 0, i64::try_from(magnitude)) {
        simpler.push(positive);
    }
    simpler
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_gets_simpler_until_it_is_zero() {
        for number in [0, 1, -1, 7, 1_000_003, i64::MIN, i64::MAX] {
            let mut number: i64 = number;
            for _ in 0..200 {
                // The slowest path takes the candidate that is farthest from zero.
                let Some(simpler) = simpler_integers(number).into_iter().max_by_key(|simpler| simpler.unsigned_abs())
                else {
                    break;
                };
                assert!(simpler.unsigned_abs() < number.unsigned_abs() || simpler == -number, "{number} {simpler}");
                number = simpler_integers(number)[0].max(simpler / 2);
            }
            assert_eq!(number, 0);
        }
    }
}

//! Makes a sequence that breaks something as small as it can be.

use super::sequence::{Deed, End, Part, Reaction, Request, Step};

/// Sequences that are a little simpler, the largest simplifications first. Each is smaller by a measure that only falls, so
/// that trying them comes to an end.
pub(super) fn simpler(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut all = Vec::new();
    for at in (0..steps.len()).rev() {
        if steps.len() > 1 {
            all.push(without(steps, at));
        }
    }
    for (at, step) in steps.iter().enumerate() {
        for simpler in simpler_steps(step) {
            let mut steps = steps.to_vec();
            steps[at] = simpler;
            all.push(steps);
        }
    }
    all
}

fn without<T: Clone>(items: &[T], at: usize) -> Vec<T> {
    let mut items = items.to_vec();
    items.remove(at);
    items
}

/// Each item simplified in turn, and left out.
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

fn simpler_steps(step: &Step) -> Vec<Step> {
    let blocks = simpler_numbers(step.blocks).into_iter().map(|blocks| Step { blocks, ..step.clone() });
    let deeds = simpler_deeds(&step.deed).into_iter().map(|deed| Step { deed, blocks: step.blocks });
    deeds.chain(blocks).collect()
}

fn simpler_deeds(deed: &Deed) -> Vec<Deed> {
    match deed {
        Deed::Direct { person, target, arguments, input, value } => {
            let with = |person, arguments: &[i64], input: &[Part], value| {
                let (arguments, input) = (arguments.to_vec(), input.to_vec());
                Deed::Direct { person, target: *target, arguments, input, value }
            };
            let people = (0..*person).map(|person| with(person, arguments, input, *value));
            let values = simpler_numbers(*value).into_iter().map(|value| with(*person, arguments, input, value));
            let inputs = simpler_inputs(input).into_iter().map(|input| with(*person, arguments, &input, *value));
            let numbers = (0..arguments.len()).flat_map(|at| {
                simpler_integers(arguments[at]).into_iter().map(move |number| {
                    let mut arguments = arguments.clone();
                    arguments[at] = number;
                    with(*person, &arguments, input, *value)
                })
            });
            people.chain(values).chain(inputs).chain(numbers).collect()
        }
        Deed::Act { actor, requests, reactions } => {
            let (actor, now) = (*actor, requests);
            let reactions_only = simpler_items(reactions, simpler_reactions).into_iter().map(|reactions| Deed::Act {
                actor,
                requests: now.clone(),
                reactions,
            });
            let requests_only = simpler_items(requests, simpler_requests).into_iter().map(|requests| Deed::Act {
                actor,
                requests,
                reactions: reactions.clone(),
            });
            reactions_only.chain(requests_only).collect()
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
    let inputs = simpler_inputs(&request.input).into_iter().map(|input| Request { input, ..same() });
    let writing = request.read_only.then(|| Request { read_only: false, ..same() });
    values.chain(gas).chain(inputs).chain(writing).collect()
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

fn simpler_numbers(number: u64) -> Vec<u64> {
    let mut simpler: Vec<u64> = [0, 1, 10, 100, number / 2, number.saturating_sub(1)].into();
    simpler.retain(|simpler| *simpler < number);
    simpler.dedup();
    simpler
}

/// Nearer to zero; and positive rather than negative.
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
    fn simplifying_comes_to_an_end() {
        for number in [0, 1, -1, 7, i64::MIN, i64::MAX] {
            let (mut number, mut steps) = (number, 0);
            while let Some(simpler) = simpler_integers(number).pop() {
                assert!(simpler.unsigned_abs() < number.unsigned_abs() || (number < 0 && simpler == -number));
                number = simpler_integers(simpler).first().copied().unwrap_or(0);
                steps += 1;
                assert!(steps < 200);
            }
        }
    }
}

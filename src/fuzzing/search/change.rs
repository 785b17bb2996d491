//! Random changes of sequences.

use super::cast::{ACTORS, USERS};
use super::generate::{Generator, MOST_REACTIONS, MOST_REQUESTS};
use super::sequence::{Action, Part, Reaction, Request, Step, Target};

impl Generator {
    /// Changes a sequence in one place. It keeps at least one step, and at most `most`.
    pub(super) fn change(&mut self, steps: &mut Vec<Step>, most: usize) {
        let at = self.rng.usize(..steps.len());
        match self.rng.u8(..10) {
            0 if steps.len() < most => steps.insert(at, self.step()),
            1 if steps.len() < most => steps.insert(at, steps[at].clone()),
            2 if steps.len() > 1 => drop(steps.remove(at)),
            3 if steps.len() > 1 => {
                let other = self.rng.usize(..steps.len());
                steps.swap(at, other);
            }
            4 => steps[at] = self.step(),
            _ => self.change_step(&mut steps[at]),
        }
    }

    /// Changes a step in one or two places. `callbacks` is how often the attacker was called in it. If it was called, the change
    /// is mostly one of its reactions.
    pub(super) fn vary(&mut self, step: &mut Step, callbacks: usize) {
        for _ in 0..1 + self.rng.usize(..2) {
            match &mut step.action {
                Action::Act { standing, .. } if callbacks > 0 && self.rng.u8(..8) == 0 => *standing = self.standing(),
                Action::Act { actor: 0, reactions, .. } if callbacks > 0 && self.rng.u8(..3) > 0 => {
                    let at = self.rng.usize(..callbacks.min(MOST_REACTIONS));
                    while reactions.len() <= at {
                        reactions.push(Reaction::return_only());
                    }
                    match self.rng.u8(..5) {
                        0 => reactions[at].end = self.end(),
                        1 => reactions[at] = self.reaction(),
                        _ => self.change_requests(&mut reactions[at].requests),
                    }
                }
                _ => self.change_step(step),
            }
        }
    }

    fn change_step(&mut self, step: &mut Step) {
        if self.rng.u8(..12) == 0 {
            step.blocks = self.blocks();
        }
        match &mut step.action {
            Action::Direct { user, target, arguments, input, value } => match self.rng.u8(..4) {
                0 => *user = self.rng.usize(..USERS.len()),
                2 => *value = self.value(),
                _ => self.change_data(*target, arguments, input),
            },
            Action::Act { actor, requests, reactions, standing } => match self.rng.u8(..7) {
                0 | 1 if *actor == 0 => self.change_reactions(reactions),
                2 => {
                    *actor = self.rng.usize(..ACTORS.len());
                    if *actor != 0 {
                        reactions.clear();
                    }
                }
                3 => *standing = self.standing(),
                _ => self.change_requests(requests),
            },
        }
    }

    fn change_reactions(&mut self, reactions: &mut Vec<Reaction>) {
        if reactions.is_empty() || (reactions.len() < MOST_REACTIONS && self.rng.u8(..3) == 0) {
            let at = self.rng.usize(..=reactions.len());
            let reaction = self.reaction();
            reactions.insert(at, reaction);
            return;
        }
        let at = self.rng.usize(..reactions.len());
        match self.rng.u8(..5) {
            0 => drop(reactions.remove(at)),
            1 => reactions[at].end = self.end(),
            _ => self.change_requests(&mut reactions[at].requests),
        }
    }

    fn change_requests(&mut self, requests: &mut Vec<Request>) {
        if requests.is_empty() || (requests.len() < MOST_REQUESTS && self.rng.u8(..4) == 0) {
            let at = self.rng.usize(..=requests.len());
            let request = self.request();
            requests.insert(at, request);
            return;
        }
        let at = self.rng.usize(..requests.len());
        match self.rng.u8(..6) {
            0 => drop(requests.remove(at)),
            1 => requests[at].value = self.value(),
            2 => requests[at].gas = self.gas(),
            3 => requests[at] = self.request(),
            _ => {
                let Request { target, arguments, input, .. } = &mut requests[at];
                self.change_data(*target, arguments, input);
            }
        }
    }

    /// Changes an argument or the input.
    fn change_data(&mut self, target: Target, arguments: &mut [i64], input: &mut Vec<Part>) {
        if !arguments.is_empty() && self.rng.u8(..4) > 0 {
            arguments[self.rng.usize(..arguments.len())] = self.number();
        } else {
            *input = self.input(target);
        }
    }
}

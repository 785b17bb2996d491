//! A peer under measurement, and its judge: the lab's model in plain Rust.

use std::error::Error;
use std::time::{Duration, Instant};

use vellum::lab::LabError;
use vellum::lab::report::Peer as Description;
use vellum::lab::workloads::{Linear, Step, Workload};

use crate::task::{Order, Task};

/// What any of the peers may say when it fails.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Another system that runs the transactions of a task on a state of its own.
pub trait Peer {
    /// Runs and commits transactions one after another. Gives their results and the time of all; what the caller of such
    /// a system has ready before (the bytes of a request) is made before the clock starts.
    fn run(&mut self, orders: &[Order]) -> Result<(Vec<i64>, Duration), Failure>;

    /// A committed word of state, by its key; `place` is where it would be in linear storage.
    fn word(&mut self, key: u64, place: u64) -> Result<u64, Failure>;
}

/// Runs requests one after another by the clock.
pub fn timed<R>(
    requests: impl IntoIterator<Item = R, IntoIter: ExactSizeIterator>,
    mut transact: impl FnMut(R) -> Result<i64, Failure>,
) -> Result<(Vec<i64>, Duration), Failure> {
    let requests = requests.into_iter();
    let mut results = Vec::with_capacity(requests.len());
    let start = Instant::now();
    for request in requests {
        results.push(transact(request)?);
    }
    Ok((results, start.elapsed()))
}

/// A peer with the model beside it.
pub struct Judged {
    task: Task,
    workload: Box<dyn Workload>,
    name: String,
    peer: Box<dyn Peer>,
    model: Linear,
    steps: u64,
}

impl Judged {
    /// Sets the peer's state up and compares it with the model's.
    pub fn new(task: Task, about: &Description, peer: Box<dyn Peer>) -> Result<Self, LabError> {
        let (workload, name) = (task.workload(), about.name.clone());
        let mut judged = Self { task, workload, name, peer, model: Linear::default(), steps: 0 };
        let setup = judged.workload.setup();
        judged.run(&setup)?;
        Ok(judged)
    }

    /// Runs and commits that many steps. Each result, and every word of state in the end, is compared with the model's
    /// after the clock has stopped.
    pub fn commits(&mut self, times: u64) -> Result<Duration, LabError> {
        let steps: Vec<Step> = (self.steps..self.steps + times).map(|index| self.workload.step(index)).collect();
        self.steps += times;
        self.run(&steps)
    }

    fn run(&mut self, steps: &[Step]) -> Result<Duration, LabError> {
        let orders: Vec<Order> =
            steps.iter().map(Order::of).collect::<Result<_, _>>().map_err(|reason| self.failed(reason.into()))?;
        let (results, took) = self.peer.run(&orders).map_err(|reason| self.failed(reason))?;
        if results.len() != steps.len() {
            return Err(self.failed(format!("{} results of {} transactions", results.len(), steps.len()).into()));
        }
        for (step, found) in steps.iter().zip(results) {
            let expected = self.workload.native(step, &mut self.model);
            if found != expected {
                let what = format!("{} of {} ({})", step.function, self.workload.name(), self.name);
                return Err(LabError::WrongResult { what, found: found.to_string(), expected });
            }
        }
        self.check_state().map(|()| took)
    }

    fn check_state(&mut self) -> Result<(), LabError> {
        for key in self.task.keys() {
            let place = self.task.place(key, &mut self.model);
            let expected = self.model.load(place);
            let found = self.peer.word(key, place).map_err(|reason| self.failed(reason))?;
            if found != expected {
                let what = format!("word {key} of {} ({})", self.workload.name(), self.name);
                return Err(LabError::WrongResult { what, found: found.to_string(), expected: expected as i64 });
            }
        }
        Ok(())
    }

    fn failed(&self, reason: Failure) -> LabError {
        LabError::Peer { peer: format!("{} of {}", self.workload.name(), self.name), reason: reason.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptions;
    use crate::home::Home;
    use crate::names::NATIVE;
    use crate::native::PlainMemory;
    use crate::task::TINY;

    /// A peer that does all but one thing right.
    struct Wrong {
        right: PlainMemory,
        result: i64,
        word: u64,
    }

    impl Peer for Wrong {
        fn run(&mut self, orders: &[Order]) -> Result<(Vec<i64>, Duration), Failure> {
            let (mut results, took) = self.right.run(orders)?;
            results.iter_mut().for_each(|result| *result += self.result);
            Ok((results, took))
        }

        fn word(&mut self, key: u64, place: u64) -> Result<u64, Failure> {
            Ok(self.right.word(key, place)? + self.word)
        }
    }

    fn judged(task: Task, result: i64, word: u64) -> Result<Duration, LabError> {
        let peer = Wrong { right: PlainMemory::new(task), result, word };
        Judged::new(task, &descriptions::of(NATIVE, Home::Memory), Box::new(peer))?.commits(3)
    }

    #[test]
    fn a_wrong_result_and_a_wrong_word_of_state_end_the_run() {
        for task in TINY {
            assert!(judged(task, 0, 0).is_ok());
            for (result, word) in [(1, 0), (0, 1)] {
                assert!(matches!(judged(task, result, word), Err(LabError::WrongResult { .. })), "{task:?}");
            }
        }
    }
}

//! A peer under measurement, which is checked against the lab's native model.

use std::error::Error;
use std::time::{Duration, Instant};

use vellum::lab::LabError;
use vellum::lab::report::Peer as Description;
use vellum::lab::workloads::{Linear, Step, Workload};

use crate::task::{Request, Task};

/// An error of any peer.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Another system that runs the transactions of a task on its own state.
pub trait Peer {
    /// Runs and commits transactions one after another. Returns their results and the total time. The bytes of the requests
    /// are prepared outside the time.
    fn run(&mut self, requests: &[Request]) -> Result<(Vec<i64>, Duration), Failure>;

    /// A committed word of state. `place` is its address in linear storage.
    fn word(&mut self, key: u64, place: u64) -> Result<u64, Failure>;
}

/// Runs requests one after another, and times them.
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

/// A peer with the native model.
pub struct CheckedPeer {
    task: Task,
    workload: Box<dyn Workload>,
    name: String,
    peer: Box<dyn Peer>,
    model: Linear,
    steps: u64,
}

impl CheckedPeer {
    /// Sets the peer's state up and compares it with the model's.
    pub fn new(task: Task, description: &Description, peer: Box<dyn Peer>) -> Result<Self, LabError> {
        let (workload, name) = (task.workload(), description.name.clone());
        let mut checked = Self { task, workload, name, peer, model: Linear::default(), steps: 0 };
        let setup = checked.workload.setup();
        checked.run(&setup)?;
        Ok(checked)
    }

    /// Runs and commits the next `times` steps. Each result, and then every word of state, is checked outside the time.
    pub fn commits(&mut self, times: u64) -> Result<Duration, LabError> {
        let steps: Vec<Step> = (self.steps..self.steps + times).map(|index| self.workload.step(index)).collect();
        self.steps += times;
        self.run(&steps)
    }

    fn run(&mut self, steps: &[Step]) -> Result<Duration, LabError> {
        let requests: Vec<Request> =
            steps.iter().map(Request::of).collect::<Result<_, _>>().map_err(|reason| self.failed(reason.into()))?;
        let (results, took) = self.peer.run(&requests).map_err(|reason| self.failed(reason))?;
        if results.len() != steps.len() {
            return Err(self.failed(format!("{} transactions gave {} results", steps.len(), results.len()).into()));
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
    use crate::names::NATIVE;
    use crate::native::PlainMemory;
    use crate::state_location::StateLocation;
    use crate::task::TINY;

    /// A peer with a deliberate error.
    struct WrongPeer {
        right: PlainMemory,
        /// Added to each result.
        result: i64,
        /// Added to each word of state.
        word: u64,
    }

    impl Peer for WrongPeer {
        fn run(&mut self, requests: &[Request]) -> Result<(Vec<i64>, Duration), Failure> {
            let (mut results, took) = self.right.run(requests)?;
            results.iter_mut().for_each(|result| *result += self.result);
            Ok((results, took))
        }

        fn word(&mut self, key: u64, place: u64) -> Result<u64, Failure> {
            Ok(self.right.word(key, place)? + self.word)
        }
    }

    fn run(task: Task, result: i64, word: u64) -> Result<Duration, LabError> {
        let peer = WrongPeer { right: PlainMemory::new(task), result, word };
        CheckedPeer::new(task, &descriptions::of(NATIVE, StateLocation::Memory), Box::new(peer))?.commits(3)
    }

    #[test]
    fn a_wrong_result_and_a_wrong_word_of_state_end_the_run() {
        for task in TINY {
            assert!(run(task, 0, 0).is_ok());
            for (result, word) in [(1, 0), (0, 1)] {
                assert!(matches!(run(task, result, word), Err(LabError::WrongResult { .. })), "{task:?}");
            }
        }
    }
}

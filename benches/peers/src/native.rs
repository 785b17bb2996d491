//! Programs without a virtual machine: on plain memory, and on LMDB.

use std::time::Duration;

use vellum::lab::workloads::{Linear, Step, Workload};

use crate::algorithm::{Words, execute};
use crate::keyed::Keyed;
use crate::peer::{Failure, Peer, timed};
use crate::task::{Request, Task};

/// The lab's native model on plain memory, with the same tables as vellum's contracts.
pub struct PlainMemory {
    workload: Box<dyn Workload>,
    memory: Linear,
}

impl PlainMemory {
    pub fn new(task: Task) -> Self {
        Self { workload: task.workload(), memory: Linear::default() }
    }
}

impl Peer for PlainMemory {
    fn run(&mut self, requests: &[Request]) -> Result<(Vec<i64>, Duration), Failure> {
        let steps: Vec<Step> = requests.iter().map(Request::step).collect();
        timed(&steps, |step| Ok(self.workload.native(step, &mut self.memory)))
    }

    fn word(&mut self, _key: u64, place: u64) -> Result<u64, Failure> {
        Ok(self.memory.load(place))
    }
}

/// A program that gets and sets each word in a transaction of its store.
pub struct OnStore(pub Keyed);

impl Words for Keyed {
    fn get(&mut self, key: u64) -> Result<u64, Failure> {
        self.word(key)
    }

    fn set(&mut self, key: u64, word: u64) -> Result<(), Failure> {
        self.put_word(key, word)
    }
}

impl Peer for OnStore {
    fn run(&mut self, requests: &[Request]) -> Result<(Vec<i64>, Duration), Failure> {
        timed(requests, |request| {
            self.0.begin()?;
            let result = execute(request, &mut self.0)?;
            self.0.commit().map(|()| result)
        })
    }

    fn word(&mut self, key: u64, _place: u64) -> Result<u64, Failure> {
        self.0.committed(|store| store.word(key))
    }
}

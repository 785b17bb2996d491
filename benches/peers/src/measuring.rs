//! The run: all tasks with the state in memory, and then on disk. In each round every arm runs the same number of transactions.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use vellum::lab::LabError;
use vellum::lab::experiments::{Findings, Group, Per};
use vellum::lab::measure::{Arm, Interrupt, Plan, clock_step, interleave};
use vellum::lab::report::{Environment, PEERS, PEERS_QUESTION, PEERS_SCHEMA, PEERS_VERSION, Peer, Peers, PeersRun};

use crate::arguments::Arguments;
use crate::arms::{ArmRunner, RowSetup};
use crate::descriptions::{METHOD, TIMED};
use crate::names::MAPPED;
use crate::peer::Failure;
use crate::state_location::StateLocation;
use crate::task::Task;

pub fn run(arguments: &Arguments) -> Result<Peers, Failure> {
    let scratch = tempfile::Builder::new().prefix("vellum-peers-").tempdir()?;
    let (started, clock) = (SystemTime::now(), Instant::now());
    let mut session = Session { arguments, scratch: &scratch, clock_step: clock_step(), descriptions: Vec::new() };
    let mut groups = Vec::new();
    for location in StateLocation::ALL {
        for task in arguments.tasks {
            groups.push(session.compare(location, task)?);
        }
    }
    let mut method: Vec<String> = METHOD.map(str::to_owned).to_vec();
    method.extend(arguments.tasks.iter().map(|task| {
        let workload = task.workload();
        format!("{}: {}.", workload.name(), workload.shape())
    }));
    let findings = Findings {
        name: PEERS.to_owned(),
        question: PEERS_QUESTION.to_owned(),
        timed: TIMED.to_owned(),
        method,
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    };
    let run = PeersRun {
        command: arguments.command.clone(),
        started: started.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
        seconds: clock.elapsed().as_secs_f64(),
        rounds: arguments.settings.rounds,
        sample_ns: arguments.settings.sample_us * 1_000,
        clock_step_ns: session.clock_step.as_nanos() as u64,
        environment: Environment::of_this_host(scratch.path()),
        peers: session.descriptions,
        missing: RowSetup::missing(&arguments.only),
    };
    Ok(Peers { schema: PEERS_SCHEMA.to_owned(), version: PEERS_VERSION, run, findings })
}

/// The state of a run.
struct Session<'a> {
    arguments: &'a Arguments,
    scratch: &'a TempDir,
    clock_step: Duration,
    /// The descriptions of all arms so far.
    descriptions: Vec<Peer>,
}

impl Session<'_> {
    fn compare(&mut self, location: StateLocation, task: Task) -> Result<Group, Failure> {
        let (section, workload) = (location.section(), task.workload());
        eprintln!("{section}: {}", workload.name());
        let setup = RowSetup { task, location, workload: workload.as_ref(), scratch: self.scratch.path() };
        let mut runners = setup.runners(&self.arguments.only)?;
        let times = batch_size(&mut runners, Duration::from_micros(self.arguments.settings.sample_us))?;
        let arms = runners.iter_mut().map(|(description, runner)| Arm {
            name: description.name.clone(),
            per_unit: times,
            batch: Box::new(move |units| runner.commits(units * times)),
        });
        // A unit is a whole batch here. The short wanted length keeps every sample at one unit.
        let plan = Plan { rounds: self.arguments.settings.rounds, sample: Duration::from_nanos(1), seed: 1 };
        let series = interleave(&mut arms.collect::<Vec<_>>(), &plan, &Interrupt::default())?;
        for (description, _) in runners {
            if !self.descriptions.contains(&description) {
                self.descriptions.push(description);
            }
        }
        let base = location.arm(MAPPED);
        Ok(Group::new(section, workload.name(), Per::Transaction, &base, series, self.clock_step))
    }
}

/// The number of transactions in a batch, which is the same for all arms. The slowest arm determines it.
fn batch_size(runners: &mut [(Peer, ArmRunner<'_>)], sample: Duration) -> Result<u64, LabError> {
    let mut times = 1;
    loop {
        let mut longest = Duration::ZERO;
        for (_, runner) in runners.iter_mut() {
            longest = longest.max(runner.commits(times)?);
        }
        if longest >= sample * SLOWEST {
            return Ok(times);
        }
        times *= 2;
    }
}

/// The length of a sample of the slowest arm, in samples of the lab. It is above 1 so that samples of fast arms are not too
/// short.
const SLOWEST: u32 = 4;

/// The results as a table for a terminal.
pub fn table(peers: &Peers) -> String {
    let mut text = String::new();
    for group in &peers.findings.groups {
        text += &format!("{}: {} ({} transactions per sample)\n", group.section, group.title, group.arms[0].batch);
        for arm in &group.arms {
            let ratio = arm.ratio.map_or(String::new(), |ratio| {
                format!("{:.3}x ({:.3} to {:.3})", ratio.value, ratio.interval.low, ratio.interval.high)
            });
            text += &format!("  {:<42} {:>10.2} us  {ratio}\n", arm.name, arm.median_ns / 1e3);
        }
    }
    for missing in &peers.run.missing {
        text += &format!("not measured: {missing}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tiny_run_has_right_answers_and_writes_a_file_that_vellum_reads() {
        let arguments = Arguments::read(["--tiny".to_owned()].into_iter()).unwrap().unwrap();
        let peers = run(&arguments).unwrap();
        let read = Peers::from_json(serde_json::to_string(&peers).unwrap().as_bytes()).unwrap();
        assert!(read == peers);
        assert_eq!(peers.findings.groups.len(), 10);
        for group in &peers.findings.groups {
            let batches: Vec<u64> = group.arms.iter().map(|arm| arm.batch).collect();
            assert!(batches.len() > 4 && batches.iter().all(|batch| *batch == batches[0]), "{batches:?}");
        }
        assert!(table(&peers).contains("state on disk, not synced: token"));
    }
}

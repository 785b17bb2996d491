//! The run: for each task all arms in memory, then all on disk, each round every arm the same number of transactions.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use vellum::lab::LabError;
use vellum::lab::experiments::{Findings, Group, Per};
use vellum::lab::measure::{Arm, Interrupt, Plan, clock_step, interleave};
use vellum::lab::report::{Environment, PEERS, PEERS_QUESTION, PEERS_SCHEMA, PEERS_VERSION, Peer, Peers, PeersRun};

use crate::arguments::Arguments;
use crate::descriptions::{METHOD, TIMED};
use crate::home::Home;
use crate::lineup::{Contender, Lineup};
use crate::names::MAPPED;
use crate::peer::Failure;
use crate::task::Task;

pub fn run(arguments: &Arguments) -> Result<Peers, Failure> {
    let scratch = tempfile::Builder::new().prefix("vellum-peers-").tempdir()?;
    let (started, clock) = (SystemTime::now(), Instant::now());
    let mut session = Session { arguments, scratch: &scratch, step: clock_step(), described: Vec::new() };
    let mut groups = Vec::new();
    for home in Home::ALL {
        for task in arguments.tasks {
            groups.push(session.compare(home, task)?);
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
        clock_step_ns: session.step.as_nanos() as u64,
        environment: Environment::of_this_machine(scratch.path()),
        peers: session.described,
        missing: Lineup::missing(&arguments.only),
    };
    Ok(Peers { schema: PEERS_SCHEMA.to_owned(), version: PEERS_VERSION, run, findings })
}

/// What lasts from one comparison to the next.
struct Session<'a> {
    arguments: &'a Arguments,
    scratch: &'a TempDir,
    step: Duration,
    described: Vec<Peer>,
}

impl Session<'_> {
    fn compare(&mut self, home: Home, task: Task) -> Result<Group, Failure> {
        let (section, workload) = (home.section(), task.workload());
        eprintln!("{section}: {}", workload.name());
        let lineup = Lineup { task, home, workload: workload.as_ref(), scratch: self.scratch.path() };
        let mut contenders = lineup.contenders(&self.arguments.only)?;
        let times = same_number(&mut contenders, Duration::from_micros(self.arguments.settings.sample_us))?;
        let arms = contenders.iter_mut().map(|(about, contender)| Arm {
            name: about.name.clone(),
            per_unit: times,
            batch: Box::new(move |units| contender.commits(units * times)),
        });
        // One unit is a sample, and its length has been settled: no arm is given more of them.
        let plan = Plan { rounds: self.arguments.settings.rounds, sample: Duration::from_nanos(1), seed: 1 };
        let series = interleave(&mut arms.collect::<Vec<_>>(), &plan, &Interrupt::default())?;
        for (about, _) in contenders {
            if !self.described.contains(&about) {
                self.described.push(about);
            }
        }
        let base = home.arm(MAPPED);
        Ok(Group::new(section, workload.name(), Per::Transaction, &base, series, self.step))
    }
}

/// So many transactions that the slowest arm takes as long as a sample should; every arm runs as many.
fn same_number(contenders: &mut [(Peer, Contender<'_>)], sample: Duration) -> Result<u64, LabError> {
    let mut times = 1;
    loop {
        let mut longest = Duration::ZERO;
        for (_, contender) in contenders.iter_mut() {
            longest = longest.max(contender.commits(times)?);
        }
        if longest >= sample * SLOWEST {
            return Ok(times);
        }
        times *= 2;
    }
}

/// How many times as long as a sample of the lab one of the slowest arm should be, so that one of the fastest is not too
/// short.
const SLOWEST: u32 = 4;

/// For a terminal.
pub fn table(peers: &Peers) -> String {
    let mut text = String::new();
    for group in &peers.findings.groups {
        text += &format!("{}: {} ({} transactions a sample)\n", group.section, group.title, group.arms[0].batch);
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
    fn a_tiny_run_has_right_answers_everywhere_and_is_a_file_that_vellum_takes() {
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

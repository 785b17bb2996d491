//! What do programs that compilers make cost?

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::context::Comparison;
use super::{Context, Cost, Experiment, Findings, Group, Per};
use crate::lab::measure::Arm;
use crate::lab::settings::ProgramSettings;
use crate::lab::workloads::{ProgramForm, Testbed, Work, call, i64_result};
use crate::lab::{LabError, Settings};
use crate::paging::PagerKind;
use crate::receipt::{Call, Receipt, Value};
use crate::units::Address;

pub(in crate::lab) const EXPERIMENT: Experiment = Experiment {
    name: "programs",
    question: "What do programs that compilers make cost, by how they reach storage?",
    duration,
    run,
    conclude,
    has_one_laying: false,
};

/// The table of the work alone.
pub(in crate::lab) const WORK: &str = "the work alone";

/// The table of whole transactions.
pub(in crate::lab) const WHOLE: &str = "the whole transaction";

/// The arm that is measured against [`PLAIN`].
pub(in crate::lab) const STORAGE: &str = ProgramForm::OwnMemory.name();

/// The base.
pub(in crate::lab) const PLAIN: &str = ProgramForm::Volatile.name();

const INTRINSICS: &str = ProgramForm::Intrinsics.name();

const BY_HAND: &str = ProgramForm::ByHand.name();

/// The arm without a contract.
pub(in crate::lab) const NATIVE: &str = "native";

/// Repetitions of a unit. A call has one more, whose time is subtracted: of a single one the noise would be that of two.
const REPETITIONS: u64 = 4;

/// The cost of a row of a table. A third of the rounds is enough: in most rows the shortest sample is long already.
fn cost(section: &str) -> Cost {
    let cost = |least, percent| Cost { least: Duration::from_millis(least), ..Cost::new(percent, 25).thinned(3) };
    if section == WORK { cost(16, 160) } else { cost(6, 110) }
}

/// A work and its size.
struct Row {
    work: Work,
    size: u32,
    title: String,
}

impl Row {
    /// The forms that can do the work.
    fn forms(&self) -> impl Iterator<Item = ProgramForm> {
        ProgramForm::ALL.into_iter().filter(|form| form.does(self.work))
    }
}

fn rows(settings: &Settings) -> [Row; 6] {
    let sizes = settings.programs.unwrap_or_default();
    let ProgramSettings { map_entries, summed_words, sorted_words, matrix_side, json_records } = sizes;
    Work::ALL.map(|work| {
        let (size, title) = match work {
            Work::Map => (map_entries, format!("BTreeMap, {map_entries} entries")),
            Work::Sum => (summed_words, format!("sum of {summed_words} words")),
            Work::Sort => (sorted_words, format!("sort_unstable, {sorted_words} words")),
            Work::Heapsort => (sorted_words, format!("heapsort, {sorted_words} words")),
            Work::Matrix => (matrix_side, format!("matrix product, {matrix_side} rows")),
            Work::Json => (json_records, format!("JSON, {json_records} records")),
        };
        Row { work, size, title }
    })
}

fn duration(settings: &Settings) -> Duration {
    let of_row = |row: Row| {
        let forms = row.forms().count();
        cost(WORK).duration(settings, forms + 1) + cost(WHOLE).duration(settings, forms)
    };
    rows(settings).into_iter().map(of_row).sum()
}

/// A contract in its own VM.
struct Deployed {
    form: ProgramForm,
    testbed: Testbed,
    address: Address,
}

impl Deployed {
    fn new(context: &Context<'_>, form: ProgramForm) -> Result<Self, LabError> {
        let testbed = context.in_memory()?;
        let address = testbed.deploy_named(&format!("the programs in the form {}", form.name()), form.code())?;
        Ok(Self { form, testbed, address })
    }
}

/// An arm: a contract, or nothing for the native one.
struct Runner<'a> {
    row: &'a Row,
    deployed: Option<&'a Deployed>,
    /// The result of one repetition, by the native arm.
    expected: u64,
}

impl Runner<'_> {
    fn name(&self) -> &'static str {
        self.deployed.map_or(NATIVE, |deployed| deployed.form.name())
    }

    /// The time of that many repetitions: that of a call with one more, minus that of a call with one.
    fn repetitions(&self, times: u64) -> Result<Duration, LabError> {
        let (short, long) = (self.timed(1)?, self.timed(times + 1)?);
        Ok(long.saturating_sub(short))
    }

    /// The time of a call that repeats the work `times` times.
    fn timed(&self, times: u64) -> Result<Duration, LabError> {
        let Row { work, size, .. } = *self.row;
        let Some(deployed) = self.deployed else {
            let start = Instant::now();
            let found = work.native(times, size);
            return self.check(found as i64, times).map(|()| start.elapsed());
        };
        let (receipt, took) = deployed.testbed.dry_runs(&self.call(deployed, times), 1)?;
        self.check_receipt(&receipt, times)?;
        Ok(took)
    }

    /// The time of that many calls, each with one repetition.
    fn calls(&self, count: u64) -> Result<Duration, LabError> {
        let Some(deployed) = self.deployed else { return self.timed(1) };
        let (receipt, took) = deployed.testbed.dry_runs(&self.call(deployed, 1), count)?;
        self.check_receipt(&receipt, 1)?;
        Ok(took)
    }

    fn call(&self, deployed: &Deployed, times: u64) -> Call {
        let args = [Value::I64(times as i64), Value::I32(self.row.size as i32)];
        call(deployed.address, self.row.work.function(), args, PagerKind::Soft)
    }

    fn check_receipt(&self, receipt: &Receipt, times: u64) -> Result<(), LabError> {
        self.check(i64_result(&self.what(), receipt)?, times)
    }

    fn check(&self, found: i64, times: u64) -> Result<(), LabError> {
        let expected = self.expected.wrapping_mul(times) as i64;
        if found == expected {
            return Ok(());
        }
        Err(LabError::WrongResult { what: self.what(), found: found.to_string(), expected })
    }

    fn what(&self) -> String {
        format!("{} ({})", self.row.work.function(), self.name())
    }

    /// The event counts of a call with one repetition.
    fn events(&self) -> Result<BTreeMap<String, u64>, LabError> {
        self.deployed.map_or(Ok(BTreeMap::new()), |deployed| deployed.testbed.events(&self.call(deployed, 1), None))
    }
}

fn run(context: &mut Context<'_>) -> Result<Vec<Group>, LabError> {
    let deployed: Vec<Deployed> =
        ProgramForm::ALL.into_iter().map(|form| Deployed::new(context, form)).collect::<Result<_, _>>()?;
    let mut groups = Vec::new();
    for row in rows(&context.settings) {
        let expected = row.work.native(1, row.size);
        let contracts = deployed.iter().filter(|deployed| deployed.form.does(row.work));
        let runner = |deployed| Runner { row: &row, deployed, expected };
        let mut runners: Vec<Runner<'_>> = contracts.map(Some).map(runner).collect();
        let whole = compare(context, WHOLE, &runners)?;
        runners.push(runner(None));
        groups.extend(compare(context, WORK, &runners)?);
        groups.extend(whole);
    }
    // One table after the other.
    groups.sort_by_key(|group| group.section == WHOLE);
    Ok(groups)
}

fn compare(context: &mut Context<'_>, section: &str, runners: &[Runner<'_>]) -> Result<Option<Group>, LabError> {
    let (per, per_unit) = if section == WORK { (Per::Repetition, REPETITIONS) } else { (Per::Transaction, 1) };
    let title = runners.first().map_or("", |runner| &runner.row.title);
    let comparison = Comparison { section, title, per, base: PLAIN, cost: cost(section) };
    let arm = |runner| -> Arm<'_> {
        let runner: &Runner<'_> = runner;
        let batch = move |units| match section {
            WORK => runner.repetitions(REPETITIONS * units),
            _ => runner.calls(units),
        };
        Arm { name: runner.name().to_owned(), per_unit, batch: Box::new(batch) }
    };
    let Some(mut group) = context.compare(&comparison, runners.iter().map(arm).collect())? else { return Ok(None) };
    for (arm, runner) in group.arms.iter_mut().zip(runners) {
        arm.counts = runner.events()?;
    }
    Ok(Some(group))
}

fn conclude(settings: &Settings, groups: Vec<Group>) -> Findings {
    let mut findings = Findings {
        name: EXPERIMENT.name.to_owned(),
        question: EXPERIMENT.question.to_owned(),
        timed: format!("Timed in the table {WORK:?}: the work, with gas. Not timed: the fixed cost of a call, the data that the work begins with, and the state root. Timed in the table {WHOLE:?}: all of that."),
        method: vec![
            "The programs are compiled by stock rustc from one source, which is also the native arm. A call makes its data and does the work on them several times. In the first table a sample is the time of such a call, minus that of the same call that does it once, divided by the difference in repetitions. In the second table each call does the work once.".to_owned(),
            format!("{STORAGE}: all that the program allocates lies in storage inside own memory, where the code has page checks. {PLAIN}: the same program, whose allocator has a part of own memory that is not storage. Stack and statics are never in storage."),
            format!("{INTRINSICS}: the program calls a function for each access, which becomes an instruction on the storage memory. {BY_HAND}: the same loops in a contract in the text format. std's collections cannot lie in another memory. {}: whole pages are copied to own memory, used there, and copied back.", ProgramForm::Slices.name()),
            "The pager is soft. Calls are dry runs on empty storage. The result of every call is compared with that of the native arm.".to_owned(),
        ],
        groups,
        crossings: Vec::new(),
        targets: Vec::new(),
    };
    for row in rows(settings) {
        let place = (WORK, row.title.as_str());
        let limit = match row.work {
            Work::Map => 1.1,
            Work::Sum => 1.05,
            Work::Sort => 1.3,
            Work::Json => 1.2,
            Work::Heapsort | Work::Matrix => continue,
        };
        findings.ratio_target(&format!("{}: {STORAGE}, against {PLAIN}", row.title), limit, place, STORAGE, PLAIN);
    }
    for row in rows(settings) {
        let claim = format!("{}: {INTRINSICS}, against the contract {BY_HAND}", row.title);
        findings.ratio_target(&claim, 1.0, (WORK, &row.title), INTRINSICS, BY_HAND);
    }
    findings
}

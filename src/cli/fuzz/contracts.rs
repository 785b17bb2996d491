//! Contracts as they are searched for a sequence of calls that breaks them.

use std::fs::{self, File};
use std::io::Write;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value as Json};
use vellum::failure::FailureKind;
use vellum::fuzzing::search::{ACTORS, Finding, Moment, Options, PEOPLE, Plan, Search, Subject, World};
use vellum::lab::Progress;
use vellum::store::MemoryStore;
use vellum::units::Gas;
use vellum::vm::Vm;

use super::arguments::{Fuzz, any_seed};
use super::finding;
use super::outcome::{Found, Outcome};
use crate::cli::context::Context;
use crate::cli::contract_file::read_contract;
use crate::cli::error::CliError;
use crate::cli::progress::Bar;
use crate::cli::scenario::{Scenario, Telling};
use crate::cli::signals::Signals;

/// How long a search goes on if nobody says.
const DEFAULT_TIME: Duration = Duration::from_secs(60);

pub fn run(fuzz: &Fuzz, context: &mut Context) -> Result<(), CliError> {
    let seed = fuzz.seed.unwrap_or_else(any_seed);
    let out = &fuzz.out;
    // Nobody wants to hear after the search that there is no place for what it has found.
    fs::create_dir_all(out).map_err(|source| CliError::File { attempted: "making", path: out.clone(), source })?;
    let (world, beginning) = world(fuzz)?;
    let options = Options { seed, guided: !fuzz.search.unguided, longest: fuzz.search.transactions };
    let mut search = Search::new(world, options)?;
    let start = Instant::now();
    let signals = Signals::listen().map_err(CliError::Signals)?;
    let finding = look(fuzz, &mut search, start, &signals)?;
    let elapsed = start.elapsed();
    let names = search.world().subjects().iter().map(|subject| subject.name.clone()).collect();
    let views = !search.world().views().is_empty();
    let mut outcome = Outcome { seed, reach: search.reach(), elapsed, names, views, found: None };
    let mut failure = None;
    if let Some(finding) = finding {
        let (found, saved) = save(fuzz, seed, &search, &search.smallest(finding)?, &beginning)?;
        let path = found.path.clone();
        failure = Some(saved.err().unwrap_or(CliError::Found { path, kind: FailureKind::Contract }));
        outcome.found = Some(found);
    }
    match signals.came().map(CliError::Interrupted).or(failure) {
        None => context.output.document(|| outcome.document(), || outcome.text()),
        Some(error) => Err(context.output.failing(|| outcome.document(), || outcome.text(), error)),
    }
}

/// Deploys the contracts, sets them up, and says with which lines of a scenario that is done again.
fn world(fuzz: &Fuzz) -> Result<(World, Vec<String>), CliError> {
    let store = MemoryStore::new();
    let vm = vm(&store)?;
    let mut lines = Vec::new();
    let mut scenario = Scenario::new(&vm, PathBuf::new(), Telling::Receipt);
    for (nonce, path) in fuzz.search.contracts.iter().enumerate() {
        let failed = |problem| CliError::Contract { path: path.clone(), problem: Box::new(problem) };
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        check_name(&name).map_err(failed)?;
        let mut line = contract(path)?;
        line.insert("as".to_owned(), name.into());
        // The same code may be there more than once.
        line.insert("nonce".to_owned(), nonce.into());
        let line = Json::Object(line).to_string();
        scenario.step(&line).map_err(failed)?;
        lines.push(line);
    }
    let mut latest = Moment::default();
    if let Some(path) = &fuzz.search.setup {
        latest = set_up(path, &mut scenario, &mut lines)?;
    }
    let mut subjects = Vec::new();
    for (name, address) in scenario.names() {
        check_name(name)?;
        if vm.now()?.account(address)?.is_some_and(|account| account.code.is_some()) {
            subjects.push(Subject { name: name.clone(), address: *address });
        }
    }
    let (invariants, views) = (fuzz.search.invariant.clone(), fuzz.search.view.clone());
    let plan = Plan { subjects, invariants, views, gas: Gas(fuzz.search.gas), latest };
    Ok((World::new(vm, store, plan)?, lines))
}

/// Contracts are named after their files, and must not be taken for somebody else.
fn check_name(name: &str) -> Result<(), CliError> {
    if ACTORS.iter().chain(&PEOPLE).any(|own| *own == name) {
        let own = [&ACTORS[..], &PEOPLE].concat().join(", ");
        let message = format!("{name:?} is what the search calls somebody of its own ({own}): give it another name");
        return Err(CliError::Line(message));
    }
    if name.is_empty() || name.starts_with('$') {
        return Err(CliError::Line(format!("{name:?} is no name for a contract: give the file another one")));
    }
    Ok(())
}

/// A virtual machine for contracts that come and go.
fn vm(store: &Arc<MemoryStore>) -> Result<Vm, CliError> {
    Ok(Vm::new(store.clone())?)
}

/// The fields that deploy the contract in a file, so that the file is not needed again.
fn contract(path: &Path) -> Result<Map<String, Json>, CliError> {
    let code = read_contract(path)?;
    let (field, text) = match String::from_utf8(code) {
        Ok(text) => ("wat", text),
        Err(binary) => ("wasm", const_hex::encode_prefixed(binary.as_bytes())),
    };
    Ok(Map::from_iter([(field.to_owned(), text.into())]))
}

/// Runs the lines of a setup. Returns the latest moment that they have given.
fn set_up(path: &Path, scenario: &mut Scenario<'_>, lines: &mut Vec<String>) -> Result<Moment, CliError> {
    let mut latest = Moment::default();
    let failed = |source| CliError::File { attempted: "reading", path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(failed)?;
    let base = path.parent().unwrap_or(Path::new(""));
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let in_line = |problem| CliError::Scenario {
            file: path.display().to_string(),
            line: index + 1,
            problem: Box::new(problem),
        };
        let line = embed(line, base).map_err(in_line)?;
        let step = scenario.step(&line).map_err(in_line)?;
        step.check().map_err(in_line)?;
        step.unexpected_failure().map_err(|failed| {
            let message = format!("the call has not returned, and the line does not expect that: {failed}");
            in_line(CliError::Line(message))
        })?;
        let (block, timestamp) = step.moment;
        latest.block = latest.block.max(block);
        latest.timestamp = latest.timestamp.max(timestamp);
        lines.push(line);
    }
    Ok(latest)
}

/// A line with the contract in the place of its path.
fn embed(line: &str, base: &Path) -> Result<String, CliError> {
    let Ok(Json::Object(mut fields)) = serde_json::from_str(line) else { return Ok(line.to_owned()) };
    let Some(Json::String(path)) = fields.remove("deploy") else { return Ok(line.to_owned()) };
    fields.extend(contract(&base.join(path))?);
    Ok(Json::Object(fields).to_string())
}

/// Searches until something is found, or time or patience is over.
fn look(fuzz: &Fuzz, search: &mut Search, start: Instant, signals: &Signals) -> Result<Option<Finding>, CliError> {
    let time = match (fuzz.time, fuzz.runs) {
        (None, None) => DEFAULT_TIME,
        (time, _) => time.unwrap_or(Duration::MAX),
    };
    let mut bar = Bar::new();
    if time < Duration::MAX {
        bar.begin(time);
    }
    let (mut tried, mut told) = (0, Duration::ZERO);
    while start.elapsed() < time && fuzz.runs.is_none_or(|runs| tried < runs) && signals.came().is_none() {
        if let Some(finding) = search.attempt()? {
            return Ok(Some(finding));
        }
        tried += 1;
        let elapsed = start.elapsed();
        if elapsed - told > Duration::from_millis(200) {
            bar.advance(elapsed - told);
            bar.working_on(&format!("{tried} sequences"));
            told = elapsed;
        }
    }
    Ok(None)
}

/// Tells what was found, and writes it to a file, which may fail.
fn save(
    fuzz: &Fuzz,
    seed: u64,
    search: &Search,
    finding: &Finding,
    beginning: &[String],
) -> Result<(Found, Result<(), CliError>), CliError> {
    let world = search.world();
    let receipts = search.receipts(finding)?;
    let end = finding::lines(world, finding, &receipts)?;
    let judge = world.judge_name(&finding.broken.judge);
    let path = free_path(&fuzz.out, &format!("{}-{seed}", file_name(&judge)));
    let what = format!("{judge} {}", finding.broken.verdict);
    let story = finding::story(&vm(&MemoryStore::new())?, beginning, &end)?;
    let text = beginning.iter().chain(&end).map(|line| format!("{line}\n")).collect::<String>();
    let written = File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes()));
    let written = written.map_err(|source| CliError::File { attempted: "writing", path: path.clone(), source });
    Ok((Found { what, steps: finding.steps.len(), story, path }, written))
}

/// The name of a judge as part of a file's name.
fn file_name(judge: &str) -> String {
    const LONGEST: usize = 80;
    let plain = |character: char| if character.is_ascii_alphanumeric() || character == '_' { character } else { '-' };
    judge.chars().take(LONGEST).map(plain).collect()
}

/// A file that is not there yet.
fn free_path(directory: &Path, name: &str) -> PathBuf {
    let first = directory.join(format!("{name}.jsonl"));
    let others = (2..).map(|number| directory.join(format!("{name}-{number}.jsonl")));
    iter::once(first).chain(others).find(|path| !path.exists()).unwrap_or_default()
}

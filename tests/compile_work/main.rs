//! The compiler's work, which validation estimates, against what compiling takes.
//!
//! ```sh
//! cargo test --release --test compile_work -- --ignored --nocapture search        # VELLUM_SECONDS=600 VELLUM_SEED=1
//! cargo test --release --test compile_work -- --ignored --nocapture largest
//! ```
//!
//! `search` generates contracts, and climbs towards those that take the most time or memory for their work. `largest` compiles the
//! largest accepted contract of each shape that was the worst of a search. Add what a search finds to `KNOWN`.

mod known;
mod measure;
mod search;
mod shape;
mod snippets;

use std::time::Duration;

use vellum::contract::{Checks, ContractError, Imports, validate};
use vellum::limits::{MAX_COMPILER_WORK, MAX_FUNCTIONS};

use measure::Taken;
use search::Search;
use shape::Shape;
use snippets::Snippet;

/// What deployment may take: processor time in nanoseconds, and memory in bytes.
const MOST: Taken = Taken { time: 3_000_000_000, memory: 500 << 20 };

fn work(wasm: &[u8]) -> Result<u64, ContractError> {
    validate(wasm, &Imports::default()).map(|metadata| metadata.compiler_work)
}

/// A setting of the search.
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
#[ignore = "takes minutes, and its times are those of a release build on a quiet machine"]
fn search() {
    let mut search = Search::new(setting("VELLUM_SEED", 1));
    search.run(60_000_000, Duration::from_secs(setting("VELLUM_SECONDS", 120)));
}

#[test]
#[ignore = "takes minutes, and its times are those of a release build on a quiet machine"]
fn largest() {
    let mut over = Vec::new();
    for (name, shape) in known::shapes() {
        let shape = search::largest(&shape);
        let wasm = shape.wasm();
        let work = work(&wasm).unwrap();
        for checks in [Checks::None, Checks::All] {
            let taken = measure::compile(&wasm, checks).unwrap();
            let text = format!(
                "{name}, checks {checks:?}: {} ms, {} MiB; {} bytes, work {} %, {:.2} ns and {:.3} bytes a unit",
                taken.time / 1_000_000,
                taken.memory >> 20,
                wasm.len(),
                work * 100 / MAX_COMPILER_WORK,
                taken.time as f64 / work as f64,
                taken.memory as f64 / work as f64,
            );
            println!("{text}");
            if taken.time > MOST.time || taken.memory > MOST.memory {
                over.push(text);
            }
        }
    }
    assert!(over.is_empty(), "{over:#?}");
}

/// A contract whose compilation takes longer than it may, if it is repeated without end, is refused for the estimate of its time or
/// its memory, or for the size of a function or the number of functions.
#[test]
fn every_kind_of_work_has_a_bound() {
    for (name, shape) in known::shapes() {
        let shape = search::largest(&shape);
        let found = work(&shape.wasm()).unwrap();
        assert!(found <= MAX_COMPILER_WORK, "{name}");
        let refused = work(&search::next(&shape).wasm());
        let (is_named, full) = match &refused {
            Err(ContractError::Limit { what, .. }) => {
                (what.contains("compilation"), ["bytes of a function", "functions", "types"].contains(what))
            }
            other => panic!("{name}: {other:?}"),
        };
        assert!(is_named || full, "{name}: {refused:?}");
    }
}

#[test]
fn calls_with_many_parameters_and_results_are_work() {
    let chain =
        |count| Shape { callee: (64, 64), code: vec![(Snippet::CallChain, 1)], repeated: count, ..Shape::default() };
    work(&chain(10).wasm()).unwrap();
    let refused = work(&chain(250).wasm()).unwrap_err().to_string();
    assert!(refused.starts_with("estimated "), "{refused}");
    let refused = work(include_bytes!("c64_1x4000.wasm")).unwrap_err().to_string();
    assert!(refused.starts_with("estimated "), "{refused}");
}

#[test]
fn ordinary_contracts_are_far_from_the_bound() {
    let many =
        Shape { functions: MAX_FUNCTIONS / 4, code: vec![(Snippet::Chain, 8), (Snippet::If, 2)], ..Shape::default() };
    let found = work(&many.wasm()).unwrap();
    assert!(found < MAX_COMPILER_WORK / 2, "{found}");
}

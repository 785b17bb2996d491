//! The search finds the weakness of each contract in `tests/contracts/reentrancy`, and nothing in the sound ones.

use super::*;
use crate::receipt::Call;
use crate::store::MemoryStore;
use crate::units::{Address, Gas};
use crate::vm::{Deployment, Vm};

/// Creates a search over some of the contracts. Each contract with an `init` gets the address of the next one, the last that
/// of the first.
fn search(names: &[&str], invariants: &[&str], views: &[&str], options: Options) -> Result<Search, SearchError> {
    let store = MemoryStore::new();
    let vm = Vm::builder(store.clone()).module_cache_dir(None).build()?;
    let mut subjects = Vec::new();
    for name in names {
        let path = format!("{}/tests/contracts/reentrancy/{name}.wat", env!("CARGO_MANIFEST_DIR"));
        let code = std::fs::read(path).unwrap();
        let address = vm.deploy(&code, &Deployment::default())?.address;
        subjects.push(Subject { name: (*name).to_owned(), address });
    }
    for (at, subject) in subjects.iter().enumerate() {
        let next: Address = subjects[(at + 1) % subjects.len()].address;
        if vm.now()?.exports(&subject.address)?.contains_key("init") {
            let _ = vm.run(&Call::new(subject.address, "init").input(next.0)).commit()?;
        }
    }
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let plan = Plan {
        subjects,
        invariants: owned(invariants),
        views: owned(views),
        gas: Gas(5_000_000),
        latest: Moment::default(),
    };
    Search::new(World::new(vm, store, plan)?, options)
}

fn options(seed: u64) -> Options {
    Options { seed, guided: true, longest: 8 }
}

/// Tries at most `within` sequences. Returns the finding, and the number of sequences tried.
fn found(search: &mut Search, within: u64) -> Option<(Finding, u64)> {
    (0..within).find_map(|count| search.attempt().unwrap().map(|finding| (finding, count + 1)))
}

/// Contracts, invariants and views.
type Case = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

const MISTAKES: [Case; 9] = [
    (&["bank"], &["solvent"], &[]),
    (&["bank_parts"], &["solvent"], &[]),
    (&["bank_cross_function"], &["solvent"], &[]),
    (&["vault", "shares"], &["covered"], &[]),
    (&["market", "pool"], &["paid"], &[]),
    (&["pool"], &[], &["fair"]),
    (&["auction"], &["covered"], &[]),
    (&["lender"], &["modest"], &[]),
    (&["will"], &["once"], &[]),
];

#[test]
fn every_mistake_is_found_and_made_small() {
    for (contracts, invariants, views) in MISTAKES {
        let mut search = search(contracts, invariants, views, options(1)).unwrap();
        let (finding, _) = found(&mut search, 100_000).unwrap_or_else(|| panic!("no finding in {contracts:?}"));
        let finding = search.smallest(finding).unwrap();
        let again = search.breaks(&finding.steps, &finding.broken.export).unwrap();
        assert_eq!(again.as_ref(), Some(&finding), "{contracts:?}");
        let simpler = finding.steps.iter().enumerate().flat_map(|(at, step)| {
            shrink::simpler_steps(step).into_iter().map(move |step| (at, step)).collect::<Vec<_>>()
        });
        let simpler = simpler.map(|(at, step)| {
            let mut steps = finding.steps.clone();
            steps[at] = step;
            steps
        });
        let smaller = shrink::shorter(&finding.steps).chain(simpler).chain(shrink::in_pairs(&finding.steps));
        for smaller in smaller.filter(|steps| !steps.is_empty()) {
            assert_eq!(search.breaks(&smaller, &finding.broken.export).unwrap(), None, "{smaller:?}");
        }
    }
}

/// Returns all calls that actors make.
fn requests(finding: &mut Finding) -> impl Iterator<Item = &Request> {
    finding.steps.iter_mut().flat_map(|step| step.action.requests_mut()).map(|request| &*request)
}

#[test]
fn a_function_with_parameters_is_entered_again_with_arguments_of_its_own() {
    let mut search = search(&["bank_parts"], &["solvent"], &[], options(2)).unwrap();
    let (finding, _) = found(&mut search, 100_000).unwrap();
    let mut finding = search.smallest(finding).unwrap();
    let passed: Vec<_> = requests(&mut finding).filter(|request| !request.arguments.is_empty()).cloned().collect();
    assert!(passed.len() >= 2, "one call, and one nested in it: {finding:?}");
    assert!(passed.iter().all(|request| request.arguments == [1, 8_317]), "{passed:?}");
    let reach = search.reach();
    let withdraw = reach.functions[&(0, "withdraw".to_owned())];
    assert!(withdraw.reentered > 0 && withdraw.returned > 0, "{reach:?}");
}

#[test]
fn the_repaired_banks_stand() {
    for contract in ["bank_effects_first", "bank_locked"] {
        let mut search = search(&[contract], &["solvent"], &[], options(1)).unwrap();
        assert_eq!(found(&mut search, 2_000), None);
        let reach = search.reach();
        let withdraw = reach.functions[&(0, "withdraw".to_owned())];
        assert!(withdraw.reentered > 50 && withdraw.returned > 100, "{reach:?}");
    }
}

#[test]
fn a_view_that_is_no_view_is_refused_and_one_that_is_undone_is_no_finding() {
    for (view, why) in [("wrong", "it gives 2"), ("traps", "it halts, trap"), ("writes", "it writes to storage")] {
        let refused = search(&["judges"], &[], &[view], options(0)).expect_err(view).to_string();
        assert!(refused.contains(why), "{refused}");
    }
    let mut search = search(&["undone"], &[], &["fair"], options(0)).unwrap();
    assert_eq!(found(&mut search, 500), None);
    assert!(search.reach().asked > 50, "{:?}", search.reach());
}

#[test]
fn a_search_is_the_same_each_time_for_a_seed() {
    let run = |seed| {
        let mut search = search(&["bank_locked"], &["solvent"], &[], options(seed)).unwrap();
        assert_eq!(found(&mut search, 300), None);
        search.reach()
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn what_cannot_be_asked_or_does_not_hold_is_refused() {
    let refusal = |contracts: &[&str], invariants: &[&str], views: &[&str]| {
        search(contracts, invariants, views, options(0)).expect_err("it cannot begin").to_string()
    };
    let missing = refusal(&["bank"], &["sound"], &[]);
    assert!(missing.contains("none of the contracts under test exports \"sound\""), "{missing}");
    assert!(missing.contains("deposit, solvent, withdraw"), "{missing}");
    let nothing = refusal(&["judges"], &["nothing"], &[]);
    assert!(nothing.contains("judges.nothing is () -> (), so it cannot be an invariant"), "{nothing}");
    let takes = refusal(&["judges"], &["takes"], &[]);
    assert!(takes.contains("it must take nothing and return one i32 or i64"), "{takes}");
    let wrong = refusal(&["judges"], &["wrong"], &[]);
    assert!(
        wrong.contains("judges.wrong does not hold before the first transaction of the search: it gives 2"),
        "{wrong}"
    );
    let traps = refusal(&["judges"], &["traps"], &[]);
    assert!(traps.contains("it halts, trap"), "{traps}");
    let writes = refusal(&["judges"], &["writes"], &[]);
    assert!(writes.contains("judges.writes cannot be an invariant: it writes to storage"), "{writes}");
    let alone = refusal(&["alone"], &["fine"], &[]);
    assert!(alone.contains("no function besides the invariants"), "{alone}");
}

#[test]
fn an_invariant_that_traps_only_later_is_a_finding() {
    let mut search = search(&["judges"], &["traps_after_poke"], &[], options(0)).unwrap();
    let (finding, _) = found(&mut search, 1_000).unwrap();
    let finding = search.smallest(finding).unwrap();
    assert_eq!(finding.steps.len(), 1);
    assert!(finding.broken.verdict.to_string().starts_with("halts, trap"), "{finding:?}");
}

#[test]
fn an_invariant_that_writes_only_later_ends_the_search() {
    let mut search = search(&["judges"], &["writes_after_poke"], &[], options(0)).unwrap();
    let error = (0..1_000).find_map(|_| search.attempt().err()).expect("it writes");
    assert!(error.to_string().contains("judges.writes_after_poke cannot be an invariant"), "{error}");
}

/// Prints the number of transactions until each weakness is found, guided and unguided: the median of all seeds, its 95 %
/// interval (the 40th and the 61st of 100, whatever the distribution), and the 95th of 100.
#[test]
#[ignore = "takes minutes, and prints a table"]
fn what_guidance_is_worth() {
    const SEEDS: u64 = 100;
    println!("| contracts | guided | 95 of 100 within | unguided | 95 of 100 within |");
    for (contracts, invariants, views) in MISTAKES {
        let figures = |guided| {
            let transactions = |seed| {
                let mut search = search(contracts, invariants, views, Options { guided, ..options(seed) }).unwrap();
                found(&mut search, 200_000).expect("it is found");
                search.reach().transactions
            };
            let mut all: Vec<u64> = (0..SEEDS).map(transactions).collect();
            all.sort_unstable();
            format!("{} ({} to {}) | {}", all[49], all[39], all[60], all[94])
        };
        println!("| {} | {} | {} |", contracts.join(", "), figures(true), figures(false));
    }
}

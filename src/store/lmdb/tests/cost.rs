//! What a commit of one changed page takes, against the least that it could.

use std::hint::black_box;
use std::time::{Duration, Instant};

use lmdb::{Database, Environment, EnvironmentFlags, Transaction, WriteFlags};
use tempfile::TempDir;

use super::*;
use crate::lab::measure::{Arm, Interrupt, Layings, Plan, Series, interleave, median, ratio};
use crate::store::hash::{ZERO_NODE, node, page_hash};
use crate::store::tests::{address, deploy, write_all};
use crate::store::{ContractChange, PageWrite};
use crate::units::{CommitNumber, PageBytes, PageIndex};

const PAGES: u32 = 16_384;

fn content(n: u64) -> PageBytes {
    let mut bytes = std::array::from_fn(|at| (at % 251) as u8 | 1);
    bytes[64..72].copy_from_slice(&(n | 1 << 63).to_le_bytes());
    bytes
}

/// The pages that change, one after another, without an order that a cache could use.
fn nth(n: u64, pages: u32) -> u32 {
    (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32 % pages
}

/// A table of pages and nothing else, with the flags of the store's environment.
struct Bare {
    environment: Environment,
    table: Database,
    siblings: Vec<[u8; 32]>,
    _directory: TempDir,
}

impl Bare {
    fn new(pages: u32) -> Self {
        let directory = TempDir::new().unwrap();
        let mut builder = Environment::new();
        let flags = EnvironmentFlags::NO_TLS | EnvironmentFlags::NO_SYNC | EnvironmentFlags::WRITE_MAP;
        builder.set_flags(flags).set_map_size(1 << 40);
        let environment = builder.open(directory.path()).unwrap();
        let table = environment.open_db(None).unwrap();
        let bare = Self { environment, table, siblings: vec![[7; 32]; 20], _directory: directory };
        for first in (0..pages).step_by(1_000) {
            let mut transaction = bare.environment.begin_rw_txn().unwrap();
            for page in first..pages.min(first + 1_000) {
                transaction.put(table, &Self::key(page), &content(0), WriteFlags::empty()).unwrap();
            }
            transaction.commit().unwrap();
        }
        bare
    }

    fn key(page: u32) -> [u8; 25] {
        layout::page_name(&address(1), PageIndex(page))
    }

    /// SHA-256 of a page and of its path.
    fn hash(&self, page: u32, bytes: &PageBytes) -> [u8; 32] {
        let mut hash = page_hash(&address(1), PageIndex(page), bytes).0;
        for (depth, sibling) in self.siblings.iter().enumerate() {
            hash = if page >> depth & 1 == 0 { node(&hash, sibling) } else { node(sibling, &hash) };
        }
        hash
    }

    /// Hashes a page and its path, and puts it.
    fn commit(&self, page: u32, bytes: &PageBytes) {
        assert_ne!(self.hash(page, bytes), ZERO_NODE);
        let mut transaction = self.environment.begin_rw_txn().unwrap();
        transaction.put(self.table, &Self::key(page), &bytes, WriteFlags::empty()).unwrap();
        transaction.commit().unwrap();
    }
}

/// Makes a store of `pages` pages, written by commits of `at_once` pages.
fn store_of(pages: u32, at_once: u32) -> (TempDir, Arc<LmdbStore>) {
    store_written(pages, at_once, true)
}

fn store_written(pages: u32, at_once: u32, through_map: bool) -> (TempDir, Arc<LmdbStore>) {
    let directory = TempDir::new().unwrap();
    let store = open_written(directory.path(), through_map);
    deploy(&*store, address(1));
    for first in (0..pages).step_by(at_once as usize) {
        let pages = (first..pages.min(first + at_once)).map(|page| (page, content(0))).collect();
        write_all(&*store, &[(address(1), pages)]).unwrap();
    }
    (directory, store)
}

/// What this thread has written so far: calls, and bytes.
fn written() -> (u64, u64) {
    let counts = std::fs::read_to_string("/proc/thread-self/io").unwrap();
    let count = |name: &str| {
        let line = counts.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().parse().unwrap()
    };
    (count("syscw:"), count("wchar:"))
}

/// Times a number of units, each with a number that was never used before.
fn batch<'a>(pages: u32, mut unit: impl FnMut(u32, PageBytes) + 'a) -> crate::lab::measure::Batch<'a> {
    let mut number = 0;
    Box::new(move |units| {
        let mut took = Duration::ZERO;
        for _ in 0..units {
            number += 1;
            let bytes = content(number);
            let start = Instant::now();
            unit(nth(number, pages), bytes);
            took += start.elapsed();
        }
        Ok(took)
    })
}

/// What one page's new content is to the store, as a transaction has it at its end.
fn change<'a>(snapshot: &dyn Snapshot, page: u32, bytes: &'a PageBytes) -> Batch<'a> {
    let (address, page) = (address(1), PageIndex(page));
    let account = snapshot.account(&address).unwrap().unwrap();
    let pages = vec![PageWrite { page, bytes }];
    let (after, tree) = snapshot.state_after(&address, &pages).unwrap();
    let changed = Account { state: after, version: Version(account.version.0 + 1), ..account.clone() };
    let before = account.state;
    Batch {
        commit: Some(CommitNumber(snapshot.head().unwrap().0 + 1)),
        receipt: Some(vec![0; 8]),
        accounts: vec![(address, Some(account), changed)],
        contracts: vec![ContractChange { address, before, after, pages, tree }],
        ..Batch::default()
    }
}

fn commit(store: &LmdbStore, page: u32, bytes: &PageBytes) {
    // A transaction has let go of its snapshot when it commits.
    let batch = change(&*store.snapshot().unwrap(), page, bytes);
    store.commit(&batch).unwrap();
}

impl<'a> Arm<'a> {
    fn of(name: &str, batch: crate::lab::measure::Batch<'a>) -> Self {
        Self { name: name.to_owned(), per_unit: 1, batch }
    }
}

/// Prints the time of each arm, against the first arm of each group.
fn print_ratios(series: &[Series], of: usize) {
    for arms in series.chunks(of) {
        for arm in arms {
            let ratio = ratio(&arm.samples, &arms[0].samples, Layings::ONE).unwrap();
            let (value, low, high) = (ratio.value, ratio.interval.low, ratio.interval.high);
            println!("{}: {value:.3} ({low:.3} to {high:.3}), {:.0} ns", arm.name, median(&arm.samples));
        }
    }
}

#[test]
#[ignore = "measures: run it alone and optimised, with --nocapture, for its figures"]
fn a_commit_of_one_page_against_hashing_it_and_one_put() {
    let bare = Bare::new(PAGES);
    let (_directory, store) = store_of(PAGES, 1_000);
    for environment in [&bare.environment, &store.shared.environment] {
        let stat = environment.stat().unwrap();
        let (branches, leaves) = (stat.branch_pages(), stat.leaf_pages());
        println!("a table of depth {} with {branches} branches and {leaves} leaves", stat.depth());
    }
    let mut arms = vec![
        Arm::of("bare", batch(PAGES, |page, bytes| bare.commit(page, &bytes))),
        Arm::of("hashing alone", batch(PAGES, |page, bytes| assert_ne!(bare.hash(page, &bytes), ZERO_NODE))),
        Arm::of("commit", batch(PAGES, |page, bytes| commit(&store, page, &bytes))),
        // What of it comes before anything is written.
        Arm::of(
            "changes, hashes and tree",
            batch(PAGES, |page, bytes| {
                black_box(change(&*store.snapshot().unwrap(), page, &bytes));
            }),
        ),
    ];
    let plan = Plan { rounds: 100, sample: Duration::from_millis(20), seed: 1 };
    let series = interleave(&mut arms, &plan, &Interrupt::default()).unwrap();
    for (arm, series) in arms.iter_mut().zip(&series) {
        let (calls, bytes) = written();
        (arm.batch)(1_000).unwrap();
        let (more_calls, more_bytes) = written();
        let per_unit = |before: u64, after: u64| (after - before) as f64 / 1_000.0;
        let (calls, bytes) = (per_unit(calls, more_calls), per_unit(bytes, more_bytes));
        println!("{}: {calls:.1} writes of {bytes:.0} bytes in all", series.name);
    }
    drop(arms);
    print_ratios(&series, 4);
}

#[test]
#[ignore = "measures: run it alone and optimised, with --nocapture, for its figures"]
fn a_commit_written_through_the_map_against_one_that_is_not() {
    /// The number of stored pages, and the number of them that change in turn, or page 0 alone.
    const CASES: [(&str, u32, u32); 3] = [
        ("one page in a small store", 1, 1),
        ("one page beside 64 MiB", PAGES, 1),
        ("a random page of 64 MiB", PAGES, PAGES),
    ];
    let ways = [("written", false), ("through the map", true)];
    let stores = CASES.map(|(_, pages, _)| ways.map(|(_, through_map)| store_written(pages, 1_000, through_map)));
    stores.iter().flatten().for_each(|(_, store)| store.shared.environment.sync(true).unwrap());
    let mut arms = Vec::new();
    for ((case, _, turns), stores) in CASES.iter().zip(&stores) {
        for ((way, through_map), (_, store)) in ways.iter().zip(stores) {
            assert_eq!(store.shared.reservation.is_some(), *through_map);
            let name = format!("{case}, {way}");
            arms.push(Arm::of(&name, batch(*turns, move |page, bytes| commit(store, page, &bytes))));
        }
    }
    let plan = Plan { rounds: 100, sample: Duration::from_millis(20), seed: 1 };
    let series = interleave(&mut arms, &plan, &Interrupt::default()).unwrap();
    drop(arms);
    print_ratios(&series, ways.len());
}

#[test]
#[ignore = "measures, and writes 8 GB twice: run it alone and optimised, with --nocapture, for its figures"]
fn a_commit_of_one_page_among_a_million_against_one_among_a_thousand() {
    // The kernel keeps in one piece what was written in one, and a page written into a large piece costs more.
    for at_once in [1, 1_000] {
        among_a_million_against_among_a_thousand(at_once);
    }
}

fn among_a_million_against_among_a_thousand(at_once: u32) {
    const FEW: u32 = 1_000;
    const MANY: u32 = 1_000_000;
    let stores = [FEW, MANY].map(|pages| store_of(pages, at_once));
    // What building them left to be written would be waited for.
    stores.iter().for_each(|(_, store)| store.shared.environment.sync(true).unwrap());
    let [few, many] = stores.each_ref().map(|(_, store)| store);
    let arm = |name: &str, store: &Arc<LmdbStore>, turns: u32, apart: u32| {
        let store = store.clone();
        let change = move |page: u32, bytes: &PageBytes| commit(&store, page * apart, bytes);
        Arm::of(&format!("{name}, written {at_once} at once"), batch(turns, move |page, bytes| change(page, &bytes)))
    };
    let mut arms = [
        arm("one of a thousand pages", few, FEW, 1),
        // The same number of pages changes in turn, so that the process has touched them before.
        arm("one of a thousand pages spread over a million", many, FEW, MANY / FEW),
        // Nearly every page is touched for the first time since the file was mapped.
        arm("one of a million pages", many, MANY, 1),
    ];
    let plan = Plan { rounds: 100, sample: Duration::from_millis(20), seed: 1 };
    let series = interleave(&mut arms, &plan, &Interrupt::default()).unwrap();
    drop(arms);
    print_ratios(&series, 3);
}

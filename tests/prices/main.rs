//! What gas buys: the processor time of each instruction, of host functions and of calls, for each unit of gas.
//!
//! ```sh
//! cargo test --release --test prices -- --ignored --nocapture
//! ```

mod calls;
mod contract;
mod core;
mod host;
mod inside;
mod instances;
mod measure;
mod numeric;
mod rows;

use std::sync::atomic::{AtomicU64, Ordering};

use vellum::paging::PagerKind;
use vellum::receipt::{Call, Value};
use vellum::store::MemoryStore;
use vellum::vm::{Deployment, Vm};

use measure::Taken;
use rows::{Kind, Row};

fn measured(vm: &Vm, row: &Row, pager: PagerKind) -> Taken {
    let text = row.module.clone();
    let text = text.unwrap_or_else(|| contract::contract(&row.extra, &row.setup, &row.code, row.unrolled()));
    let deploy = |vm: &Vm, text: &str| {
        static NONCE: AtomicU64 = AtomicU64::new(0);
        let deployment = Deployment { nonce: NONCE.fetch_add(1, Ordering::Relaxed), ..Deployment::default() };
        let deployed = vm.deploy(text.as_bytes(), &deployment);
        deployed.unwrap_or_else(|error| panic!("{}: {error}", row.name)).address
    };
    let call = |vm: &Vm| {
        // Compiled code is ready: it is made on the host's time. Other contracts with the same code have it compiled.
        let mut compiled: Option<&str> = None;
        for peer in row.peers.iter().map(String::as_str).chain([&*text]).filter(|_| row.kind == Kind::Cold) {
            if compiled != Some(peer) {
                let other = Call::new(deploy(vm, peer), if peer == text { "r" } else { "a" }).pager(pager);
                let _ = vm.run(&other).dry().expect("no failure of the host");
                compiled = Some(peer);
            }
        }
        let address = deploy(vm, &text);
        let mut input: Vec<u8> = row.peers.iter().flat_map(|peer| deploy(vm, peer).0).collect();
        input.resize(input.len().max(4_000), 1);
        move |rounds| Call::new(address, "f").args([Value::from(rounds)]).input(input.clone())
    };
    match row.kind {
        Kind::Rounds => measure::rounds(vm, call(vm), if row.most == 0 { 1 << 24 } else { row.most }, pager),
        Kind::Warm => measure::whole(vm, &call(vm)(1), pager),
        Kind::Cold => {
            let first = |_| {
                let vm = Vm::new(MemoryStore::new()).expect("a VM");
                measure::run(&vm, &call(&vm)(1), pager)
            };
            (0..3).map(first).min_by_key(|taken| taken.time).expect("some")
        }
    }
}

/// The rows, those that do not depend on the pager only if they are asked for.
fn all_rows(unpaged: bool) -> Vec<Row> {
    let wanted = std::env::var("VELLUM_ROWS").unwrap_or_default();
    let rows = [
        numeric::rows(),
        core::accesses(),
        core::bulk(),
        core::others(),
        host::rows(),
        calls::rows(),
        instances::rows(),
        inside::rows(),
    ];
    rows.into_iter().flatten().filter(|row| row.name.contains(&wanted) && (unpaged || row.is_paged)).collect()
}

/// How many times the time of ordinary code a unit of gas may buy.
fn bound(pager: PagerKind) -> f64 {
    if is_late(pager) { 30.0 } else { 10.0 }
}

/// Returns whether a pager detects writes late, by signals or by the kernel's records.
fn is_late(pager: PagerKind) -> bool {
    matches!(pager, PagerKind::Sigsegv | PagerKind::Uffd)
}

/// The test fails at this many times the bound: two runs differ by a third, and processors by more.
const NOISE: f64 = 1.5;

#[test]
#[ignore = "takes minutes, and its times are those of a release build"]
fn no_gas_buys_much_more_time_than_ordinary_code() {
    let wanted = std::env::var("VELLUM_PAGER").unwrap_or_default();
    let mut over = Vec::new();
    for pager in PagerKind::available().filter(|pager| *pager != PagerKind::Eager) {
        if !pager.to_string().contains(&wanted) {
            continue;
        }
        let vm = Vm::new(MemoryStore::new()).expect("a VM");
        let ordinary: Vec<f64> = core::ordinary().iter().map(|row| measured(&vm, row, pager).rate()).collect();
        let base = (ordinary.iter().map(|rate| rate.ln()).sum::<f64>() / ordinary.len() as f64).exp();
        let rows = all_rows(pager == PagerKind::default());
        let mut results: Vec<(Row, Taken)> =
            rows.into_iter().map(|row| (row.clone(), measured(&vm, &row, pager))).collect();
        results.sort_by(|(_, a), (_, b)| b.rate().total_cmp(&a.rate()));
        println!("\n### `{pager}`\n\nOrdinary code takes {base:.3} ns for a unit of gas.\n");
        println!("| what | ns | gas | times ordinary code | |\n|---|---|---|---|---|");
        let mut rest = 0;
        for (row, taken) in &results {
            let times = taken.rate() / base;
            let exempt = row.exempt.or(row.exempt_late.filter(|_| is_late(pager)));
            if times > bound(pager) * NOISE && exempt.is_none() {
                over.push(format!("{} under {pager}: {times:.1}", row.name));
            }
            if times < bound(pager) / 3.0 {
                rest += 1;
                continue;
            }
            let note = exempt.filter(|_| times > bound(pager)).unwrap_or_default();
            let each = taken.each(row.unrolled());
            println!("| {} | {} | {} | {times:.1} | {note} |", row.name, each.time, each.gas);
        }
        println!("| {rest} others | | | less than {:.1} | |", bound(pager) / 3.0);
    }
    assert!(over.is_empty(), "over the bound: {over:#?}");
}

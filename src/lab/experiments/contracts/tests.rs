use super::*;
use crate::lab::experiments::tests::Counting;
use crate::lab::measure::Interrupt;
use crate::lab::workloads::{Form, tiny};
use crate::paging::PagerKind;
use crate::units::Gas;

/// A contract on mapped storage with one export `f`, which gives an i64.
fn mapped(name: &str, body: &str) -> Brought {
    brought(name, &format!("(module (import \"storage\" \"memory\" (memory $storage 1)) (func (export \"f\") {body}))"))
}

fn brought(name: &str, code: &str) -> Brought {
    Brought::new(name, code.as_bytes()).unwrap()
}

fn same_call(text: &str) -> SameCall {
    SameCall { function: text.to_owned(), arguments: Vec::new() }
}

fn pair(contract: Brought, against: Brought) -> Pair {
    let pagers = vec![PagerKind::Soft, PagerKind::Eager];
    Pair { contract, against, setup: Vec::new(), calls: vec![same_call("f")], pagers, gas: Gas(1 << 30) }
}

/// Measures next to nothing.
fn measure(pair: &Pair) -> Result<(Findings, Duration), LabError> {
    let scratch = tempfile::tempdir().unwrap();
    let mut progress = Counting::default();
    let mut context = Context::new(Settings::tiny(), Interrupt::default(), &mut progress, scratch.path());
    let findings = conclude(pair, run(pair, &mut context)?);
    Ok((findings, progress.0))
}

#[track_caller]
fn refusal(contract: Brought, against: Brought) -> String {
    measure(&pair(contract, against)).unwrap_err().to_string()
}

/// Adds 1 to the word at an address, and does more with the sum in `$value`.
fn counting(more: &str) -> String {
    format!(
        "(result i64) (local $value i64)
           (local.set $value (i64.add (i64.load $storage (i32.const 8)) (i64.const 1)))
           (i64.store $storage (i32.const 8) (local.get $value)) {more} (local.get $value)"
    )
}

#[test]
fn the_workloads_of_the_lab_are_pairs_that_agree() {
    for workload in tiny().iter().filter(|workload| workload.companion().is_none()) {
        let same =
            |step: crate::lab::workloads::Step| SameCall { function: step.function.to_owned(), arguments: step.args };
        let pair = Pair {
            setup: workload.setup().into_iter().map(same).collect(),
            calls: vec![same(workload.step(0)), same(workload.step(1))],
            ..pair(
                brought("mapped", workload.source(Form::Mapped).unwrap()),
                brought("slices", workload.source(Form::Slices).unwrap()),
            )
        };
        let (findings, took) = measure(&pair).unwrap();
        assert_eq!(took, duration(&pair, &Settings::tiny()), "{}", workload.name());
        assert_eq!(findings.groups.len(), 6, "{}", workload.name());
        for group in &findings.groups {
            let names: Vec<&str> = group.arms.iter().map(|arm| arm.name.as_str()).collect();
            assert_eq!((group.base.as_str(), names), ("slices", vec!["slices", "mapped, soft", "mapped, eager"]));
            let gas = |arm: usize| group.arms[arm].counts["gas"];
            assert!(gas(1) == gas(2) && gas(1) > 0, "{}", workload.name());
            assert!(group.arms[2].counts["pages compared"] >= u64::from(!workload.setup().is_empty()));
        }
    }
}

#[test]
fn two_contracts_that_map_storage_meet_under_each_pager() {
    let (findings, _) = measure(&pair(mapped("one", &counting("")), mapped("other", &counting("")))).unwrap();
    let sections: Vec<&str> = findings.groups.iter().map(|group| group.section.as_str()).collect();
    let under = |section| [format!("{section}, soft"), format!("{section}, eager")];
    assert_eq!(sections, [under(DRY), under(MEMORY), under(DISK)].concat());
    assert!(findings.groups.iter().all(|group| group.base == "other" && group.arms.len() == 2));
}

#[test]
fn storage_that_differs_after_one_call_is_shown_where_it_does() {
    let also = "(i32.store8 $storage (i32.const 12290) (i32.const 7))";
    assert_eq!(
        refusal(mapped("one", &counting(also)), mapped("other", &counting(""))),
        "after \"f\" the storage of one and other differs in 1 page(s), first in page 3 from byte 2 on: one has 0700000000000000 there, but other has 0000000000000000"
    );
}

/// The first three calls do the same; every arm commits at least eight. Only what was measured shows the difference.
#[test]
fn storage_that_differs_after_many_calls_is_found_too() {
    let later = "(i64.store $storage (i32.const 16) (i64.shr_u (local.get $value) (i64.const 2)))";
    let said = refusal(mapped("one", &counting(later)), mapped("other", &counting("")));
    assert!(said.contains("times \"f\" the storage of ") && said.contains("page 0 from byte 16 on"), "{said}");
}

#[test]
fn storage_that_differs_after_the_setup_is_not_measured_on() {
    let [setup, call] = ["(func (export \"lay\") (i64.store $storage (i32.const 0) (i64.const 1)))", ""].map(|lay| {
        let empty = if lay.is_empty() { "(func (export \"lay\"))" } else { lay };
        format!("(module (import \"storage\" \"memory\" (memory $storage 1)) {empty} (func (export \"f\")))")
    });
    let pair = Pair { setup: vec![same_call("lay")], ..pair(brought("one", &setup), brought("other", &call)) };
    assert!(
        measure(&pair).unwrap_err().to_string().starts_with("after the setup the storage of one and other differs")
    );
}

#[test]
fn answers_that_differ_are_told_even_where_storage_agrees() {
    let said = refusal(mapped("one", "(result i64) (i64.const 1)"), mapped("other", "(result i64) (i64.const 2)"));
    assert!(said.contains("one gave results [I64(1)]") && said.contains("other gave results [I64(2)]"), "{said}");
}

#[test]
fn a_call_that_does_not_return_is_told_with_its_reason() {
    let said = refusal(mapped("one", "unreachable"), mapped("other", ""));
    assert!(said.contains("\"f\" of one (soft)") && said.contains("it halted (trap): "), "{said}");
    let endless = Pair { gas: Gas(50_000), ..pair(mapped("one", ""), mapped("other", "(loop $l (br $l))")) };
    let said = measure(&endless).unwrap_err().to_string();
    assert!(said.contains("\"f\" of other (soft)") && said.contains("it halted (out_of_gas): "), "{said}");
}

#[test]
fn a_call_that_can_be_made_once_only_is_told_at_the_commit_at_which_it_fails() {
    let twice = counting("(if (i64.gt_u (local.get $value) (i64.const 2)) (then unreachable))");
    let said = refusal(mapped("one", &twice), mapped("other", &twice));
    assert!(said.contains("committed for the 3. time after the setup, did not return: it halted (trap)"), "{said}");
}

#[test]
fn exports_that_are_missing_or_of_other_types_are_named() {
    let said = refusal(mapped("one", ""), brought("other", "(module (func (export \"g\")))"));
    assert_eq!(said, "other exports no function \"f\"; it exports: g");
    let said = refusal(mapped("one", "(param i32)"), mapped("other", "(param i64)"));
    assert_eq!(said, "f of one is (i32) -> (), but that of other is (i64) -> (): they should be the same");
    let said = Brought::new("text", b"(module").unwrap_err().to_string();
    assert!(said.starts_with("text: "), "{said}");
}

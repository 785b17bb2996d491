use super::*;
use crate::lab::experiments::tests::TotalProgress;
use crate::lab::measure::Interrupt;
use crate::lab::workloads::{Form, tiny};
use crate::machine::CHANGED_PAGE;
use crate::paging::PagerKind;
use crate::units::Gas;

/// A contract on mapped storage with one export `f`.
fn mapped(name: &str, body: &str) -> UserContract {
    contract(
        name,
        &format!("(module (import \"storage\" \"memory\" (memory $storage 1)) (func (export \"f\") {body}))"),
    )
}

fn contract(name: &str, code: &str) -> UserContract {
    UserContract::new(name, code.as_bytes()).unwrap()
}

fn call(function: &str) -> PairCall {
    PairCall { function: function.to_owned(), arguments: Vec::new() }
}

fn pair(candidate: UserContract, reference: UserContract) -> Pair {
    let pagers = vec![PagerKind::Soft, PagerKind::Eager];
    Pair { candidate, reference, setup: Vec::new(), calls: vec![call("f")], pagers, gas: Gas(1 << 30) }
}

/// Measures with the smallest settings. Returns the results and the reported progress.
fn measure(pair: &Pair) -> Result<(Findings, Duration), LabError> {
    let scratch = tempfile::tempdir().unwrap();
    let mut progress = TotalProgress::default();
    let mut context = Context::new(Settings::tiny(), Interrupt::default(), &mut progress, scratch.path());
    let findings = conclude(pair, run(pair, &mut context)?);
    Ok((findings, progress.0))
}

#[track_caller]
fn refusal(candidate: UserContract, reference: UserContract) -> String {
    measure(&pair(candidate, reference)).unwrap_err().to_string()
}

/// The body of a function that adds 1 to the word at address 8. `more` is code that finds the sum in `$value`.
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
        let call =
            |step: crate::lab::workloads::Step| PairCall { function: step.function.to_owned(), arguments: step.args };
        let pair = Pair {
            setup: workload.setup().into_iter().map(call).collect(),
            calls: vec![call(workload.step(0)), call(workload.step(1))],
            ..pair(
                contract("mapped", workload.source(Form::Mapped).unwrap()),
                contract("slices", workload.source(Form::Slices).unwrap()),
            )
        };
        let (findings, took) = measure(&pair).unwrap();
        assert_eq!(took, duration(&pair, &Settings::tiny()), "{}", workload.name());
        assert_eq!(findings.groups.len(), 6, "{}", workload.name());
        for group in &findings.groups {
            let names: Vec<&str> = group.arms.iter().map(|arm| arm.name.as_str()).collect();
            assert_eq!((group.base.as_str(), names), ("slices", vec!["slices", "mapped, soft", "mapped, eager"]));
            // The arms are at different steps, which may change different numbers of pages.
            let gas = |arm: usize| {
                let counts = &group.arms[arm].counts;
                counts["gas"] - CHANGED_PAGE.0 * counts["pages changed"]
            };
            assert!(gas(1) == gas(2) && gas(1) > 0, "{}", workload.name());
            assert!(group.arms[2].counts["pages compared"] >= u64::from(!workload.setup().is_empty()));
        }
    }
}

#[test]
fn two_contracts_that_map_storage_are_compared_under_each_pager() {
    let (findings, _) = measure(&pair(mapped("one", &counting("")), mapped("other", &counting("")))).unwrap();
    let sections: Vec<&str> = findings.groups.iter().map(|group| group.section.as_str()).collect();
    let under = |section| [format!("{section}, soft"), format!("{section}, eager")];
    assert_eq!(sections, [under(DRY), under(MEMORY), under(DISK)].concat());
    assert!(findings.groups.iter().all(|group| group.base == "other" && group.arms.len() == 2));
}

#[test]
fn storage_that_differs_after_one_call_is_refused_with_the_first_difference() {
    let also = "(i32.store8 $storage (i32.const 12290) (i32.const 7))";
    assert_eq!(
        refusal(mapped("one", &counting(also)), mapped("other", &counting(""))),
        "after \"f\" the storage of one and other differs in 1 page(s), first at byte 2 of page 3: one has 0700000000000000 there, but other has 0000000000000000"
    );
}

/// The first three calls have the same effect, and every arm commits at least eight. Only the check after the samples finds
/// the difference.
#[test]
fn storage_that_differs_only_after_many_calls_is_refused() {
    let later = "(i64.store $storage (i32.const 16) (i64.shr_u (local.get $value) (i64.const 2)))";
    let said = refusal(mapped("one", &counting(later)), mapped("other", &counting("")));
    assert!(said.contains("times \"f\" the storage of ") && said.contains("byte 16 of page 0"), "{said}");
}

#[test]
fn storage_that_differs_after_the_setup_is_refused() {
    let [writing, empty] =
        ["(func (export \"lay\") (i64.store $storage (i32.const 0) (i64.const 1)))", ""].map(|lay| {
            let empty = if lay.is_empty() { "(func (export \"lay\"))" } else { lay };
            format!("(module (import \"storage\" \"memory\" (memory $storage 1)) {empty} (func (export \"f\")))")
        });
    let pair = Pair { setup: vec![call("lay")], ..pair(contract("one", &writing), contract("other", &empty)) };
    assert!(
        measure(&pair).unwrap_err().to_string().starts_with("after the setup the storage of one and other differs")
    );
}

#[test]
fn answers_that_differ_are_refused_even_if_storage_agrees() {
    let said = refusal(mapped("one", "(result i64) (i64.const 1)"), mapped("other", "(result i64) (i64.const 2)"));
    assert!(said.contains("one gave results [I64(1)]") && said.contains("other gave results [I64(2)]"), "{said}");
}

#[test]
fn a_call_that_does_not_return_is_refused_with_its_reason() {
    let said = refusal(mapped("one", "unreachable"), mapped("other", ""));
    assert!(said.contains("\"f\" of one (soft)") && said.contains("it halted (trap): "), "{said}");
    let endless = Pair { gas: Gas(300_000), ..pair(mapped("one", ""), mapped("other", "(loop $l (br $l))")) };
    let said = measure(&endless).unwrap_err().to_string();
    assert!(said.contains("\"f\" of other (soft)") && said.contains("it halted (out_of_gas): "), "{said}");
}

#[test]
fn a_call_that_cannot_be_repeated_is_refused_with_the_number_of_the_failing_commit() {
    let twice = counting("(if (i64.gt_u (local.get $value) (i64.const 2)) (then unreachable))");
    let said = refusal(mapped("one", &twice), mapped("other", &twice));
    assert!(said.contains("commit 3 of \"f\" of ") && said.contains(" did not return: it halted (trap)"), "{said}");
}

#[test]
fn a_missing_export_and_a_different_signature_are_refused_by_name() {
    let said = refusal(mapped("one", ""), contract("other", "(module (func (export \"g\")))"));
    assert_eq!(said, "other exports no function \"f\"; it exports: g");
    let said = refusal(mapped("one", "(param i32)"), mapped("other", "(param i64)"));
    assert_eq!(said, "f of one is (i32) -> (), but that of other is (i64) -> (): they should be the same");
    let said = UserContract::new("text", b"(module").unwrap_err().to_string();
    assert!(said.starts_with("text: "), "{said}");
}

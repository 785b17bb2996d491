//! All forms of a workload perform the same accesses: executed loads and stores are counted.

use std::collections::BTreeMap;

use super::*;
use crate::receipt::{Call, Status};

/// The counted instructions: each with the length of the text that it logs, and the result type of its block.
const COUNTED: [(&str, u32, &str); 6] = [
    ("(i64.load ", 0, "(result i64) "),
    ("(i32.load ", 0, "(result i32) "),
    ("(i64.store ", 1, ""),
    ("(i32.store ", 1, ""),
    ("(memory.copy ", 2, ""),
    ("(call $read ", 3, ""),
];

/// A contract in which each counted instruction first logs a text of a particular length: zeros from the end of own memory.
fn counting(source: &str) -> String {
    let code: String = source.lines().map(|line| line.split(";;").next().unwrap_or("").to_owned() + "\n").collect();
    let code = with_logging(&code);
    let end = code.rfind(')').unwrap();
    let memory = if code.contains("(export \"memory\")") { "" } else { "(memory (export \"memory\") 1)" };
    let log = "(module (import \"vellum\" \"log\" (func $log (param i32 i32)))";
    format!("{}{memory})", code[..end].replacen("(module", log, 1))
}

fn with_logging(code: &str) -> String {
    let next = COUNTED.iter().filter_map(|counted| Some((code.find(counted.0)?, counted))).min_by_key(|next| next.0);
    let Some((start, (name, length, result))) = next else { return code.to_owned() };
    let end = start + closing(&code[start..]);
    let inside = with_logging(&code[start + name.len()..end]);
    let log = format!("(block {result}(call $log (i32.const 65000) (i32.const {length})) {name}{inside}))");
    format!("{}{log}{}", &code[..start], with_logging(&code[end + 1..]))
}

/// The position where the first parenthesis of the text is closed.
fn closing(code: &str) -> usize {
    let mut depth = 0;
    let place = code.char_indices().find(|(_, character)| {
        depth += i32::from(*character == '(') - i32::from(*character == ')');
        depth == 0
    });
    place.unwrap().0
}

/// How often each length was logged.
type Counts = BTreeMap<usize, usize>;

/// Runs a counting contract through setup and some steps.
fn run(workload: &dyn Workload, form: Form) -> Counts {
    let testbed = Testbed::in_memory().unwrap();
    let address = testbed.deploy(&counting(workload.source(form).unwrap())).unwrap();
    let companion = workload.companion().map(|source| testbed.deploy(source).unwrap());
    let input = companion.map_or(Vec::new(), |companion| companion.as_bytes().to_vec());
    let mut model = Linear::default();
    let mut counts = Counts::new();
    for step in workload.setup().into_iter().chain((0..3).map(|index| workload.step(index))) {
        let receipt = testbed.call(&call_of(&step, address, &input)).unwrap();
        assert_eq!(receipt.status, Status::Returned, "{workload:?} {form}");
        assert_eq!(i64_result("step", &receipt).unwrap(), workload.native(&step, &mut model), "{workload:?} {form}");
        for text in &receipt.logs {
            *counts.entry(text.chars().count()).or_default() += 1;
        }
    }
    counts
}

fn call_of(step: &Step, address: Address, input: &[u8]) -> Call {
    call(address, step.function, step.args.clone(), PagerKind::Soft).input(input)
}

#[test]
fn all_forms_execute_the_same_number_of_loads_and_stores() {
    let accesses = |counts: &Counts| [0, 1].map(|length| counts.get(&length).copied().unwrap_or(0));
    for workload in tiny() {
        let mapped = accesses(&run(workload.as_ref(), Form::Mapped));
        assert!(mapped.iter().sum::<usize>() > 0, "{workload:?}");
        for form in workload.forms() {
            assert_eq!(accesses(&run(workload.as_ref(), form)), mapped, "{workload:?} {form}: loads and stores");
        }
    }
}

#[test]
fn blob_copies_the_same_number_of_records_in_all_forms() {
    let blob = Blob { records: 7, copies: 20 };
    let [mapped, slices, window] = Form::ALL.map(|form| run(&blob, form));
    // The mapped form copies in both directions with the same instruction. For slices only the reads are counted.
    assert_eq!((mapped[&2], mapped[&2]), (2 * slices[&3], window[&2]));
}

#[test]
fn an_additional_access_is_counted() {
    let mapped = Counter.source(Form::Mapped).unwrap();
    let more = mapped.replacen("(local.set $value", "(drop (i64.load $storage (i32.const 0))) (local.set $value", 1);
    let [plain, more] = [mapped, &more].map(|source| {
        let testbed = Testbed::in_memory().unwrap();
        let address = testbed.deploy(&counting(source)).unwrap();
        let receipt = testbed.call(&call(address, "increment", [], PagerKind::Soft)).unwrap();
        receipt.logs.iter().map(|text| text.chars().count()).collect::<Vec<_>>()
    });
    assert_eq!((plain, more), (vec![0, 1], vec![0, 0, 1]));
}

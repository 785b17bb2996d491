//! Everything that a contract may not have is refused with an error that names it.

use crate::contract::metadata::Metadata;
use crate::contract::validate::features::REFUSED;
use crate::contract::{ContractError, Imports, to_binary, validate};
use crate::limits;

/// Returns the error of a contract in the text format.
pub(super) fn error(text: &str) -> ContractError {
    let wasm = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    match validate(&wasm, &Imports::default()) {
        Err(error) => error,
        Ok(metadata) => panic!("{text} was accepted: {metadata:?}"),
    }
}

pub(super) fn accepted(text: &str) -> Metadata {
    let wasm = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    validate(&wasm, &Imports::default()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn features_are_refused_by_name() {
    let cases = [
        ("threads and atomics", "(module (memory 1 1 shared))"),
        ("threads and atomics", "(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))"),
        ("threads and atomics", "(module (func (atomic.fence)))"),
        ("threads and atomics", r#"(module (import "storage" "memory" (memory 1 1 shared)))"#),
        (
            "relaxed SIMD",
            "(module (func (param v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 0))))",
        ),
        ("memory64", "(module (memory i64 1))"),
        ("memory64", r#"(module (import "storage" "memory" (memory i64 1)))"#),
        ("memory64", "(module (table i64 1 funcref))"),
        ("tail calls", "(module (func $f (return_call $f)))"),
        ("tail calls", "(module (table 1 funcref) (func (return_call_indirect (i32.const 0))))"),
        ("exceptions", "(module (tag))"),
        ("exceptions", "(module (func (block (try_table (catch_all 0)))))"),
        ("exceptions", "(module (func (param exnref)))"),
        ("legacy exceptions", "(module (func try catch_all end))"),
        ("garbage collection (GC)", "(module (type (struct)))"),
        ("garbage collection (GC)", "(module (rec (type (func)) (type (func))))"),
        ("reference types other than funcref", "(module (func (param externref)))"),
        ("reference types other than funcref", "(module (table 1 externref))"),
        ("typed function references", "(module (type $t (func)) (func (param (ref null $t))))"),
        ("typed function references", "(module (type $t (func)) (func (call_ref $t (ref.null $t))))"),
        ("custom page sizes", "(module (memory 1 (pagesize 1)))"),
        (
            "wide arithmetic",
            "(module (func (i64.add128 (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)) (drop) (drop)))",
        ),
        ("stack switching", "(module (type $f (func)) (type $c (cont $f)))"),
        ("a start function", "(module (func $f) (start $f))"),
    ];
    for (expected, text) in cases {
        match error(text) {
            ContractError::Feature { feature, .. } => assert_eq!(feature, expected, "{text}"),
            other => panic!("{text}: {other}"),
        }
    }
    let component = b"\0asm\x0d\0\x01\0";
    let error = validate(component, &Imports::default()).unwrap_err();
    assert!(matches!(error, ContractError::Feature { feature: "the component model", .. }), "{error}");
}

#[test]
fn the_page_for_authors_names_every_feature_that_is_refused() {
    let page = include_str!("../../../../design/abi.md").split_whitespace().collect::<Vec<_>>().join(" ");
    for (.., feature) in REFUSED {
        assert!(page.contains(feature), "design/abi.md does not say that {feature} may not be used");
    }
}

#[test]
fn an_error_has_the_place_in_the_code() {
    let text = r#"(module (import "vellum" "gas_left" (func (result i64))) (func) (func (atomic.fence)))"#;
    let ContractError::Feature { place, .. } = error(text) else { panic!("another error") };
    assert_eq!(place.function, Some(2), "imports count");
    let wasm = wat::parse_str(text).unwrap();
    assert_eq!(wasm[place.offset], 0xfe, "the offset is that of the instruction");
    assert!(error(text).to_string().contains("in function 2 at offset 0x"));
}

#[test]
fn allowed_items_are_accepted() {
    accepted("(module)");
    accepted("(module (func (export \"f\") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0)))");
    accepted("(module (func (drop (i32.extend8_s (i32.trunc_sat_f32_s (f32.const 1))))))");
    accepted("(module (func (drop (i8x16.add (v128.const i64x2 1 2) (v128.const i64x2 1 2)))))");
    accepted("(module (global i32 (i32.add (i32.const 1) (i32.const 2))))");
    accepted(r#"(module (import "storage" "memory" (memory 0 65536)) (memory 1024))"#);
    let metadata = accepted(r#"(module (import "storage" "memory" (memory $s 1)) (export "memory" (memory $s)))"#);
    assert_eq!(metadata.own_memory, None, "an exported storage memory is not an own memory");
    let own = accepted(r#"(module (memory 2) (export "other" (memory 0)))"#).own_memory.unwrap();
    assert!(!own.exported, "host functions look for `memory`");
    assert_eq!(*own.image, []);
    let own =
        accepted(r#"(module (memory 2) (data (i32.const 70000) "abc") (data (i32.const 8) "d") (data "passive"))"#);
    let part = |start, bytes: &[u8]| (start, bytes.into());
    assert_eq!(*own.own_memory.unwrap().image, [part(8, b"d"), part(70_000, b"abc")]);
    let own = accepted(
        r#"(module (memory 1) (data (i32.const 8) "first") (data (i32.const 10) "second") (data (i32.const 60) "near"))"#,
    );
    let mut bytes = [0; 56];
    bytes[..8].copy_from_slice(b"fisecond");
    bytes[52..].copy_from_slice(b"near");
    assert_eq!(*own.own_memory.unwrap().image, [part(8, &bytes)], "a later segment overwrites an earlier one");
}

#[test]
fn an_instruction_whose_effect_cannot_be_restored_makes_an_instance_single_use() {
    for (code, expected) in [
        ("(drop (table.get $t (i32.const 0)))", false),
        ("(table.set $t (i32.const 0) (ref.null func))", true),
        ("(drop (table.grow $t (ref.null func) (i32.const 0)))", true),
        ("(table.fill $t (i32.const 0) (ref.null func) (i32.const 0))", true),
        ("(table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 0))", true),
        ("(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 0))", true),
        ("(elem.drop $e)", true),
        ("(data.drop $d)", true),
        ("(memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))", false),
    ] {
        let text = format!("(module (memory 1) (table $t 1 funcref) (elem $e func) (data $d \"\") (func {code}))");
        assert_eq!(accepted(&text).single_use, expected, "{code}");
    }
}

#[test]
fn an_unknown_import_is_refused_with_the_nearest_known_one() {
    let cases = [
        (
            r#"(module (import "svm" "storage_read_to_rag" (func (param i32))))"#,
            r#"unknown import "svm" "storage_read_to_rag" of type (i32) -> (); the nearest known import is "svm" "storage_read_to_reg" of type (i32, i32, i32, i32, i32) -> ()"#,
        ),
        (
            r#"(module (import "storage" "memroy" (memory 1)))"#,
            r#"unknown import "storage" "memroy" of type memory; the nearest known import is "storage" "memory" of type memory"#,
        ),
        (
            r#"(module (import "vellum" "gas_left" (func (result i32))))"#,
            r#"import "vellum" "gas_left" has type () -> (i32); it must be () -> (i64)"#,
        ),
        (
            r#"(module (import "svm" "storage_read_to_reg" (func (param i32 f32))))"#,
            r#"import "svm" "storage_read_to_reg" has type (i32, f32) -> (); it must be (i32, i32, i32, i32, i32) -> () or (i32, i32, i32, i32, i32, i32) -> ()"#,
        ),
        (
            r#"(module (import "storage" "memory" (func)))"#,
            r#"import "storage" "memory" has type () -> (); it must be a memory"#,
        ),
        (
            r#"(module (import "storage" "memory" (global i32)))"#,
            r#"import "storage" "memory" has type global; it must be a memory"#,
        ),
        (
            r#"(module (import "vellum" "value" (memory 1)))"#,
            r#"import "vellum" "value" has type memory; it must be () -> (i64)"#,
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(error(text).to_string(), expected);
    }
    for other in ["(global i32)", "(table 1 funcref)", "(memory 1)"] {
        let text = format!(r#"(module (import "env" "thing" {other}))"#);
        assert!(matches!(error(&text), ContractError::UnknownImport { .. }), "{other}");
    }
    let twice = r#"(module (import "storage" "memory" (memory 1)) (import "storage" "memory" (memory 1)))"#;
    assert_eq!(error(twice), ContractError::StorageTwice);
    let long = format!(r#"(module (import "vellum" "{}" (func)))"#, "é".repeat(40_000));
    assert!(error(&long).to_string().len() < 500, "a long name is not repeated in full");
}

#[test]
fn a_branch_table_has_at_most_as_many_targets_as_the_compiler_can_represent() {
    let with = |targets: u32| {
        let targets = "0 ".repeat(targets as usize + 1);
        format!("(module (func (export \"f\") (param i32) (br_table {targets} (local.get 0))))")
    };
    let text = with(limits::MAX_BRANCH_TARGETS);
    accepted(&text);
    let vm = crate::vm::Vm::new(crate::store::MemoryStore::new()).unwrap();
    vm.deploy(text.as_bytes(), &crate::vm::Deployment::default()).unwrap();
    let said = error(&with(limits::MAX_BRANCH_TARGETS + 1)).to_string();
    assert!(said.starts_with("targets of a br_table: 65521, the limit is 65520 (in function 0 at offset 0x"), "{said}");
}

#[test]
fn exports_and_names_are_checked() {
    for ty in ["f32", "f64", "v128", "funcref"] {
        let text = format!(r#"(module (func (export "f") (param i32 {ty})))"#);
        let expected = ContractError::ExportType { name: "f".to_owned(), found: format!("(i32, {ty}) -> ()") };
        assert_eq!(error(&text), expected);
        let text = format!(r#"(module (func (export "f") (result {ty}) unreachable))"#);
        assert!(matches!(error(&text), ContractError::ExportType { .. }));
        accepted(&format!("(module (func (param i32 {ty})))"));
    }
    for (text, kind) in [
        (r#"(module (func (export "vellum:depth")))"#, "export"),
        (r#"(module (memory (export "vellum:") 1))"#, "export"),
        (r#"(module (import "vellum:paging" "table" (memory 16)))"#, "import module"),
        (r#"(module (import "vellum:exec" "call_depth" (func)))"#, "import module"),
    ] {
        assert!(matches!(error(text), ContractError::ReservedName { kind: found, .. } if found == kind), "{text}");
    }
    // Custom sections are not the contract's names.
    for place in ["", "(before first)", "(after code)"] {
        accepted(&format!(r#"(module (func (export "f")) (@custom "vellum:abi" {place} "anything"))"#));
    }
}

#[test]
fn active_segments_must_fit_and_leave_storage_alone() {
    let storage = r#"(module (import "storage" "memory" (memory 1)) (data (i32.const 0) "x"))"#;
    assert_eq!(error(storage), ContractError::SegmentInStorage { segment: 0 });
    accepted(r#"(module (memory 1) (data (i32.const 65535) "x") (data (i32.const 65536) ""))"#);
    accepted("(module (table 2 funcref) (func $f) (elem (i32.const 1) $f) (elem (i32.const 2)))");
    for (text, start, end, size) in [
        (r#"(module (memory 1) (data "passive") (data (i32.const 65535) "xy"))"#, 65_535, 65_537, 65_536),
        (r#"(module (memory 1) (func) (data "") (data (i32.const -1) ""))"#, 0xffff_ffff, 0xffff_ffff, 65_536),
        (r#"(module (memory 0) (data "") (data (i32.sub (i32.const 9) (i32.const 8)) ""))"#, 1, 1, 0),
        ("(module (table 2 funcref) (func $f) (elem func) (elem (i32.const 1) $f $f))", 1, 3, 2),
        ("(module (table 2 funcref) (elem func) (elem (i32.mul (i32.const 3) (i32.const 5))))", 15, 15, 2),
    ] {
        match error(text) {
            ContractError::SegmentOutOfBounds { segment, start: s, end: e, size: z, .. } => {
                assert_eq!((segment, s, e, z), (1, start, end, size), "{text}");
            }
            other => panic!("{text}: {other}"),
        }
    }
}

/// Returns the text of a contract with this number of items.
type WithCount = Box<dyn Fn(u32) -> String>;

#[test]
fn a_contract_over_a_limit_is_refused_with_the_limit() {
    let many = |count: u32, item: &str| item.repeat(count as usize);
    let cases: [(&str, u64, WithCount); 14] = [
        ("functions", limits::MAX_FUNCTIONS.into(), Box::new(move |n| format!("(module {})", many(n, "(func)")))),
        ("types", limits::MAX_TYPES.into(), Box::new(move |n| format!("(module {})", many(n, "(type (func))")))),
        (
            "parameters of a type",
            limits::MAX_PARAMETERS.into(),
            Box::new(move |n| format!("(module (type (func (param {}))))", many(n, "i32 "))),
        ),
        (
            "results of a type",
            limits::MAX_PARAMETERS.into(),
            Box::new(move |n| format!("(module (type (func (result {}))))", many(n, "i32 "))),
        ),
        (
            "globals",
            limits::MAX_GLOBALS.into(),
            Box::new(move |n| format!("(module {})", many(n, "(global i32 (i32.const 0))"))),
        ),
        (
            "exports",
            limits::MAX_EXPORTS.into(),
            Box::new(|n| {
                let exports: String = (0..n).map(|n| format!("(export \"{n}\" (func 0))")).collect();
                format!("(module (func) {exports})")
            }),
        ),
        (
            "data and element segments",
            limits::MAX_SEGMENTS.into(),
            Box::new(move |n| format!("(module {} {})", many(n / 2, "(data \"\")"), many(n - n / 2, "(elem func)"))),
        ),
        ("tables", limits::MAX_TABLES.into(), Box::new(move |n| format!("(module {})", many(n, "(table 1 funcref)")))),
        (
            "elements of a table",
            limits::MAX_TABLE_ELEMENTS.into(),
            Box::new(|n| format!("(module (table {n} funcref))")),
        ),
        ("own memories", 1, Box::new(move |n| format!("(module {})", many(n, "(memory 1)")))),
        (
            "initial wasm pages of the own memory",
            limits::MAX_OWN_MEMORY_PAGES.into(),
            Box::new(|n| format!("(module (memory {n}))")),
        ),
        (
            "parameters, locals and operands of a function",
            limits::MAX_FUNCTION_VALUES.into(),
            Box::new(move |n| {
                let locals = many(n - 3, "i64 ");
                format!("(module (func (param i32) (local {locals}) (i32.const 1) (i32.const 2) (drop) (drop)))")
            }),
        ),
        (
            "nesting of blocks",
            limits::MAX_BLOCK_NESTING.into(),
            Box::new(move |n| format!("(module (func {} {}))", many(n, "block "), many(n, "end "))),
        ),
        (
            "bytes of a function",
            limits::MAX_FUNCTION_BYTES as u64,
            // One byte is for the locals and one for the end.
            Box::new(move |n| format!("(module (func {}))", many(n - 2, "nop "))),
        ),
    ];
    for (what, limit, text) in cases {
        accepted(&text(limit as u32));
        match error(&text(limit as u32 + 1)) {
            ContractError::Limit { what: found_what, found, limit: found_limit, .. } => {
                assert_eq!((found_what, found, found_limit), (what, limit + 1, limit));
            }
            other => panic!("{what}: {other}"),
        }
    }
}

#[test]
fn a_contract_with_too_much_compiler_work_is_refused() {
    let (time, memory) =
        ("estimated nanoseconds of compilation", "estimated bytes of memory for the compilation of a function");
    // Code, the most repetitions with 2,000 locals and with none, and what is exceeded by more.
    for (code, holding_many, holding_none) in [
        ("(loop)", (400, time), (2_000, memory)),
        ("(if (i32.const 1) (then))", (900, memory), (3_900, memory)),
        ("(drop (i32.load $s (i32.const 0)))", (900, memory), (5_000, time)),
        ("(i64.store $s (i32.const 0) (i64.const 0))", (900, memory), (5_000, time)),
        ("(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))", (600, memory), (3_800, time)),
        ("(call $leaf)", (3_500, time), (50_000, memory)),
        ("(drop (i32.load $o (i32.const 0)))", (30_000, "bytes of a function"), (30_000, "bytes of a function")),
    ] {
        for (locals, (most, exceeded)) in [(2_000, holding_many), (0, holding_none)] {
            let text = |count: usize| {
                let (locals, code) = ("i64 ".repeat(locals), code.repeat(count));
                format!(
                    r#"(module (import "storage" "memory" (memory $s 1)) (memory $o 1) (func $leaf)
                        (func (local {locals}) {code}))"#
                )
            };
            accepted(&text(most));
            match error(&text(most * 2)) {
                ContractError::Limit { what, .. } if what == exceeded => {}
                other => panic!("{code} with {locals} locals: {other}"),
            }
        }
    }
}

#[test]
fn imported_functions_count_as_functions() {
    let imports = r#"(import "vellum" "value" (func (result i64)))"#.repeat(limits::MAX_FUNCTIONS as usize / 2);
    let functions = "(func)".repeat(limits::MAX_FUNCTIONS as usize / 2);
    accepted(&format!("(module {imports} {functions})"));
    let text = format!("(module {imports} {functions} (func))");
    assert!(matches!(error(&text), ContractError::Limit { what: "functions", .. }));
}

#[test]
fn text_and_binary_are_distinguished() {
    let binary = to_binary(b" ;; a comment\n (module (memory 1))").unwrap().into_owned();
    assert!(binary.starts_with(b"\0asm"));
    assert_eq!(to_binary(&binary).unwrap(), &binary[..]);
    assert!(matches!(to_binary(b"(module"), Err(ContractError::Text { .. })));
    assert!(matches!(to_binary(b"(module (func bogus))"), Err(ContractError::Text { .. })));
    for other in [&b""[..], b"\0as", b"ELF", b"hello", b"(\xff"] {
        assert_eq!(to_binary(other), Err(ContractError::NotWasm { found: other.len() }), "{other:?}");
    }
    let large = vec![b' '; limits::MAX_MODULE_BYTES + 1];
    assert!(matches!(to_binary(&large), Err(ContractError::Limit { what: "bytes of the contract", .. })));
    assert!(matches!(validate(&large, &Imports::default()), Err(ContractError::Limit { .. })));
}

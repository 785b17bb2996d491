//! Every example of the page is deployed, and every scenario is run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use vellum::contract::imports::host_functions;
use vellum::contract::{Imports, Metadata, to_binary, validate};
use vellum::store::MemoryStore;
use vellum::vm::{Deployment, Vm};
use wasmparser::{Operator, Parser, Payload, TypeRef};

use crate::page::{self, Block, Language};

fn metadata(block: &Block) -> Metadata {
    let module = block.module();
    let wasm = to_binary(module.as_bytes()).unwrap_or_else(|error| panic!("line {}: {error}", block.line));
    validate(&wasm, &Imports::default()).unwrap_or_else(|error| panic!("line {}: {error}", block.line))
}

/// The lines of a scenario.
fn lines(scenario: &Block) -> impl Iterator<Item = Value> {
    scenario.text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
}

/// Runs a scenario, with the files that stand above it, and gives what the program says if it fails.
fn run(blocks: &[Block], scenario: &Block) -> Result<(), String> {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    for block in blocks.iter().take_while(|block| block.line < scenario.line) {
        if let Some(name) = &block.file {
            fs::write(file(name), &block.text).unwrap();
        }
    }
    fs::write(file("scenario.jsonl"), &scenario.text).unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("vellum"));
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command.env("XDG_CACHE_HOME", cache).env_remove("VELLUM_STATE").stdin(Stdio::null());
    let output = command.arg("--state").arg(file("state")).arg("run").arg(file("scenario.jsonl")).output().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

#[test]
fn every_module_can_be_deployed() {
    let blocks = page::blocks(&page::text());
    let modules: Vec<&Block> = blocks.iter().filter(|block| block.language == Language::Wat).collect();
    assert!(modules.len() > 15, "{} modules", modules.len());
    for block in modules {
        let vm = Vm::new(MemoryStore::new()).unwrap();
        let deployed = vm.deploy(block.module().as_bytes(), &Deployment::default());
        let said = deployed.as_ref().err().map(ToString::to_string);
        assert_eq!(deployed.is_err(), block.pending, "line {}: {said:?}", block.line);
    }
}

#[test]
fn every_scenario_does_what_it_says() {
    let blocks = page::blocks(&page::text());
    let scenarios: Vec<&Block> = blocks.iter().filter(|block| block.language == Language::Scenario).collect();
    assert!(scenarios.len() > 8, "{} scenarios", scenarios.len());
    for scenario in scenarios {
        for line in lines(scenario).filter(|line| line.get("call").is_some()) {
            assert!(line["expect"].is_object(), "line {}: a call that expects nothing: {line}", scenario.line);
        }
        match run(&blocks, scenario) {
            Ok(()) => assert!(!scenario.pending, "line {} works now: it is pending no longer", scenario.line),
            Err(said) => assert!(scenario.pending, "line {}: {said}", scenario.line),
        }
    }
}

#[test]
fn every_export_of_an_example_is_called() {
    let blocks = page::blocks(&page::text());
    let mut uncalled = BTreeSet::new();
    for block in blocks.iter().filter(|block| !block.pending) {
        let Some(file) = &block.file else { continue };
        uncalled.extend(metadata(block).exports.into_keys().map(|export| (file.clone(), export)));
    }
    for scenario in blocks.iter().filter(|block| block.language == Language::Scenario) {
        let mut names = BTreeMap::new();
        for line in lines(scenario) {
            let word = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
            names.insert(format!("${}", word("as")), word("deploy"));
            if let Some(file) = names.get(&word("call")) {
                uncalled.remove(&(file.clone(), word("function")));
            }
        }
    }
    assert_eq!(uncalled, BTreeSet::new(), "exports that no scenario calls");
}

/// The host functions that a module calls: module, name and number of parameters.
fn called(wasm: &[u8]) -> BTreeSet<(String, String, usize)> {
    let (mut types, mut imported, mut called) = (Vec::new(), Vec::new(), BTreeSet::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::TypeSection(section) => {
                types.extend(section.into_iter_err_on_gc_types().map(|ty| ty.unwrap().params().len()));
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.unwrap();
                    if let TypeRef::Func(ty) = import.ty {
                        imported.push((import.module.to_owned(), import.name.to_owned(), types[ty as usize]));
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader().unwrap() {
                    let Operator::Call { function_index } = operator.unwrap() else { continue };
                    called.extend(imported.get(function_index as usize).cloned());
                }
            }
            _ => {}
        }
    }
    called
}

#[test]
fn every_host_function_is_called_by_an_example() {
    let mut uncalled: BTreeSet<_> = host_functions()
        .map(|function| (function.module.to_owned(), function.name.to_owned(), function.params.len()))
        .collect();
    assert!(uncalled.len() > 30);
    let blocks = page::blocks(&page::text());
    for block in blocks.iter().filter(|block| block.language == Language::Wat && !block.pending) {
        let module = block.module();
        for function in called(&to_binary(module.as_bytes()).unwrap()) {
            uncalled.remove(&function);
        }
    }
    assert_eq!(uncalled, BTreeSet::new(), "host functions that no example calls");
}

//! `vellum imports` shows the table of what a contract may import.

use serde_json::{Value, json};
use vellum::contract::imports::{MODULES, host_functions};

use super::support::{World, keys};

/// An element of a list, by its name.
fn named<'a>(list: &'a Value, name: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("no {name}: {list}"))
}

#[test]
fn a_program_gets_every_import_with_its_fields() {
    let document = World::new().json(["imports"]);
    assert_eq!(keys(&document), ["modules"]);
    let modules = &document["modules"];
    let names: Vec<&Value> = modules.as_array().unwrap().iter().map(|module| &module["name"]).collect();
    assert_eq!(names, ["storage", "svm", "ewasm", "node", "vellum"]);
    let functions = || modules.as_array().unwrap().iter().flat_map(|module| module["functions"].as_array().unwrap());
    let inline: usize = MODULES.iter().map(|module| module.inline.len()).sum();
    assert_eq!(functions().count(), host_functions().count() + inline);
    for function in functions() {
        assert_eq!(keys(function), ["name", "params", "results", "price", "meaning", "refusals"]);
    }
    let read = named(&named(modules, "svm")["functions"], "reg_write_be_i64");
    let parameters = json!([
        { "name": "value", "type": "i64" },
        { "name": "reg_bits", "type": "i32" },
        { "name": "reg_idx", "type": "i32" },
    ]);
    assert_eq!((&read["params"], &read["results"], &read["price"]), (&parameters, &json!([]), &json!(20)));
    assert!(read["meaning"].as_str().unwrap().contains("big-endian"));
    assert_eq!(read["refusals"].as_array().unwrap().len(), 2);
    assert_eq!(named(&named(modules, "vellum")["functions"], "value")["results"], json!(["i64"]));
    let load = named(&named(modules, "storage")["functions"], "f64.load");
    let address = json!([{ "name": "address", "type": "i32" }]);
    assert_eq!((&load["params"], &load["results"], &load["price"]), (&address, &json!(["f64"]), &json!(1)));
    let memory = named(&named(modules, "storage")["memories"], "memory");
    assert_eq!(keys(memory), ["name", "meaning", "refusals"]);
}

#[test]
fn both_forms_of_a_function_are_shown() {
    let document = World::new().json(["imports"]);
    let functions = named(&document["modules"], "svm")["functions"].as_array().unwrap().clone();
    let forms = functions.iter().filter(|function| function["name"] == "storage_read_to_mem");
    let counts: Vec<usize> = forms.map(|form| form["params"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [5, 6]);
}

#[test]
fn a_person_reads_it_in_80_columns_by_module() {
    let text = World::new().text(["imports"]);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let mut rest = text.as_str();
    for module in MODULES {
        (_, rest) = rest.split_once(&format!("{}: {}\n", module.name, module.meaning)).unwrap();
        for function in module.functions {
            (_, rest) = rest.split_once(&format!("  {} (", function.function.name)).unwrap_or_else(|| {
                panic!("{} does not come next in\n{rest}", function.function.name);
            });
        }
    }
    let entry = "
  reg_read_be_i64 (reg_bits i32, reg_idx i32) -> i64
      20 gas. Returns the first 8 bytes of a register as an integer, big-endian:
      the first byte is the most significant one.
      Refused if no register has these `reg_bits` and `reg_idx`; the register
      has fewer than 8 bytes.
";
    assert!(text.contains(entry), "{text}");
}

//! The README's tour is what really happens.

use std::fs;
use std::path::Path;

use super::support::{World, contract, texts};

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The content of the README's first block of a language.
fn block(readme: &str, language: &str) -> String {
    let (_, rest) = readme.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn every_command_of_the_tour_prints_what_the_readme_says() {
    let world = World::new();
    let tour = block(&readme(), "console");
    let steps: Vec<_> = tour.split("$ vellum ").skip(1).collect();
    assert!(steps.len() >= 4);
    for step in steps {
        let (command, expected) = step.split_once('\n').unwrap();
        let output = world.command(command.split(' ')).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        let (printed, said) = texts(&output);
        assert_eq!((printed.trim_end(), said.as_str()), (expected.trim_end(), ""), "vellum {command}");
    }
}

#[test]
fn the_contract_of_the_tour_is_the_one_that_is_shown() {
    let file = fs::read_to_string(contract("counter.wat")).unwrap();
    let (_, code) = file.split_once('\n').unwrap();
    assert_eq!(block(&readme(), "wat"), code);
}

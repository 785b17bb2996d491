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

#[test]
fn the_search_finds_and_tells_what_the_readme_says() {
    let readme = readme();
    let (_, rest) = readme.split_once("```text\n$ vellum ").unwrap();
    let (command, expected) = rest.split_once("```").unwrap().0.split_once('\n').unwrap();
    let world = World::new();
    let words = command.split(' ').map(|word| match word.strip_prefix("tests/contracts/") {
        Some(path) => contract(path).display().to_string(),
        None => word.to_owned(),
    });
    let (printed, _) = texts(&world.output(words));
    let mut lines = printed.lines();
    // What is left out is a line of its own.
    for line in expected.lines().filter(|line| line.trim() != "…") {
        assert!(lines.any(|printed| printed == line), "{line:?} does not come next in\n{printed}");
    }
}

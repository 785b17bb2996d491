//! What a program that uses the library pulls in with it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

#[test]
fn the_library_alone_has_no_dependency_of_the_command_line_or_the_lab() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let arguments =
        ["tree", "--offline", "--no-default-features", "-e", "normal", "--prefix", "none", "--format", "{p}"];
    let output = Command::new(env!("CARGO")).args(arguments).args(["--manifest-path", manifest]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let names: Vec<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    for needed in ["wasmtime", "memmap2", "lmdb-rkv", "xxhash-rust", "sha2"] {
        assert!(names.contains(&needed), "{needed} is not in\n{tree}");
    }
    for unwanted in ["clap", "ctrlc", "serde_json", "indicatif", "plotters", "maud", "fastrand"] {
        assert!(!names.contains(&unwanted), "{unwanted} is in\n{tree}");
    }
}

/// Where versions differ, `.ci/run` compiles wasmtime twice.
#[test]
fn the_testsuite_is_built_with_the_versions_of_the_main_package() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let main = locked(&root.join("Cargo.lock"));
    let testsuite = locked(&root.join("tests/spec/Cargo.lock"));
    let names: BTreeSet<_> = main.iter().map(|(name, _)| name).collect();
    let differing: Vec<_> =
        testsuite.iter().filter(|package| names.contains(&package.0) && !main.contains(*package)).collect();
    assert!(testsuite.iter().any(|(name, _)| name == "wasmtime"), "{testsuite:?}");
    assert!(differing.is_empty(), "tests/spec/Cargo.lock has other versions than Cargo.lock: {differing:?}");
}

/// Returns the names and versions of a lock file.
fn locked(file: &Path) -> BTreeSet<(String, String)> {
    let text = std::fs::read_to_string(file).unwrap();
    let value = |line: Option<&str>, key: &str| {
        let quoted = line.and_then(|line| line.strip_prefix(key)).unwrap_or_else(|| panic!("no {key} in {text}"));
        quoted.trim_matches('"').to_owned()
    };
    let packages = text.split("[[package]]\n").skip(1);
    packages
        .map(|package| (value(package.lines().next(), "name = "), value(package.lines().nth(1), "version = ")))
        .collect()
}

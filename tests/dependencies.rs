//! What a program that uses the library pulls in with it.

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

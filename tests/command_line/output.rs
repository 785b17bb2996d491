//! Standard output that goes away, or takes nothing.

use std::fs::File;
use std::process::Stdio;

use super::support::{World, texts};

#[test]
fn a_reader_that_has_gone_changes_neither_the_work_nor_the_exit_status() {
    let world = World::new();
    let address = world.deploy("counter.wat");
    let call = format!("{{\"call\": \"{address}\", \"function\": \"add\", \"args\": [1]}}\n");
    let scenario = world.file("many.jsonl", call.repeat(20)).display().to_string();
    for arguments in [vec!["--json", "run", &scenario], vec!["--json", "read", &address, "0", "1000000"]] {
        let mut command = world.command(arguments);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let (_, said) = texts(&output);
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""));
    }
    assert_eq!(world.json(["call", &address, "get"])["results"][0], "20");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_standard_output_is_an_error() {
    let world = World::new();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = world.command(["--json", "doctor"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    let (_, said) = texts(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("standard output"), "{said}");
}

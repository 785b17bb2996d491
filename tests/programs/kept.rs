//! What is in storage is kept: for the next call, for the next VM, and in old versions.

use vellum::receipt::{Call, Status, Value};
use vellum::store::{LmdbStore, OpenOptions};
use vellum::vm::Vm;

use super::support::{KINDS, Kind, Program, result};

#[test]
fn data_are_kept_when_the_store_is_closed_and_opened_again() {
    for Kind { name, write, read, .. } in KINDS {
        let directory = tempfile::tempdir().unwrap();
        let open = || {
            let store = LmdbStore::open(directory.path(), &OpenOptions::default()).unwrap();
            Vm::builder(store).module_cache_dir(None).build().unwrap()
        };
        let program = Program::deploy_on(open(), name);
        let empty = program.run(read.0, read.1);
        program.run(write.0, write.1);
        let (address, written) = (program.address, program.run(read.0, read.1));
        assert_ne!(written, empty, "{name}");
        drop(program);
        assert_eq!(Program { vm: open(), address }.run(read.0, read.1), written, "{name}");
    }
}

#[test]
fn every_version_is_as_it_was_when_it_was_written() {
    let program = Program::deploy("collections");
    let mut versions = vec![];
    for number in 1..=40_i64 {
        let call = match number % 4 {
            0 => program.call("remove", &[Value::I64(number - 5)]),
            1 => program.call("push", &[Value::I64(number)]),
            2 => program.call("push_text", &[]).input(format!("{number}, ")),
            _ => program.call("insert", &[number, number * number].map(Value::I64)),
        };
        let receipt = program.commit(&call);
        versions.push((receipt.contracts[0].version, result(&program.dry(&program.call("checksum", &[])))));
    }
    for (version, checksum) in &versions {
        assert_eq!(program.at(version.0, ("checksum", &[])), *checksum, "version {}", version.0);
    }
    let differing = versions.windows(2).filter(|pair| pair[0].1 != pair[1].1);
    assert!(differing.count() >= 35, "{versions:?}");
}

/// Input is copied into storage, and output out of it.
#[test]
fn host_functions_take_pointers_into_storage() {
    let program = Program::deploy("collections");
    let push = |text: &[u8]| program.commit(&program.call("push_text", &[]).input(text));
    let output = |call: &Call| program.dry(call).output;
    let text = "every word of this is kept, ".repeat(400);
    assert_eq!(result(&push(text.as_bytes())), text.len() as u64);
    assert_eq!(result(&push("äöü".as_bytes())), text.len() as u64 + 6);
    let refused = push(b"not UTF-8: \xff");
    assert_eq!(refused.status, Status::Reverted);
    assert_eq!(refused.output, b"invalid utf-8 sequence of 1 bytes from index 11");
    assert_eq!(output(&program.call("text", &[])), format!("{text}äöü").as_bytes());
}

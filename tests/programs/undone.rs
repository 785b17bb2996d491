//! A call that traps leaves nothing in storage, whatever it did to an allocator there.

use super::support::{KINDS, Kind, Program, assert_trapped, result};

#[test]
fn what_a_call_wrote_before_it_trapped_is_undone() {
    for Kind { name, write, write_then_trap, read } in KINDS {
        let program = Program::deploy(name);
        let read = || result(&program.dry(&program.call(read.0, read.1)));
        let trap = || assert_trapped(&program.commit(&program.call(write_then_trap.0, write_then_trap.1)));
        // On storage that was never written, and on storage that was.
        let empty = read();
        trap();
        assert_eq!(read(), empty, "{name}");
        program.run(write.0, write.1);
        let written = read();
        assert_ne!(written, empty, "{name}");
        trap();
        assert_eq!(read(), written, "{name}");
    }
}

#[test]
fn an_allocator_in_storage_goes_on_where_it_was_before_the_trap() {
    let [one, other] = [(); 2].map(|()| Program::deploy("collections"));
    for key in 0..60_u64 {
        if key % 3 == 0 {
            assert_trapped(&one.commit(&one.call("insert_then_trap", &[1_i64, 2].map(Into::into))));
        }
        let states = [&one, &other].map(|program| {
            let receipt = program.commit(&program.call("insert", &[key as i64, 1].map(Into::into)));
            receipt.contracts[0].state_after
        });
        assert_eq!(states[0], states[1], "after key {key}");
    }
}

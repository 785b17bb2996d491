//! Programs that call themselves: all calls see one storage at one address, and each has its own volatile part.

use super::support::{NONE, Program};

#[test]
fn a_program_that_is_entered_again_sees_what_each_call_wrote() {
    for (name, around, get) in [("collections", "insert_around_call", "get"), ("table", "put_around_call", "get")] {
        let program = Program::deploy(name);
        for round in 0..20 {
            let (key, value) = (10 * round, 1_000 + round);
            assert_eq!(program.words(around, [key, value]), 0, "{name}: the status of the nested call");
            let found = [0, 1, 2, 3].map(|offset| program.words(get, [key + offset]));
            assert_eq!(found, [value, value + 1, 2 * value + 1, NONE], "{name}");
        }
    }
}

#[test]
fn what_a_nested_call_wrote_before_it_trapped_is_undone_and_the_rest_stays() {
    let program = Program::deploy("collections");
    assert_eq!(program.words("push", [5]), 1);
    assert_eq!(program.words("insert_around_trap", [1, 10]), 2, "halted");
    assert_eq!([1, 2, 3].map(|key| program.words("get", [key])), [10, NONE, 10]);
    assert_eq!((program.words("len", []), program.words("push", [6])), (2, 2));
}

#[test]
fn stack_statics_and_memory_size_of_a_waiting_call_are_its_own() {
    let program = Program::deploy("collections");
    for _ in 0..3 {
        assert_eq!(program.run("is_volatile_part_its_own", &[]), 1);
        assert_eq!(program.words("scribble", [9, 9]), 7, "the static is as it was compiled");
    }
}

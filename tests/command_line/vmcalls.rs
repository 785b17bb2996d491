//! Every host function refuses what is out of range, by its name and the value, and what it refuses leaves nothing.
//! The cases of a test are the lines of one scenario.

use serde_json::{Value, json};

use super::support::{World, halt};

/// One call of an export of `vmcalls.wat`, and a part of what the refusal says.
type Case = (&'static str, Vec<i64>, &'static str);

/// Arguments of a slice that is refused: page, offset, length, and what the refusal says.
const BAD_SLICES: [(i64, i64, i64, &str); 13] = [
    (0, 0, 0, "len 0 is not a length"),
    (0, 0, -1, "len -1 is not a length"),
    (0, 0, i32::MIN as i64, "len -2147483648 is not a length"),
    (0, -1, 8, "offset -1 is not in a page"),
    (0, i32::MIN as i64, 8, "offset -2147483648 is not in a page"),
    (0, 4_096, 1, "offset 4096 is not in a page"),
    (0, i32::MAX as i64, 1, "offset 2147483647 is not in a page"),
    (0, 4_095, 2, "2 bytes at offset 4095 go over the end of the page"),
    (0, 1, i32::MAX as i64, "2147483647 bytes at offset 1 go over the end of the page"),
    (0, 4_064, 64, "64 bytes at offset 4064 go over the end of the page"),
    (-1, 0, 8, "page -1 is not one of the contract's 65536 pages"),
    (65_536, 0, 8, "page 65536 is not one of the contract's 65536 pages"),
    (i32::MAX as i64, 0, 8, "page 2147483647 is not one of the contract's 65536 pages"),
];

/// Places of 8 bytes that are not in the contract's memory of one page: index, offset.
const BAD_MEMORY: [(i64, i64, &str); 6] = [
    (1, 0, "memory 1 does not exist"),
    (-1, 0, "memory -1 does not exist"),
    (0, 65_529, "8 bytes at 65529 are not within the contract's memory of 65536 bytes"),
    (0, 65_536, "8 bytes at 65536 are not within"),
    (0, -1, "8 bytes at 4294967295 are not within"),
    (0, i32::MIN as i64, "8 bytes at 2147483648 are not within"),
];

/// Registers that do not exist, or do not hold 8 bytes: bits, index.
const BAD_REGISTERS: [(i64, i64, &str); 12] = [
    (0, 0, "no registers of 0 bits"),
    (33, 0, "no registers of 33 bits"),
    (-64, 0, "no registers of -64 bits"),
    (1_024, 0, "no registers of 1024 bits"),
    (32, 16, "register 16 of 32 bits does not exist: there are 0 to 15"),
    (64, 16, "register 16 of 64 bits does not exist"),
    (64, -1, "register -1 of 64 bits does not exist"),
    (160, 8, "register 8 of 160 bits does not exist: there are 0 to 7"),
    (256, 4, "register 4 of 256 bits does not exist: there are 0 to 3"),
    (512, 4, "register 4 of 512 bits does not exist"),
    (512, i32::MAX as i64, "register 2147483647 of 512 bits does not exist"),
    (32, 0, "8 bytes do not fit a register of 32 bits"),
];

/// A storage function: its name, and its arguments from those of the slice and the two that say where else.
type Storage = (&'static str, fn([i64; 3], [i64; 2]) -> Vec<i64>);

const WITH_MEMORY: [Storage; 4] = [
    ("storage_read_to_mem", |[page, offset, length], [memory, at]| vec![page, offset, length, memory, at]),
    ("storage_read_to_mem_6", |[page, offset, length], [memory, at]| vec![page, -9, offset, length, memory, at]),
    ("storage_write_from_mem", |[page, offset, length], [memory, at]| vec![memory, at, length, page, offset]),
    ("storage_write_from_mem_6", |[page, offset, length], [memory, at]| vec![memory, at, length, page, -9, offset]),
];

const WITH_REGISTER: [Storage; 4] = [
    ("storage_read_to_reg", |[page, offset, length], [bits, index]| vec![page, offset, length, bits, index]),
    ("storage_read_to_reg_6", |[page, offset, length], [bits, index]| vec![page, -9, offset, length, bits, index]),
    ("storage_write_from_reg", |[page, offset, length], [bits, index]| vec![bits, index, length, page, offset]),
    ("storage_write_from_reg_6", |[page, offset, length], [bits, index]| vec![bits, index, length, page, -9, offset]),
];

/// Runs calls as one scenario and gives their receipts.
fn receipts(world: &World, address: &str, calls: impl IntoIterator<Item = (&'static str, Vec<i64>)>) -> Vec<Value> {
    let line = |(function, arguments)| {
        // Enough for lengths of 4 GiB, which are paid for before they are refused.
        format!("{}\n", json!({ "call": address, "function": function, "args": arguments, "gas": 10_000_000_000_u64 }))
    };
    let scenario = world.file("calls.jsonl", calls.into_iter().map(line).collect::<String>());
    let printed = world.text(["--json", "run", scenario.to_str().unwrap()]);
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[track_caller]
fn assert_refused(cases: Vec<Case>) {
    let world = World::new();
    let address = world.deploy("vmcalls.wat");
    let before = world.stored();
    let calls = cases.iter().map(|(function, arguments, _)| (*function, arguments.clone()));
    let receipts = receipts(&world, &address, calls);
    assert_eq!(receipts.len(), cases.len());
    for ((function, arguments, says), receipt) in cases.iter().zip(&receipts) {
        let (kind, message) = halt(receipt);
        assert_eq!(kind, "vmcall", "{function} {arguments:?}: {message}");
        let name = format!(".{}: ", function.trim_end_matches("_6"));
        assert!(message.contains(&name) && message.contains(says), "{function} {arguments:?}: {message}");
    }
    assert!(world.stored() == before);
}

#[test]
fn a_slice_that_is_not_within_a_page_is_refused_by_every_storage_function() {
    let mut cases = Vec::new();
    for (functions, elsewhere) in [(WITH_MEMORY, [0, 0]), (WITH_REGISTER, [512, 0])] {
        for (function, arguments) in functions {
            for (page, offset, length, says) in BAD_SLICES {
                cases.push((function, arguments([page, offset, length], elsewhere), says));
            }
        }
    }
    assert_refused(cases);
}

#[test]
fn memory_that_is_not_there_is_refused_by_every_function_that_copies() {
    let mut cases = Vec::new();
    for (index, at, says) in BAD_MEMORY {
        for (function, arguments) in WITH_MEMORY {
            cases.push((function, arguments([0, 0, 8], [index, at]), says));
        }
        cases.push(("mem_to_reg_copy", vec![index, at, 8, 64, 0], says));
        cases.push(("reg_to_mem_copy", vec![64, 0, 8, index, at], says));
    }
    for length in [0, -1, i32::MIN.into()] {
        cases.push(("mem_to_reg_copy", vec![0, 0, length, 64, 0], "is not a length"));
        cases.push(("reg_to_mem_copy", vec![64, 0, length, 0, 0], "is not a length"));
    }
    assert_refused(cases);
}

#[test]
fn a_register_that_is_not_there_or_too_short_is_refused_by_every_function_that_names_one() {
    let mut cases = Vec::new();
    for (bits, index, says) in BAD_REGISTERS {
        for (function, arguments) in WITH_REGISTER {
            cases.push((function, arguments([0, 0, 8], [bits, index]), says));
        }
        cases.push(("mem_to_reg_copy", vec![0, 0, 8, bits, index], says));
        cases.push(("reg_to_mem_copy", vec![bits, index, 8, 0, 0], says));
        cases.push(("reg_read_be_i64", vec![bits, index], says));
        cases.push(("reg_write_be_i64", vec![-1, bits, index], says));
        if (bits, index) != (32, 0) {
            cases.push(("reg_replace_byte", vec![bits, index, 1, 0], says));
            cases.push(("vmcall_get_balance", vec![bits, index], says));
            cases.push(("get_balance_from_reg", vec![bits, index], says));
        }
    }
    for (bits, bytes, says) in [
        (64, 9, "9 bytes do not fit a register of 64 bits"),
        (160, 21, "21 bytes do not fit a register of 160 bits"),
        (512, 65, "65 bytes do not fit a register of 512 bits"),
    ] {
        for (function, arguments) in WITH_REGISTER {
            cases.push((function, arguments([0, 0, bytes], [bits, 0]), says));
        }
        cases.push(("mem_to_reg_copy", vec![0, 0, bytes, bits, 0], says));
        cases.push(("reg_to_mem_copy", vec![bits, 0, bytes, 0, 0], says));
    }
    for bits in [32, 64, 256, 512] {
        cases.push(("vmcall_get_balance", vec![bits, 0], "an address is in a register of 160 bits"));
        cases.push(("get_balance_from_reg", vec![bits, 0], "an address is in a register of 160 bits"));
    }
    assert_refused(cases);
}

#[test]
fn a_byte_over_255_or_beyond_its_register_is_refused() {
    assert_refused(vec![
        ("reg_replace_byte", vec![64, 0, 256, 0], "256 is not a byte"),
        ("reg_replace_byte", vec![64, 0, -1, 0], "-1 is not a byte"),
        ("reg_replace_byte", vec![64, 0, 0, 8], "offset 8 is not in a register of 64 bits: 0 to 7"),
        ("reg_replace_byte", vec![64, 0, 0, -1], "offset -1 is not in a register of 64 bits"),
        ("reg_replace_byte", vec![512, 3, 0, 64], "offset 64 is not in a register of 512 bits"),
    ]);
}

#[test]
fn pointers_out_of_memory_and_data_that_is_not_there_are_refused() {
    assert_refused(vec![
        ("input_copy", vec![0, 0, 1], "1 bytes at 0 are not within the input of 0 bytes"),
        ("input_copy", vec![0, 1, 0], "0 bytes at 1 are not within the input"),
        ("input_copy", vec![0, -1, 1], "1 bytes at 4294967295 are not within the input"),
        ("input_copy", vec![65_536, 0, 1], "are not within the contract's memory"),
        ("input_copy", vec![0, 0, -1], "4294967295 bytes at 0 are not within"),
        ("output_copy", vec![0, 0, 1], "1 bytes at 0 are not within the output of 0 bytes"),
        ("output_copy", vec![-1, 0, 1], "are not within the contract's memory"),
        ("return", vec![65_530, 8], "8 bytes at 65530 are not within the contract's memory"),
        ("return", vec![-1, 1], "1 bytes at 4294967295 are not within"),
        ("revert", vec![65_530, 8], "8 bytes at 65530 are not within the contract's memory"),
        ("panic", vec![65_530, 8], "8 bytes at 65530 are not within the contract's memory"),
        ("panic", vec![-1, 1], "1 bytes at 4294967295 are not within"),
        ("caller", vec![65_517], "20 bytes at 65517 are not within the contract's memory"),
        ("origin", vec![65_536], "20 bytes at 65536 are not within"),
        ("self_address", vec![-20], "20 bytes at 4294967276 are not within"),
        ("balance_of", vec![-1], "20 bytes at 4294967295 are not within"),
        ("log", vec![65_530, 8], "8 bytes at 65530 are not within the contract's memory"),
        ("log", vec![0, -1], "4294967295 bytes at 0 are not within"),
    ]);
}

/// Every destination in own memory: as far as its end it may reach, and not a byte further, wherever it begins.
#[test]
fn a_destination_ends_where_memory_ends() {
    let mut cases = Vec::new();
    for (at, says) in [(65_537, "at 65537 are not within"), (-1, "at 4294967295 are not within")] {
        // Nothing goes where nothing can be.
        cases.push(("input_copy", vec![at, 0, 0], says));
        cases.push(("output_copy", vec![at, 0, 0], says));
    }
    for (at, says) in [(65_517, "20 bytes at 65517"), (65_536, "20 bytes at 65536"), (-1, "20 bytes at 4294967295")] {
        for function in ["caller", "origin", "self_address"] {
            cases.push((function, vec![at], says));
        }
    }
    for (at, says) in [(65_529, "8 bytes at 65529"), (65_536, "8 bytes at 65536"), (-4, "8 bytes at 4294967292")] {
        cases.push(("reg_to_mem_copy", vec![64, 0, 8, 0, at], says));
        cases.push(("storage_read_to_mem", vec![0, 0, 8, 0, at], says));
        cases.push(("storage_read_to_mem_6", vec![0, 0, 0, 8, 0, at], says));
        cases.push(("input_copy", vec![at, 0, 8], says));
        cases.push(("output_copy", vec![at, 0, 8], says));
    }
    for (offset, length) in [(-1, 2), (1, -1), (-1, -1)] {
        // Neither sum wraps.
        cases.push(("input_copy", vec![0, offset, length], "are not within the"));
        cases.push(("output_copy", vec![0, offset, length], "are not within the"));
        cases.push(("input_copy", vec![offset, 0, length], "are not within the contract's memory"));
        cases.push(("output_copy", vec![offset, 0, length], "are not within the contract's memory"));
    }
    assert_refused(cases);
}

#[test]
fn output_over_the_limit_is_a_limit() {
    let world = World::new();
    let address = world.deploy("large_output.wat");
    for function in ["return", "revert"] {
        let receipt = &receipts(&world, &address, [(function, vec![(1 << 20) + 1])])[0];
        let (kind, message) = halt(receipt);
        assert_eq!(kind, "limit");
        assert!(message.contains("1048577") && message.contains("1048576"), "{message}");
    }
}

#[test]
fn the_last_byte_of_everything_can_be_used() {
    let world = World::new();
    let address = world.deploy("vmcalls.wat");
    let mut calls = Vec::new();
    for (page, offset, length) in [(0, 0, 4_096), (0, 4_095, 1), (65_535, 0, 4_096), (65_535, 4_095, 1)] {
        for (function, arguments) in WITH_MEMORY {
            calls.push((function, arguments([page, offset, length], [0, 65_536 - length])));
        }
    }
    for (bits, index) in [(32, 15), (64, 15), (160, 7), (256, 3), (512, 3)] {
        let bytes = bits / 8;
        for (function, arguments) in WITH_REGISTER {
            calls.push((function, arguments([65_535, 4_096 - bytes, bytes], [bits, index])));
        }
        calls.push(("mem_to_reg_copy", vec![0, 65_536 - bytes, bytes, bits, index]));
        calls.push(("reg_to_mem_copy", vec![bits, index, bytes, 0, 65_536 - bytes]));
        calls.push(("reg_replace_byte", vec![bits, index, 255, bytes - 1]));
    }
    for function in ["caller", "origin", "self_address"] {
        calls.push((function, vec![65_516]));
    }
    calls.push(("input_copy", vec![65_536, 0, 0]));
    calls.push(("output_copy", vec![65_536, 0, 0]));
    calls.push(("return", vec![65_536, 0]));
    calls.push(("log", vec![65_535, 1]));
    calls.push(("get_balance_from_reg", vec![160, 7]));
    for (call, receipt) in calls.clone().into_iter().zip(receipts(&world, &address, calls)) {
        assert_eq!(receipt["status"], "returned", "{call:?}: {receipt}");
    }
}

#[test]
fn a_contract_without_memory_cannot_be_given_bytes() {
    let world = World::new();
    let address = world.deploy("without_memory.wat");
    let before = world.stored();
    for function in ["read", "caller"] {
        let receipt = world.json(["call", &address, function]);
        let (kind, message) = halt(&receipt);
        assert_eq!(kind, "vmcall");
        assert!(message.contains("exports no memory of its own"), "{message}");
    }
    assert!(world.stored() == before);
}

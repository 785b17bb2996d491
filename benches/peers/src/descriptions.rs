//! The descriptions of the arms, to be read with their numbers.

use vellum::lab::report::Peer;

use crate::names::{COSMWASM, HOST_CALLS, MAPPED, NATIVE, NEAR, POLKAVM, POLKAVM_UNCONFINED, REVM, SLICES, SQLITE};
use crate::state_location::StateLocation;

pub const TIMED: &str = "Timed: a whole transaction, from the prepared request to the result, with the system's commit. Not timed: compilation, preparing the bytes of the request, and checks.";

pub const METHOD: [&str; 6] = [
    "All arms of a row run the same transactions on the same state, the same number in each sample, interleaved in one process. Every result, and every word of state after each sample, is checked against the lab's native model. A wrong answer ends the run.",
    "The systems differ: each has its own unit of state, its own hashing, and its own metering. Read each number with its description. Only vellum computes a state root in each transaction: SHA-256 of the changed pages and of a tree above them. Chains compute theirs in another layer (the tries of Ethereum and NEAR, the store of the Cosmos SDK), once per block. The other systems have no state root.",
    "The contracts of the peers are written by hand: one WebAssembly text with glue code for each system, EVM bytecode from a small assembler, and a polkavm program from its own assembler. They draw the same random numbers, and read and write the same words in the same order.",
    "Requests and answers are a few binary words. Contracts that use the systems' own libraries would also parse JSON or other formats.",
    "Transactions are executed one at a time, without blocks. The virtual machines create a new instance for each transaction, as vellum does, except polkavm, which keeps its instance and pages.",
    "Commits to LMDB do not wait for the disk, and neither does SQLite, which has a write-ahead log. A commit survives a crash of the program, but not of the host.",
];

/// The fields of a [`Peer`] that do not depend on the location of the state.
struct Description {
    name: &'static str,
    crates: &'static [&'static str],
    state: &'static str,
    commitment: &'static str,
    metering: &'static str,
    setup: &'static str,
}

const KEY: &str = "a key of 8 bytes and a value of 8 for each word";

const PAGED: &str = "pages of 4 KiB, loaded into the memory of its process by faults";

const NONE: &str = "none";

const STATE_ROOT: &str = "a state root";

const LEFT_TO_THE_CHAIN: &str = "none, left to the chain";

const ALL: [Description; 10] = [
    Description {
        name: MAPPED,
        crates: &["vellum", "wasmtime"],
        state: "pages of 4 KiB, mapped into the contract's memory (pager soft)",
        commitment: STATE_ROOT,
        metering: "gas",
        setup: "compiled once; frames are kept from call to call",
    },
    Description {
        name: SLICES,
        crates: &["vellum", "wasmtime"],
        state: "pages of 4 KiB, read and written in slices by host calls",
        commitment: STATE_ROOT,
        metering: "gas",
        setup: "compiled once; frames are kept from call to call",
    },
    Description {
        name: NATIVE,
        crates: &[],
        state: "in memory the tables of the mapped contract, on LMDB a key of 8 bytes for each word",
        commitment: NONE,
        metering: NONE,
        setup: "release build; in memory a failed transaction cannot be undone",
    },
    Description {
        name: HOST_CALLS,
        crates: &["wasmtime"],
        state: KEY,
        commitment: NONE,
        metering: "fuel",
        setup: "compiled and linked once (InstancePre); keys and words are passed in registers; in memory a hash map",
    },
    Description {
        name: SQLITE,
        crates: &["rusqlite", "libsqlite3-sys"],
        state: "a row of an integer key and an integer for each word",
        commitment: NONE,
        metering: NONE,
        setup: "a native program with a prepared statement for each access, without a virtual machine; exclusive locking",
    },
    Description {
        name: REVM,
        crates: &["revm"],
        state: "a slot of 32 bytes for each word; in token the slot is the keccak hash of the key, as in a Solidity mapping",
        commitment: LEFT_TO_THE_CHAIN,
        metering: "gas",
        setup: "bytecode analysed once and cached with its account; keccak in assembly; in memory CacheDB",
    },
    Description {
        name: COSMWASM,
        crates: &["cosmwasm-vm", "wasmer"],
        state: KEY,
        commitment: LEFT_TO_THE_CHAIN,
        metering: "gas",
        setup: "module pinned in the cache; a new instance for each transaction; compiled by Singlepass; in memory a hash map",
    },
    Description {
        name: NEAR,
        crates: &["near-vm-runner"],
        state: KEY,
        commitment: LEFT_TO_THE_CHAIN,
        metering: "gas",
        setup: "contract precompiled, in the cache of loaded contracts; protocol settings of its release; an instance from its pool for each transaction; compiled by Winch; state in its own mock of a chain, a hash map",
    },
    Description {
        name: POLKAVM,
        crates: &["polkavm"],
        state: PAGED,
        commitment: NONE,
        metering: "gas",
        setup: "recompiler, in its sandbox, a separate process; instance and pages are kept; pages are write-protected after each transaction, so that written pages are known and copied to the store; not pinned to a core",
    },
    Description {
        name: POLKAVM_UNCONFINED,
        crates: &["polkavm"],
        state: PAGED,
        commitment: NONE,
        metering: "gas",
        setup: "dynamic paging as in its sandbox, in the same separate process, but without namespaces and system call filter, which its documentation reserves for debugging: this kernel denies userfaultfd to the sandbox",
    },
];

/// The names of all peers.
pub fn others() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|description| description.name).filter(|name| ![MAPPED, SLICES].contains(name))
}

/// The description of an arm.
pub fn of(name: &str, location: StateLocation) -> Peer {
    let description = ALL.iter().find(|description| description.name == name).unwrap_or(&ALL[0]);
    let versions: Vec<String> = description.crates.iter().map(|name| format!("{name} {}", version(name))).collect();
    let durability = match (location, name) {
        (StateLocation::Memory, _) => NONE,
        (StateLocation::Disk, SQLITE) => "written to its log, not synced",
        (StateLocation::Disk, _) => "committed, not synced",
    };
    Peer {
        name: location.arm(name),
        version: if versions.is_empty() { "Rust".to_owned() } else { versions.join(", ") },
        state: description.state.to_owned(),
        commitment: description.commitment.to_owned(),
        durability: durability.to_owned(),
        metering: description.metering.to_owned(),
        setup: description.setup.to_owned(),
    }
}

/// The version of a crate, from the lock file of this build; the highest one if there are several.
fn version(name: &str) -> &'static str {
    let line = format!("name = \"{name}\"\nversion = \"");
    include_str!("../Cargo.lock").rsplit_once(&line).and_then(|(_, rest)| rest.split('"').next()).unwrap_or("unknown")
}

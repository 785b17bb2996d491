//! What has to be known of each arm to read its number.

use vellum::lab::report::Peer;

use crate::home::Home;
use crate::names::{COSMWASM, HOST_CALLS, MAPPED, NATIVE, NEAR, POLKAVM, POLKAVM_UNCONFINED, REVM, SLICES, SQLITE};

pub const TIMED: &str = "Inside the time: a whole transaction, from a request that is ready to its result, with what the system does to commit it. Not inside: compilation, making the bytes of the request, and checking.";

pub const METHOD: [&str; 6] = [
    "All arms of a row run the same transactions on the same state, as many in each sample, interleaved in one process. Every result, and every word of state after each sample, is compared with the lab's native model; a wrong answer ends the run.",
    "Unlike things are compared: each system keeps state in its own units, hashes what it hashes, and meters as it ships. Read a number with what stands beside it. vellum alone works out a state root in each transaction: SHA-256 of changed pages, and of a tree above them. Chains leave that to another layer (the tries of Ethereum and NEAR, the store of the Cosmos SDK), once a block; the rest have none.",
    "Contracts for the peers are written by hand: one WebAssembly text with the glue of each system around it, EVM bytecode by a small assembler, a polkavm program by its own assembler. They draw the same random numbers and read and write the same words in the same order.",
    "Requests and answers are a few words in binary. Contracts made with the systems' own libraries would parse JSON, or more, on top.",
    "One transaction at a time; nothing is batched into blocks. Virtual machines take a new instance for each transaction, as vellum does, except polkavm, whose instance and pages stay.",
    "LMDB is written without waiting for the disk; so is SQLite, which has a write-ahead log. What is committed survives a crash of the program, not one of the machine.",
];

struct Words {
    name: &'static str,
    crates: &'static [&'static str],
    state: &'static str,
    commitment: &'static str,
    metering: &'static str,
    setup: &'static str,
}

const KEY: &str = "a key of 8 bytes and a value of 8 for each word";

const PAGED: &str = "pages of 4 KiB, faulted into the memory of its process";

const NONE: &str = "none";

const STATE_ROOT: &str = "a state root";

const LEFT_TO_THE_CHAIN: &str = "none, left to the chain";

const ALL: [Words; 10] = [
    Words {
        name: MAPPED,
        crates: &["vellum", "wasmtime"],
        state: "pages of 4 KiB, mapped into the contract's memory (pager soft)",
        commitment: STATE_ROOT,
        metering: "gas",
        setup: "compiled once; frames are kept from call to call",
    },
    Words {
        name: SLICES,
        crates: &["vellum", "wasmtime"],
        state: "pages of 4 KiB, read and written in slices by host calls",
        commitment: STATE_ROOT,
        metering: "gas",
        setup: "compiled once; frames are kept from call to call",
    },
    Words {
        name: NATIVE,
        crates: &[],
        state: "in memory the tables of the mapped contract, on LMDB a key of 8 bytes for each word",
        commitment: NONE,
        metering: NONE,
        setup: "compiled with the optimisations of a release build; nothing is undone if it fails",
    },
    Words {
        name: HOST_CALLS,
        crates: &["wasmtime"],
        state: KEY,
        commitment: NONE,
        metering: "fuel",
        setup: "compiled and linked once (InstancePre); keys and words in registers; in memory a hash map",
    },
    Words {
        name: SQLITE,
        crates: &["rusqlite", "libsqlite3-sys"],
        state: "a row of an integer key and an integer for each word",
        commitment: NONE,
        metering: NONE,
        setup: "statements prepared once, exclusive locking; no virtual machine: a native program with a statement for each access",
    },
    Words {
        name: REVM,
        crates: &["revm"],
        state: "a slot of 32 bytes for each word; of token by the keccak hash of its key, as a Solidity mapping",
        commitment: LEFT_TO_THE_CHAIN,
        metering: "gas",
        setup: "legacy bytecode analysed once and kept with its account, assembler keccak; in memory CacheDB",
    },
    Words {
        name: COSMWASM,
        crates: &["cosmwasm-vm", "wasmer"],
        state: KEY,
        commitment: LEFT_TO_THE_CHAIN,
        metering: "gas",
        setup: "module pinned in the cache, an instance for each transaction; compiled by Singlepass; in memory a hash map",
    },
    Words {
        name: NEAR,
        crates: &["near-vm-runner"],
        state: KEY,
        commitment: LEFT_TO_THE_CHAIN,
        metering: "gas",
        setup: "contract compiled beforehand, in its cache of loaded contracts; settings of the protocol of its release; an instance for each transaction from its pool; compiled by Winch; state in its own mock of a chain, a hash map",
    },
    Words {
        name: POLKAVM,
        crates: &["polkavm"],
        state: PAGED,
        commitment: NONE,
        metering: "gas",
        setup: "recompiler in its sandbox, a process of its own; instance and pages stay; pages are write-protected after each transaction, so that changed ones are known and copied out; its threads are not pinned to a core",
    },
    Words {
        name: POLKAVM_UNCONFINED,
        crates: &["polkavm"],
        state: PAGED,
        commitment: NONE,
        metering: "gas",
        setup: "dynamic paging as in its sandbox, in the same process of its own but without its namespaces and system call filter, which its documentation keeps for debugging: this kernel refuses userfaultfd to the sandbox",
    },
];

/// The names of all that can run beside vellum.
pub fn others() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|words| words.name).filter(|name| ![MAPPED, SLICES].contains(name))
}

/// What is said of an arm.
pub fn of(name: &str, home: Home) -> Peer {
    let words = ALL.iter().find(|words| words.name == name).unwrap_or(&ALL[0]);
    let versions: Vec<String> = words.crates.iter().map(|name| format!("{name} {}", version(name))).collect();
    let durability = match (home, name) {
        (Home::Memory, _) => NONE,
        (Home::Disk, SQLITE) => "written to its log, not synced",
        (Home::Disk, _) => "committed, not synced",
    };
    Peer {
        name: home.arm(name),
        version: if versions.is_empty() { "Rust".to_owned() } else { versions.join(", ") },
        state: words.state.to_owned(),
        commitment: words.commitment.to_owned(),
        durability: durability.to_owned(),
        metering: words.metering.to_owned(),
        setup: words.setup.to_owned(),
    }
}

/// A crate's version, from the lock file that this program was built with; the highest if there are several.
fn version(name: &str) -> &'static str {
    let line = format!("name = \"{name}\"\nversion = \"");
    include_str!("../Cargo.lock").rsplit_once(&line).and_then(|(_, rest)| rest.split('"').next()).unwrap_or("unknown")
}

//! Programs that are deployed, and their calls.

use std::fs;
use std::path::PathBuf;

use vellum::paging::PagerKind;
use vellum::receipt::{Call, HaltKind, Receipt, Value};
use vellum::store::MemoryStore;
use vellum::units::{Address, CommitNumber, Gas, Version};
use vellum::vm::{Deployment, Vm};

/// Enough for any call here.
const GAS: Gas = Gas(1 << 32);

/// What the programs give where there is no value.
pub const NONE: u64 = u64::MAX;

/// What a program does that all of them can do, in its words.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The name of its module.
    pub name: &'static str,
    /// An export that writes, and its arguments.
    pub write: (&'static str, &'static [Value]),
    /// An export that writes and then traps, and arguments with which it would write something else.
    pub write_then_trap: (&'static str, &'static [Value]),
    /// An export that gives a number which these writes change, and its arguments.
    pub read: (&'static str, &'static [Value]),
}

/// One program of each language.
pub const KINDS: [Kind; 4] = [
    Kind {
        name: "collections",
        write: ("insert", &[Value::I64(7), Value::I64(70)]),
        write_then_trap: ("insert_then_trap", &[Value::I64(7), Value::I64(71)]),
        read: ("checksum", &[]),
    },
    Kind {
        name: "table",
        write: ("put", &[Value::I64(7), Value::I64(70)]),
        write_then_trap: ("put_then_trap", &[Value::I64(8), Value::I64(80)]),
        read: ("checksum", &[]),
    },
    Kind {
        name: "ring",
        write: ("add", &[Value::I64(7)]),
        write_then_trap: ("add_then_trap", &[Value::I64(8)]),
        read: ("sum", &[]),
    },
    Kind {
        name: "tally",
        write: ("count", &[Value::I32(7)]),
        write_then_trap: ("count_then_trap", &[Value::I32(7)]),
        read: ("times", &[Value::I32(7)]),
    },
];

/// The file of a module.
pub fn module(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/programs/modules").join(name).with_extension("wasm")
}

/// The pagers of this host.
pub fn pagers() -> Vec<PagerKind> {
    PagerKind::ALL.into_iter().filter(|pager| pager.availability().is_ok()).collect()
}

/// A program at an address.
#[derive(Debug)]
pub struct Program {
    pub vm: Vm,
    pub address: Address,
}

impl Program {
    /// A program on a store in memory.
    pub fn deploy(name: &str) -> Self {
        Self::deploy_on(Vm::new(MemoryStore::new()).unwrap(), name)
    }

    pub fn deploy_on(vm: Vm, name: &str) -> Self {
        let code = fs::read(module(name)).unwrap();
        let address =
            vm.deploy(&code, &Deployment::default()).unwrap_or_else(|error| panic!("{name}: {error}")).address;
        Self { vm, address }
    }

    pub fn call(&self, function: &str, arguments: &[Value]) -> Call {
        Call::new(self.address, function).args(arguments).gas(GAS)
    }

    /// The receipt of a call, the same under every pager, of which the last one commits it.
    pub fn commit(&self, call: &Call) -> Receipt {
        let receipt = self.dry(call);
        let committed = self.vm.run(call).commit().unwrap();
        assert_eq!(Receipt { commit: None, ..committed.clone() }, receipt, "{}", call.function);
        committed
    }

    /// The receipt of a dry run, the same under every pager.
    pub fn dry(&self, call: &Call) -> Receipt {
        let mut receipts = pagers().into_iter().map(|pager| {
            let receipt = self.vm.run(&call.clone().pager(pager)).dry().unwrap();
            (pager, receipt)
        });
        let (first, receipt) = receipts.next().unwrap();
        for (pager, other) in receipts {
            assert_eq!(other, receipt, "{} under {pager} and under {first}", call.function);
        }
        receipt
    }

    /// Commits a call that returns, and gives its result; 0 for none.
    #[track_caller]
    pub fn run(&self, function: &str, arguments: &[Value]) -> u64 {
        result(&self.commit(&self.call(function, arguments)))
    }

    /// The same with arguments that are words.
    #[track_caller]
    pub fn words<const N: usize>(&self, function: &str, arguments: [u64; N]) -> u64 {
        self.run(function, &arguments.map(|word| Value::I64(word as i64)))
    }

    /// What a call that writes nothing gave at an old version.
    pub fn at(&self, version: u64, (function, arguments): (&str, &[Value])) -> u64 {
        result(&self.vm.run(&self.call(function, arguments)).at((self.address, Version(version))).dry().unwrap())
    }
}

/// The one result of a call that returned; 0 for none.
#[track_caller]
pub fn result(receipt: &Receipt) -> u64 {
    assert!(receipt.is_returned(), "{receipt:?}");
    match receipt.results[..] {
        [] => 0,
        [Value::I32(result)] => u64::from(result as u32),
        [Value::I64(result)] => result as u64,
        ref results => panic!("{results:?}"),
    }
}

/// Pages that a call changed.
pub fn pages_changed(receipt: &Receipt) -> u32 {
    receipt.contracts[0].pages_changed
}

/// Checks that a call trapped and left nothing.
#[track_caller]
pub fn assert_trapped(receipt: &Receipt) {
    let halt = receipt.status.halt().unwrap_or_else(|| panic!("{receipt:?}"));
    assert_eq!(
        (halt.kind, receipt.commit, pages_changed(receipt)),
        (HaltKind::Trap, None::<CommitNumber>, 0),
        "{halt}"
    );
    let [contract] = &receipt.contracts[..] else { panic!("{receipt:?}") };
    assert_eq!(contract.state_before, contract.state_after);
}

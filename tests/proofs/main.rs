//! Proofs as files: what was written once verifies, is written the same again, and can be read by whoever has only the
//! description of the layout in `src/proof/mod.rs`.

mod by_description;

use std::fs;
use std::path::{Path, PathBuf};

use vellum::proof::{Proof, Verifier};
use vellum::receipt::{Call, Value};
use vellum::store::MemoryStore;
use vellum::units::{Address, PageIndex, StateRoot, WorldRoot};
use vellum::vm::{Deployment, Vm};

/// Writes one byte at any place of its storage, which may be as large as can be.
const CONTRACT: &str = r#"(module
  (import "storage" "memory" (memory $storage 1 65536))
  (func (export "set") (param $at i32) (param $byte i32)
    (i32.store8 $storage (local.get $at) (local.get $byte))))"#;

/// A world of two contracts and two senders.
struct World {
    vm: Vm,
    contract: Address,
}

fn sender(n: u8) -> Address {
    Address([n; 20])
}

impl World {
    fn new() -> Self {
        let vm = Vm::new(MemoryStore::new()).unwrap();
        let deploy = |nonce| vm.deploy(CONTRACT.as_bytes(), &Deployment { nonce, ..Deployment::default() }).unwrap();
        let contract = deploy(0).address;
        deploy(1);
        for n in [3, 7] {
            vm.fund(&sender(n), 1_000 + u64::from(n)).unwrap();
        }
        for page in [0_u32, 1, 6, 300, 0x8_0000, 0xf_ffff] {
            let arguments = [Value::I32((page * 4_096 + page % 100) as i32), Value::I32(page as i32 | 1)];
            let _set = vm.run(&Call::new(contract, "set").sender(sender(3)).args(arguments)).commit().unwrap();
        }
        Self { vm, contract }
    }

    fn pages(&self, pages: &[u32]) -> Proof {
        self.vm.now().unwrap().prove(&self.contract, &indices(pages)).unwrap()
    }

    fn in_world(&self, address: Address, pages: &[u32]) -> Proof {
        self.vm.now().unwrap().prove_in_world(&address, &indices(pages)).unwrap()
    }

    /// Every kind of proof, and the file that holds it.
    fn proofs(&self) -> Vec<(&'static str, Proof)> {
        vec![
            ("one-page", self.pages(&[1])),
            ("absent-page", self.pages(&[2])),
            ("pages", self.pages(&[0, 1, 2, 6, 7, 300, 100_000, 0x8_0000, 0xf_ffff])),
            ("account", self.in_world(sender(7), &[])),
            ("absent-account-empty-place", self.in_world(sender(0x44), &[])),
            ("absent-account-place-of-another", self.in_world(sender(8), &[])),
            ("pages-in-world", self.in_world(self.contract, &[6, 5])),
        ]
    }
}

fn indices(pages: &[u32]) -> Vec<PageIndex> {
    pages.iter().copied().map(PageIndex).collect()
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proofs").join(name).with_extension("proof")
}

/// The state of the contract and the root of the world, which every implementation of the design has to arrive at.
const STATE: &str = "0xb290ad5633157c1770f5b8251530d770c09dc2ea5d81371e3fb9a44ebb740e73";
const WORLD: &str = "0x5e8f91b1a43f24ae38dbf6cccb08ee901652d87dd4b712507aeb196be5a663fc";

#[test]
fn proofs_are_written_as_they_were_once() {
    let world = World::new();
    for (name, proof) in world.proofs() {
        // Only for a new format: what is in the files must stay as it is.
        if std::env::var_os("VELLUM_WRITE_PROOFS").is_some() {
            fs::write(path(name), &proof.bytes).unwrap();
        }
        assert!(fs::read(path(name)).unwrap() == proof.bytes, "{name}");
    }
}

#[test]
fn proofs_in_files_verify_and_any_description_of_them_reads_the_same() {
    let world = World::new();
    let (state, root): (StateRoot, WorldRoot) = (STATE.parse().unwrap(), WORLD.parse().unwrap());
    for (name, proof) in world.proofs() {
        let bytes = fs::read(path(name)).unwrap();
        let expected = if name.contains("account") || name.contains("world") { root.0 } else { state.0 };
        assert_eq!(proof.root.as_bytes(), &expected, "{name}");
        let proven = Verifier::new().root(expected).verify(&bytes).unwrap();
        for page in &proven.pages {
            assert!(page.content() == world.vm.now().unwrap().page(&proven.address, page.index).unwrap().0, "{name}");
        }
        let read = by_description::read(&bytes);
        assert_eq!(read.root, expected, "{name}");
        assert_eq!(read.address, proven.address.0, "{name}");
        assert_eq!(read.present, proven.account.is_some(), "{name}");
        let pages: Vec<_> = proven.pages.iter().map(|page| (page.index.0, page.content().to_vec())).collect();
        assert!(read.pages == pages, "{name}");
    }
}

//! Proofs as files: what was written once verifies, is written the same again, and can be read by whoever has only the
//! description of the layout in `src/proof/mod.rs`.

mod by_description;

use std::fs;
use std::path::{Path, PathBuf};

use vellum::proof::{Proof, Selection, Verifier};
use vellum::receipt::{Call, Value};
use vellum::store::MemoryStore;
use vellum::units::{Address, ByteOffset, PageIndex, StateRoot, WorldRoot};
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

    fn storage(&self, selection: Selection) -> Proof {
        self.vm.now().unwrap().prove(&self.contract, selection).unwrap()
    }

    fn in_world(&self, address: Address, selection: Selection) -> Proof {
        self.vm.now().unwrap().prove_in_world(&address, selection).unwrap()
    }

    /// Every kind of proof, and the file that holds it.
    fn proofs(&self) -> Vec<(&'static str, Proof)> {
        vec![
            ("one-page", self.storage(pages(&[1]))),
            ("absent-page", self.storage(pages(&[2]))),
            ("pages", self.storage(pages(&[0, 1, 2, 6, 7, 300, 100_000, 0x8_0000, 0xf_ffff]))),
            // The byte that is written in page 1, and those beside it.
            ("one-range", self.storage(Selection::new().bytes(ByteOffset(4_096), 8))),
            ("ranges", self.storage(ranges())),
            ("ranges-and-page", self.storage(ranges().page(PageIndex(6)).page(PageIndex(7)))),
            ("account", self.in_world(sender(7), Selection::new())),
            ("absent-account-empty-place", self.in_world(sender(0x44), Selection::new())),
            ("absent-account-place-of-another", self.in_world(sender(8), Selection::new())),
            ("pages-in-world", self.in_world(self.contract, pages(&[6, 5]))),
            ("range-in-world", self.in_world(self.contract, Selection::new().bytes(ByteOffset(6 * 4_096), 16))),
        ]
    }
}

fn pages(indices: &[u32]) -> Selection {
    indices.iter().copied().map(PageIndex).fold(Selection::new(), Selection::page)
}

/// Across chunks and pages, within a page that is asked for whole, of zeros, and at the end of storage.
fn ranges() -> Selection {
    [(4_000, 700), (6 * 4_096 + 3, 4), (1 << 20, 70_000), ((1 << 32) - 10, 10)]
        .into_iter()
        .fold(Selection::new(), |ranges, (offset, length)| ranges.bytes(ByteOffset(offset), length))
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proofs").join(name).with_extension("proof")
}

/// The state of the contract and the root of the world, which every implementation of the design has to arrive at.
const STATE: &str = "0xf37c7387aa887baca27970cd22456c3e94d567e1e21981fcbb711133a20ce600";
const WORLD: &str = "0x89f99f700e81662d56935b49d93db0b590c677a1ba8ed38999a647212a9f8e20";

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
        let is_of_world = name.contains("account") || name.contains("world");
        let expected = if is_of_world { root.0 } else { state.0 };
        assert_eq!(proof.root.as_bytes(), &expected, "{name}");
        let proven = Verifier::new().root(expected).verify(&bytes).unwrap();
        let view = world.vm.now().unwrap();
        for page in &proven.pages {
            assert!(page.content() == view.page(&proven.address, page.index).unwrap().0, "{name}");
        }
        for range in &proven.ranges {
            assert!(range.content() == view.read(&proven.address, range.offset, range.length).unwrap(), "{name}");
        }
        let read = by_description::read(&bytes);
        assert_eq!(read.root, expected, "{name}");
        assert_eq!(read.address, proven.address.0, "{name}");
        assert_eq!(read.present, proven.account.is_some(), "{name}");
        let pages: Vec<_> = proven.pages.iter().map(|page| (page.index.0, page.content().to_vec())).collect();
        assert!(read.pages == pages, "{name}");
        let ranges: Vec<_> = proven.ranges.iter().map(|range| (range.offset.0, range.content())).collect();
        assert!(read.ranges == ranges, "{name}");
    }
}

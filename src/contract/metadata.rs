//! The metadata of a contract, which validation finds.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::limits::STORAGE_BASE;
use crate::units::PageCount;

/// The type of a parameter or result that a call can pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// A 32-bit integer.
    I32,
    /// A 64-bit integer.
    I64,
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
        })
    }
}

/// The type of an exported function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Parameters in order.
    pub params: Vec<ValueType>,
    /// Results in order.
    pub results: Vec<ValueType>,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_types(f, &self.params, &self.results)
    }
}

/// Writes `(i32, i64) -> (i32)`.
pub(super) fn write_types<T: fmt::Display>(f: &mut impl fmt::Write, params: &[T], results: &[T]) -> fmt::Result {
    for (list, open) in [(params, "("), (results, ") -> (")] {
        f.write_str(open)?;
        for (index, ty) in list.iter().enumerate() {
            write!(f, "{}{ty}", if index == 0 { "" } else { ", " })?;
        }
    }
    f.write_str(")")
}

/// How the code of a contract reaches its storage, besides page slices, registers and windows, which every contract may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StorageForm {
    /// In no other way.
    #[default]
    HostFunctions,
    /// It imports the storage memory, and accesses it by instructions.
    Memory(StorageImport),
    /// Storage lies inside its own memory, at [`STORAGE_BASE`].
    Inside,
    /// It imports functions that stand for instructions on a storage memory.
    Intrinsics,
}

impl StorageForm {
    /// Returns the storage memory as the contract imports it, if it does.
    pub fn import(&self) -> Option<StorageImport> {
        if let Self::Memory(import) = self { Some(*import) } else { None }
    }

    /// Returns true if instructions of the contract access storage.
    pub fn is_mapped(&self) -> bool {
        *self != Self::HostFunctions
    }

    /// Returns the place of the storage in the memory that instructions access.
    pub(crate) fn place(&self) -> StoragePlace {
        if *self == Self::Inside { StoragePlace::InOwnMemory } else { StoragePlace::Apart }
    }
}

/// Where a contract's storage lies in the memory that its instructions access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoragePlace {
    /// In a memory of its own: an address is an offset in storage.
    Apart,
    /// In the contract's own memory, from [`STORAGE_BASE`] on.
    InOwnMemory,
}

impl StoragePlace {
    /// The address of the first byte of storage.
    pub(crate) fn base(self) -> u32 {
        match self {
            Self::Apart => 0,
            Self::InOwnMemory => STORAGE_BASE,
        }
    }
}

/// The storage memory as the contract imports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageImport {
    /// The smallest page limit that the contract accepts, in storage pages.
    pub minimum: PageCount,
    /// The page limit that the contract requests, in storage pages.
    pub maximum: Option<PageCount>,
}

/// Bytes of an own memory, with the offset of the first.
pub type ImagePart = (usize, Box<[u8]>);

/// The own memory of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnMemory {
    /// Its initial size, in wasm pages of 64 KiB.
    pub initial_wasm_pages: u32,
    /// True if it is exported as `memory`, the name by which host functions find it.
    pub exported: bool,
    /// The bytes that data segments set, as disjoint parts in ascending order; all other bytes are zero initially.
    pub image: Arc<[ImagePart]>,
}

/// What making an instance takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InstanceSize {
    /// Number of instructions of the initial values of globals: at least one for each.
    pub globals: u32,
    /// Number of elements of all element segments.
    pub elements: u32,
    /// Number of data and element segments, and of the instructions of their offsets.
    pub segments: u32,
    /// Number of pages of 4 KiB of own memory in which data segments set bytes.
    pub image_pages: u32,
}

/// The metadata of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    /// Exported functions by name.
    pub exports: BTreeMap<String, Signature>,
    /// How the code reaches storage.
    pub storage: StorageForm,
    /// The own memory, if any.
    pub own_memory: Option<OwnMemory>,
    /// What making an instance takes beside memories and tables.
    pub instance: InstanceSize,
    /// Number of mutable globals. The prepared module exports them as `vellum:global:<n>`, n from 0.
    pub mutable_globals: u32,
    /// Number of tables. The prepared module exports them as `vellum:table:<n>`, n from 0.
    pub tables: u32,
    /// True if the code has an instruction after which an instance cannot be restored: `table.set`, `table.grow`,
    /// `table.fill`, `table.copy`, `table.init`, `elem.drop` or `data.drop`.
    pub single_use: bool,
    /// The compiler's work on the contract, see [`MAX_COMPILER_WORK`](crate::limits::MAX_COMPILER_WORK).
    pub compiler_work: u64,
}

impl Metadata {
    /// The initial size of the own memory in bytes; 0 without one.
    pub fn own_memory_bytes(&self) -> usize {
        self.own_memory.as_ref().map_or(0, |memory| (memory.initial_wasm_pages as usize) << 16)
    }
}

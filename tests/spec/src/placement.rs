//! Where the memories of a module are placed.

use vellum::fuzzing::Form;

/// A memory of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Storage,
    Own,
}

/// The places of all memories of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// There is no memory.
    None,
    /// The memory is own memory.
    Own,
    /// The memory is the storage memory.
    Storage,
    /// The memory is the storage memory, and the contract has an own memory in which it collects results.
    StorageBesideOwn,
    /// The first memory is the storage memory, and the second is own memory.
    StorageAndOwn,
    /// The first memory is own memory, and the second is the storage memory.
    OwnAndStorage,
    /// The memory is storage inside own memory.
    Inside,
    /// The first memory is storage inside own memory, and the second is the part in front of it.
    InsideBehindOwn,
    /// The memory is storage, which functions access in the place of instructions.
    ByIntrinsics,
}

impl Placement {
    /// Returns the placements for this number of memories. There are none for more than two.
    pub fn of(memories: usize) -> &'static [Self] {
        match memories {
            0 => &[Self::None],
            1 => &[Self::Own, Self::Storage, Self::StorageBesideOwn, Self::Inside, Self::ByIntrinsics],
            2 => &[Self::StorageAndOwn, Self::OwnAndStorage, Self::InsideBehindOwn],
            _ => &[],
        }
    }

    /// Returns the name in counts and failures.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "no memory",
            Self::Own => "own memory",
            Self::Storage => "storage",
            Self::StorageBesideOwn => "storage beside own memory",
            Self::StorageAndOwn => "storage and own memory",
            Self::OwnAndStorage => "own memory and storage",
            Self::Inside => "storage inside own memory",
            Self::InsideBehindOwn => "storage inside own memory, and own memory",
            Self::ByIntrinsics => "storage by intrinsics",
        }
    }

    /// Returns the place of a memory of the module.
    pub fn place(self, memory: u32) -> Place {
        match (self, memory) {
            (Self::Own, _) | (Self::StorageAndOwn | Self::InsideBehindOwn, 1) | (Self::OwnAndStorage, 0) => Place::Own,
            _ => Place::Storage,
        }
    }

    /// Returns the index in the contract of a memory of the module. The storage memory is imported, so it is the first.
    pub fn index(self, memory: u32) -> u32 {
        match (self, self.place(memory)) {
            (Self::Own, _) => memory,
            (_, Place::Storage) => 0,
            (_, Place::Own) => 1,
        }
    }

    /// Returns the form to which the contract, which imports the storage memory, is rewritten.
    pub fn form(self) -> Option<Form> {
        match self {
            Self::Inside | Self::InsideBehindOwn => Some(Form::Inside),
            Self::ByIntrinsics => Some(Form::Intrinsics),
            _ => None,
        }
    }

    /// Returns true if own memory holds nothing of the module.
    pub fn ignores_own_memory(self) -> bool {
        matches!(self, Self::StorageBesideOwn | Self::Inside)
    }

    /// Returns true if the contract has an own memory for results.
    pub fn has_results_memory(self) -> bool {
        self == Self::StorageBesideOwn
    }
}

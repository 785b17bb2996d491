//! Programs that compilers make: the same work in several forms, and natively.
//!
//! Contracts and native arm are compiled from the same files, `work.rs` and `pointers.rs`. `tests/programs/build.sh` makes
//! the modules.

mod pointers;
mod work;

/// What a program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Fills a `BTreeMap` of std, and looks up five times as many keys.
    Map,
    /// Adds the words of a `Vec`.
    Sum,
    /// Fills a `Vec` and sorts it with `sort_unstable`.
    Sort,
    /// Fills an array and sorts it by a heap.
    Heapsort,
    /// Multiplies a matrix with itself.
    Matrix,
    /// Parses JSON.
    Json,
}

impl Work {
    /// Every work.
    pub const ALL: [Self; 6] = [Self::Map, Self::Sum, Self::Sort, Self::Heapsort, Self::Matrix, Self::Json];

    /// The export that does it. It takes the number of repetitions and the size, and returns one i64.
    pub fn function(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Sum => "sum",
            Self::Sort => "sort",
            Self::Heapsort => "heapsort",
            Self::Matrix => "matrix",
            Self::Json => "json",
        }
    }

    /// Does it natively, `times` times. Returns the sum of the results.
    pub fn native(self, times: u64, size: u32) -> u64 {
        let work = match self {
            Self::Map => pointers::map,
            Self::Sum => pointers::sum,
            Self::Sort => pointers::sort,
            Self::Heapsort => pointers::heapsort,
            Self::Matrix => pointers::matrix,
            Self::Json => pointers::json,
        };
        work(times, size as usize)
    }
}

/// How a program reaches its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramForm {
    /// By pointers into storage inside own memory, where its allocator lies.
    OwnMemory,
    /// By pointers into own memory that is not storage. The rest is the same program as [`ProgramForm::OwnMemory`].
    Volatile,
    /// By functions that are loads and stores of a storage memory.
    Intrinsics,
    /// By the loads and stores of a storage memory, in a contract that was written by hand.
    ByHand,
    /// By copies of pages.
    Slices,
}

impl ProgramForm {
    /// All forms.
    pub const ALL: [Self; 5] = [Self::Volatile, Self::OwnMemory, Self::Intrinsics, Self::ByHand, Self::Slices];

    /// The name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OwnMemory => "storage in own memory",
            Self::Volatile => "plain own memory",
            Self::Intrinsics => "intrinsics",
            Self::ByHand => "written by hand",
            Self::Slices => "slices",
        }
    }

    /// The contract, in binary or text form.
    pub fn code(self) -> &'static [u8] {
        match self {
            Self::OwnMemory => include_bytes!("own_memory.wasm"),
            Self::Volatile => include_bytes!("volatile.wasm"),
            Self::Intrinsics => include_bytes!("intrinsics.wasm"),
            Self::ByHand => include_bytes!("by_hand.wat"),
            Self::Slices => include_bytes!("slices.wasm"),
        }
    }

    /// True if the work can be done in this form: what std's collections allocate cannot lie in another memory or in slices.
    pub fn does(self, work: Work) -> bool {
        match self {
            Self::OwnMemory | Self::Volatile => true,
            Self::Intrinsics => !matches!(work, Work::Map | Work::Sort),
            Self::ByHand => matches!(work, Work::Sum | Work::Heapsort),
            Self::Slices => !matches!(work, Work::Map | Work::Heapsort),
        }
    }
}

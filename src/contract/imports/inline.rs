//! Functions that stand for instructions: the prepared code has an instruction in the place of each call.
//!
//! They exist because compilers can call imported functions, but cannot address a second memory.

use wasmparser::{FuncType, MemArg, Operator, ValType};

use crate::contract::prepare::price;
use crate::limits::STORAGE_BASE;
use crate::units::STORAGE_PAGES_PER_WASM_PAGE;

/// The index of the storage memory in the instructions of this table. No contract has a memory of this index.
pub(in crate::contract) const INLINE_STORAGE: u32 = u32::MAX;

/// The index of the own memory in the instructions of this table.
const INLINE_OWN: u32 = u32::MAX - 1;

/// The conditions under which deployment refuses a contract that imports one of these functions.
pub const INLINE_REFUSALS: &[&str] = &[
    "the function is exported, in an element segment or referenced by `ref.func`: it can only be called directly",
    "the contract also imports a function or memory of another form of storage",
    "it needs an own memory, and the contract has none",
];

/// A function that stands for an instruction, or for a few cheap ones.
#[derive(Debug)]
pub struct Inline {
    /// Its name.
    pub name: &'static str,
    /// Its parameters with their names.
    pub parameters: &'static [(&'static str, ValType)],
    /// Its results.
    pub results: &'static [ValType],
    /// Its effect, in one line.
    pub meaning: &'static str,
    /// What the prepared code has in the place of a call.
    pub(crate) instructions: &'static [Operator<'static>],
    /// True if it says where storage lies inside own memory.
    pub(in crate::contract) is_inside: bool,
}

impl Inline {
    /// Returns the gas of a call: that of the instruction, or 1 for several, which compute a constant.
    pub fn price(&self) -> u32 {
        match self.instructions {
            [instruction] => price::of(instruction),
            _ => 1,
        }
    }

    /// Returns true if it needs an own memory.
    pub(in crate::contract) fn needs_own_memory(&self) -> bool {
        let accesses_own = |operator: &Operator<'_>| match operator {
            Operator::MemoryCopy { dst_mem, src_mem } => [*dst_mem, *src_mem].contains(&INLINE_OWN),
            _ => false,
        };
        self.is_inside || self.instructions.iter().any(accesses_own)
    }

    pub(in crate::contract) fn has_type(&self, ty: &FuncType) -> bool {
        let parameters = self.parameters.iter().map(|(_, ty)| ty);
        parameters.eq(ty.params()) && self.results == ty.results()
    }

    pub(in crate::contract) fn type_text(&self) -> String {
        let parameters: Vec<ValType> = self.parameters.iter().map(|(_, ty)| *ty).collect();
        super::type_text(&parameters, self.results)
    }
}

const fn memarg(align: u8) -> MemArg {
    MemArg { align, max_align: align, offset: 0, memory: INLINE_STORAGE }
}

macro_rules! accesses {
    ($(load $load:literal $load_operator:ident $load_align:literal $result:ident;)*
     $(store $store:literal $store_operator:ident $store_align:literal $value:ident;)*) => {
        &[
            Inline {
                name: "base",
                parameters: &[],
                results: &[ValType::I32],
                meaning: "The address at which the contract's storage begins in its own memory: 1073741824.",
                instructions: &[Operator::I32Const { value: STORAGE_BASE as i32 }],
                is_inside: true,
            },
            Inline {
                name: "size",
                parameters: &[],
                results: &[ValType::I32],
                meaning: "The number of bytes from there on that are storage: those of the page limit.",
                instructions: &[
                    Operator::MemorySize { mem: INLINE_STORAGE },
                    Operator::I32Const { value: 16 },
                    Operator::I32Shl,
                    Operator::I32Const { value: STORAGE_BASE as i32 },
                    Operator::I32Sub,
                ],
                is_inside: true,
            },
            Inline {
                name: "pages",
                parameters: &[],
                results: &[ValType::I32],
                meaning: "The page limit, in storage pages.",
                instructions: &[
                    Operator::MemorySize { mem: INLINE_STORAGE },
                    Operator::I32Const { value: STORAGE_PAGES_PER_WASM_PAGE.ilog2() as i32 },
                    Operator::I32Shl,
                ],
                is_inside: false,
            },
            $(Inline {
                name: $load,
                parameters: &[("address", ValType::I32)],
                results: &[ValType::$result],
                meaning: "The instruction of this name, on storage.",
                instructions: &[Operator::$load_operator { memarg: memarg($load_align) }],
                is_inside: false,
            },)*
            $(Inline {
                name: $store,
                parameters: &[("address", ValType::I32), ("value", ValType::$value)],
                results: &[],
                meaning: "The instruction of this name, on storage.",
                instructions: &[Operator::$store_operator { memarg: memarg($store_align) }],
                is_inside: false,
            },)*
            Inline {
                name: "copy_in",
                parameters: &[("memory_address", ValType::I32), ("address", ValType::I32), ("length", ValType::I32)],
                results: &[],
                meaning: "`memory.copy` from storage to own memory.",
                instructions: &[Operator::MemoryCopy { dst_mem: INLINE_OWN, src_mem: INLINE_STORAGE }],
                is_inside: false,
            },
            Inline {
                name: "copy_out",
                parameters: &[("address", ValType::I32), ("memory_address", ValType::I32), ("length", ValType::I32)],
                results: &[],
                meaning: "`memory.copy` from own memory to storage.",
                instructions: &[Operator::MemoryCopy { dst_mem: INLINE_STORAGE, src_mem: INLINE_OWN }],
                is_inside: false,
            },
            Inline {
                name: "copy",
                parameters: &[("to", ValType::I32), ("from", ValType::I32), ("length", ValType::I32)],
                results: &[],
                meaning: "`memory.copy` within storage.",
                instructions: &[Operator::MemoryCopy { dst_mem: INLINE_STORAGE, src_mem: INLINE_STORAGE }],
                is_inside: false,
            },
            Inline {
                name: "fill",
                parameters: &[("address", ValType::I32), ("byte", ValType::I32), ("length", ValType::I32)],
                results: &[],
                meaning: "`memory.fill` of storage.",
                instructions: &[Operator::MemoryFill { mem: INLINE_STORAGE }],
                is_inside: false,
            },
        ]
    };
}

/// The functions of the module `storage`.
pub(super) static STORAGE: &[Inline] = accesses! {
    load "i32.load" I32Load 2 I32;
    load "i64.load" I64Load 3 I64;
    load "f32.load" F32Load 2 F32;
    load "f64.load" F64Load 3 F64;
    load "i32.load8_s" I32Load8S 0 I32;
    load "i32.load8_u" I32Load8U 0 I32;
    load "i32.load16_s" I32Load16S 1 I32;
    load "i32.load16_u" I32Load16U 1 I32;
    load "i64.load8_s" I64Load8S 0 I64;
    load "i64.load8_u" I64Load8U 0 I64;
    load "i64.load16_s" I64Load16S 1 I64;
    load "i64.load16_u" I64Load16U 1 I64;
    load "i64.load32_s" I64Load32S 2 I64;
    load "i64.load32_u" I64Load32U 2 I64;
    store "i32.store" I32Store 2 I32;
    store "i64.store" I64Store 3 I64;
    store "f32.store" F32Store 2 F32;
    store "f64.store" F64Store 3 F64;
    store "i32.store8" I32Store8 0 I32;
    store "i32.store16" I32Store16 1 I32;
    store "i64.store8" I64Store8 0 I64;
    store "i64.store16" I64Store16 1 I64;
    store "i64.store32" I64Store32 2 I64;
};

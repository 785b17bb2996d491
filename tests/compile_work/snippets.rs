//! Pieces of code that leave the stack as it was.

use wasm_encoder::{BlockType, Ieee32, Ieee64, InstructionSink, MemArg, ValType};

use super::shape::{get_global, set_global};

/// What a snippet refers to.
#[derive(Debug)]
pub struct Context {
    /// Locals of the type `ty`.
    pub locals: Vec<u32>,
    pub ty: ValType,
    /// The first of six locals, one of each of `TYPES`.
    pub first_scratch: u32,
    pub callee: (u32, u32),
    pub nesting: u32,
    /// The number of the snippet in its function.
    pub at: u32,
}

impl Context {
    /// A local that other snippets use, too: another one for each snippet.
    fn local(&self) -> Option<u32> {
        let count = self.locals.len() as u32;
        (count > 0).then(|| self.locals[(self.at.wrapping_mul(7) % count) as usize])
    }
}

macro_rules! snippets {
    ($($name:ident)*) => {
        /// A piece of code that leaves the stack as it was.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Snippet { $($name),* }

        impl Snippet {
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

snippets! {
    Constant LargeConstant FloatConstant Float64Constant VectorConstant
    Copy Tee Add AddLocal Chain Mul Divide Remainder DivideConstant Shift Rotate Compare Select SelectVector CountOnes Clz
    FloatAdd FloatMin FloatDivide FloatRound FloatTruncate FloatSaturate FloatConvert FloatConvertUnsigned FloatCopySign
    VectorAdd VectorMul VectorShuffle VectorSwizzle VectorShift VectorCountOnes VectorFloat VectorTruncate VectorNearest VectorSplat
    VectorBitmask VectorReplace VectorExtMul VectorDot VectorSelect VectorAllTrue
    OwnLoad OwnStore OwnVectorLane OwnSameAddress StorageLoad StorageLoadNarrow StorageStore StorageSameAddress StorageLane StorageVectorStore
    StorageLoadConstant
    Block BlockBranch BlockBranchSet Loop LoopSet LoopBranch If IfElse IfElseSet IfResult BlockResults Table1 Table16 Table256 Return ReturnIf Unreachable
    BranchOut BranchOutIf Dead
    Call CallResults CallImport CallIndirect
    GlobalGet GlobalSet GlobalFloat GlobalRef
    MemoryGrow MemorySize StorageSize MemoryFill MemoryCopy MemoryInit MemoryCopyStorage MemoryFillStorage DataDrop
    TableGet TableSet TableGrow TableSize TableFill TableCopy TableInit ElemDrop RefFunc RefFuncImport RefIsNull
    Nop Drop SetAll TableOut BranchValues CallChain IfNested
}

const OWN: u32 = 1;
const STORAGE: u32 = 0;

fn argument(memory_index: u32, offset: u64) -> MemArg {
    MemArg { offset, align: 0, memory_index }
}

impl Snippet {
    /// Adds the code.
    pub fn add(self, sink: &mut InstructionSink<'_>, context: &mut Context) {
        let [i32_, i64_, f32_, f64_, v128, reference] = [0, 1, 2, 3, 4, 5].map(|number| context.first_scratch + number);
        let local = context.local();
        let at = context.at;
        let touch = |sink: &mut InstructionSink<'_>| {
            if let Some(local) = local {
                get_global(sink, context.ty);
                sink.local_set(local);
            }
        };
        match self {
            Self::Constant => sink.i32_const(at as i32).drop(),
            Self::LargeConstant => sink.i64_const(0x1234_5678_9abc_def0 + i64::from(at)).local_set(i64_),
            Self::FloatConstant => sink.f32_const(Ieee32::new(0x3f80_0000 + at)).local_set(f32_),
            Self::Float64Constant => sink.f64_const(Ieee64::new(0x3ff0_0000_0000_0000 + u64::from(at))).local_set(f64_),
            Self::VectorConstant => {
                sink.local_get(v128).v128_const(0x1234_5678_9abc_def0_1234 + i128::from(at)).v128_xor().local_set(v128)
            }
            Self::Copy => match local {
                Some(local) => sink.local_get(local).local_set(local),
                None => sink.local_get(i64_).local_set(i64_),
            },
            Self::Tee => sink.local_get(i64_).local_tee(i64_).drop(),
            Self::Add => sink.local_get(i64_).local_get(i64_).i64_add().local_set(i64_),
            Self::AddLocal => match local {
                Some(local) if context.ty == ValType::I64 => {
                    sink.local_get(local).local_get(i64_).i64_add().local_set(local)
                }
                Some(local) if context.ty == ValType::V128 => {
                    sink.local_get(local).local_get(v128).i8x16_add().local_set(local)
                }
                Some(local) if context.ty == ValType::F64 => {
                    sink.local_get(local).local_get(f64_).f64_add().local_set(local)
                }
                _ => sink.local_get(i64_).i64_const(1).i64_add().local_set(i64_),
            },
            Self::Chain => {
                sink.local_get(i64_).i64_const(i64::from(at)).i64_xor().i64_const(3).i64_mul().local_set(i64_)
            }
            Self::Mul => sink.local_get(i64_).local_get(i64_).i64_mul().local_set(i64_),
            Self::Divide => sink.local_get(i64_).local_get(i64_).i64_div_s().local_set(i64_),
            Self::Remainder => sink.local_get(i64_).local_get(i64_).i64_rem_s().local_set(i64_),
            Self::DivideConstant => sink.local_get(i64_).i64_const(7 + i64::from(at)).i64_div_s().local_set(i64_),
            Self::Shift => sink.local_get(i64_).local_get(i64_).i64_shl().local_set(i64_),
            Self::Rotate => sink.local_get(i64_).local_get(i64_).i64_rotl().local_set(i64_),
            Self::Compare => sink.local_get(i64_).local_get(i64_).i64_lt_s().local_set(i32_),
            Self::Select => sink.local_get(i64_).local_get(i64_).local_get(i32_).select().local_set(i64_),
            Self::SelectVector => sink.local_get(v128).local_get(v128).local_get(i32_).select().local_set(v128),
            Self::CountOnes => sink.local_get(i64_).i64_popcnt().local_set(i64_),
            Self::Clz => sink.local_get(i64_).i64_clz().local_set(i64_),
            Self::FloatAdd => sink.local_get(f64_).local_get(f64_).f64_add().local_set(f64_),
            Self::FloatMin => sink.local_get(f64_).local_get(f64_).f64_min().local_set(f64_),
            Self::FloatDivide => sink.local_get(f64_).local_get(f64_).f64_div().local_set(f64_),
            Self::FloatRound => sink.local_get(f64_).f64_nearest().local_set(f64_),
            Self::FloatTruncate => sink.local_get(f64_).i64_trunc_f64_u().local_set(i64_),
            Self::FloatSaturate => sink.local_get(f64_).i64_trunc_sat_f64_u().local_set(i64_),
            Self::FloatConvert => sink.local_get(i64_).f64_convert_i64_s().local_set(f64_),
            Self::FloatConvertUnsigned => sink.local_get(i64_).f64_convert_i64_u().local_set(f64_),
            Self::FloatCopySign => sink.local_get(f64_).local_get(f64_).f64_copysign().local_set(f64_),
            Self::VectorAdd => sink.local_get(v128).local_get(v128).i8x16_add().local_set(v128),
            Self::VectorMul => sink.local_get(v128).local_get(v128).i64x2_mul().local_set(v128),
            Self::VectorShuffle => {
                let lane = |number: u32| ((number * 5 + at) % 32) as u8;
                let lanes = std::array::from_fn(|number| lane(number as u32));
                sink.local_get(v128).local_get(v128).i8x16_shuffle(lanes).local_set(v128)
            }
            Self::VectorSwizzle => sink.local_get(v128).local_get(v128).i8x16_swizzle().local_set(v128),
            Self::VectorShift => sink.local_get(v128).local_get(i32_).i8x16_shr_s().local_set(v128),
            Self::VectorCountOnes => sink.local_get(v128).i8x16_popcnt().local_set(v128),
            Self::VectorFloat => sink.local_get(v128).local_get(v128).f64x2_min().local_set(v128),
            Self::VectorTruncate => sink.local_get(v128).i32x4_trunc_sat_f64x2_u_zero().local_set(v128),
            Self::VectorNearest => sink.local_get(v128).f32x4_nearest().local_set(v128),
            Self::VectorSplat => sink.local_get(i64_).i64x2_splat().local_set(v128),
            Self::VectorBitmask => sink.local_get(v128).i16x8_bitmask().local_set(i32_),
            Self::VectorReplace => sink.local_get(v128).local_get(f32_).f32x4_replace_lane(2).local_set(v128),
            Self::VectorExtMul => sink.local_get(v128).local_get(v128).i64x2_extmul_high_i32x4_u().local_set(v128),
            Self::VectorDot => sink.local_get(v128).local_get(v128).i32x4_dot_i16x8_s().local_set(v128),
            Self::VectorSelect => sink.local_get(v128).local_get(v128).local_get(v128).v128_bitselect().local_set(v128),
            Self::VectorAllTrue => sink.local_get(v128).i64x2_all_true().local_set(i32_),
            Self::OwnLoad => sink.local_get(i32_).i64_load(argument(OWN, u64::from(at) * 8)).local_set(i64_),
            Self::OwnStore => sink.local_get(i32_).local_get(i64_).i64_store(argument(OWN, u64::from(at) * 8)),
            Self::OwnVectorLane => {
                sink.local_get(i32_).local_get(v128).v128_load8_lane(argument(OWN, u64::from(at)), 3).local_set(v128)
            }
            Self::OwnSameAddress => sink.local_get(i32_).i32_load(argument(OWN, 0)).local_set(i32_),
            Self::StorageLoad => sink.local_get(i32_).i64_load(argument(STORAGE, u64::from(at) * 4096)).local_set(i64_),
            Self::StorageLoadNarrow => {
                sink.local_get(i32_).i32_load8_u(argument(STORAGE, u64::from(at) * 4096)).local_set(i32_)
            }
            Self::StorageStore => {
                sink.local_get(i32_).local_get(i64_).i64_store(argument(STORAGE, u64::from(at) * 4096))
            }
            Self::StorageSameAddress => sink.local_get(i32_).i32_load(argument(STORAGE, 0)).local_set(i32_),
            Self::StorageLane => sink
                .local_get(i32_)
                .local_get(v128)
                .v128_load64_lane(argument(STORAGE, u64::from(at) * 4096), 1)
                .local_set(v128),
            Self::StorageVectorStore => {
                sink.local_get(i32_).local_get(v128).v128_store(argument(STORAGE, u64::from(at) * 4096))
            }
            Self::StorageLoadConstant => {
                sink.i32_const((at * 4096) as i32).i64_load(argument(STORAGE, 0)).local_set(i64_)
            }
            Self::Block => sink.block(BlockType::Empty).end(),
            Self::BlockBranch => sink.block(BlockType::Empty).local_get(i32_).br_if(0).end(),
            Self::BlockBranchSet => {
                sink.block(BlockType::Empty).local_get(i32_).br_if(0);
                touch(sink);
                sink.end()
            }
            Self::Loop => sink.loop_(BlockType::Empty).end(),
            Self::LoopSet => {
                sink.loop_(BlockType::Empty);
                touch(sink);
                sink.local_get(i32_).br_if(0).end()
            }
            Self::LoopBranch => sink.loop_(BlockType::Empty).local_get(i32_).br_if(0).end(),
            Self::If => sink.local_get(i32_).if_(BlockType::Empty).end(),
            Self::IfElse => sink.local_get(i32_).if_(BlockType::Empty).else_().end(),
            Self::IfElseSet => {
                sink.local_get(i32_).if_(BlockType::Empty);
                touch(sink);
                sink.else_();
                touch(sink);
                sink.end()
            }
            Self::IfResult => sink
                .local_get(i32_)
                .if_(BlockType::Result(ValType::I64))
                .local_get(i64_)
                .else_()
                .i64_const(3)
                .end()
                .local_set(i64_),
            Self::BlockResults => {
                (0..context.callee.0).for_each(|_| _ = sink.local_get(i64_));
                sink.block(BlockType::FunctionType(2));
                if context.callee.1 <= context.callee.0 {
                    (context.callee.1..context.callee.0).for_each(|_| _ = sink.drop());
                } else {
                    (context.callee.0..context.callee.1).for_each(|_| _ = sink.local_get(i64_));
                }
                sink.end();
                (0..context.callee.1).for_each(|_| _ = sink.local_set(i64_));
                sink
            }
            Self::Table1 => table(sink, i32_, 1),
            Self::Table16 => table(sink, i32_, 16),
            Self::Table256 => table(sink, i32_, 256),
            Self::Return => sink.local_get(i32_).if_(BlockType::Empty).return_().end(),
            Self::ReturnIf => sink.local_get(i32_).br_if(context.nesting),
            Self::Unreachable => sink.local_get(i32_).if_(BlockType::Empty).unreachable().end(),
            Self::BranchOut => sink.local_get(i32_).if_(BlockType::Empty).br(context.nesting / 2 + 1).end(),
            Self::BranchOutIf => sink.local_get(i32_).br_if(at % (context.nesting + 1)),
            Self::Dead => sink.block(BlockType::Empty).br(0).local_get(i64_).i64_popcnt().drop().end(),
            Self::Call => sink.call(1),
            Self::CallResults => {
                (0..context.callee.0).for_each(|_| _ = sink.local_get(i64_));
                sink.call(2);
                (0..context.callee.1).for_each(|_| _ = sink.local_set(i64_));
                sink
            }
            Self::CallImport => sink.call(0).local_set(i64_),
            Self::CallIndirect => {
                (0..context.callee.0).for_each(|_| _ = sink.local_get(i64_));
                sink.local_get(i32_).call_indirect(0, 2);
                (0..context.callee.1).for_each(|_| _ = sink.local_set(i64_));
                sink
            }
            Self::GlobalGet => sink.global_get(0).local_set(i64_),
            Self::GlobalSet => sink.local_get(i64_).global_set(0),
            Self::GlobalFloat => sink.local_get(f64_).global_set(1).global_get(1).local_set(f64_),
            Self::GlobalRef => {
                get_global(sink, ValType::FUNCREF);
                sink.local_set(reference).local_get(reference);
                set_global(sink, ValType::FUNCREF);
                sink
            }
            Self::MemoryGrow => sink.local_get(i32_).memory_grow(OWN).local_set(i32_),
            Self::MemorySize => sink.memory_size(OWN).local_set(i32_),
            Self::StorageSize => sink.memory_size(STORAGE).local_set(i32_),
            Self::MemoryFill => sink.local_get(i32_).local_get(i32_).local_get(i32_).memory_fill(OWN),
            Self::MemoryCopy => sink.local_get(i32_).local_get(i32_).local_get(i32_).memory_copy(OWN, OWN),
            Self::MemoryInit => sink.local_get(i32_).local_get(i32_).local_get(i32_).memory_init(OWN, 0),
            Self::MemoryCopyStorage => {
                sink.local_get(i32_).local_get(i32_).local_get(i32_).memory_copy(STORAGE, STORAGE)
            }
            Self::MemoryFillStorage => sink.local_get(i32_).local_get(i32_).local_get(i32_).memory_fill(STORAGE),
            Self::DataDrop => sink.data_drop(0),
            Self::TableGet => sink.local_get(i32_).table_get(0).local_set(reference),
            Self::TableSet => sink.local_get(i32_).local_get(reference).table_set(0),
            Self::TableGrow => sink.local_get(reference).local_get(i32_).table_grow(0).local_set(i32_),
            Self::TableSize => sink.table_size(0).local_set(i32_),
            Self::TableFill => sink.local_get(i32_).local_get(reference).local_get(i32_).table_fill(0),
            Self::TableCopy => sink.local_get(i32_).local_get(i32_).local_get(i32_).table_copy(0, 0),
            Self::TableInit => sink.local_get(i32_).local_get(i32_).local_get(i32_).table_init(0, 1),
            Self::ElemDrop => sink.elem_drop(1),
            Self::RefFunc => sink.ref_func(1).local_set(reference),
            Self::RefFuncImport => sink.ref_func(0).local_set(reference),
            Self::RefIsNull => sink.local_get(reference).ref_is_null().local_set(i32_),
            Self::Nop => sink.nop(),
            Self::Drop => sink.local_get(i64_).drop(),
            Self::SetAll => {
                for local in &context.locals {
                    get_global(sink, context.ty);
                    sink.local_set(*local);
                }
                sink
            }
            Self::BranchValues => {
                let (parameters, results) = context.callee;
                (0..parameters).for_each(|_| _ = sink.local_get(i64_));
                sink.block(BlockType::FunctionType(2));
                (results..parameters).for_each(|_| _ = sink.drop());
                (parameters..results).for_each(|_| _ = sink.local_get(i64_));
                (0..8).for_each(|_| _ = sink.local_get(i32_).br_if(0));
                sink.end();
                (0..results).for_each(|_| _ = sink.local_set(i64_));
                sink
            }
            Self::CallChain => {
                let (parameters, results) = context.callee;
                let chained = if parameters == results { 16 } else { 1 };
                (0..parameters).for_each(|_| _ = sink.local_get(i64_));
                (0..chained).for_each(|_| _ = sink.call(2));
                (0..results).for_each(|_| _ = sink.local_set(i64_));
                sink
            }
            Self::IfNested => {
                (0..16).for_each(|_| _ = sink.local_get(i32_).if_(BlockType::Empty));
                touch(sink);
                (0..16).for_each(|_| _ = sink.end());
                sink
            }
            Self::TableOut => {
                sink.block(BlockType::Empty).local_get(i32_);
                let targets: Vec<u32> = (0..=context.nesting).collect();
                sink.br_table(targets, 0).end()
            }
        };
    }
}

fn table<'a, 'b>(sink: &'a mut InstructionSink<'b>, index: u32, targets: u32) -> &'a mut InstructionSink<'b> {
    sink.block(BlockType::Empty).block(BlockType::Empty).local_get(index);
    let targets: Vec<u32> = (0..targets).map(|number| number % 2).collect();
    sink.br_table(targets, 0).end().end()
}

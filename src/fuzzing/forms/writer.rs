//! The bodies of a rewritten contract.
//!
//! Addresses are added without wrapping: a sum over 2^32 becomes the last address, at which no memory has a byte.

use std::mem;

use wasm_encoder::reencode::Reencode;
use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, ValType};
use wasmparser::{FunctionBody, Operator};

use super::rewriting::{Error, Form, Inexpressible, OWN, Rewriting, STORAGE};
use crate::contract::access::{self, Access};
use crate::contract::imports::Inline;
use crate::limits::STORAGE_BASE;

/// The types of the scratch locals that a body gets: three for bulk instructions, and one of each type for operands.
const SCRATCH: [ValType; 8] =
    [ValType::I32, ValType::I32, ValType::I32, ValType::I32, ValType::I64, ValType::F32, ValType::F64, ValType::V128];

/// The scratch locals of one body.
#[derive(Debug, Clone, Copy)]
struct Scratch(u32);

impl Scratch {
    fn bulk(self) -> [u32; 3] {
        [self.0, self.0 + 1, self.0 + 2]
    }

    fn address(self) -> u32 {
        self.0
    }

    fn operand(self, ty: wasmparser::ValType) -> u32 {
        self.0
            + match ty {
                wasmparser::ValType::I64 => 4,
                wasmparser::ValType::F32 => 5,
                wasmparser::ValType::F64 => 6,
                wasmparser::ValType::V128 => 7,
                _ => 3,
            }
    }
}

pub(super) fn body(rewriting: &mut Rewriting, body: &FunctionBody<'_>) -> Result<Function, Error> {
    let mut locals = Vec::new();
    let mut slots = rewriting.shape.parameters(rewriting.bodies);
    for declared in body.get_locals_reader()? {
        let (count, ty) = declared?;
        slots += count;
        locals.push((count, rewriting.val_type(ty)?));
    }
    locals.extend(SCRATCH.map(|ty| (1, ty)));
    let mut function = Function::new(locals);
    for operator in body.get_operators_reader()? {
        instruction(rewriting, &mut function, &operator?, Scratch(slots))?;
    }
    Ok(function)
}

/// The error of an instruction that a form cannot express.
fn inexpressible() -> Error {
    Error::UserError(Inexpressible)
}

fn instruction(
    rewriting: &mut Rewriting,
    function: &mut Function,
    operator: &Operator<'_>,
    scratch: Scratch,
) -> Result<(), Error> {
    if let Some(access) = access::of(operator) {
        match (rewriting.form, access.memory) {
            (Form::Intrinsics, STORAGE) => return call(rewriting, function, operator, &access, scratch),
            (Form::Inside, OWN) => trap_in_storage(function, &access, scratch),
            _ => {}
        }
    }
    match *operator {
        Operator::MemorySize { mem: STORAGE } => {
            let (name, bits) = if rewriting.form == Form::Inside { ("size", 16) } else { ("pages", 4) };
            let size = rewriting.added(name).ok_or_else(inexpressible)?;
            function.instructions().call(size).i32_const(bits).i32_shr_u();
        }
        Operator::MemoryGrow { mem: STORAGE } => {
            function.instructions().drop().i32_const(-1);
        }
        Operator::MemoryFill { mem } => bulk(rewriting, function, operator, scratch, [Some(mem), None], "fill")?,
        Operator::MemoryCopy { dst_mem, src_mem } => {
            let name = match (dst_mem, src_mem) {
                (STORAGE, STORAGE) => "copy",
                (STORAGE, _) => "copy_out",
                _ => "copy_in",
            };
            bulk(rewriting, function, operator, scratch, [Some(dst_mem), Some(src_mem)], name)?;
        }
        Operator::MemoryInit { mem, .. } => {
            bulk(rewriting, function, operator, scratch, [Some(mem), None], "no function initialises storage")?;
        }
        _ => {
            function.instruction(&rewriting.instruction(operator.clone())?);
        }
    }
    Ok(())
}

/// Traps if an access to own memory would reach storage.
fn trap_in_storage(function: &mut Function, access: &Access, scratch: Scratch) {
    let mut sink = function.instructions();
    let operand = access.operand.map(|ty| scratch.operand(ty));
    operand.into_iter().for_each(|operand| _ = sink.local_set(operand));
    let first = u64::from(STORAGE_BASE).saturating_sub(access.offset) as i32;
    sink.local_tee(scratch.address()).local_get(scratch.address()).i32_const(first).i32_ge_u();
    sink.if_(BlockType::Empty).i32_const(-1).i32_load8_u(NO_OFFSET).drop().end();
    operand.into_iter().for_each(|operand| _ = sink.local_get(operand));
}

const NO_OFFSET: MemArg = MemArg { offset: 0, align: 0, memory_index: 0 };

/// Replaces a local address by its sum with a constant.
fn add(sink: &mut InstructionSink<'_>, address: u32, constant: u64) {
    if constant > 0 {
        let first_over = (1_u64 << 32).saturating_sub(constant) as u32 as i32;
        sink.local_get(address).i32_const(constant as i32).i32_add().i32_const(-1);
        sink.local_get(address).i32_const(first_over).i32_lt_u().select().local_set(address);
    }
}

/// Replaces a load or store of storage by a call. Vectors are accessed in parts.
fn call(
    rewriting: &Rewriting,
    function: &mut Function,
    operator: &Operator<'_>,
    access: &Access,
    scratch: Scratch,
) -> Result<(), Error> {
    let named = |name: &str| rewriting.added(name).ok_or_else(inexpressible);
    let is_same = |inline: &&&'static Inline| match inline.instructions {
        [instruction] => mem::discriminant(instruction) == mem::discriminant(operator),
        _ => false,
    };
    let (load, store) = (named("i64.load")?, named("i64.store")?);
    let mut sink = function.instructions();
    let operand = access.operand.map(|ty| scratch.operand(ty));
    operand.into_iter().for_each(|operand| _ = sink.local_set(operand));
    let address = scratch.address();
    sink.local_set(address);
    add(&mut sink, address, access.offset);
    let vector = operand.unwrap_or_default();
    match *operator {
        Operator::V128Load { .. } => {
            sink.local_get(address).call(load).i64x2_splat();
            add(&mut sink, address, 8);
            sink.local_get(address).call(load).i64x2_replace_lane(1);
        }
        Operator::V128Store { .. } => {
            sink.local_get(address).local_get(vector).i64x2_extract_lane(0).call(store);
            add(&mut sink, address, 8);
            sink.local_get(address).local_get(vector).i64x2_extract_lane(1).call(store);
        }
        Operator::V128Store32Lane { lane, .. } => {
            sink.local_get(address).local_get(vector).i32x4_extract_lane(lane).call(named("i32.store")?);
        }
        _ => {
            let name = rewriting.functions.iter().find(is_same).ok_or_else(inexpressible)?.name;
            sink.local_get(address);
            operand.into_iter().for_each(|operand| _ = sink.local_get(operand));
            sink.call(named(name)?);
        }
    }
    Ok(())
}

/// Rewrites a bulk instruction, of which the first operand, and perhaps the second, are addresses in these memories. `name` is the
/// function that stands for it, if one of them is storage.
fn bulk(
    rewriting: &mut Rewriting,
    function: &mut Function,
    operator: &Operator<'_>,
    scratch: Scratch,
    memories: [Option<u32>; 2],
    name: &str,
) -> Result<(), Error> {
    if rewriting.form == Form::Intrinsics {
        if memories.contains(&Some(STORAGE)) {
            function.instructions().call(rewriting.added(name).ok_or_else(inexpressible)?);
        } else {
            function.instruction(&rewriting.instruction(operator.clone())?);
        }
        return Ok(());
    }
    let [first, second, length] = scratch.bulk();
    let mut sink = function.instructions();
    sink.local_set(length).local_set(second).local_set(first);
    for (operand, memory) in [first, second].into_iter().zip(memories) {
        match memory {
            Some(STORAGE) => add(&mut sink, operand, STORAGE_BASE.into()),
            Some(_) => {
                sink.local_get(operand).i32_const(-1);
                sink.local_get(operand).i32_const(STORAGE_BASE as i32).i32_lt_u().select().local_set(operand);
            }
            None => {}
        }
        sink.local_get(operand);
    }
    sink.local_get(length);
    function.instruction(&rewriting.instruction(operator.clone())?);
    Ok(())
}

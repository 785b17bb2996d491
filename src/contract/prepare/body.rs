//! One function of the prepared module: prices before each instruction, depth counted around the whole.
//!
//! A function that calls anything counts:
//!
//! ```text
//! depth := depth - weight             weight = 1 + values / VALUES_PER_DEPTH_UNIT
//!                                                + instructions / OPERATORS_PER_DEPTH_UNIT
//! if depth < 0 { call_depth() }       traps
//! block (results)                     branches to the function's label now leave this block,
//!   the original body                 and `return` is such a branch,
//! end
//! depth := depth + weight             so every way out that is no trap comes by here
//! ```
//!
//! After a trap the counter is wrong; whoever owns the instance sets it before it is used again.

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{BlockType, BranchHint, Encode, Function, InstructionSink, ValType};
use wasmparser::{FunctionBody, Operator};

use super::known::Known;
use super::layout::{Layout, Paging};
use super::{access, checks, price};
use crate::contract::imports::HostFunction;
use crate::contract::metadata::ValueType;
use crate::contract::validate::{Body, Role};
use crate::limits;

/// A function of the prepared module.
pub(super) struct Rewritten {
    pub function: Function,
    /// Which branches are hardly ever taken.
    pub hints: Vec<BranchHint>,
}

/// What a scratch local holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scratch {
    /// The address of an access, the destination of a bulk operation, or the depth.
    Address,
    /// The source of a bulk operation, or the byte it fills with.
    Source,
    /// The length of a bulk operation.
    Length,
    /// The operand above an access's address.
    Operand(wasmparser::ValType),
}

/// The code of a function as it grows. Locals are declared in front of it, so it is put together at the end.
pub(super) struct Writer {
    code: Vec<u8>,
    hints: Vec<usize>,
    first_scratch: u32,
    scratch: Vec<(Scratch, ValType)>,
}

impl Writer {
    pub fn sink(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.code)
    }

    /// The local that holds something; it is declared when it is first asked for.
    pub fn scratch(&mut self, wanted: Scratch) -> u32 {
        let position = self.scratch.iter().position(|(held, _)| *held == wanted).unwrap_or_else(|| {
            let ty = match wanted {
                Scratch::Operand(wasmparser::ValType::I64) => ValType::I64,
                Scratch::Operand(wasmparser::ValType::F32) => ValType::F32,
                Scratch::Operand(wasmparser::ValType::F64) => ValType::F64,
                Scratch::Operand(wasmparser::ValType::V128) => ValType::V128,
                _ => ValType::I32,
            };
            self.scratch.push((wanted, ty));
            self.scratch.len() - 1
        });
        self.first_scratch + position as u32
    }

    /// Begins an `if` whose body is hardly ever run.
    pub fn if_unlikely(&mut self) {
        self.hints.push(self.code.len());
        self.sink().if_(BlockType::Empty);
    }

    fn price(&mut self, units: u32) {
        const NOP: u8 = 0x01;
        self.code.resize(self.code.len() + units as usize, NOP);
    }

    fn finish(self, mut locals: Vec<(u32, ValType)>) -> Rewritten {
        locals.extend(self.scratch.iter().map(|(_, ty)| (1, *ty)));
        let mut function = Function::new(locals);
        let before = function.byte_len();
        function.raw(self.code);
        let hint = |at: usize| BranchHint { branch_func_offset: (before + at) as u32, branch_hint_value: 0 };
        Rewritten { function, hints: self.hints.into_iter().map(hint).collect() }
    }
}

pub(super) fn rewrite(code: &FunctionBody<'_>, index: usize, layout: &mut Layout<'_>) -> Result<Rewritten, Error> {
    let body = layout.shape.bodies[index];
    let mut locals = Vec::new();
    let mut slots = layout.shape.types[body.type_index as usize].params().len() as u32;
    for declared in code.get_locals_reader()? {
        let (count, ty) = declared?;
        slots += count;
        locals.push((count, layout.val_type(ty)?));
    }
    let mut writer = Writer { code: Vec::new(), hints: Vec::new(), first_scratch: slots, scratch: Vec::new() };
    let counting = layout.call_depth.filter(|_| body.role == Role::Caller);
    if let Some(call_depth) = counting {
        enter(&mut writer, layout, body, call_depth)?;
    }

    let mut reader = code.get_operators_reader()?;
    let mut known = Known::nothing();
    let mut nesting = 0;
    while !reader.eof() {
        let operator = reader.read()?;
        writer.price(price::of(&operator));
        match &operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => nesting += 1,
            Operator::End if nesting > 0 => nesting -= 1,
            Operator::End if counting.is_some() => leave(&mut writer, layout, body),
            _ => {}
        }
        match &operator {
            Operator::Nop => {}
            Operator::Return if counting.is_some() => {
                writer.sink().br(nesting);
            }
            Operator::Call { function_index } => {
                if layout.is_imported(*function_index) {
                    writer.price(layout.shape.imported_functions[*function_index as usize].price);
                }
                writer.sink().call(layout.callee(*function_index));
            }
            Operator::MemoryGrow { mem } if layout.storage() == Some(*mem) => {
                writer.sink().drop().i32_const(-1);
            }
            _ => {
                if let (Some(paging), Some(storage)) = (layout.paging, layout.storage()) {
                    check(&mut writer, &operator, (paging, storage), &mut known);
                }
                layout.instruction(operator.clone())?.encode(&mut writer.code);
            }
        }
        known.pass(&operator);
    }
    Ok(writer.finish(locals))
}

/// Puts a check before an instruction that touches the storage memory, unless it cannot fail.
fn check(writer: &mut Writer, operator: &Operator<'_>, (paging, storage): (Paging, u32), known: &mut Known) {
    match access::of(operator) {
        Some(access) if access.memory == storage && paging.checks.of_accesses(access.direction) => {
            if !known.covers(&access) {
                checks::access(writer, access, paging);
                known.passed(&access);
            }
        }
        Some(_) => {}
        None => checks::bulk(writer, operator, paging, storage),
    }
}

/// Units of depth that a function takes.
fn weight(body: Body) -> i32 {
    let (values, operators) =
        (body.values / limits::VALUES_PER_DEPTH_UNIT, body.operators / limits::OPERATORS_PER_DEPTH_UNIT);
    (1 + values + operators) as i32
}

fn enter(writer: &mut Writer, layout: &mut Layout<'_>, body: Body, call_depth: u32) -> Result<(), Error> {
    let left = writer.scratch(Scratch::Address);
    let depth = layout.depth_global();
    writer.sink().global_get(depth).i32_const(weight(body)).i32_sub().local_tee(left).global_set(depth);
    writer.sink().local_get(left).i32_const(0).i32_lt_s();
    writer.if_unlikely();
    writer.sink().call(call_depth).end();
    let block = results(layout, body)?;
    writer.sink().block(block);
    Ok(())
}

fn leave(writer: &mut Writer, layout: &Layout<'_>, body: Body) {
    let depth = layout.depth_global();
    writer.sink().end().global_get(depth).i32_const(weight(body)).i32_add().global_set(depth);
}

/// The type of a block that gives what the function gives.
fn results(layout: &mut Layout<'_>, body: Body) -> Result<BlockType, Error> {
    let shape = layout.shape;
    let types = shape.types[body.type_index as usize].results();
    let encoded = types.iter().map(|ty| layout.val_type(*ty)).collect::<Result<Vec<_>, _>>()?;
    Ok(match encoded[..] {
        [] => BlockType::Empty,
        [one] => BlockType::Result(one),
        _ => BlockType::FunctionType(layout.added_type((vec![], encoded))),
    })
}

pub(super) fn encoded(types: &[ValueType]) -> Vec<ValType> {
    let encode = |ty: &ValueType| match ty {
        ValueType::I32 => ValType::I32,
        ValueType::I64 => ValType::I64,
    };
    types.iter().map(encode).collect()
}

/// The function that stands for an imported one wherever it is referred to, so that its price is charged there too.
pub(super) fn wrapper(function: u32, host: &HostFunction) -> Function {
    let mut writer = Writer { code: Vec::new(), hints: Vec::new(), first_scratch: 0, scratch: Vec::new() };
    writer.price(host.price.saturating_sub(price::FUNCTION_ENTRY));
    for parameter in 0..host.params.len() as u32 {
        writer.sink().local_get(parameter);
    }
    writer.sink().call(function).end();
    writer.finish(Vec::new()).function
}

//! The functions of the prepared module: a price before each instruction, and the call depth counted around the body.
//!
//! A function that makes calls counts call depth:
//!
//! ```text
//! depth := depth - weight             weight = 1 + values / VALUES_PER_DEPTH_UNIT
//!                                                + instructions / OPERATORS_PER_DEPTH_UNIT
//! if depth < 0 { call_depth() }       traps
//! block (results)                     branches to the function's label now leave this block,
//!   the original body                 and `return` becomes such a branch,
//! end
//! depth := depth + weight             so every exit except a trap passes here
//! ```
//!
//! A trap leaves the counter too low. The owner of the instance resets it before the next call.

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{BlockType, Function, ValType};
use wasmparser::{FunctionBody, Operator};

use super::layout::{Layout, Paging};
use super::redundant_checks::CheckedBytes;
use super::writer::{RewrittenFunction, Scratch, Writer};
use super::{bulk_checks, page_checks, price};
use crate::contract::access::{self, Access};
use crate::contract::allowed::ImportedFunction;
use crate::contract::imports::HostFunction;
use crate::contract::metadata::ValueType;
use crate::contract::validate::{Body, Role};
use crate::limits;

/// Rewrites the body of the function with this index among the bodies.
pub(super) fn rewrite(
    code: &FunctionBody<'_>,
    index: usize,
    layout: &mut Layout<'_>,
) -> Result<RewrittenFunction, Error> {
    let body = layout.shape.bodies[index];
    let mut locals = Vec::new();
    let mut slots = layout.shape.types[body.type_index as usize].params().len() as u32;
    for declared in code.get_locals_reader()? {
        let (count, ty) = declared?;
        slots += count;
        locals.push((count, layout.val_type(ty)?));
    }
    let mut writer = Writer::new(slots);
    let counting = layout.call_depth.filter(|_| body.role == Role::Caller);
    if let Some(call_depth) = counting {
        enter(&mut writer, layout, body, call_depth)?;
    }

    let mut reader = code.get_operators_reader()?;
    let mut checked = CheckedBytes::new();
    let mut nesting = 0;
    while !reader.eof() {
        let operator = reader.read()?;
        if let Operator::Call { function_index } = operator
            && let Some(inline) = layout.shape.inline(function_index)
        {
            writer.price(inline.price());
            for instruction in inline.instructions {
                emit(&mut writer, layout, instruction, &mut checked)?;
            }
            continue;
        }
        writer.price(price::of(&operator));
        match &operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => nesting += 1,
            Operator::End if nesting > 0 => nesting -= 1,
            Operator::End if counting.is_some() => leave(&mut writer, layout, body),
            _ => {}
        }
        match &operator {
            Operator::Nop => checked.advance(&operator),
            Operator::Return if counting.is_some() => {
                writer.sink().br(nesting);
                checked.advance(&operator);
            }
            Operator::Call { function_index } => {
                if let Some(ImportedFunction::Host(host)) =
                    layout.shape.imported_functions.get(*function_index as usize)
                {
                    writer.price(host.price_in_code());
                }
                writer.sink().call(layout.callee(*function_index));
                checked.advance(&operator);
            }
            Operator::MemoryGrow { mem: 0 } if layout.shape.metadata.storage.import().is_some() => {
                writer.sink().drop().i32_const(-1);
                checked.advance(&operator);
            }
            _ => emit(&mut writer, layout, &operator, &mut checked)?,
        }
    }
    Ok(writer.finish(locals))
}

/// Adds an instruction, with the checks that it needs.
fn emit(
    writer: &mut Writer,
    layout: &mut Layout<'_>,
    operator: &Operator<'_>,
    checked: &mut CheckedBytes,
) -> Result<(), Error> {
    match (access::of(operator), layout.paging) {
        (Some(access), Some(paging)) => check(writer, layout, &access, paging, checked),
        (Some(_), None) => {}
        (None, _) => bulk_checks::check(writer, layout, operator),
    }
    writer.instruction(&layout.instruction(operator.clone())?);
    checked.advance(operator);
    Ok(())
}

/// Adds a check before an access to storage, unless the check cannot fail.
fn check(writer: &mut Writer, layout: &Layout<'_>, access: &Access, paging: Paging, checked: &mut CheckedBytes) {
    let is_storage = layout.is_storage(layout.accessed(access.memory));
    if !is_storage || !paging.checks.of_accesses(access.direction) {
        return;
    }
    // Own memory in front of storage has no pages that could be missing.
    let is_own = layout.inside().is_some_and(|inside| checked.ends_before(access, inside.least_bytes));
    if !is_own && !checked.covers(access) {
        page_checks::check_access(writer, *access, paging);
        checked.record(access);
    }
}

/// Returns the units of call depth that a function takes.
fn weight(body: Body) -> i32 {
    let (values, operators) =
        (body.values / limits::VALUES_PER_DEPTH_UNIT, body.operators / limits::OPERATORS_PER_DEPTH_UNIT);
    (1 + values + operators) as i32
}

fn enter(writer: &mut Writer, layout: &mut Layout<'_>, body: Body, call_depth: u32) -> Result<(), Error> {
    let remaining = writer.scratch(Scratch::Address);
    let depth = layout.depth_global();
    writer.sink().global_get(depth).i32_const(weight(body)).i32_sub().local_tee(remaining).global_set(depth);
    writer.sink().local_get(remaining).i32_const(0).i32_lt_s();
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

/// Returns the type of a block with the results of the function.
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

/// Returns a function that charges the price of an imported function and calls it. References to the import refer to this
/// wrapper.
pub(super) fn wrapper(function: u32, host: &HostFunction<'_>) -> Function {
    let mut writer = Writer::new(0);
    writer.price(host.price_in_code().saturating_sub(price::FUNCTION_ENTRY));
    for parameter in 0..host.params.len() as u32 {
        writer.sink().local_get(parameter);
    }
    writer.sink().call(function).end();
    writer.finish(Vec::new()).function
}

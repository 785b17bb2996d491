//! Code that converts between the types of a module and those that a call can pass, in the form of [`values`](crate::values).

use vellum::receipt::Value;
use wasm_encoder::{HeapType, InstructionSink, RefType, ValType};

use crate::skip::Skip;

/// Returns the types as which a call passes values of these types.
pub fn lowered(types: &[ValType]) -> Result<Vec<ValType>, Skip> {
    let one = |ty: &ValType| {
        lowered_type(*ty).ok_or_else(|| Skip::new("contracts may not use reference types other than funcref"))
    };
    Ok(types.iter().map(one).collect::<Result<Vec<_>, _>>()?.concat())
}

/// Pushes arguments.
pub fn push(code: &mut InstructionSink<'_>, arguments: &[Value]) {
    for argument in arguments {
        match argument {
            Value::I32(number) => code.i32_const(*number),
            Value::I64(number) => code.i64_const(*number),
        };
    }
}

/// Pushes a value of a type, which the local variables from `local` on hold in lowered form.
pub fn lift(code: &mut InstructionSink<'_>, ty: ValType, local: &mut u32) {
    match ty {
        ValType::I32 | ValType::I64 => code.local_get(*local),
        ValType::F32 => code.local_get(*local).f32_reinterpret_i32(),
        ValType::F64 => code.local_get(*local).f64_reinterpret_i64(),
        ValType::V128 => {
            code.local_get(*local).i64x2_splat();
            *local += 1;
            code.local_get(*local).i64x2_replace_lane(1)
        }
        // Scripts pass no functions but null.
        ValType::Ref(_) => code.ref_null(HeapType::FUNC),
    };
    *local += 1;
}

/// Lowers the value on the stack, which the local variable holds, too.
pub fn lower(code: &mut InstructionSink<'_>, ty: ValType, local: u32) {
    match ty {
        ValType::I32 | ValType::I64 => code,
        ValType::F32 => code.i32_reinterpret_f32(),
        ValType::F64 => code.i64_reinterpret_f64(),
        ValType::V128 => code.i64x2_extract_lane(0).local_get(local).i64x2_extract_lane(1),
        ValType::Ref(_) => code.ref_is_null(),
    };
}

/// Returns the types as which a call of vellum passes a value of a type; `None` if it cannot.
fn lowered_type(ty: ValType) -> Option<&'static [ValType]> {
    Some(match ty {
        ValType::I32 | ValType::F32 => &[ValType::I32],
        ValType::I64 | ValType::F64 => &[ValType::I64],
        ValType::V128 => &[ValType::I64, ValType::I64],
        ValType::Ref(ty) if ty == RefType::FUNCREF => &[ValType::I32],
        ValType::Ref(_) => return None,
    })
}

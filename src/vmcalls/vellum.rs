//! Input, output and context of a call. Pointers are unsigned and point into own memory. Addresses are 20 bytes.

use wasmtime::{Caller, Linker};

use crate::limits::{MAX_DATA_BYTES, MAX_LOG_BYTES, MAX_PANIC_BYTES};
use crate::machine::{CallFrame, Environment, Host, Stop, charge_bytes, gas_left};
use crate::receipt::HaltKind;
use crate::units::Address;

type Outcome<T = ()> = wasmtime::Result<T>;

pub(super) fn add<E: Environment>(linker: &mut Linker<Host<E>>) -> Outcome {
    add_data(linker)?;
    add_context(linker)
}

fn add_data<E: Environment>(linker: &mut Linker<Host<E>>) -> Outcome {
    linker.func_wrap("vellum", "input_len", |caller: Caller<'_, Host<E>>| caller.data().frame.input.len() as i32)?;
    linker.func_wrap("vellum", "input_copy", input_copy::<E>)?;
    linker.func_wrap("vellum", "return", |caller: Caller<'_, Host<E>>, start: i32, length: i32| {
        end(caller, "vellum.return", start, length, Stop::Return)
    })?;
    linker.func_wrap("vellum", "revert", |caller: Caller<'_, Host<E>>, start: i32, length: i32| {
        end(caller, "vellum.revert", start, length, Stop::Revert)
    })?;
    linker.func_wrap("vellum", "panic", panic::<E>)?;
    linker.func_wrap("vellum", "log", log::<E>)?;
    Ok(())
}

fn add_context<E: Environment>(linker: &mut Linker<Host<E>>) -> Outcome {
    linker.func_wrap("vellum", "caller", |mut caller: Caller<'_, Host<E>>, to: i32| {
        let (environment, frame) = caller.data_mut().parts()?;
        let address = frame.caller;
        put_address(environment, frame, "vellum.caller", to, &address)
    })?;
    linker.func_wrap("vellum", "origin", |mut caller: Caller<'_, Host<E>>, to: i32| {
        let (environment, frame) = caller.data_mut().parts()?;
        let address = environment.origin();
        put_address(environment, frame, "vellum.origin", to, &address)
    })?;
    linker.func_wrap("vellum", "self_address", |mut caller: Caller<'_, Host<E>>, to: i32| {
        let (environment, frame) = caller.data_mut().parts()?;
        let address = environment.address();
        put_address(environment, frame, "vellum.self_address", to, &address)
    })?;
    linker.func_wrap("vellum", "value", |caller: Caller<'_, Host<E>>| caller.data().frame.value as i64)?;
    linker.func_wrap("vellum", "balance_of", |mut caller: Caller<'_, Host<E>>, from: i32| -> Outcome<i64> {
        let (environment, frame) = caller.data_mut().parts()?;
        let mut address = Address::ZERO;
        let CallFrame { memory, table, .. } = frame;
        address.0.copy_from_slice(memory.read(environment, table, "vellum.balance_of", from, 20)?);
        Ok(environment.balance(&address)? as i64)
    })?;
    linker.func_wrap("vellum", "gas_left", |mut caller: Caller<'_, Host<E>>| -> Outcome<i64> {
        Ok(i64::try_from(gas_left(&mut caller)?.0).unwrap_or(i64::MAX))
    })?;
    linker.func_wrap("vellum", "block_number", |mut caller: Caller<'_, Host<E>>| -> Outcome<i64> {
        Ok(caller.data_mut().parts()?.0.block_number() as i64)
    })?;
    linker.func_wrap("vellum", "timestamp", |mut caller: Caller<'_, Host<E>>| -> Outcome<i64> {
        Ok(caller.data_mut().parts()?.0.timestamp() as i64)
    })?;
    Ok(())
}

fn put_address<E: Environment>(
    environment: &mut E,
    CallFrame { memory, table, .. }: &mut CallFrame,
    function: &str,
    to: i32,
    address: &Address,
) -> Outcome {
    memory.write(environment, table, function, to, 20)?.copy_from_slice(address.as_bytes());
    Ok(())
}

fn input_copy<E: Environment>(mut caller: Caller<'_, Host<E>>, to: i32, offset: i32, length: i32) -> Outcome {
    const NAME: &str = "vellum.input_copy";
    let length = length as u32;
    let (environment, CallFrame { memory, table, input, input_read, .. }) = caller.data_mut().parts()?;
    let from = offset as u32 as usize;
    *input_read = (*input_read).max((offset as u32).saturating_add(length));
    memory.check(environment, NAME, to, length)?;
    let source = input.get(from..from + length as usize).ok_or_else(|| {
        let size = input.len();
        Stop::refuse(NAME, format_args!("{length} bytes at {from} are not within the input of {size} bytes"))
    })?;
    memory.write(environment, table, NAME, to, length)?.copy_from_slice(source);
    charge_bytes(&mut caller, length)
}

/// Halts a call whose output exceeds the limit.
pub(crate) fn check_output(function: &str, length: usize) -> Result<(), Stop> {
    if length <= MAX_DATA_BYTES {
        return Ok(());
    }
    let message = format!("{function}: {length} bytes of output are more than the limit of {MAX_DATA_BYTES}");
    Err(Stop::halt(HaltKind::Limit, message))
}

/// Sets the output of the call and stops it.
fn end<E: Environment>(
    mut caller: Caller<'_, Host<E>>,
    function: &str,
    start: i32,
    length: i32,
    stop: Stop,
) -> Outcome {
    let length = length as u32;
    if length > 0 {
        let (environment, CallFrame { memory, table, output, .. }) = caller.data_mut().parts()?;
        memory.check(environment, function, start, length)?;
        check_output(function, length as usize)?;
        output.extend_from_slice(memory.read(environment, table, function, start, length)?);
    }
    charge_bytes(&mut caller, length)?;
    Err(stop.into())
}

/// Halts the call with a message. The bytes of the message are not charged: a halt uses all gas anyway.
fn panic<E: Environment>(mut caller: Caller<'_, Host<E>>, start: i32, length: i32) -> Outcome {
    const NAME: &str = "vellum.panic";
    let (environment, CallFrame { memory, table, .. }) = caller.data_mut().parts()?;
    memory.check(environment, NAME, start, length as u32)?;
    // One byte more shows that the text is cut.
    let shown = (length as u32).min(MAX_PANIC_BYTES as u32 + 1);
    let bytes = memory.read(environment, table, NAME, start, shown)?;
    Err(Stop::halt(HaltKind::Trap, panic_message(bytes)).into())
}

/// Cuts a text to [`MAX_PANIC_BYTES`]. Drops a character that the cut would split, and replaces bytes that are not UTF-8.
fn panic_message(text: &[u8]) -> String {
    let (kept, cut) = text.split_at(text.len().min(MAX_PANIC_BYTES));
    let is_begun = |bytes: &[u8]| str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none());
    let end = kept.utf8_chunks().last().map(|last| last.invalid()).filter(|end| !cut.is_empty() && is_begun(end));
    String::from_utf8_lossy(&kept[..kept.len() - end.map_or(0, <[u8]>::len)]).into_owned()
}

fn log<E: Environment>(mut caller: Caller<'_, Host<E>>, start: i32, length: i32) -> Outcome {
    let length = length as u32;
    const NAME: &str = "vellum.log";
    let (environment, CallFrame { memory, table, .. }) = caller.data_mut().parts()?;
    memory.check(environment, NAME, start, length)?;
    // A longer text is refused for its length.
    let most = length.min(MAX_LOG_BYTES as u32 + 1);
    let text = memory.read(environment, table, NAME, start, most)?.to_vec();
    environment.log(&text)?;
    charge_bytes(&mut caller, length)
}

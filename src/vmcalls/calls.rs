//! Nested calls and events.

use wasmtime::{Caller, Linker};

use crate::limits::MAX_DATA_BYTES;
use crate::machine::{
    self, CallFrame, CallOutcome, EVENT, Environment, Host, Request, Stop, charge, charge_bytes, static_write,
};
use crate::receipt::{Event, MAX_TOPICS};
use crate::units::{Address, Gas};

/// The bytes of a topic.
const TOPIC: u32 = 32;

/// The most bytes of the name of an export that can be called.
const MAX_NAME_BYTES: usize = 1 << 10;

pub(super) fn add<E: Environment>(linker: &mut Linker<Host<E>>) -> wasmtime::Result<()> {
    linker.func_wrap(
        "vellum",
        "call",
        |mut caller: Caller<'_, Host<E>>,
         address: i32,
         name: i32,
         name_length: i32,
         input: i32,
         input_length: i32,
         value: i64,
         gas: i64| {
            let arguments = CallArguments { function: "vellum.call", address, name, name_length, input, input_length };
            if value != 0 && caller.data().frame.table.is_read_only() {
                return Err(static_write("vellum.call: a value transfer").into());
            }
            call(&mut caller, &arguments, value as u64, gas as u64, false)
        },
    )?;
    linker.func_wrap(
        "vellum",
        "call_static",
        |mut caller: Caller<'_, Host<E>>,
         address: i32,
         name: i32,
         name_length: i32,
         input: i32,
         input_length: i32,
         gas: i64| {
            let function = "vellum.call_static";
            let arguments = CallArguments { function, address, name, name_length, input, input_length };
            call(&mut caller, &arguments, 0, gas as u64, true)
        },
    )?;
    linker.func_wrap("vellum", "emit", emit::<E>)?;
    linker
        .func_wrap("vellum", "output_len", |caller: Caller<'_, Host<E>>| caller.data().frame.returned.len() as i32)?;
    linker.func_wrap("vellum", "output_copy", output_copy::<E>)?;
    Ok(())
}

/// Pointers and lengths of the arguments of a nested call, in the caller's own memory.
struct CallArguments {
    /// The host function that is called.
    function: &'static str,
    address: i32,
    name: i32,
    name_length: i32,
    input: i32,
    input_length: i32,
}

fn call<E: Environment>(
    caller: &mut Caller<'_, Host<E>>,
    arguments: &CallArguments,
    value: u64,
    gas: u64,
    read_only: bool,
) -> wasmtime::Result<i32> {
    let CallArguments { function, address, name, name_length, input, input_length } = *arguments;
    let (name_length, input_length) = (name_length as u32, input_length as u32);
    let (environment, CallFrame { memory, table, .. }) = caller.data_mut().parts()?;
    let mut contract = Address::ZERO;
    contract.0.copy_from_slice(memory.read(environment, table, function, address, 20)?);
    check_name(function, name_length as usize)?;
    let Ok(name) = std::str::from_utf8(memory.read(environment, table, function, name, name_length)?) else {
        return Err(Stop::refuse(function, "the name of a function is text in UTF-8").into());
    };
    let name = name.to_owned();
    check_input(function, input_length as usize)?;
    let input = memory.read(environment, table, function, input, input_length)?.to_vec();
    charge_bytes(caller, input_length)?;
    let request = Request { contract, function: name, input, value, gas: Gas(gas), read_only };
    Ok(match machine::call(caller, &request)? {
        CallOutcome::Returned => 0,
        CallOutcome::Reverted => 1,
        CallOutcome::Halted => 2,
    })
}

/// Refuses a name of more than [`MAX_NAME_BYTES`].
pub(super) fn check_name(function: &str, length: usize) -> Result<(), Stop> {
    if length <= MAX_NAME_BYTES {
        return Ok(());
    }
    Err(Stop::refuse(function, format_args!("a name of {length} bytes is longer than {MAX_NAME_BYTES}")))
}

/// Refuses an input over the limit.
pub(super) fn check_input(function: &str, length: usize) -> Result<(), Stop> {
    if length <= MAX_DATA_BYTES {
        return Ok(());
    }
    Err(Stop::refuse(function, format_args!("{length} bytes of input are more than the limit of {MAX_DATA_BYTES}")))
}

/// Refuses an event in a static call, and an event with too many topics.
pub(super) fn check_event(function: &str, frame: &CallFrame, topics: usize) -> Result<(), Stop> {
    if frame.table.is_read_only() {
        return Err(static_write(&format!("{function}: an event")));
    }
    if topics > MAX_TOPICS {
        return Err(Stop::refuse(function, format_args!("{topics} topics: an event has at most {MAX_TOPICS}")));
    }
    Ok(())
}

/// Refuses event data over the limit.
pub(super) fn check_data(function: &str, length: usize) -> Result<(), Stop> {
    if length <= MAX_DATA_BYTES {
        return Ok(());
    }
    Err(Stop::refuse(function, format_args!("{length} bytes of data are more than the limit of {MAX_DATA_BYTES}")))
}

fn emit<E: Environment>(
    mut caller: Caller<'_, Host<E>>,
    topics: i32,
    count: i32,
    data: i32,
    length: i32,
    expires_after: i64,
) -> wasmtime::Result<()> {
    const NAME: &str = "vellum.emit";
    let (count, length) = (count as u32, length as u32);
    let (environment, frame) = caller.data_mut().parts()?;
    check_event(NAME, frame, count as usize)?;
    let CallFrame { memory, table, .. } = frame;
    let topics = memory.read(environment, table, NAME, topics, count * TOPIC)?;
    let topics = topics.as_chunks::<{ TOPIC as usize }>().0.to_vec();
    memory.check(environment, NAME, data, length)?;
    check_data(NAME, length as usize)?;
    let data = memory.read(environment, table, NAME, data, length)?.to_vec();
    let contract = environment.address();
    let event = Event { contract, topics, data, expires_after: expires_after as u64 };
    environment.emit(event)?;
    charge_bytes(&mut caller, length + count * TOPIC)?;
    charge(&mut caller, EVENT.0)
}

/// Copies output of the last nested call to own memory.
fn output_copy<E: Environment>(
    mut caller: Caller<'_, Host<E>>,
    to: i32,
    offset: i32,
    length: i32,
) -> wasmtime::Result<()> {
    const NAME: &str = "vellum.output_copy";
    let (environment, CallFrame { memory, table, returned, .. }) = caller.data_mut().parts()?;
    memory.check(environment, NAME, to, length as u32)?;
    let from = offset as u32 as usize;
    let source = returned.get(from..from + length as u32 as usize).ok_or_else(|| {
        let size = returned.len();
        Stop::refuse(NAME, format_args!("{} bytes at {from} are not within the output of {size} bytes", length as u32))
    })?;
    memory.write(environment, table, NAME, to, length as u32)?.copy_from_slice(source);
    charge_bytes(&mut caller, length as u32)
}

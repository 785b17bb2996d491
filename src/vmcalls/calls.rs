//! Calls of other contracts, and events.

use wasmtime::{Caller, Linker};

use crate::limits::MAX_DATA_BYTES;
use crate::machine::{
    self, CallFrame, CallOutcome, EVENT, Environment, Host, Request, Stop, charge_bytes, static_write, take,
};
use crate::receipt::{Event, MAX_TOPICS};
use crate::units::{Address, Gas};

/// Bytes of a topic.
const TOPIC: u32 = 32;

/// Bytes of the longest name of a function that a call can name.
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
            let text =
                Text { function: "vellum.call", address, name: (name, name_length), input: (input, input_length) };
            if value != 0 && caller.data().frame.table.is_read_only() {
                return Err(static_write("vellum.call: money").into());
            }
            call(&mut caller, &text, value as u64, gas as u64, false)
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
            let (name, input) = ((name, name_length), (input, input_length));
            call(&mut caller, &Text { function: "vellum.call_static", address, name, input }, 0, gas as u64, true)
        },
    )?;
    linker.func_wrap("vellum", "emit", emit::<E>)?;
    linker
        .func_wrap("vellum", "output_len", |caller: Caller<'_, Host<E>>| caller.data().frame.returned.len() as i32)?;
    linker.func_wrap("vellum", "output_copy", output_copy::<E>)?;
    Ok(())
}

/// Where in its memory a contract has what it asks for: starts, and lengths.
struct Text {
    function: &'static str,
    address: i32,
    name: (i32, i32),
    input: (i32, i32),
}

fn call<E: Environment>(
    caller: &mut Caller<'_, Host<E>>,
    text: &Text,
    value: u64,
    gas: u64,
    read_only: bool,
) -> wasmtime::Result<i32> {
    let Text { function, address, name, input } = *text;
    let memory = &caller.data().frame.memory;
    let mut contract = Address::ZERO;
    contract.0.copy_from_slice(memory.read(function, address, 20)?);
    check_name(function, name.1 as u32 as usize)?;
    let Ok(name) = std::str::from_utf8(memory.read(function, name.0, name.1 as u32)?) else {
        return Err(Stop::refuse(function, "the name of a function is text in UTF-8").into());
    };
    let (name, length) = (name.to_owned(), input.1 as u32);
    check_input(function, length as usize)?;
    let input = memory.read(function, input.0, length)?.to_vec();
    charge_bytes(caller, length)?;
    let request = Request { contract, function: name, input, value, gas: Gas(gas), read_only };
    Ok(match machine::call(caller, &request)? {
        CallOutcome::Returned => 0,
        CallOutcome::Reverted => 1,
        CallOutcome::Halted => 2,
    })
}

/// Refuses a name that is longer than that of an exported function may be, in bytes.
pub(super) fn check_name(function: &str, length: usize) -> Result<(), Stop> {
    match length > MAX_NAME_BYTES {
        true => Err(Stop::refuse(function, format_args!("a name of {length} bytes is longer than {MAX_NAME_BYTES}"))),
        false => Ok(()),
    }
}

/// Refuses more bytes of input than a call can get.
pub(super) fn check_input(function: &str, length: usize) -> Result<(), Stop> {
    if length <= MAX_DATA_BYTES {
        return Ok(());
    }
    Err(Stop::refuse(function, format_args!("{length} bytes of input are more than the limit of {MAX_DATA_BYTES}")))
}

/// Refuses an event in a call that may only read, or one with more topics than it can have.
pub(super) fn check_event(function: &str, frame: &CallFrame, topics: usize) -> Result<(), Stop> {
    if frame.table.is_read_only() {
        return Err(static_write(&format!("{function}: an event")));
    }
    if topics > MAX_TOPICS {
        return Err(Stop::refuse(function, format_args!("{topics} topics: an event has at most {MAX_TOPICS}")));
    }
    Ok(())
}

/// Refuses more bytes of data than an event can have.
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
    let topics = frame.memory.read(NAME, topics, count * TOPIC)?.as_chunks::<{ TOPIC as usize }>().0.to_vec();
    let data = frame.memory.read(NAME, data, length)?;
    check_data(NAME, data.len())?;
    let contract = environment.address();
    let event = Event { contract, topics, data: data.to_vec(), expires_after: expires_after as u64 };
    environment.emit(event)?;
    charge_bytes(&mut caller, length + count * TOPIC)?;
    take(&mut caller, EVENT.0)
}

/// What the last call gave back.
fn output_copy<E: Environment>(
    mut caller: Caller<'_, Host<E>>,
    to: i32,
    offset: i32,
    length: i32,
) -> wasmtime::Result<()> {
    const NAME: &str = "vellum.output_copy";
    let frame = &mut caller.data_mut().frame;
    let target = frame.memory.write(NAME, to, length as u32)?;
    let from = offset as u32 as usize;
    let source = frame.returned.get(from..from + length as u32 as usize).ok_or_else(|| {
        let size = frame.returned.len();
        Stop::refuse(NAME, format_args!("{} bytes at {from} are not within the output of {size} bytes", length as u32))
    })?;
    target.copy_from_slice(source);
    charge_bytes(&mut caller, length as u32)
}

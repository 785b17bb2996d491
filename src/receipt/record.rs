//! The byte layout of recorded receipts and blocks.
//!
//! ```text
//! record   = format version u8 (4) ‖ 0 ‖ receipt, or 1 ‖ block                                    numbers as varints
//! block    = number ‖ timestamp ‖ commit ‖ world root[32] ‖ states ‖ receipts: count, receipt*
//! states   = count, each: address[20] ‖ version ‖ state[32]
//! receipt  = status ‖ commit ‖ results ‖ output ‖ gas ‖ contracts ‖ events ‖ logs
//! status   = 0 returned | 1 reverted | 2 halted: kind u8, message
//! commit   = number + 1, or 0 for none
//! results  = count, each: 0 i32 (4 bytes) | 1 i64 (8 bytes), little-endian
//! output   = length, bytes                  message, log: the same, UTF-8
//! event    = contract[20] ‖ topics: count, each [32] ‖ data: length, bytes ‖ expires after
//! contract = address[20] ‖ before ‖ after ‖ version ‖ changed           before, after: 0, or 1 ‖ state[32]
//! ```
//! Format version 3, which is read too, has another layout of contracts:
//! `address[20] ‖ before[32] ‖ after ‖ version ‖ read ‖ written ‖ changed`. In a block, `before` is the state root before the
//! block.

use super::block::{Block, ContractState, Recorded};
use super::event::Event;
use super::outcome::{Receipt, TouchedContract};
use super::status::{Halt, HaltKind, Status};
use super::value::Value;
use crate::store::NewEvent;
use crate::store::codec::{DecodeError, Reader, Writer};
use crate::units::{Address, CommitNumber, Gas, StateRoot, Version, WorldRoot};

/// The format version that is written.
const FORMAT_VERSION: u8 = 4;

/// The previous format version. Its receipts had counts of touched pages, which not every pager knows.
const PREVIOUS_VERSION: u8 = 3;

const CALL: u8 = 0;
const BLOCK: u8 = 1;

/// Encodes the receipt of a call.
pub(crate) fn encode(receipt: &Receipt) -> Vec<u8> {
    let mut writer = Writer::with_capacity(256);
    writer.u8(FORMAT_VERSION).u8(CALL);
    write_receipt(&mut writer, receipt);
    writer.finish()
}

/// Encodes a receipt or a block.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn encode_recorded(recorded: &Recorded) -> Vec<u8> {
    match recorded {
        Recorded::Call(receipt) => encode(receipt),
        Recorded::Block(block) => encode_block(block),
    }
}

/// Encodes a block.
pub(crate) fn encode_block(block: &Block) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.u8(FORMAT_VERSION).u8(BLOCK).varint(block.number).varint(block.timestamp).varint(block.commit.0);
    writer.raw(&block.world_root.0);
    writer.varint(block.states.len() as u64);
    for ContractState { address, version, state } in &block.states {
        writer.raw(&address.0).varint(version.0).raw(&state.0);
    }
    writer.varint(block.receipts.len() as u64);
    block.receipts.iter().for_each(|receipt| write_receipt(&mut writer, receipt));
    writer.finish()
}

fn write_state(writer: &mut Writer, state: Option<StateRoot>) {
    match state {
        None => _ = writer.u8(0),
        Some(state) => _ = writer.u8(1).raw(&state.0),
    }
}

fn write_event(writer: &mut Writer, event: &Event) {
    writer.raw(&event.contract.0).varint(event.topics.len() as u64);
    event.topics.iter().for_each(|topic| _ = writer.raw(topic));
    writer.sized(&event.data).varint(event.expires_after);
}

fn read_event(reader: &mut Reader<'_>) -> Result<Event, DecodeError> {
    Ok(Event {
        contract: Address(reader.array()?),
        topics: many(reader, |reader| reader.array())?,
        data: reader.sized()?.to_vec(),
        expires_after: reader.varint()?,
    })
}

/// Encodes events for the store, which keeps them until they expire.
pub(crate) fn encode_events<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<NewEvent> {
    let encode = |event: &Event| {
        let mut writer = Writer::new();
        write_event(&mut writer, event);
        NewEvent { expires_after: event.expires_after, event: writer.finish() }
    };
    events.into_iter().map(encode).collect()
}

/// Decodes one event.
pub(crate) fn decode_event(bytes: &[u8]) -> Result<Event, DecodeError> {
    let mut reader = Reader::new(bytes);
    let event = read_event(&mut reader)?;
    reader.finish().map(|()| event)
}

fn write_receipt(writer: &mut Writer, receipt: &Receipt) {
    match &receipt.status {
        Status::Returned => writer.u8(0),
        Status::Reverted => writer.u8(1),
        Status::Halted(halt) => writer.u8(2).u8(kind_number(halt.kind)).sized(halt.message.as_bytes()),
    };
    writer.varint(receipt.commit.map_or(0, |commit| commit.0 + 1));
    writer.varint(receipt.results.len() as u64);
    for result in &receipt.results {
        match result {
            Value::I32(value) => writer.u8(0).raw(&value.to_le_bytes()),
            Value::I64(value) => writer.u8(1).raw(&value.to_le_bytes()),
        };
    }
    writer.sized(&receipt.output).varint(receipt.gas_used.0).varint(receipt.contracts.len() as u64);
    for contract in &receipt.contracts {
        writer.raw(&contract.address.0);
        write_state(writer, contract.state_before);
        write_state(writer, contract.state_after);
        writer.varint(contract.version.0).varint(u64::from(contract.pages_changed));
    }
    writer.varint(receipt.events.len() as u64);
    for event in &receipt.events {
        write_event(writer, event);
    }
    writer.varint(receipt.logs.len() as u64);
    for log in &receipt.logs {
        writer.sized(log.as_bytes());
    }
}

/// Decodes a receipt or a block.
pub(crate) fn decode(bytes: &[u8]) -> Result<Recorded, DecodeError> {
    let reader = &mut Reader::new(bytes);
    let recorded = match read_head(reader)? {
        (version, CALL) => Recorded::Call(read_receipt(reader, version, false)?),
        (version, BLOCK) => Recorded::Block(read_block(reader, version)?),
        _ => return Err(DecodeError::Invalid("kind")),
    };
    reader.clone().finish()?;
    Ok(recorded)
}

/// Decodes only the world root of a block; returns `None` for the record of a call.
pub(crate) fn decode_world_root(bytes: &[u8]) -> Result<Option<WorldRoot>, DecodeError> {
    let reader = &mut Reader::new(bytes);
    if read_head(reader)?.1 != BLOCK {
        return Ok(None);
    }
    let (_number, _timestamp, _commit) = (reader.varint()?, reader.varint()?, reader.varint()?);
    reader.array().map(|root| Some(WorldRoot(root)))
}

/// Reads the format version of a record, and whether it is [`CALL`] or [`BLOCK`].
fn read_head(reader: &mut Reader<'_>) -> Result<(u8, u8), DecodeError> {
    match reader.u8()? {
        version @ (FORMAT_VERSION | PREVIOUS_VERSION) => Ok((version, reader.u8()?)),
        _ => Err(DecodeError::Invalid("format version")),
    }
}

fn read_block(reader: &mut Reader<'_>, format_version: u8) -> Result<Block, DecodeError> {
    Ok(Block {
        number: reader.varint()?,
        timestamp: reader.varint()?,
        commit: CommitNumber(reader.varint()?),
        world_root: WorldRoot(reader.array()?),
        states: many(reader, |reader| {
            let (address, version) = (Address(reader.array()?), Version(reader.varint()?));
            Ok(ContractState { address, version, state: StateRoot(reader.array()?) })
        })?,
        receipts: many(reader, |reader| read_receipt(reader, format_version, true))?,
    })
}

fn read_receipt(reader: &mut Reader<'_>, format_version: u8, in_block: bool) -> Result<Receipt, DecodeError> {
    let status = match reader.u8()? {
        0 => Status::Returned,
        1 => Status::Reverted,
        2 => Status::Halted(Halt { kind: kind(reader.u8()?)?, message: text(reader)? }),
        _ => return Err(DecodeError::Invalid("status")),
    };
    let commit = reader.varint()?.checked_sub(1).map(CommitNumber);
    let results = many(reader, |reader| match reader.u8()? {
        0 => Ok(Value::I32(i32::from_le_bytes(reader.array()?))),
        1 => Ok(Value::I64(i64::from_le_bytes(reader.array()?))),
        _ => Err(DecodeError::Invalid("result type")),
    })?;
    let output = reader.sized()?.to_vec();
    let gas_used = Gas(reader.varint()?);
    let contracts = many(reader, |reader| match format_version {
        FORMAT_VERSION => read_contract(reader),
        _ => read_contract_of_previous_version(reader, in_block),
    })?;
    let events = many(reader, read_event)?;
    let logs = many(reader, text)?;
    Ok(Receipt { status, commit, results, output, gas_used, contracts, events, logs })
}

fn read_contract(reader: &mut Reader<'_>) -> Result<TouchedContract, DecodeError> {
    Ok(TouchedContract {
        address: Address(reader.array()?),
        state_before: read_state(reader)?,
        state_after: read_state(reader)?,
        version: Version(reader.varint()?),
        pages_changed: count(reader.varint()?)?,
    })
}

fn read_contract_of_previous_version(reader: &mut Reader<'_>, in_block: bool) -> Result<TouchedContract, DecodeError> {
    let address = Address(reader.array()?);
    let before = StateRoot(reader.array()?);
    let state_after = read_state(reader)?;
    let version = Version(reader.varint()?);
    let (_read, _written) = (reader.varint()?, reader.varint()?);
    let pages_changed = count(reader.varint()?)?;
    Ok(TouchedContract { address, state_before: (!in_block).then_some(before), state_after, version, pages_changed })
}

fn read_state(reader: &mut Reader<'_>) -> Result<Option<StateRoot>, DecodeError> {
    match reader.u8()? {
        0 => Ok(None),
        1 => reader.array().map(|root| Some(StateRoot(root))),
        _ => Err(DecodeError::Invalid("hash")),
    }
}

/// Reads a count and that many items. It allocates no memory in advance: a count that is too large fails at the end of the
/// bytes.
fn many<T>(
    reader: &mut Reader<'_>,
    mut item: impl FnMut(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let mut items = Vec::new();
    for _ in 0..reader.varint()? {
        items.push(item(reader)?);
    }
    Ok(items)
}

fn text(reader: &mut Reader<'_>) -> Result<String, DecodeError> {
    String::from_utf8(reader.sized()?.to_vec()).map_err(|_| DecodeError::Invalid("text"))
}

fn count(number: u64) -> Result<u32, DecodeError> {
    u32::try_from(number).map_err(|_| DecodeError::Invalid("count"))
}

fn kind_number(kind: HaltKind) -> u8 {
    HaltKind::ALL.iter().position(|known| *known == kind).map_or(u8::MAX, |at| at as u8)
}

fn kind(number: u8) -> Result<HaltKind, DecodeError> {
    HaltKind::ALL.get(usize::from(number)).copied().ok_or(DecodeError::Invalid("halt kind"))
}

#[cfg(test)]
mod tests;

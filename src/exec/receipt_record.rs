//! What was recorded of commits, as the store keeps it.
//!
//! ```text
//! record   = form u8 (3) ‖ 0 ‖ receipt, or 1 ‖ block                                              numbers as varints
//! block    = number ‖ timestamp ‖ commit ‖ world root[32] ‖ states ‖ receipts: count, receipt*
//! states   = count, each: address[20] ‖ version ‖ state[32]
//! receipt  = status ‖ commit ‖ results ‖ output ‖ gas ‖ contracts ‖ events ‖ logs
//! status   = 0 returned | 1 reverted | 2 halted: kind u8, message
//! commit   = number + 1, or 0 for none
//! results  = count, each: 0 i32 (4 bytes) | 1 i64 (8 bytes), little-endian
//! output   = length, bytes                  message, log: the same, UTF-8
//! event    = contract[20] ‖ topics: count, each [32] ‖ data: length, bytes ‖ expires after
//! contract = address[20] ‖ before[32] ‖ 0, or 1 ‖ after[32] ‖ version ‖ read + 1 or 0 ‖ written + 1 or 0 ‖ changed
//! ```

use super::block::{Block, Recorded};
use super::events::Event;
use super::receipt::{Halt, HaltKind, Receipt, Status, TouchedContract, Value};
use crate::store::NewEvent;
use crate::store::codec::{DecodeError, Reader, Writer};
use crate::units::{Address, CommitNumber, Gas, StateRoot, Version, WorldRoot};

/// The form that is written. Another one is a newer program's.
const FORM: u8 = 3;

const CALL: u8 = 0;
const BLOCK: u8 = 1;

/// The bytes of a call's receipt.
pub(crate) fn encode(receipt: &Receipt) -> Vec<u8> {
    let mut writer = Writer::with_capacity(256);
    writer.u8(FORM).u8(CALL);
    write_receipt(&mut writer, receipt);
    writer.finish()
}

/// The bytes of what was recorded.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn encode_recorded(recorded: &Recorded) -> Vec<u8> {
    match recorded {
        Recorded::Call(receipt) => encode(receipt),
        Recorded::Block(block) => encode_block(block),
    }
}

/// The bytes of a block.
pub(super) fn encode_block(block: &Block) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.u8(FORM).u8(BLOCK).varint(block.number).varint(block.timestamp).varint(block.commit.0);
    writer.raw(&block.world_root.0);
    writer.varint(block.states.len() as u64);
    for (address, version, state) in &block.states {
        writer.raw(&address.0).varint(version.0).raw(&state.0);
    }
    writer.varint(block.receipts.len() as u64);
    block.receipts.iter().for_each(|receipt| write_receipt(&mut writer, receipt));
    writer.finish()
}

fn write_optional(writer: &mut Writer, hash: Option<&[u8; 32]>) {
    match hash {
        None => _ = writer.u8(0),
        Some(hash) => _ = writer.u8(1).raw(hash),
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

/// Events as a store keeps them until they expire.
pub(super) fn encode_events<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<NewEvent> {
    let encode = |event: &Event| {
        let mut writer = Writer::new();
        write_event(&mut writer, event);
        NewEvent { expires_after: event.expires_after, event: writer.finish() }
    };
    events.into_iter().map(encode).collect()
}

/// What the bytes of one event stand for.
pub(super) fn decode_event(bytes: &[u8]) -> Result<Event, DecodeError> {
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
        writer.raw(&contract.address.0).raw(&contract.state_before.0);
        write_optional(writer, contract.state_after.as_ref().map(|state| &state.0));
        writer.varint(contract.version.0);
        for count in [contract.pages_read, contract.pages_written] {
            writer.varint(count.map_or(0, |count| u64::from(count) + 1));
        }
        writer.varint(u64::from(contract.pages_changed));
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

/// What bytes stand for.
pub(crate) fn decode(bytes: &[u8]) -> Result<Recorded, DecodeError> {
    let reader = &mut Reader::new(bytes);
    let recorded = match kind_of_record(reader)? {
        CALL => Recorded::Call(read_receipt(reader)?),
        BLOCK => Recorded::Block(read_block(reader)?),
        _ => return Err(DecodeError::Invalid("kind")),
    };
    reader.clone().finish()?;
    Ok(recorded)
}

/// The world root after a block, without anything else of it; nothing if the bytes are those of a call.
pub(super) fn decode_world_root(bytes: &[u8]) -> Result<Option<WorldRoot>, DecodeError> {
    let reader = &mut Reader::new(bytes);
    if kind_of_record(reader)? != BLOCK {
        return Ok(None);
    }
    let (_number, _timestamp, _commit) = (reader.varint()?, reader.varint()?, reader.varint()?);
    reader.array().map(|root| Some(WorldRoot(root)))
}

fn kind_of_record(reader: &mut Reader<'_>) -> Result<u8, DecodeError> {
    if reader.u8()? == FORM { reader.u8() } else { Err(DecodeError::Invalid("form")) }
}

fn read_block(reader: &mut Reader<'_>) -> Result<Block, DecodeError> {
    Ok(Block {
        number: reader.varint()?,
        timestamp: reader.varint()?,
        commit: CommitNumber(reader.varint()?),
        world_root: WorldRoot(reader.array()?),
        states: many(reader, |reader| {
            Ok((Address(reader.array()?), Version(reader.varint()?), StateRoot(reader.array()?)))
        })?,
        receipts: many(reader, read_receipt)?,
    })
}

fn read_optional(reader: &mut Reader<'_>) -> Result<Option<[u8; 32]>, DecodeError> {
    match reader.u8()? {
        0 => Ok(None),
        1 => reader.array().map(Some),
        _ => Err(DecodeError::Invalid("hash")),
    }
}

fn read_receipt(reader: &mut Reader<'_>) -> Result<Receipt, DecodeError> {
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
    let contracts = many(reader, |reader| {
        Ok(TouchedContract {
            address: Address(reader.array()?),
            state_before: StateRoot(reader.array()?),
            state_after: read_optional(reader)?.map(StateRoot),
            version: Version(reader.varint()?),
            pages_read: optional_count(reader)?,
            pages_written: optional_count(reader)?,
            pages_changed: count(reader.varint()?)?,
        })
    })?;
    let events = many(reader, read_event)?;
    let logs = many(reader, text)?;
    Ok(Receipt { status, commit, results, output, gas_used, contracts, events, logs })
}

/// As many items as a number says. Nothing is set aside for them in advance: a wrong number ends with the bytes.
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

fn optional_count(reader: &mut Reader<'_>) -> Result<Option<u32>, DecodeError> {
    reader.varint()?.checked_sub(1).map(count).transpose()
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

//! Receipts as the store keeps them.
//!
//! ```text
//! receipt  = form u8 (2) ‖ status ‖ commit ‖ results ‖ output ‖ gas ‖ contracts ‖ events ‖ logs      numbers as varints
//! status   = 0 returned | 1 reverted | 2 halted: kind u8, message
//! commit   = number + 1, or 0 for none
//! results  = count, each: 0 i32 (4 bytes) | 1 i64 (8 bytes), little-endian
//! output   = length, bytes                  message, log: the same, UTF-8
//! event    = contract[20] ‖ topics: count, each [32] ‖ data: length, bytes ‖ expires after
//! contract = address[20] ‖ before[32] ‖ after[32] ‖ version ‖ read + 1 or 0 ‖ written + 1 or 0 ‖ changed
//! ```

use super::events::Event;
use super::receipt::{Halt, HaltKind, Receipt, Status, TouchedContract, Value};
use crate::store::codec::{DecodeError, Reader, Writer};
use crate::units::{Address, CommitNumber, Gas, StateRoot, Version};

/// The form that is written. Another one is a newer program's.
const FORM: u8 = 2;

/// The bytes of a receipt.
pub(crate) fn encode(receipt: &Receipt) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.u8(FORM);
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
        writer.raw(&contract.address.0).raw(&contract.state_before.0).raw(&contract.state_after.0);
        writer.varint(contract.version.0);
        for count in [contract.pages_read, contract.pages_written] {
            writer.varint(count.map_or(0, |count| u64::from(count) + 1));
        }
        writer.varint(u64::from(contract.pages_changed));
    }
    writer.varint(receipt.events.len() as u64);
    for event in &receipt.events {
        writer.raw(&event.contract.0).varint(event.topics.len() as u64);
        event.topics.iter().for_each(|topic| _ = writer.raw(topic));
        writer.sized(&event.data).varint(event.expires_after);
    }
    writer.varint(receipt.logs.len() as u64);
    for log in &receipt.logs {
        writer.sized(log.as_bytes());
    }
    writer.finish()
}

/// The receipt that bytes stand for.
pub(crate) fn decode(bytes: &[u8]) -> Result<Receipt, DecodeError> {
    let reader = &mut Reader::new(bytes);
    if reader.u8()? != FORM {
        return Err(DecodeError::Invalid("form"));
    }
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
            state_after: StateRoot(reader.array()?),
            version: Version(reader.varint()?),
            pages_read: optional_count(reader)?,
            pages_written: optional_count(reader)?,
            pages_changed: count(reader.varint()?)?,
        })
    })?;
    let events = many(reader, |reader| {
        Ok(Event {
            contract: Address(reader.array()?),
            topics: many(reader, |reader| reader.array())?,
            data: reader.sized()?.to_vec(),
            expires_after: reader.varint()?,
        })
    })?;
    let logs = many(reader, text)?;
    reader.clone().finish()?;
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn receipt() -> Receipt {
        let contract = TouchedContract {
            address: Address([7; 20]),
            state_before: StateRoot([1; 32]),
            state_after: StateRoot([2; 32]),
            version: Version(300),
            pages_read: None,
            pages_written: Some(0),
            pages_changed: 5,
        };
        Receipt {
            status: Status::Halted(Halt { kind: HaltKind::Store, message: "a page is gone".to_owned() }),
            commit: Some(CommitNumber(u64::MAX - 1)),
            results: vec![Value::I32(-1), Value::I64(i64::MIN)],
            output: vec![0; 200],
            gas_used: Gas(u64::MAX),
            contracts: vec![contract],
            events: vec![
                Event {
                    contract: Address([9; 20]),
                    topics: vec![[3; 32], [4; 32]],
                    data: vec![1, 2],
                    expires_after: 300,
                },
                Event { contract: Address([8; 20]), topics: Vec::new(), data: Vec::new(), expires_after: 0 },
            ],
            logs: vec!["päge".to_owned(), String::new()],
        }
    }

    #[test]
    fn a_receipt_comes_back_as_it_was() {
        for status in [Status::Returned, Status::Reverted, receipt().status] {
            for commit in [None, Some(CommitNumber(0)), receipt().commit] {
                let receipt = Receipt { status: status.clone(), commit, ..receipt() };
                assert_eq!(decode(&encode(&receipt)), Ok(receipt));
            }
        }
    }

    #[test]
    fn a_receipt_that_was_cut_short_is_refused() {
        let bytes = encode(&receipt());
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
        }
        assert_eq!(decode(&[bytes, vec![0]].concat()), Err(DecodeError::Trailing(1)));
    }

    proptest! {
        #[test]
        fn any_bytes_decode_without_a_panic(mut bytes: Vec<u8>) {
            let _ = decode(&bytes);
            bytes.insert(0, FORM);
            if let Ok(receipt) = decode(&bytes) {
                prop_assert_eq!(encode(&receipt), bytes);
            }
        }
    }
}

//! The lines of a scenario, as JSON.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::cli::error::CliError;
use crate::cli::integer::{Integer, read, read_some};

/// A line of a scenario.
#[derive(Debug)]
pub enum Line {
    Deploy(DeployLine),
    Fund(FundLine),
    Call(Box<CallLine>),
    Block(BlockLine),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeployLine {
    /// The path of the contract's file.
    pub deploy: Option<String>,
    /// The contract in text form.
    pub wat: Option<String>,
    /// The contract in binary form, as hex.
    pub wasm: Option<String>,
    #[serde(rename = "as")]
    pub name: Option<String>,
    pub author: Option<String>,
    #[serde(default, deserialize_with = "read")]
    pub nonce: u64,
    #[serde(default, deserialize_with = "read")]
    pub balance: u64,
    #[serde(default, deserialize_with = "read_some")]
    pub max_pages: Option<u32>,
    #[serde(default)]
    pub no_reentry: bool,
    #[serde(default)]
    pub quiet: bool,
    pub note: Option<String>,
    pub expect: Option<Json>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FundLine {
    pub fund: String,
    #[serde(deserialize_with = "read")]
    pub amount: u64,
    #[serde(rename = "as")]
    pub name: Option<String>,
    pub note: Option<String>,
    pub expect: Option<Json>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallLine {
    pub call: String,
    pub function: String,
    #[serde(default)]
    pub args: Vec<Integer>,
    pub input: Option<String>,
    pub sender: Option<String>,
    #[serde(default, deserialize_with = "read")]
    pub value: u64,
    #[serde(default, deserialize_with = "read_some")]
    pub gas: Option<u64>,
    pub pager: Option<String>,
    #[serde(default, deserialize_with = "read_some")]
    pub block: Option<u64>,
    #[serde(default, deserialize_with = "read_some")]
    pub timestamp: Option<u64>,
    #[serde(default)]
    pub dry_run: bool,
    pub note: Option<String>,
    pub expect: Option<Json>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockLine {
    pub block: Vec<CallLine>,
    #[serde(default, deserialize_with = "read_some")]
    pub number: Option<u64>,
    #[serde(default, deserialize_with = "read")]
    pub timestamp: u64,
    pub note: Option<String>,
    pub expect: Option<Json>,
}

impl Line {
    /// Returns the note, which is printed before the result.
    pub fn note(&self) -> Option<&str> {
        match self {
            Self::Deploy(line) => line.note.as_deref(),
            Self::Fund(line) => line.note.as_deref(),
            Self::Call(line) => line.note.as_deref(),
            Self::Block(line) => line.note.as_deref(),
        }
    }

    /// Returns the block and the time that the line's contracts see, or 0 where the line has none.
    pub fn moment(&self) -> (u64, u64) {
        match self {
            Self::Deploy(_) | Self::Fund(_) => (0, 0),
            Self::Call(line) => (line.block.unwrap_or(0), line.timestamp.unwrap_or(0)),
            Self::Block(line) => (line.number.unwrap_or(0), line.timestamp),
        }
    }

    /// Parses a line. The kind of line decides which fields it may have.
    pub fn parse(text: &str) -> Result<Self, CliError> {
        let fields: Map<String, Json> = parse(text)?;
        let has = |field| fields.contains_key(field);
        if has("call") {
            Ok(Self::Call(parse(text)?))
        } else if has("deploy") || has("wat") || has("wasm") {
            Ok(Self::Deploy(parse(text)?))
        } else if has("fund") {
            Ok(Self::Fund(parse(text)?))
        } else if has("block") {
            Ok(Self::Block(parse(text)?))
        } else {
            Err(CliError::Line(
                "the line must have one of the fields `deploy`, `wat`, `wasm`, `call`, `block` and `fund`".to_owned(),
            ))
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, CliError> {
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        // Only the column: the scenario's error has the number of the line.
        let place = format!(" at line {} column {}", error.line(), error.column());
        match message.strip_suffix(&place) {
            Some(message) => CliError::Line(format!("{message}, at column {}", error.column())),
            None => CliError::Line(message),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Line::parse(text).expect_err(text).to_string()
    }

    #[test]
    fn what_a_line_does_decides_which_fields_it_may_have() {
        assert!(matches!(Line::parse(r#"{"deploy": "a.wat", "as": "a"}"#), Ok(Line::Deploy(_))));
        assert!(matches!(Line::parse(r#"{"wat": "(module)"}"#), Ok(Line::Deploy(_))));
        assert!(matches!(Line::parse(r#"{"fund": "$a", "amount": 1}"#), Ok(Line::Fund(_))));
        // In a call `block` is the number of the block.
        assert!(matches!(Line::parse(r#"{"call": "$a", "function": "f", "block": 7}"#), Ok(Line::Call(_))));
        assert!(refusal(r#"{"deploy": "a.wat", "sender": "0x"}"#).contains("unknown field `sender`"));
        assert!(refusal(r#"{"call": "$a", "function": "f", "fund": "$a"}"#).contains("unknown field `fund`"));
        assert!(matches!(Line::parse(r#"{"block": []}"#), Ok(Line::Block(_))));
        assert!(refusal(r#"{"block": [{"call": "$a"}]}"#).contains("missing field `function`"));
        assert!(refusal(r#"{"as": "a"}"#).contains("the line must have one of the fields"));
    }

    #[test]
    fn an_integer_is_a_number_or_text_wherever_one_stands() {
        let numbers = r#"{"call": "$a", "function": "f", "value": 1, "gas": 2, "block": 3, "timestamp": 4}"#;
        let text = r#"{"call": "$a", "function": "f", "value": "1", "gas": "0x2", "block": "3", "timestamp": "4"}"#;
        for line in [numbers, text] {
            let Ok(Line::Call(call)) = Line::parse(line) else { panic!("{line}") };
            assert_eq!((call.value, call.gas, call.block, call.timestamp), (1, Some(2), Some(3), Some(4)));
        }
        for line in
            [r#"{"wat": "", "nonce": "7", "balance": "8", "max_pages": "16"}"#, r#"{"fund": "$a", "amount": "1"}"#]
        {
            assert!(Line::parse(line).is_ok(), "{line}");
        }
        assert!(refusal(r#"{"wat": "", "max_pages": "4294967296"}"#).contains("an integer of the type u32"));
        assert!(refusal(r#"{"fund": "$a", "amount": "lots"}"#).contains("is not an integer of 64 bits"));
    }

    #[test]
    fn a_line_that_is_no_object_or_says_a_thing_twice_is_refused_with_its_column() {
        for text in ["[]", "1", "{", r#"{"fund": "$a", "amount": 1} x"#] {
            assert!(refusal(text).contains("column"), "{text}");
        }
        assert!(refusal(r#"{"fund": "$a", "amount": 1, "amount": 2}"#).contains("duplicate field `amount`"));
        assert!(refusal(r#"{"fund": "$a"}"#).contains("missing field `amount`"));
        assert!(refusal(r#"{"fund": "$a", "amount": -1}"#).contains("invalid value"));
        assert!(refusal(r#"{"call": "$a", "function": "f", "args": [1.5]}"#).contains("an integer"));
    }
}

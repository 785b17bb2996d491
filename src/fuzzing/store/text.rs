//! Steps as text: one on each line. The pages of a write follow its line, indented.
//!
//! ```text
//! # A comment.
//! vellum store
//! write failing=0 then=go_on
//!   page contract=0 index=7 content=byte byte=3 at=8
//! roll_back contract=0 to=1 failing=0 then=tear:5
//! ```

use std::fmt;
use std::str::FromStr;

use super::steps::{CONTRACTS, Content, Operation, Step, StoreIncident, StoreSteps, Write};
use crate::fuzzing::script::{ParseError, lines, number, words};
use crate::store::model::MAX_PAGES;
use crate::units::PAGE_SIZE;

/// The first line that is not a comment.
const TITLE: &str = "vellum store";

/// The greatest number of steps in a text, and of pages in a write.
const MOST_STEPS: usize = 1_000;

const CONTENTS: [(&str, Content); 4] =
    [("zeros", Content::Zeros), ("byte", Content::Byte), ("full", Content::Full), ("tail", Content::Tail)];

const INCIDENTS: [(&str, StoreIncident); 4] = [
    ("go_on", StoreIncident::None),
    ("reopen", StoreIncident::Reopen),
    ("kill", StoreIncident::Kill),
    ("hold", StoreIncident::Hold),
];

impl StoreSteps {
    /// True if the title of a text is that of steps. The title is the first line that is not a comment.
    pub fn has_title(text: &str) -> bool {
        lines(text).next().is_some_and(|(_, line)| line.trim() == TITLE)
    }
}

impl fmt::Display for StoreSteps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}")?;
        for Step { operation, failing, incident } in &self.0 {
            match operation {
                Operation::Write(_) => write!(f, "write")?,
                Operation::Fund { contract, amount } => write!(f, "fund contract={contract} amount={amount}")?,
                Operation::RollBack { contract, to } => write!(f, "roll_back contract={contract} to={to}")?,
                Operation::Prune { contract, to } => write!(f, "prune contract={contract} to={to}")?,
            }
            writeln!(f, " failing={failing} then={incident}")?;
            let Operation::Write(writes) = operation else { continue };
            for Write { contract, page, content, byte, at } in writes {
                let (content, _) = CONTENTS.iter().find(|(_, known)| known == content).ok_or(fmt::Error)?;
                writeln!(f, "  page contract={contract} index={page} content={content} byte={byte} at={at}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for StoreIncident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, INCIDENTS.iter().find(|(_, known)| known == self)) {
            (Self::Tear(bits), _) => write!(f, "tear:{bits}"),
            (_, known) => f.write_str(known.map_or("", |(name, _)| name)),
        }
    }
}

impl FromStr for StoreSteps {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut lines = lines(text);
        match lines.next() {
            Some((_, TITLE)) => {}
            other => {
                let line = other.map_or(1, |(line, _)| line);
                return Err(ParseError {
                    line,
                    problem: format!("the first line of steps of a store must be {TITLE:?}"),
                });
            }
        }
        let mut steps: Vec<Step> = Vec::new();
        for (line, text) in lines {
            let failed = |problem| ParseError { line, problem };
            let is_below = text.starts_with(' ');
            let count = steps.len();
            match steps.last_mut() {
                Some(Step { operation: Operation::Write(writes), .. }) if is_below && writes.len() < MOST_STEPS => {
                    writes.push(page(text).map_err(failed)?);
                }
                Some(Step { operation: Operation::Write(_), .. }) if is_below => {
                    return Err(failed(format!("a write must have at most {MOST_STEPS} pages")));
                }
                _ if is_below => return Err(failed("only the pages of a write are indented".to_owned())),
                _ if count == MOST_STEPS => {
                    return Err(failed(format!("the text must have at most {MOST_STEPS} steps")));
                }
                _ => steps.push(step(text).map_err(failed)?),
            }
        }
        Ok(Self(steps))
    }
}

fn step(text: &str) -> Result<Step, String> {
    let name = text.split_whitespace().next().unwrap_or_default();
    let of_contract = |field: &str| -> Result<(u8, u8, Vec<&str>), String> {
        let values = words(text, &["contract", field, "failing", "then"])?;
        Ok((contract(values[0])?, below(values[1], 256)? as u8, values[2..].to_vec()))
    };
    let (operation, values) = match name {
        "write" => (Operation::Write(Vec::new()), words(text, &["failing", "then"])?),
        "fund" => {
            let (contract, amount, values) = of_contract("amount")?;
            (Operation::Fund { contract, amount }, values)
        }
        "roll_back" => {
            let (contract, to, values) = of_contract("to")?;
            (Operation::RollBack { contract, to }, values)
        }
        "prune" => {
            let (contract, to, values) = of_contract("to")?;
            (Operation::Prune { contract, to }, values)
        }
        _ => return Err(format!("unknown step {name:?}: it must be write, fund, roll_back or prune")),
    };
    Ok(Step { operation, failing: below(values[0], 256)? as u8, incident: incident(values[1])? })
}

fn page(text: &str) -> Result<Write, String> {
    match text.split_whitespace().next() {
        Some("page") => {}
        name => return Err(format!("expected a page, found {:?}", name.unwrap_or_default())),
    }
    let values = words(text, &["contract", "index", "content", "byte", "at"])?;
    let content = CONTENTS.iter().find(|(name, _)| *name == values[2]).map(|(_, content)| *content);
    Ok(Write {
        contract: contract(values[0])?,
        page: below(values[1], MAX_PAGES.0)?,
        content: content.ok_or_else(|| format!("{:?} must be zeros, byte, full or tail", values[2]))?,
        byte: below(values[3], 256)? as u8,
        at: below(values[4], PAGE_SIZE as u32)? as u16,
    })
}

fn contract(text: &str) -> Result<u8, String> {
    below(text, CONTRACTS.into()).map(|contract| contract as u8)
}

fn below(text: &str, end: u32) -> Result<u32, String> {
    number(text).ok().filter(|number| *number < end).ok_or_else(|| format!("{text:?} must be a number below {end}"))
}

fn incident(text: &str) -> Result<StoreIncident, String> {
    if let Some(bits) = text.strip_prefix("tear:") {
        let bits = bits.parse().map_err(|_| format!("{bits:?} must be a number of 64 bits"))?;
        return Ok(StoreIncident::Tear(bits));
    }
    let incident = INCIDENTS.iter().find(|(name, _)| *name == text).map(|(_, incident)| *incident);
    incident.ok_or_else(|| format!("{text:?} must be go_on, reopen, kill, hold or tear:NUMBER"))
}

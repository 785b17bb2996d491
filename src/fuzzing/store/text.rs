//! Steps as text: one a line, the pages of a write further right below it.
//!
//! ```text
//! # The story.
//! vellum store
//! write failing=0 then=go_on
//!   page contract=0 index=7 content=byte byte=3 at=8
//! roll_back contract=0 to=1 failing=0 then=tear:5
//! ```

use std::fmt;
use std::str::FromStr;

use super::steps::{CONTRACTS, Content, Deed, Step, StoreSteps, Then, Write};
use crate::fuzzing::script::{ParseError, lines, number, words};
use crate::store::model::MAX_PAGES;
use crate::units::PAGE_SIZE;

/// The first line that is no comment.
const TITLE: &str = "vellum store";

/// Steps of a text at most, and pages of a step.
const MOST_STEPS: usize = 1_000;

const CONTENTS: [(&str, Content); 4] =
    [("zeros", Content::Zeros), ("byte", Content::Byte), ("full", Content::Full), ("tail", Content::Tail)];

const THENS: [(&str, Then); 4] =
    [("go_on", Then::GoOn), ("reopen", Then::Reopen), ("kill", Then::Kill), ("hold", Then::Hold)];

impl StoreSteps {
    /// Whether a text means to be steps of a store: its first line that is no comment says so.
    pub fn is_meant_by(text: &str) -> bool {
        lines(text).next().is_some_and(|(_, line)| line.trim() == TITLE)
    }
}

impl fmt::Display for StoreSteps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}")?;
        for Step { deed, failing, then } in &self.0 {
            match deed {
                Deed::Write(_) => write!(f, "write")?,
                Deed::Fund { contract, amount } => write!(f, "fund contract={contract} amount={amount}")?,
                Deed::RollBack { contract, to } => write!(f, "roll_back contract={contract} to={to}")?,
                Deed::Prune { contract, to } => write!(f, "prune contract={contract} to={to}")?,
            }
            writeln!(f, " failing={failing} then={then}")?;
            let Deed::Write(writes) = deed else { continue };
            for Write { contract, page, content, byte, at } in writes {
                let (content, _) = CONTENTS.iter().find(|(_, known)| known == content).ok_or(fmt::Error)?;
                writeln!(f, "  page contract={contract} index={page} content={content} byte={byte} at={at}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Then {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, THENS.iter().find(|(_, known)| known == self)) {
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
                return Err(ParseError { line, problem: format!("steps of a store should begin with {TITLE:?}") });
            }
        }
        let mut steps: Vec<Step> = Vec::new();
        for (line, text) in lines {
            let failed = |problem| ParseError { line, problem };
            let is_below = text.starts_with(' ');
            let count = steps.len();
            match steps.last_mut() {
                Some(Step { deed: Deed::Write(writes), .. }) if is_below && writes.len() < MOST_STEPS => {
                    writes.push(page(text).map_err(failed)?);
                }
                Some(Step { deed: Deed::Write(_), .. }) if is_below => {
                    return Err(failed(format!("a write should have at most {MOST_STEPS} pages")));
                }
                _ if is_below => return Err(failed("only pages of a write stand further right".to_owned())),
                _ if count == MOST_STEPS => {
                    return Err(failed(format!("there should be at most {MOST_STEPS} steps")));
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
    let (deed, values) = match name {
        "write" => (Deed::Write(Vec::new()), words(text, &["failing", "then"])?),
        "fund" => {
            let (contract, amount, values) = of_contract("amount")?;
            (Deed::Fund { contract, amount }, values)
        }
        "roll_back" => {
            let (contract, to, values) = of_contract("to")?;
            (Deed::RollBack { contract, to }, values)
        }
        "prune" => {
            let (contract, to, values) = of_contract("to")?;
            (Deed::Prune { contract, to }, values)
        }
        _ => return Err(format!("there is no step {name:?}: it should be write, fund, roll_back or prune")),
    };
    Ok(Step { deed, failing: below(values[0], 256)? as u8, then: then(values[1])? })
}

fn page(text: &str) -> Result<Write, String> {
    match text.split_whitespace().next() {
        Some("page") => {}
        name => return Err(format!("{:?} stands where a page should", name.unwrap_or_default())),
    }
    let values = words(text, &["contract", "index", "content", "byte", "at"])?;
    let content = CONTENTS.iter().find(|(name, _)| *name == values[2]).map(|(_, content)| *content);
    Ok(Write {
        contract: contract(values[0])?,
        page: below(values[1], MAX_PAGES.0)?,
        content: content.ok_or_else(|| format!("{:?} should be zeros, byte, full or tail", values[2]))?,
        byte: below(values[3], 256)? as u8,
        at: below(values[4], PAGE_SIZE as u32)? as u16,
    })
}

fn contract(text: &str) -> Result<u8, String> {
    below(text, CONTRACTS.into()).map(|contract| contract as u8)
}

fn below(text: &str, end: u32) -> Result<u32, String> {
    number(text).ok().filter(|number| *number < end).ok_or_else(|| format!("{text:?} should be a number below {end}"))
}

fn then(text: &str) -> Result<Then, String> {
    if let Some(bits) = text.strip_prefix("tear:") {
        let bits = bits.parse().map_err(|_| format!("{bits:?} should be a number of 64 bits"))?;
        return Ok(Then::Tear(bits));
    }
    let then = THENS.iter().find(|(name, _)| *name == text).map(|(_, then)| *then);
    then.ok_or_else(|| format!("{text:?} should be go_on, reopen, kill, hold or tear:NUMBER"))
}

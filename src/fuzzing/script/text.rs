//! Scenarios as text: one step on each line. The steps of a nested call follow its line, indented.
//!
//! ```text
//! # A comment.
//! vellum scenario
//! transaction pager=soft commit=1 short_of_gas=0 value=0
//!   store8 at=5 value=7
//!   call contract=1 read_only=0 value=0 gas=0
//!     trap
//! ```

use std::fmt;
use std::str::FromStr;

use super::steps::KINDS;
use super::{DEEPEST, LONGEST_SCRIPT, Nested, Scenario, Step, Transaction, script_bytes};
use crate::paging::PagerKind;

/// The first line that is not a comment.
const TITLE: &str = "vellum scenario";

/// The greatest number of transactions in a text.
const MOST_TRANSACTIONS: usize = 1_000;

const TRANSACTION: [&str; 4] = ["pager", "commit", "short_of_gas", "value"];
const CALL: [&str; 4] = ["contract", "read_only", "value", "gas"];

/// An invalid line of a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// The problem, and what is accepted.
    pub problem: String,
}

impl Scenario {
    /// True if the title of a text is that of scenarios. The title is the first line that is not a comment.
    pub fn has_title(text: &str) -> bool {
        lines(text).next().is_some_and(|(_, line)| line.trim() == TITLE)
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}")?;
        for Transaction { pager, commit, short_of_gas, value, steps } in &self.transactions {
            let (commit, short_of_gas) = (u8::from(*commit), u8::from(*short_of_gas));
            writeln!(f, "transaction pager={pager} commit={commit} short_of_gas={short_of_gas} value={value}")?;
            write_steps(f, steps, 1)?;
        }
        Ok(())
    }
}

fn write_steps(f: &mut fmt::Formatter<'_>, steps: &[Step], depth: usize) -> fmt::Result {
    for step in steps {
        write!(f, "{:1$}", "", 2 * depth)?;
        match step {
            Step::Call(Nested { contract, read_only, value, gas, steps }) => {
                let read_only = u8::from(*read_only);
                writeln!(f, "call contract={contract} read_only={read_only} value={value} gas={gas}")?;
                write_steps(f, steps, depth + 1)?;
            }
            step => {
                let (kind, numbers) = step.numbers().unwrap_or_default();
                let (name, fields) = KINDS[kind];
                f.write_str(name)?;
                fields.iter().zip(&*numbers).try_for_each(|(field, number)| write!(f, " {field}={number}"))?;
                writeln!(f)?;
            }
        }
    }
    Ok(())
}

/// Returns the lines that are neither empty nor comments, with their numbers.
pub(in crate::fuzzing) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().zip(1..).map(|(line, number)| (number, line.trim_end()));
    lines.filter(|(_, line)| !line.is_empty() && !line.trim_start().starts_with('#'))
}

impl FromStr for Scenario {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut lines = lines(text).peekable();
        match lines.next() {
            Some((_, TITLE)) => {}
            other => {
                let line = other.map_or(1, |(line, _)| line);
                return Err(ParseError { line, problem: format!("the first line of a scenario must be {TITLE:?}") });
            }
        }
        let mut transactions = Vec::new();
        while let Some((line, text)) = lines.next() {
            let failed = |problem| ParseError { line, problem };
            let mut transaction = transaction(text).map_err(failed)?;
            transaction.steps = steps(&mut lines, 1)?;
            if script_bytes(&transaction.steps) > LONGEST_SCRIPT {
                let most = LONGEST_SCRIPT / 20;
                return Err(failed(format!(
                    "a transaction must have at most {most} steps, including those of nested calls"
                )));
            }
            if transactions.len() == MOST_TRANSACTIONS {
                return Err(failed(format!("a scenario must have at most {MOST_TRANSACTIONS} transactions")));
            }
            transactions.push(transaction);
        }
        Ok(Self { transactions })
    }
}

/// Reads the steps of one depth, up to the first line that is indented less.
fn steps<'a>(
    lines: &mut std::iter::Peekable<impl Iterator<Item = (usize, &'a str)>>,
    depth: u32,
) -> Result<Vec<Step>, ParseError> {
    let mut items = Vec::new();
    while let Some(&(line, text)) = lines.peek() {
        let failed = |problem| ParseError { line, problem };
        let indent = text.len() - text.trim_start_matches(' ').len();
        let should = 2 * depth as usize;
        if indent < should {
            break;
        }
        if indent > should {
            return Err(failed(format!("the step is indented by {indent} spaces: it must be {should} or fewer")));
        }
        lines.next();
        let mut item = step(text).map_err(failed)?;
        if let Step::Call(call) = &mut item {
            if depth > DEEPEST {
                return Err(failed(format!("calls must be nested at most {DEEPEST} deep")));
            }
            call.steps = steps(lines, depth + 1)?;
        }
        items.push(item);
    }
    Ok(items)
}

/// Returns the values of a line's fields, and checks that it has exactly these fields in this order.
pub(in crate::fuzzing) fn words<'a>(text: &'a str, fields: &[&str]) -> Result<Vec<&'a str>, String> {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default();
    let should = || {
        let fields: Vec<String> = fields.iter().map(|field| format!("{field}=…")).collect();
        format!("the line must be {:?}", [name, &fields.join(" ")].join(" ").trim_end())
    };
    let mut values = Vec::new();
    for field in fields {
        let value = words.next().and_then(|word| word.strip_prefix(field)?.strip_prefix('='));
        values.push(
            value.ok_or_else(|| {
                format!("{:?} lacks a field, or has them in another order: {}", text.trim(), should())
            })?,
        );
    }
    match words.next() {
        None => Ok(values),
        Some(word) => Err(format!("{word:?} is not a field of this line: {}", should())),
    }
}

pub(in crate::fuzzing) fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("{text:?} must be a number from 0 to {}", u32::MAX))
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(format!("{text:?} must be 0 or 1")),
    }
}

fn transaction(text: &str) -> Result<Transaction, String> {
    if text.split_whitespace().next() != Some("transaction") || text.starts_with(' ') {
        return Err(format!("expected a transaction, found {:?}", text.trim()));
    }
    let values = words(text, &TRANSACTION)?;
    Ok(Transaction {
        pager: values[0].parse::<PagerKind>().map_err(|error| error.to_string())?,
        commit: yes_or_no(values[1])?,
        short_of_gas: yes_or_no(values[2])?,
        value: number(values[3])?,
        steps: Vec::new(),
    })
}

fn step(text: &str) -> Result<Step, String> {
    let name = text.split_whitespace().next().unwrap_or_default();
    let step = if name == "call" {
        let values = words(text, &CALL)?;
        Step::Call(Nested {
            contract: number(values[0])?,
            read_only: yes_or_no(values[1])?,
            value: number(values[2])?,
            gas: number(values[3])?,
            steps: Vec::new(),
        })
    } else {
        let kind = KINDS.iter().position(|(kind, _)| *kind == name);
        let kind = kind.ok_or_else(|| {
            let similar = KINDS
                .iter()
                .map(|(kind, _)| *kind)
                .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
            format!("unknown step {name:?}: the most similar is {:?}", similar.unwrap_or_default())
        })?;
        let numbers = words(text, KINDS[kind].1)?.into_iter().map(number).collect::<Result<Vec<_>, _>>()?;
        Step::of_numbers(kind, &numbers).ok_or_else(|| format!("{name} has a wrong number of fields"))?
    };
    step.check().map(|()| step)
}

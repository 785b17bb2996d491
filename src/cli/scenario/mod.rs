//! Scenarios of JSON lines, and how they run. `design/scenarios.md` describes their format.

mod line;
mod names;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value as Json;
use vellum::limits::DEFAULT_GAS;
use vellum::paging::PagerKind;
use vellum::receipt::{Call, Detail, Failed, Receipt};
use vellum::units::{Address, Gas, PageCount};
use vellum::vm::{Deployment, View, Vm};

use super::arguments::{HexBytes, typed};
use super::contract_file::{deploy, read_contract};
use super::error::CliError;
use super::fund::Balance;
use super::trace::{self, Names, Narration};
use super::{expect, text, untrusted};
use line::{BlockLine, CallLine, DeployLine, FundLine, Line};

/// A running scenario.
#[derive(Debug)]
pub struct Scenario<'a> {
    vm: &'a Vm,
    /// The directory to which paths are relative.
    base: PathBuf,
    /// What the text of a call shows.
    verbosity: Verbosity,
    /// The addresses that lines have named.
    names: BTreeMap<String, Address>,
    /// Contracts whose writes and inputs are not shown.
    quiet: Vec<Address>,
}

/// What the text of a call shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// Its receipt.
    Receipt,
    /// Its receipt, its nested calls, and the pages that it changed.
    Trace,
    /// Its nested calls and the pages that it changed.
    CallTree,
}

/// The result of a line.
#[derive(Debug)]
pub struct Step {
    pub json: Json,
    pub text: String,
    /// True if the line is a call or a block of calls.
    pub is_call: bool,
    /// The block and the time that its contracts saw, or 0 where the line has none.
    pub moment: (u64, u64),
    /// The fields that the line expects in its result.
    expected: Option<Json>,
    /// The first call that did not return.
    failed: Option<Failed>,
}

impl Step {
    fn new(json: Json, text: String, expected: Option<Json>) -> Self {
        Self { json, text, is_call: false, moment: (0, 0), expected, failed: None }
    }

    fn of_calls<'r>(
        json: Json,
        text: String,
        expected: Option<Json>,
        receipts: impl IntoIterator<Item = &'r Receipt>,
    ) -> Self {
        let failed = receipts.into_iter().find(|receipt| !receipt.is_returned());
        let failed = failed.and_then(|receipt| receipt.clone().into_result().err());
        Self { is_call: true, failed, ..Self::new(json, text, expected) }
    }

    /// Compares the result with the expectation of the line.
    pub fn check(&self) -> Result<(), CliError> {
        match &self.expected {
            Some(expected) => Ok(expect::check(expected, &self.json)?),
            None => Ok(()),
        }
    }

    /// Returns an error if a call did not return and the line does not expect a status.
    pub fn unexpected_failure(&self) -> Result<(), CliError> {
        let says = |field| self.expected.as_ref().is_some_and(|expected| expected.get(field).is_some());
        match &self.failed {
            Some(failed) if !says("status") && !says("receipts") => Err(failed.clone().into()),
            _ => Ok(()),
        }
    }
}

impl<'a> Scenario<'a> {
    pub fn new(vm: &'a Vm, base: PathBuf, verbosity: Verbosity) -> Self {
        Self { vm, base, verbosity, names: BTreeMap::new(), quiet: Vec::new() }
    }

    /// Returns the addresses that lines have named.
    pub fn names(&self) -> &BTreeMap<String, Address> {
        &self.names
    }

    /// Runs a line.
    pub fn step(&mut self, line: &str) -> Result<Step, CliError> {
        // Some editors begin a text with a byte order mark.
        let line = Line::parse(line.trim_start_matches('\u{feff}'))?;
        let note = line.note().map(|note| format!("{}\n", untrusted::line(note))).unwrap_or_default();
        let moment = line.moment();
        let (mut step, name) = match line {
            Line::Deploy(line) => self.deploy(line)?,
            Line::Fund(line) => self.fund(line)?,
            Line::Call(line) => (self.call(*line)?, None),
            Line::Block(line) => (self.block(line)?, None),
        };
        step.text.insert_str(0, &note);
        step.moment = moment;
        if let Some((name, address)) = name {
            self.names.insert(name, address);
        }
        if let Some(expected) = &mut step.expected {
            self.resolve_names(expected)?;
        }
        Ok(step)
    }

    fn deploy(&mut self, line: DeployLine) -> Result<(Step, Option<(String, Address)>), CliError> {
        let (name, code) = match (line.deploy, line.wat, line.wasm) {
            (Some(path), None, None) => {
                let path = self.base.join(path);
                (path.display().to_string(), read_contract(&path)?)
            }
            (None, Some(text), None) => ("the contract in this line".to_owned(), text.into_bytes()),
            (None, None, Some(binary)) => {
                let binary: HexBytes = binary.parse().map_err(|message| of_field("wasm", message))?;
                ("the contract in this line".to_owned(), binary.0)
            }
            _ => {
                return Err(CliError::Line(
                    "a deployment must have only one of the fields `deploy`, `wat` and `wasm`".to_owned(),
                ));
            }
        };
        if let Some(name) = &line.name {
            self.check_new_name(name)?;
        }
        let deployment = Deployment {
            author: self.address("author", line.author.as_deref())?,
            nonce: line.nonce,
            balance: line.balance,
            max_pages: line.max_pages.map(PageCount),
            refuses_reentry: line.no_reentry,
        };
        let deployed = deploy(self.vm, &name, &code, &deployment)?;
        if line.quiet {
            self.quiet.push(deployed.address);
        }
        let step = Step::new(serde_json::to_value(&deployed)?, text::deployed(&deployed), line.expect);
        Ok((step, line.name.map(|name| (name, deployed.address))))
    }

    fn fund(&self, line: FundLine) -> Result<(Step, Option<(String, Address)>), CliError> {
        let address = self.address("fund", Some(&line.fund))?;
        if let Some(name) = &line.name {
            self.check_new_name(name)?;
        }
        let balance = self.vm.fund(&address, line.amount)?;
        let document = serde_json::to_value(Balance::new(address, balance))?;
        let step = Step::new(document, text::balance(balance), line.expect);
        Ok((step, line.name.map(|name| (name, address))))
    }

    fn call(&self, line: CallLine) -> Result<Step, CliError> {
        let call = self.prepare(&line, &self.vm.now()?)?;
        let run = self.vm.run(&call);
        let (receipt, trace) = match (self.verbosity, line.dry_run) {
            (Verbosity::Receipt, true) => (run.dry()?, None),
            (Verbosity::Receipt, false) => (run.commit()?, None),
            (_, true) => run.trace(Detail::Writes).dry().map(|(receipt, trace)| (receipt, Some(trace)))?,
            (_, false) => run.trace(Detail::Writes).commit().map(|(receipt, trace)| (receipt, Some(trace)))?,
        };
        let mut text = String::new();
        if self.verbosity != Verbosity::CallTree {
            text = text::receipt(&receipt);
        }
        if let Some(trace) = &trace {
            let mut names = Names::default();
            self.names.iter().for_each(|(name, address)| names.add(name, *address));
            self.quiet.iter().for_each(|address| names.quiet(*address));
            text += &trace::calls(trace, &names);
            if receipt.commit.is_some() {
                text += &trace::pages(trace, &self.vm.now()?, &names)?;
            }
        }
        let document = serde_json::to_value(Narration::new(&receipt, trace.as_ref()))?;
        Ok(Step::of_calls(document, text, line.expect, [&receipt]))
    }

    fn block(&self, line: BlockLine) -> Result<Step, CliError> {
        let mut calls = Vec::with_capacity(line.block.len());
        let view = self.vm.now()?;
        for (at, call) in line.block.iter().enumerate() {
            let refused = |problem| CliError::InBlock { number: at + 1, problem: Box::new(problem) };
            if call.block.is_some() || call.timestamp.is_some() || call.dry_run || call.expect.is_some() {
                return Err(refused(CliError::Line(
                    "`block`, `timestamp`, `dry_run` and `expect` are no fields of a call in a block".to_owned(),
                )));
            }
            calls.push(self.prepare(call, &view).map_err(refused)?);
        }
        drop(view);
        let number = match line.number {
            Some(number) => number,
            None => self.vm.last_block()?.map_or(1, |last| last.saturating_add(1)),
        };
        let block = self.vm.execute_block(number, line.timestamp, &calls)?;
        Ok(Step::of_calls(serde_json::to_value(&block)?, text::block(&block), line.expect, &block.receipts))
    }

    /// Returns the call that a line describes. Its arguments get the types that the export has in `view`.
    fn prepare(&self, line: &CallLine, view: &View) -> Result<Call, CliError> {
        let address = self.address("call", Some(&line.call))?;
        let input: HexBytes = match &line.input {
            Some(text) if text.starts_with('$') => HexBytes(self.address("input", Some(text))?.0.to_vec()),
            Some(text) => text.parse().map_err(|message| of_field("input", message))?,
            None => HexBytes::default(),
        };
        let pager: PagerKind = match &line.pager {
            Some(name) => name.parse().map_err(|error| of_field("pager", format!("{error}")))?,
            None => PagerKind::default(),
        };
        Ok(Call::new(address, &line.function)
            .args(typed(view, &address, &line.function, &line.args)?)
            .input(input.0)
            .sender(self.address("sender", line.sender.as_deref())?)
            .value(line.value)
            .gas(line.gas.map_or(DEFAULT_GAS, Gas))
            .pager(pager)
            .block_number(line.block.unwrap_or(0))
            .timestamp(line.timestamp.unwrap_or(0)))
    }
}

/// Returns the error of a field of a line.
fn of_field(field: &str, message: String) -> CliError {
    CliError::Line(format!("`{field}`: {message}"))
}

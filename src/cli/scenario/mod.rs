//! Scenarios: JSON lines that are run one after another. Their format is described in `design/scenarios.md`.

mod expect;
mod line;
mod names;

pub use expect::Mismatch;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value as Json;
use vellum::limits::DEFAULT_GAS;
use vellum::paging::PagerKind;
use vellum::receipt::{Call, Detail};
use vellum::units::{Address, Gas, PageCount};
use vellum::vm::{Deployment, Vm};

use super::arguments::{HexBytes, typed};
use super::deploy::{deploy, read_contract};
use super::error::CliError;
use super::text::Table;
use super::trace::{self, Names};
use super::{json, text};
use line::{BlockLine, CallLine, DeployLine, FundLine, Line};

/// A scenario as it runs.
#[derive(Debug)]
pub struct Scenario<'a> {
    vm: &'a Vm,
    /// What paths are relative to.
    base: PathBuf,
    /// What is told of a call.
    telling: Telling,
    /// Addresses by their names.
    names: BTreeMap<String, Address>,
    /// Contracts of which only the calls are told.
    quiet: Vec<Address>,
}

/// What is told of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Its receipt.
    Receipt,
    /// Its receipt, the calls inside it, and the pages that it changed.
    Trace,
    /// The calls and the pages alone.
    Story,
}

/// What a line did.
#[derive(Debug)]
pub struct Step {
    pub json: Json,
    pub text: String,
    /// Whether it was a call.
    pub is_call: bool,
    /// What it should have done, in part.
    expected: Option<Json>,
}

impl Step {
    /// Whether the line says what it should do.
    pub fn expects(&self) -> bool {
        self.expected.is_some()
    }

    /// Compares what the line did with what it was expected to do.
    pub fn check(&self) -> Result<(), CliError> {
        match &self.expected {
            Some(expected) => Ok(expect::check(expected, &self.json)?),
            None => Ok(()),
        }
    }
}

impl<'a> Scenario<'a> {
    pub fn new(vm: &'a Vm, base: PathBuf, telling: Telling) -> Self {
        Self { vm, base, telling, names: BTreeMap::new(), quiet: Vec::new() }
    }

    /// Addresses by the names that lines have given them.
    pub fn names(&self) -> &BTreeMap<String, Address> {
        &self.names
    }

    /// Runs a line.
    pub fn step(&mut self, line: &str) -> Result<Step, CliError> {
        let line = Line::parse(line)?;
        let note = line.note().map(|note| format!("{note}\n")).unwrap_or_default();
        let (mut step, name) = match line {
            Line::Deploy(line) => self.deploy(line)?,
            Line::Fund(line) => self.fund(line)?,
            Line::Call(line) => (self.call(*line)?, None),
            Line::Block(line) => (self.block(line)?, None),
        };
        step.text.insert_str(0, &note);
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
            _ => return Err(CliError::Line("only one of `deploy`, `wat` and `wasm` says what is deployed".to_owned())),
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
        let step = Step {
            json: json::deployed(&deployed),
            text: text::deployed(&deployed),
            is_call: false,
            expected: line.expect,
        };
        Ok((step, line.name.map(|name| (name, deployed.address))))
    }

    fn fund(&self, line: FundLine) -> Result<(Step, Option<(String, Address)>), CliError> {
        let address = self.address("fund", Some(&line.fund))?;
        if let Some(name) = &line.name {
            self.check_new_name(name)?;
        }
        let balance = self.vm.fund(&address, line.amount)?;
        let text = Table::default().row("balance", balance).finish();
        let step = Step { json: json::balance(&address, balance), text, is_call: false, expected: line.expect };
        Ok((step, line.name.map(|name| (name, address))))
    }

    fn call(&self, line: CallLine) -> Result<Step, CliError> {
        let call = self.prepare(&line)?;
        let (receipt, went) = match (self.telling, line.dry_run) {
            (Telling::Receipt, true) => (self.vm.run(&call).dry()?, None),
            (Telling::Receipt, false) => (self.vm.run(&call).commit()?, None),
            (_, true) => self.vm.run(&call).trace(Detail::Writes).dry().map(|(receipt, went)| (receipt, Some(went)))?,
            (_, false) => {
                self.vm.run(&call).trace(Detail::Writes).commit().map(|(receipt, went)| (receipt, Some(went)))?
            }
        };
        let (mut json, mut text) = (json::receipt(&receipt), String::new());
        if self.telling != Telling::Story {
            text = text::receipt(&receipt);
        }
        if let Some(went) = went {
            json["trace"] = json::calls(&went);
            json["frames"] = json::frames(&went);
            let mut names = Names::default();
            self.names.iter().for_each(|(name, address)| names.add(name, *address));
            self.quiet.iter().for_each(|address| names.quiet(*address));
            text += &trace::calls(&went, &names);
            if receipt.commit.is_some() {
                text += &trace::pages(&went, self.vm, &names)?;
            }
        }
        Ok(Step { json, text, is_call: true, expected: line.expect })
    }

    fn block(&self, line: BlockLine) -> Result<Step, CliError> {
        let mut calls = Vec::with_capacity(line.block.len());
        for (at, call) in line.block.iter().enumerate() {
            let refused = |problem| CliError::Line(format!("call {} of the block: {problem}", at + 1));
            if call.block.is_some() || call.timestamp.is_some() || call.dry_run || call.expect.is_some() {
                return Err(refused(
                    "`block`, `timestamp`, `dry_run` and `expect` are no fields of a call in a block".to_owned(),
                ));
            }
            calls.push(self.prepare(call).map_err(|error| refused(error.to_string()))?);
        }
        let number = match line.number {
            Some(number) => number,
            None => self.vm.last_block()?.map_or(1, |last| last.saturating_add(1)),
        };
        let block = self.vm.execute_block(number, line.timestamp, &calls)?;
        Ok(Step { json: json::block(&block), text: text::block(&block), is_call: true, expected: line.expect })
    }

    /// The call that a line describes.
    fn prepare(&self, line: &CallLine) -> Result<Call, CliError> {
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
            .args(typed(self.vm, &address, &line.function, &line.args)?)
            .input(input.0)
            .sender(self.address("sender", line.sender.as_deref())?)
            .value(line.value)
            .gas(line.gas.map_or(DEFAULT_GAS, Gas))
            .pager(pager)
            .block_number(line.block.unwrap_or(0))
            .timestamp(line.timestamp.unwrap_or(0)))
    }
}

/// What is wrong with a field of a line.
fn of_field(field: &str, message: String) -> CliError {
    CliError::Line(format!("`{field}`: {message}"))
}

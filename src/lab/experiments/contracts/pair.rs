//! Two contracts, and the calls that are made of both.

use crate::contract::{Imports, Metadata, to_binary, validate};
use crate::lab::LabError;
use crate::paging::PagerKind;
use crate::receipt::Value;
use crate::units::Gas;

/// A contract's code, and what it is called.
#[derive(Debug, Clone)]
pub struct Brought {
    /// Its name in tables and errors.
    pub name: String,
    pub(super) code: Vec<u8>,
    pub(super) metadata: Metadata,
}

impl Brought {
    /// A contract, text or binary.
    ///
    /// # Errors
    /// Code that may be no contract.
    pub fn new(name: &str, code: &[u8]) -> Result<Self, LabError> {
        let refused = |source| LabError::Contract { name: name.to_owned(), source: Box::new(source) };
        let code = to_binary(code).map_err(refused)?.into_owned();
        let metadata = validate(&code, &Imports::default()).map_err(refused)?;
        Ok(Self { name: name.to_owned(), code, metadata })
    }

    /// What is known of it.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    pub(super) fn maps_storage(&self) -> bool {
        self.metadata.storage.is_some()
    }
}

/// A call that is made of both contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SameCall {
    /// The export.
    pub function: String,
    /// Its arguments.
    pub arguments: Vec<Value>,
}

impl SameCall {
    /// As it is written on the command line.
    pub fn text(&self) -> String {
        let argument = |value: &Value| match value {
            Value::I32(number) => number.to_string(),
            Value::I64(number) => number.to_string(),
        };
        let words = std::iter::once(self.function.clone()).chain(self.arguments.iter().map(argument));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Two contracts that should end in the same storage.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The one that is measured.
    pub contract: Brought,
    /// The one that it is measured against.
    pub against: Brought,
    /// Calls that bring storage into the state which is measured on; each is committed once.
    pub setup: Vec<SameCall>,
    /// The calls to measure, each from the state after the setup.
    pub calls: Vec<SameCall>,
    /// How storage is presented to a contract that maps it. One that does not runs under `soft`.
    pub pagers: Vec<PagerKind>,
    /// The most gas that each call may use.
    pub gas: Gas,
}

impl Pair {
    /// The contracts have the exports that are called, with the same parameters and results.
    pub(super) fn check_signatures(&self) -> Result<(), LabError> {
        for call in self.setup.iter().chain(&self.calls) {
            let signature = |brought: &Brought| {
                let exports = &brought.metadata.exports;
                exports.get(&call.function).cloned().ok_or_else(|| LabError::NoSuchExport {
                    contract: brought.name.clone(),
                    function: call.function.clone(),
                    known: exports.keys().map(|name| name.escape_debug().to_string()).collect::<Vec<_>>().join(", "),
                })
            };
            let signatures = [signature(&self.contract)?, signature(&self.against)?];
            if signatures[0] != signatures[1] {
                return Err(LabError::Signatures {
                    function: call.function.clone(),
                    contract: self.contract.name.clone(),
                    found: signatures[0].to_string().into(),
                    against: self.against.name.clone(),
                    other: signatures[1].to_string().into(),
                });
            }
        }
        Ok(())
    }
}

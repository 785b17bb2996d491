//! Two contracts of the user, and the calls that both receive.

use crate::contract::{Imports, Metadata, to_binary, validate};
use crate::lab::LabError;
use crate::paging::PagerKind;
use crate::receipt::Value;
use crate::units::Gas;

/// A contract of the user.
#[derive(Debug, Clone)]
pub struct UserContract {
    /// Its name in tables and errors.
    pub name: String,
    pub(super) code: Vec<u8>,
    pub(super) metadata: Metadata,
}

impl UserContract {
    /// A contract in text or binary form.
    ///
    /// # Errors
    /// Code that is no valid contract.
    pub fn new(name: &str, code: &[u8]) -> Result<Self, LabError> {
        let refused = |source| LabError::Contract { name: name.to_owned(), source: Box::new(source) };
        let code = to_binary(code).map_err(refused)?.into_owned();
        let metadata = validate(&code, &Imports::default()).map_err(refused)?;
        Ok(Self { name: name.to_owned(), code, metadata })
    }

    /// The metadata of the code.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    pub(super) fn maps_storage(&self) -> bool {
        self.metadata.storage.is_mapped()
    }
}

/// A call that both contracts receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairCall {
    /// The export.
    pub function: String,
    /// Its arguments.
    pub arguments: Vec<Value>,
}

impl PairCall {
    /// The call as it is written on the command line.
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
    /// The contract that is measured.
    pub candidate: UserContract,
    /// The contract that it is compared with.
    pub reference: UserContract,
    /// The calls that prepare storage. Each is committed once.
    pub setup: Vec<PairCall>,
    /// The calls to measure. Each starts from the state after the setup.
    pub calls: Vec<PairCall>,
    /// The pagers of a contract that maps storage. One that does not runs under `soft`.
    pub pagers: Vec<PagerKind>,
    /// The gas limit of each call.
    pub gas: Gas,
}

impl Pair {
    /// Checks that both contracts export all called functions with the same signatures.
    pub(super) fn check_signatures(&self) -> Result<(), LabError> {
        for call in self.setup.iter().chain(&self.calls) {
            let signature = |contract: &UserContract| {
                let exports = &contract.metadata.exports;
                exports.get(&call.function).cloned().ok_or_else(|| LabError::NoSuchExport {
                    contract: contract.name.clone(),
                    function: call.function.clone(),
                    known: exports.keys().map(|name| name.escape_debug().to_string()).collect::<Vec<_>>().join(", "),
                })
            };
            let signatures = [signature(&self.candidate)?, signature(&self.reference)?];
            if signatures[0] != signatures[1] {
                return Err(LabError::Signatures {
                    function: call.function.clone(),
                    contract: self.candidate.name.clone(),
                    found: signatures[0].to_string().into(),
                    against: self.reference.name.clone(),
                    other: signatures[1].to_string().into(),
                });
            }
        }
        Ok(())
    }
}

//! Reasons for which a part of the testsuite is not run.

use vellum::contract::ContractError;

/// Why a module or an action is not run. Its text is a row of the counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skip(pub String);

/// Why a module is not run: vellum does not accept it by design, or it must be able to and cannot.
#[derive(Debug)]
pub enum Unusable {
    Skip(Skip),
    Failure(String),
}

impl Skip {
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl From<Skip> for Unusable {
    fn from(skip: Skip) -> Self {
        Self::Skip(skip)
    }
}

/// Only features that contracts may not use, and limits, are reasons to skip a module. Any other refusal is a failure: scripts
/// contain valid modules only.
impl From<ContractError> for Unusable {
    fn from(error: ContractError) -> Self {
        match error {
            ContractError::Feature { feature, .. } => Skip::new(format!("contracts may not use {feature}")).into(),
            ContractError::Limit { what, limit, .. } => Skip::new(format!("limit of {limit} {what}")).into(),
            other => Self::Failure(format!("the module is refused: {other}")),
        }
    }
}

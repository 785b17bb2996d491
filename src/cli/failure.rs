//! Failures as JSON.

use serde::{Deserialize, Serialize};
use vellum::failure::FailureKind;

use super::error::CliError;

/// A failure: a document of its own, or the field `error` of the command's document.
#[derive(Debug, Serialize, Deserialize)]
pub struct Failure {
    pub error: Reason,
}

/// The kind and the message of a failure.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reason {
    pub kind: FailureKind,
    pub message: String,
}

impl From<&CliError> for Failure {
    fn from(error: &CliError) -> Self {
        Self { error: Reason { kind: error.kind(), message: error.to_string() } }
    }
}

/// The document of a command that failed and has a result even so.
#[derive(Debug, Serialize)]
pub struct Failed<T> {
    #[serde(flatten)]
    pub document: T,
    #[serde(flatten)]
    pub failure: Failure,
}

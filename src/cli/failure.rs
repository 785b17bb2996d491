//! Failures as JSON.

use serde::{Deserialize, Serialize};
use vellum::failure::FailureKind;

use super::error::CliError;

/// A failure as a document, or as a field of the document that the command has all the same.
#[derive(Debug, Serialize, Deserialize)]
pub struct Failure {
    pub error: Reason,
}

/// What is said of a failure.
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

/// The document of a command that has one though it failed.
#[derive(Debug, Serialize)]
pub struct Failed<T> {
    #[serde(flatten)]
    pub document: T,
    #[serde(flatten)]
    pub failure: Failure,
}

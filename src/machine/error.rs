//! Failures of the runtime.

/// The compiler or runtime failed in a way that no contract should be able to cause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("while {attempt}: {message}")]
#[non_exhaustive]
pub struct RuntimeError {
    /// What was attempted.
    pub attempt: String,
    /// The error of the runtime.
    pub message: String,
}

impl RuntimeError {
    pub(crate) fn new(attempt: impl Into<String>, error: &wasmtime::Error) -> Self {
        Self { attempt: attempt.into(), message: format!("{error:#}") }
    }
}

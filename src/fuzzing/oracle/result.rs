//! What comes of a scenario.

use super::reached::Reached;
use crate::fuzzing::model::World;
use crate::receipt::Receipt;

/// A difference between the VM and the model, or between two pagers.
#[derive(Debug, Clone, thiserror::Error)]
#[error("transaction {transaction}: {what}")]
pub struct Disagreement {
    /// The number of the transaction, from 0.
    pub transaction: usize,
    /// The difference, in words.
    pub what: String,
}

/// The result of a scenario. The receipt of a transaction that could not start is `None`.
#[derive(Debug)]
pub(super) struct ScenarioResult {
    pub(super) reached: Reached,
    pub(super) receipts: Vec<Option<Receipt>>,
    pub(super) world: World,
}

//! Tests of validation: which modules are refused, with which errors, and in what time.

mod forms;
mod hostile;
mod refusals;

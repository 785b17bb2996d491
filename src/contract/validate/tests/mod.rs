//! What is refused, under which name, and how fast.

mod hostile;
mod refusals;

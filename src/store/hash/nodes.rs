//! Hashing many nodes at once.

use super::collector::Collector;
use super::{NodeHash, ZERO_NODE, node_message};

/// Collects nodes, each with its place, and hashes many at once. None may be below another.
pub(crate) struct NodeCollector<P>(Collector<P, 2>);

impl<P> NodeCollector<P> {
    pub(crate) fn new() -> Self {
        Self(Collector::new())
    }

    /// Adds the node over two children. Calls `put` with places and hashes, now or later.
    pub(crate) fn add(&mut self, place: P, [left, right]: [&NodeHash; 2], mut put: impl FnMut(P, NodeHash)) {
        match node_message(left, right) {
            Some(message) => self.0.add(place, message, put),
            None => put(place, ZERO_NODE),
        }
    }

    /// Calls `put` for all nodes that are left.
    pub(crate) fn flush(&mut self, put: impl FnMut(P, NodeHash)) {
        self.0.flush(put);
    }
}

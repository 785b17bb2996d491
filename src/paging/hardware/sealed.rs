//! A sealed own memory, with the handler that serves its faults.

use std::io;
use std::ops::Deref;
use std::sync::Arc;

use super::super::reservation::Reservation;
use super::handler::Handler;
use super::seal::{Opening, Seal};
use super::signal::Signal;

/// The seal of an own memory. The handler is installed as long as it lives.
#[derive(Debug)]
pub(in crate::paging) struct Sealed {
    seal: Arc<Seal>,
    _handler: Handler,
}

impl Sealed {
    /// Seals the accessible pages of a memory.
    pub(in crate::paging) fn new(memory: &Arc<Reservation>) -> io::Result<Self> {
        let handler = Handler::install(Signal::Segv)?;
        Ok(Self { seal: Arc::new(Seal::new(memory)?), _handler: handler })
    }

    /// Lets this thread write the memory as long as the returned value lives. `None` if it may already.
    #[inline]
    pub(in crate::paging) fn opened(&self) -> Option<Opening> {
        Opening::begin(&self.seal)
    }
}

impl Deref for Sealed {
    type Target = Seal;

    fn deref(&self) -> &Seal {
        &self.seal
    }
}

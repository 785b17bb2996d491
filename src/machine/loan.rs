//! Lending the environment to a machine.

use std::ops::{Deref, DerefMut};

use wasmtime::Store;

use super::environment::{Environment, EnvironmentSlot};
use super::host::Host;

/// A wasmtime store that has borrowed the environment from a slot. Dropping the loan returns the environment, also when a
/// panic unwinds.
pub(super) struct Loan<'a, E: 'static> {
    store: &'a mut Store<Host<E>>,
    slot: &'a mut EnvironmentSlot<E>,
}

impl<'a, E: Environment> Loan<'a, E> {
    pub(super) fn new(store: &'a mut Store<Host<E>>, slot: &'a mut EnvironmentSlot<E>) -> Self {
        store.data_mut().environment = slot.take();
        Self { store, slot }
    }
}

impl<E> Drop for Loan<'_, E> {
    fn drop(&mut self) {
        *self.slot = self.store.data_mut().environment.take();
    }
}

impl<E> Deref for Loan<'_, E> {
    type Target = Store<Host<E>>;

    fn deref(&self) -> &Self::Target {
        self.store
    }
}

impl<E> DerefMut for Loan<'_, E> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.store
    }
}

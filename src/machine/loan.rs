//! Lending an environment to a machine.

use std::ops::{Deref, DerefMut};

use wasmtime::Store;

use super::environment::{Environment, Held};
use super::host::Host;

/// A store to which an environment is lent for as long as this lives: dropped, it has given the environment back.
pub(super) struct Loan<'a, E: 'static> {
    store: &'a mut Store<Host<E>>,
    holder: &'a mut Held<E>,
}

impl<'a, E: Environment> Loan<'a, E> {
    pub(super) fn new(store: &'a mut Store<Host<E>>, holder: &'a mut Held<E>) -> Self {
        store.data_mut().environment = holder.take();
        Self { store, holder }
    }
}

impl<E> Drop for Loan<'_, E> {
    fn drop(&mut self) {
        *self.holder = self.store.data_mut().environment.take();
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

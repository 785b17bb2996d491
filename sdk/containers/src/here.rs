//! The space in which the running code's containers lie.
//!
//! In a contract it is the storage inside of the contract's own memory, at the address that the import `storage.base` returns.
//! Elsewhere it is the [`Memory`](crate::Memory) whose [`with`](crate::Memory::with) is running on the thread.

use core::convert::Infallible;

use crate::space::Linear;

/// Returns the storage of the running contract.
#[cfg(target_family = "wasm")]
#[inline]
pub fn here() -> Linear {
    #[link(wasm_import_module = "storage")]
    unsafe extern "C" {
        safe fn base() -> u32;
        safe fn size() -> u32;
    }
    // SAFETY: the VM keeps `size` bytes accessible at `base`, a multiple of a page, and the compiler places nothing there.
    unsafe { Linear::new(core::ptr::with_exposed_provenance_mut(base() as usize), u64::from(size())) }
}

/// Returns the space of the [`Memory`](crate::Memory) whose `with` is running on this thread.
///
/// # Panics
///
/// If there is none.
#[cfg(not(target_family = "wasm"))]
#[inline]
pub fn here() -> Linear {
    current::get().expect("containers are used inside of `Memory::with`")
}

/// Takes the result of an operation in a space that panics.
#[inline]
pub(crate) fn sure<T>(result: Result<T, Infallible>) -> T {
    let Ok(value) = result;
    value
}

#[cfg(not(target_family = "wasm"))]
pub(crate) mod current {
    use core::cell::Cell;

    use crate::space::Linear;

    std::thread_local! {
        static CURRENT: Cell<Option<Linear>> = const { Cell::new(None) };
    }

    #[inline]
    pub(super) fn get() -> Option<Linear> {
        CURRENT.get()
    }

    /// Makes a space the current one of the thread until it is dropped.
    pub(crate) struct Entered(Option<Linear>);

    impl Entered {
        pub(crate) fn new(space: Linear) -> Self {
            Self(CURRENT.replace(Some(space)))
        }
    }

    impl Drop for Entered {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
}

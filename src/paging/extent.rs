//! The memory of a contract's region.

use std::io;
use std::sync::Arc;

use super::own_memory::{Image, OwnMemory};
use super::recycled;
use super::reservation::Reservation;
use crate::contract::{Metadata, StoragePlace};
use crate::limits::STORAGE_BASE;
use crate::units::PageCount;

/// How much storage a contract has, and the own memory in front of it, if it lies inside own memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent<'a> {
    pub(crate) limit: PageCount,
    /// The initial size of the own memory in bytes, and its initial content.
    pub(super) own: Option<(usize, Image<'a>)>,
}

impl<'a> Extent<'a> {
    /// The extent of a contract with this page limit.
    pub(crate) fn of(metadata: &'a Metadata, limit: PageCount) -> Self {
        let own = metadata.own_memory.as_ref().filter(|_| metadata.storage.place() == StoragePlace::InOwnMemory);
        Self { limit, own: own.map(|own| (metadata.own_memory_bytes(), Image(&own.image))) }
    }

    /// Reserves the memory of a region: of the storage, and of the own memory in front of it.
    pub(super) fn reserve(&self) -> io::Result<(Arc<Reservation>, Option<OwnMemory>)> {
        let bytes = self.limit.bytes() as usize;
        let Some((own_bytes, image)) = self.own else { return Ok((recycled::reserve(bytes)?, None)) };
        let own = recycled::reserve(own_bytes)?;
        let storage = own.second_part(STORAGE_BASE as usize, bytes)?;
        Ok((Arc::new(storage), Some(OwnMemory::with_image(own, image))))
    }
}

/// The extent of storage in a memory of its own.
impl From<PageCount> for Extent<'_> {
    fn from(limit: PageCount) -> Self {
        Self { limit, own: None }
    }
}

//! Mends pages, which follow from the diffs.

use std::collections::BTreeMap;

use super::contract::Mend;
use crate::store::hash::{self, ZERO_PAGE};
use crate::store::lmdb::layout::{self, Name};
use crate::store::lmdb::page::{NewPage, PageRecord};
use crate::store::tree::{self, Leaf, NoBlocks};
use crate::store::{Account, Rebuild, Record, StoreError, TreeUpdate};
use crate::units::PageIndex;

impl Mend<'_> {
    /// Mends pages and tree. Returns whether they have the recorded state root now.
    pub(super) fn storage(&mut self, account: &Account) -> Result<bool, StoreError> {
        let (leaves, is_whole) = self.leaves()?;
        let mut tree = tree::update(&NoBlocks, TreeUpdate::default(), leaves)?;
        if !is_whole || tree.root() != account.state {
            let Some(rebuilt) = self.by_diffs(account)? else { return Ok(false) };
            self.write_pages(&rebuilt)?;
            tree = rebuilt.tree()?;
        }
        self.write_tree(&tree)?;
        Ok(true)
    }

    /// Returns the hashes of the readable pages, and whether all pages are readable.
    fn leaves(&self) -> Result<(Vec<Leaf>, bool), StoreError> {
        let mut leaves: BTreeMap<PageIndex, Leaf> = BTreeMap::new();
        let mut is_whole = true;
        let mut content = ZERO_PAGE;
        for entry in self.read().entries(&layout::groups_prefix(&self.address))? {
            let (key, value) = entry?;
            let Some(Name::Page(_, page)) = Name::of(key) else { continue };
            let Ok(record) = PageRecord::verify(key, value) else {
                is_whole = false;
                continue;
            };
            if !record.is_zero() {
                record.copy_to(&mut content);
                let leaf = Leaf::page(page.0, hash::page_hash(&self.address, page, &content).0);
                is_whole &= leaves.insert(page, leaf).is_none();
            }
        }
        Ok((leaves.into_values().collect(), is_whole))
    }

    /// Rebuilds the newest state from the diffs. Returns `None` if they do not lead to the recorded version and state root.
    fn by_diffs(&self, account: &Account) -> Result<Option<Rebuild>, StoreError> {
        let read = self.read();
        let diff = |commit| read.diff(&self.address, commit);
        match Rebuild::up_to(self.address, account.version, read.head()?.commit, diff) {
            Ok(rebuilt) => {
                let is_recorded = (rebuilt.version(), rebuilt.root()) == (account.version, account.state);
                Ok(is_recorded.then_some(rebuilt))
            }
            Err(damage) if damage.is_damage() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write_pages(&mut self, rebuilt: &Rebuild) -> Result<(), StoreError> {
        let address = self.address;
        let expected = |(index, last_change, bytes)| (index, NewPage::new(&address, index, last_change, bytes));
        let mut missing: BTreeMap<_, _> = rebuilt.pages().map(expected).collect();
        let mut gone = Vec::new();
        for entry in self.read().entries(&layout::owner_prefix(&address))? {
            let (key, value) = entry?;
            match Name::of(key) {
                Some(Name::Page(_, page))
                    if missing.get(&page).is_some_and(|it| (it.key.as_ref(), it.value()) == (key, value)) =>
                {
                    missing.remove(&page);
                }
                Some(Name::Page(_, page)) => gone.push((Record::Page(address, page), key.to_vec())),
                None => gone.push((Record::Account(address), key.to_vec())),
                Some(_) => {}
            }
        }
        for (record, key) in gone {
            self.records.insert(record);
            self.commit.delete(&key)?;
        }
        missing.iter().try_for_each(|(page, new)| self.put(Record::Page(address, *page), new.key.as_ref(), new.value()))
    }
}

//! All hashes: SHA-256, with the kind in the first byte of the input.
//!
//! ```text
//! chunk       00 ‖ address ‖ number u32 ‖ content[512]     zero for a chunk that is all zero
//! node        01 ‖ left ‖ right                            zero where both are zero
//! address     02 ‖ author ‖ nonce u64 ‖ code hash          its first 20 bytes
//! account     03 ‖ address ‖ code hash ‖ balance u64 ‖ nonce u64 ‖ state root ‖ version u64
//! world node  04 ‖ left ‖ right
//! state root  05 ‖ depth u8 ‖ top node                     zero where the top node is
//! ```
//! Numbers are big-endian. The number of a chunk is its storage offset divided by 512.

mod collector;
mod lanes;
mod nodes;
mod page;
mod sha256;

use sha2::{Digest, Sha256};

use self::sha256::{Message, message, sha256};
use super::{Account, StoreStatistics};
use crate::units::{Address, CodeHash, PAGE_SIZE, PageBytes, StateRoot};

pub(crate) use nodes::NodeCollector;
pub(crate) use page::{CHUNK_SIZE, CHUNKS, PAGE_DEPTH, chunk_hash, chunks};
pub use page::{ChunkSet, IncompletePage, PageTree, complete_all, page_hash};

/// A node of the state tree or the world tree.
pub(crate) type NodeHash = [u8; 32];

/// The hash of an empty subtree.
pub(crate) const ZERO_NODE: NodeHash = [0; 32];

/// A page of zeros.
pub(crate) const ZERO_PAGE: PageBytes = [0; PAGE_SIZE];

/// Returns the hash of a contract's code: SHA-256 of its wasm bytes.
pub fn code_hash(wasm: &[u8]) -> CodeHash {
    CodeHash(Sha256::digest(wasm).into())
}

/// Returns the address of the contract that an author deploys with a nonce.
pub fn contract_address(author: &Address, nonce: u64, code: &CodeHash) -> Address {
    let hash = Sha256::new()
        .chain_update([2])
        .chain_update(author.as_bytes())
        .chain_update(nonce.to_be_bytes())
        .chain_update(code.as_bytes())
        .finalize();
    let mut address = Address::ZERO;
    address.0.copy_from_slice(&hash[..20]);
    address
}

/// Returns the hash of a node of the state tree from those of its children; zero if both are zero.
pub(crate) fn node(left: &NodeHash, right: &NodeHash) -> NodeHash {
    node_message(left, right).map_or(ZERO_NODE, |message| sha256(&message))
}

/// Returns what is hashed for a node, or `None` for one that is zero.
#[inline]
fn node_message(left: &NodeHash, right: &NodeHash) -> Option<Message<2>> {
    if *left == ZERO_NODE && *right == ZERO_NODE {
        return None;
    }
    StoreStatistics::count(|done| done.nodes_hashed += 1);
    Some(message(1, left, right))
}

/// Returns the state root of a contract from the depth and the top node of its tree.
pub(crate) fn state_root(depth: u32, top: &NodeHash) -> StateRoot {
    if *top == ZERO_NODE {
        return StateRoot::ZERO;
    }
    StoreStatistics::count(|done| done.nodes_hashed += 1);
    StateRoot(sha256(&message::<1>(5, &[depth as u8], top)))
}

/// Size of an [`account_record`] in bytes.
pub(crate) const ACCOUNT_RECORD_BYTES: usize = 32 + 8 + 8 + 32 + 8;

/// Returns the bytes of an account that are hashed after its address.
pub(crate) fn account_record(account: &Account) -> [u8; ACCOUNT_RECORD_BYTES] {
    let code = account.code.map_or(CodeHash::ZERO, |code| code.hash);
    let mut record = [0; ACCOUNT_RECORD_BYTES];
    record[..32].copy_from_slice(code.as_bytes());
    record[32..40].copy_from_slice(&account.balance.to_be_bytes());
    record[40..48].copy_from_slice(&account.nonce.to_be_bytes());
    record[48..80].copy_from_slice(account.state.as_bytes());
    record[80..].copy_from_slice(&account.version.0.to_be_bytes());
    record
}

/// Returns the hash of an account from its [`account_record`].
pub(crate) fn account_record_leaf(address: &Address, record: &[u8; ACCOUNT_RECORD_BYTES]) -> NodeHash {
    StoreStatistics::count(|done| done.world_hashed += 1);
    Sha256::new().chain_update([3]).chain_update(address.as_bytes()).chain_update(record).finalize().into()
}

/// Returns the hash of an account: a leaf of the world tree.
pub fn account_leaf(address: &Address, account: &Account) -> [u8; 32] {
    account_record_leaf(address, &account_record(account))
}

/// Returns the hash of a node of the world tree with at least two accounts below it.
pub(crate) fn world_node(left: &NodeHash, right: &NodeHash) -> NodeHash {
    StoreStatistics::count(|done| done.world_hashed += 1);
    sha256(&message::<2>(4, left, right))
}

/// Computes the world root by its definition. Accounts are in ascending order of their addresses, each once.
///
/// The tree branches on the bits of the address, the most significant first. The hash of a subtree with one account is that
/// account's hash; that of an empty one is zero. [`super::world`] updates the same tree incrementally.
pub fn world_root(accounts: &[(Address, Account)]) -> [u8; 32] {
    debug_assert!(accounts.is_sorted_by(|a, b| a.0 < b.0));
    world_subtree(accounts, 0)
}

fn world_subtree(accounts: &[(Address, Account)], depth: usize) -> [u8; 32] {
    match accounts {
        [] => ZERO_NODE,
        [(address, account)] => account_leaf(address, account),
        _ => {
            let bit = |address: &Address| address.0[depth / 8] >> (7 - depth % 8) & 1;
            let (left, right) = accounts.split_at(accounts.partition_point(|(address, _)| bit(address) == 0));
            world_node(&world_subtree(left, depth + 1), &world_subtree(right, depth + 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Code;
    use crate::units::{PageCount, PageIndex, Version};

    const EMPTY_MODULE: &[u8] = b"\0asm\x01\0\0\0";

    fn address() -> Address {
        "0102030405060708090a0b0c0d0e0f1011121314".parse().unwrap()
    }

    #[test]
    fn a_state_has_the_root_that_is_specified() {
        let mut page = ZERO_PAGE;
        page[0] = 7;
        let top = page_hash(&address(), PageIndex(0), &page);
        let expected = "e13e6cc4d567f0f9d95a13834dbdbc0afc6406119dadceca834f751d44cdeae9".parse().unwrap();
        assert_eq!(state_root(0, &top.0), expected);
        assert_eq!(state_root(0, &ZERO_NODE), StateRoot::ZERO);
    }

    #[test]
    fn a_contract_has_the_address_that_is_specified() {
        let expected: Address = "19d62829da1243305be3383bf741c4da2c2c28e8".parse().unwrap();
        assert_eq!(contract_address(&Address::ZERO, 0, &code_hash(EMPTY_MODULE)), expected);
        assert_ne!(contract_address(&Address::ZERO, 1, &code_hash(EMPTY_MODULE)), expected);
    }

    #[test]
    fn the_world_has_the_root_that_is_specified() {
        let root = |hex: &str| hex.parse::<StateRoot>().unwrap();
        let contract = Account {
            code: Some(Code { hash: code_hash(EMPTY_MODULE), max_pages: PageCount(16), refuses_reentry: false }),
            balance: 5,
            nonce: 1,
            state: root("e13e6cc4d567f0f9d95a13834dbdbc0afc6406119dadceca834f751d44cdeae9"),
            version: Version(1),
        };
        let other = Account { balance: 7, ..Account::default() };
        let other_address: Address = "0102030000000000000000000000000000000000".parse().unwrap();

        let alone = root("f7c94b8bef74b63cb6f6a931094875e5075c0752b821fb19f7efc9b4b0d7ced1");
        assert_eq!(account_leaf(&address(), &contract), alone.0);
        assert_eq!(world_root(&[(address(), contract.clone())]), alone.0);
        let both = root("74d18a906bed7ccccc44809f3be649849750bd0ced89a457874a45ecb2d34d67");
        assert_eq!(world_root(&[(other_address, other), (address(), contract)]), both.0);
        assert_eq!(world_root(&[]), ZERO_NODE);
    }
}

//! Every SHA-256 that names something: the first byte of its input says what.
//!
//! ```text
//! page        00 ‖ address ‖ index u32 ‖ content           zero for a page that is all zero
//! node        01 ‖ left ‖ right                            zero where both are zero
//! address     02 ‖ author ‖ nonce u64 ‖ code hash          its first 20 bytes
//! account     03 ‖ address ‖ code hash ‖ balance u64 ‖ nonce u64 ‖ state root ‖ version u64
//! world node  04 ‖ left ‖ right
//! ```
//! Numbers are big-endian.

use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

use super::{Account, StoreStatistics};
use crate::units::{Address, CodeHash, PAGE_SIZE, PageBytes, PageHash, PageIndex};

/// A node of the state tree or the world tree.
pub(crate) type NodeHash = [u8; 32];

/// What an empty subtree hashes to.
pub(crate) const ZERO_NODE: NodeHash = [0; 32];

/// A page on which nothing is written.
pub(crate) const ZERO_PAGE: PageBytes = [0; PAGE_SIZE];

/// The name of a contract's code: SHA-256 of its wasm bytes.
pub fn code_hash(wasm: &[u8]) -> CodeHash {
    CodeHash(Sha256::digest(wasm).into())
}

/// The address of the contract that an author deploys with a nonce.
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

/// The hash of a page of a contract; zero if the page is all zero.
pub fn page_hash(address: &Address, page: PageIndex, content: &PageBytes) -> PageHash {
    if *content == ZERO_PAGE {
        return PageHash::ZERO;
    }
    StoreStatistics::count(|done| done.pages_hashed += 1);
    let mut head = [0; 25];
    head[1..21].copy_from_slice(address.as_bytes());
    head[21..].copy_from_slice(&page.0.to_be_bytes());
    PageHash(Sha256::new().chain_update(head).chain_update(content).finalize().into())
}

/// The hash of a node of the state tree over those of its children; zero if both are zero.
pub(crate) fn node(left: &NodeHash, right: &NodeHash) -> NodeHash {
    if *left == ZERO_NODE && *right == ZERO_NODE {
        return ZERO_NODE;
    }
    StoreStatistics::count(|done| done.nodes_hashed += 1);
    tagged_pair(1, left, right)
}

/// Bytes of [`account_record`].
pub(crate) const ACCOUNT_RECORD_BYTES: usize = 32 + 8 + 8 + 32 + 8;

/// What of an account is hashed after its address.
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

/// The hash of an account of which the record is known.
pub(crate) fn account_record_leaf(address: &Address, record: &[u8; ACCOUNT_RECORD_BYTES]) -> NodeHash {
    StoreStatistics::count(|done| done.world_hashed += 1);
    Sha256::new().chain_update([3]).chain_update(address.as_bytes()).chain_update(record).finalize().into()
}

/// The hash of an account: everything that is recorded of it.
pub fn account_leaf(address: &Address, account: &Account) -> [u8; 32] {
    account_record_leaf(address, &account_record(account))
}

/// The hash of a node of the world tree, below which there are two accounts or more.
pub(crate) fn world_node(left: &NodeHash, right: &NodeHash) -> NodeHash {
    StoreStatistics::count(|done| done.world_hashed += 1);
    tagged_pair(4, left, right)
}

/// One hash over all accounts, which are in ascending order of their addresses, each once.
///
/// The tree branches on the bits of the address, the most significant first; a subtree of one account is its leaf, an
/// empty one is zero. This is the definition; [`super::world`] is the tree that is updated by what changed.
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

/// SHA-256 of a tag and two hashes, 65 bytes: two blocks, padded here. A third faster than the general way, which first
/// finds out how long its input is; a changed page takes twenty of these.
fn tagged_pair(tag: u8, left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    const INPUT_BITS: u16 = 65 * 8;
    let mut blocks = [[0; 64]; 2];
    blocks[0][0] = tag;
    blocks[0][1..33].copy_from_slice(left);
    blocks[0][33..].copy_from_slice(&right[..31]);
    blocks[1][0] = right[31];
    blocks[1][1] = 0x80;
    blocks[1][62..].copy_from_slice(&INPUT_BITS.to_be_bytes());
    let mut state = SHA256_INITIAL_STATE;
    compress256(&mut state, &blocks);
    let mut hash = [0; 32];
    for (bytes, word) in hash.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    hash
}

/// FIPS 180-4, section 5.3.3.
const SHA256_INITIAL_STATE: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Code;
    use crate::units::{PageCount, StateRoot, Version};

    proptest::proptest! {
        #[test]
        fn a_node_is_sha_256_of_its_parts(tag: u8, left: [u8; 32], right: [u8; 32]) {
            let plain = Sha256::new().chain_update([tag]).chain_update(left).chain_update(right).finalize();
            proptest::prop_assert_eq!(tagged_pair(tag, &left, &right), <[u8; 32]>::from(plain));
        }
    }

    const EMPTY_MODULE: &[u8] = b"\0asm\x01\0\0\0";

    fn address() -> Address {
        "0102030405060708090a0b0c0d0e0f1011121314".parse().unwrap()
    }

    #[test]
    fn a_page_has_the_hash_that_is_specified() {
        let mut page = ZERO_PAGE;
        page[0] = 7;
        let expected: PageHash = "309b835dfdc872467f34f30425a05a684698867179eb1ba3eec6fc8010d1575f".parse().unwrap();
        assert_eq!(page_hash(&address(), PageIndex(0), &page), expected);
        assert_ne!(page_hash(&address(), PageIndex(1), &page), expected);
        assert_eq!(page_hash(&address(), PageIndex(0), &ZERO_PAGE), PageHash::ZERO);
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
            state: root("342d5c020fff8f38d1568d8fde38c7405aa151c8736319c040a0c25adcb56431"),
            version: Version(1),
        };
        let other = Account { balance: 7, ..Account::default() };
        let other_address: Address = "0102030000000000000000000000000000000000".parse().unwrap();

        let alone = root("41fb81936ab1021b35cef6b17e8c93f02d86fa5b7282281f86c959b9978468ff");
        assert_eq!(account_leaf(&address(), &contract), alone.0);
        assert_eq!(world_root(&[(address(), contract.clone())]), alone.0);
        let both = root("95171292b4e605bdef4a513c5964dd6c47c92b54346a366e49c6a5bc539b42d5");
        assert_eq!(world_root(&[(other_address, other), (address(), contract)]), both.0);
        assert_eq!(world_root(&[]), ZERO_NODE);
    }
}

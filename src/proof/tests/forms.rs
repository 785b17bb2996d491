//! There is one proof of one thing: every other form is refused by name.

use super::*;
use crate::store::DecodeError;
use crate::store::tests::{address, page_with};

const START: usize = 12 + 1 + 1 + 20;

/// What is wrong with a proof of storage of contract 1 that goes on so after its address.
#[track_caller]
fn problem(parts: &[&[u8]]) -> Problem {
    problem_of(1, parts)
}

#[track_caller]
fn problem_of(kind: u8, parts: &[&[u8]]) -> Problem {
    let body = [&[&MAGIC[..], &[FORMAT, kind], address(1).as_bytes()].concat(), &parts.concat()[..]].concat();
    match Verifier::new().verify(&seal(&body)) {
        Err(ProofError::Malformed(problem)) => problem,
        other => panic!("{other:?}"),
    }
}

/// A contract whose first byte is 7.
fn world() -> World {
    let mut world = World::default();
    world.contract(address(1), Pages::from([(0, page_with(0, 7))]));
    world
}

/// 2^64 - 1.
const HUGE: [u8; 10] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];

#[test]
fn storage_has_one_form() {
    let world = world();
    let proof = world.prove(address(1), &pages(&[0]));
    // One page, 0; no range; depth 0. The page's hash and three nodes below it that are not zero; the content; three beside them that
    // are zero.
    assert_eq!(body(&proof)[START..], [1, 0, 0, 0, 0b1111, 1, 7]);
    // No page; one range, at 0, of eight bytes.
    assert_eq!(body(&world.prove(address(1), &bytes(0..8)))[START..], [0, 1, 0, 7, 0, 0b1111, 1, 7]);

    let cut = |length| body(&proof)[START..][..length].to_vec();
    for length in 0..7 {
        assert_eq!(problem(&[&cut(length)]), Problem::Bytes(DecodeError::Truncated), "{length}");
    }
    assert_eq!(problem(&[&cut(7), &[1]]), Problem::Bytes(DecodeError::Trailing(1)));
    assert_eq!(problem(&[&cut(5), &[2, 7]]), Problem::Bytes(DecodeError::Truncated));
    for content in [&[0][..], &[2, 7, 0], &[&[0x81, 4], &[7; 513][..]].concat()] {
        assert_eq!(problem(&[&cut(5), content]), Problem::Content(ByteOffset(0)));
    }
    // The same of the second chunk, of which the first is a hash.
    let second = [&[0, 1, 0x80, 4, 0, 0, 0b11_1111][..], &[9; 32], &[0]].concat();
    assert_eq!(problem(&[&second]), Problem::Content(ByteOffset(512)));
    assert_eq!(problem(&[&cut(4), &[0b1000_1111, 1, 7]]), Problem::SpareBits);
    // A node is said not to be zero, and both below it are.
    assert_eq!(problem(&[&cut(4), &[0b0001]]), Problem::ZeroNode);
    // The top, nothing left of it, and right of it a hash.
    assert_eq!(problem(&[&[0, 1, 0, 7, 0, 0b101], &[0; 32]]), Problem::ZeroHash);
}

#[test]
fn pages_and_ranges_have_one_form() {
    assert_eq!(problem(&[&[0, 0]]), Problem::Nothing);
    assert_eq!(problem(&[&[0x81, 0]]), Problem::Bytes(DecodeError::Invalid("number")));
    assert_eq!(problem(&[&[0, 0x81, 0]]), Problem::Bytes(DecodeError::Invalid("number")));
    assert_eq!(problem(&[&[1, 0x80, 0x80, 0x40]]), Problem::PageIndex(1 << 20));
    assert_eq!(problem(&[&[2], &[0xff, 0xff, 0x3f], &[0]]), Problem::PageIndex(1 << 20));
    assert_eq!(problem(&[&[2, 0], &HUGE]), Problem::PageIndex(u64::MAX));

    // The last byte that there can be is 2^32 - 1.
    let last = [0xff, 0xff, 0xff, 0xff, 0x0f];
    let end = 1 << 32;
    assert_eq!(problem(&[&[0, 1], &last, &[1, 0]]), Problem::Range { first: end - 1, last: end });
    assert_eq!(problem(&[&[0, 2], &last, &[0, 0, 0]]), Problem::Range { first: end + 1, last: end + 1 });
    assert_eq!(problem(&[&[0, 1], &HUGE, &[0]]), Problem::Range { first: u64::MAX, last: u64::MAX });
    assert_eq!(problem(&[&[0, 1, 5], &HUGE]), Problem::Range { first: 5, last: u64::MAX });
    assert_eq!(problem(&[&[0, 1], &HUGE, &HUGE]), Problem::Range { first: u64::MAX, last: u64::MAX });
    // 1 MiB is the most, of one or of all of them.
    let megabyte = [0xff, 0xff, 0x3f];
    assert_eq!(problem(&[&[0, 1, 0, 0x80, 0x80, 0x40]]), Problem::RangeBytes);
    assert_eq!(problem(&[&[0, 2, 0], &megabyte, &[0, 0]]), Problem::RangeBytes);
    assert!(Problem::RangeBytes.to_string().contains("more than 1048576 bytes"));
    let most = [&MAGIC[..], &[FORMAT, 1], address(1).as_bytes(), &[0, 1, 3], &megabyte, &[0, 0]].concat();
    assert_eq!(Verifier::new().verify(&seal(&most)).unwrap().ranges[0].length, 1 << 20);
}

#[test]
fn a_tree_is_as_deep_as_its_pages_need() {
    assert_eq!(problem(&[&[1, 0, 0, 21, 0]]), Problem::Depth(21));
    assert_eq!(problem(&[&[1, 0, 0, 255, 0]]), Problem::Depth(255));
    // Nothing is there.
    assert_eq!(problem(&[&[1, 0, 0, 1, 0]]), Problem::Depth(1));
    // Two pages, of which the right one is zero: seen from the left one, and from itself.
    assert_eq!(problem(&[&[1, 0, 0, 1, 0b1_1111, 1, 7, 0]]), Problem::Depth(1));
    assert_eq!(problem(&[&[1, 1, 0, 1, 0b11], &[9; 32]]), Problem::Depth(1));
    // Of a page alone, the right half may be zero.
    let shown = body(&world().prove(address(1), &pages(&[0]))).to_vec();
    assert!(Verifier::new().verify(&seal(&shown)).is_ok());
}

#[test]
fn accounts_have_one_form() {
    let record = [1; 88];
    let other = [2; 20];
    let problem = |parts: &[&[u8]]| problem_of(2, parts);
    assert_eq!(problem(&[&[3], &record, &[0]]), Problem::PathEnd);
    assert_eq!(problem(&[&[1], &record[1..], &[0]]), Problem::Bytes(DecodeError::Truncated));
    assert_eq!(problem(&[&[1], &record, &[161]]), Problem::PathEnd);
    assert_eq!(problem(&[&[1], &record, &[1, 0]]), Problem::PathEnd);
    assert_eq!(problem(&[&[1], &record, &[1, 1], &[0; 32]]), Problem::ZeroHash);
    assert_eq!(problem(&[&[1], &record, &[1, 3], &[9; 32]]), Problem::SpareBits);
    assert_eq!(problem(&[&[0], &[1, 0]]), Problem::PathEnd);
    assert_eq!(problem(&[&[0, 0, 0]]), Problem::Bytes(DecodeError::Trailing(1)));
    assert_eq!(problem(&[&[2], address(1).as_bytes(), &record, &[0]]), Problem::OtherAccount(address(1)));
    // 01… and 02… part at the seventh bit.
    let path = |depth: u8| [&[depth, 1][..], &[9; 32], &[0]].concat()[..if depth > 8 { 35 } else { 34 }].to_vec();
    assert_eq!(problem(&[&[2], &other, &record, &path(7)]), Problem::OtherAccount(Address(other)));
    let body = [&MAGIC[..], &[FORMAT, 2], address(1).as_bytes(), &[2], &other, &record, &path(6)].concat();
    assert_eq!(Verifier::new().verify(&seal(&body)).unwrap().account, None);

    assert_eq!(problem_of(3, &[&[0, 0], &[1, 0, 0, 0, 0]]), Problem::NoAccount);
    assert_eq!(problem_of(0, &[]), Problem::Kind(0));
    assert_eq!(problem_of(4, &[]), Problem::Kind(4));
}

#[test]
fn storage_of_another_state_than_the_accounts_are_refused() {
    let account = world().prove_in_world(address(1), &Selection::new());
    let mut body = [body(&account), &[1, 0, 0, 0, 0]].concat();
    body[13] = 3;
    let expected = ProofError::State { storage: StateRoot::ZERO, account: account.state };
    assert_eq!(Verifier::new().verify(&seal(&body)), Err(expected));
}

#[test]
fn other_files_are_not_proofs() {
    let refused = |bytes: &[u8]| Verifier::new().verify(bytes).unwrap_err();
    for bytes in [&b""[..], b"vellum", MAGIC, b"vellum store\x01 and more than that"] {
        assert_eq!(refused(bytes), ProofError::NotAProof);
    }
    for (other, said) in
        [(b"vellum proof\x01", "format 1; this program"), (b"vellum proof\x03", "format 3; this program")]
    {
        assert_eq!(refused(other), ProofError::Format { found: other[12] });
        assert!(refused(other).to_string().contains(said) && refused(other).to_string().ends_with("verifies format 2"));
    }
    assert_eq!(refused(b"vellum proof\x02"), ProofError::Damaged(DecodeError::Checksum));
    assert_eq!(refused(&seal(&[])), ProofError::NotAProof);
}

//! There is one proof of one thing: every other form is refused by name.

use super::*;
use crate::store::DecodeError;
use crate::store::tests::{address, page_with};

const START: usize = 12 + 1 + 1 + 20;

/// What is wrong with a proof of pages of contract 1 that goes on so after its address.
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

#[test]
fn pages_have_one_form() {
    let mut world = World::default();
    world.contract(address(1), Pages::from([(0, page_with(0, 7))]));
    let proof = world.prove(address(1), &[0]);
    // One page, 0; the root and twenty nodes below it that are not zero; the content; twenty beside them that are zero.
    assert_eq!(body(&proof)[START..], [1, 0, 0b1111_1111, 0b1111_1111, 0b0001_1111, 1, 7, 0, 0, 0]);

    let cut = |length| body(&proof)[START..][..length].to_vec();
    assert_eq!(problem(&[&[0]]), Problem::NoPages);
    assert_eq!(problem(&[&[1]]), Problem::Bytes(DecodeError::Truncated));
    assert_eq!(problem(&[&cut(7)]), Problem::Bytes(DecodeError::Truncated));
    assert_eq!(problem(&[&cut(10), &[1]]), Problem::Bytes(DecodeError::Trailing(1)));
    assert_eq!(problem(&[&[0x81, 0]]), Problem::Bytes(DecodeError::Invalid("number")));
    assert_eq!(problem(&[&[1, 0x80, 0x80, 0x40]]), Problem::PageIndex(1 << 20));
    assert_eq!(problem(&[&[2], &[0xff, 0xff, 0x3f], &[0]]), Problem::PageIndex(1 << 20));
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    assert_eq!(problem(&[&[2, 0], &huge]), Problem::PageIndex(u64::MAX));
    assert_eq!(problem(&[&cut(5), &[2, 7]]), Problem::Bytes(DecodeError::Truncated));
    assert_eq!(problem(&[&cut(5), &[0, 0, 0]]), Problem::Content(PageIndex(0)));
    assert_eq!(problem(&[&cut(5), &[2, 7, 0, 0, 0]]), Problem::Content(PageIndex(0)));
    let long = [&[0x81, 0x20][..], &[7; 4_097], &[0, 0]].concat();
    assert_eq!(problem(&[&cut(5), &long]), Problem::Content(PageIndex(0)));
    assert_eq!(problem(&[&cut(9), &[0b10]]), Problem::SpareBits);
    // The root is said not to be zero, and both below it are.
    assert_eq!(problem(&[&[1, 0, 0b001]]), Problem::ZeroNode);
    // The root, nothing left of it, and right of it a hash.
    assert_eq!(problem(&[&[1, 0, 0b101], &[0; 32]]), Problem::ZeroHash);
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

    assert_eq!(problem_of(3, &[&[0, 0], &[1, 0, 0]]), Problem::NoAccount);
    assert_eq!(problem_of(0, &[]), Problem::Kind(0));
    assert_eq!(problem_of(4, &[]), Problem::Kind(4));
}

#[test]
fn pages_of_another_state_than_the_accounts_are_refused() {
    let mut world = World::default();
    world.contract(address(1), Pages::from([(0, page_with(0, 7))]));
    let account = world.prove_in_world(address(1), &[]);
    let mut body = [body(&account), &[1, 0, 0]].concat();
    body[13] = 3;
    let expected = ProofError::State { pages: StateRoot::ZERO, account: account.state };
    assert_eq!(Verifier::new().verify(&seal(&body)), Err(expected));
}

#[test]
fn other_files_are_not_proofs() {
    let refused = |bytes: &[u8]| Verifier::new().verify(bytes).unwrap_err();
    for bytes in [&b""[..], b"vellum", MAGIC, b"vellum store\x01 and more than that"] {
        assert_eq!(refused(bytes), ProofError::NotAProof);
    }
    assert_eq!(refused(b"vellum proof\x02"), ProofError::Format { found: 2 });
    assert!(refused(b"vellum proof\x02").to_string().contains("format 2; this program verifies format 1"));
    assert_eq!(refused(b"vellum proof\x01"), ProofError::Damaged(DecodeError::Checksum));
    assert_eq!(refused(&seal(&[])), ProofError::NotAProof);
}

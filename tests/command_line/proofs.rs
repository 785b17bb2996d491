//! Proofs are made of a store and verified without one.

use std::fs;

use serde_json::{Value, json};

use super::support::{NOBODY, World, ZERO_STATE, texts};

/// A world with a counter that stands at 42, and its address.
fn counter() -> (World, String) {
    let world = World::new();
    let address = world.deploy("counter.wat");
    world.json(["call", &address, "add", "42"]);
    (world, address)
}

/// The world root, or else the state root, that a proof leads to.
fn root_of(made: &Value) -> &str {
    made["world"].as_str().or(made["state"].as_str()).unwrap()
}

/// Runs `verify-proof` on a file in a world without a store.
fn refused(proof: &[u8], arguments: &[&str]) -> (Value, String) {
    let empty = World::new();
    let file = empty.file("proof", proof).display().to_string();
    let output = empty.output([&["--json", "verify-proof", &file], arguments].concat());
    let (printed, said) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(said.starts_with(&format!("error: verifying {file}: ")), "{said}");
    (serde_json::from_str(&printed).unwrap(), said)
}

#[test]
fn pages_are_proven_to_somebody_who_has_only_the_state_root() {
    let (world, address) = counter();
    let file = world.path("proof").display().to_string();
    let proof = world.json(["prove", &address, "7", "0", "7", "--out", &file]);
    let account = world.json(["account", &address]);
    let bytes = fs::read(&file).unwrap();
    let made = json!({ "address": address, "state": account["state"], "world": null, "bytes": bytes.len() });
    assert_eq!(proof, made);

    let empty = World::new();
    let state = account["state"].as_str().unwrap();
    let proven = empty.json(["verify-proof", &file, "--root", state, "--contract", &address]);
    let fields: Vec<_> = proven.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["valid", "address", "state", "world", "account", "pages", "ranges", "bytes"]);
    assert_eq!(proven["ranges"], json!([]));
    assert_eq!((&proven["valid"], &proven["state"], &proven["world"]), (&json!(true), &json!(state), &Value::Null));
    let pages = proven["pages"].as_array().unwrap();
    assert_eq!(pages[0], json!({ "index": 0, "present": true, "data": world.json(["page", &address, "0"])["data"] }));
    assert_eq!(pages[1], json!({ "index": 7, "present": false, "data": format!("0x{}", "00".repeat(4_096)) }));
    assert!(!empty.state().exists());

    let text = empty.text(["verify-proof", &file, "--root", state]);
    assert!(text.contains("valid      yes\n") && text.contains("\n00000000  2a 00 "), "{text}");
    assert!(text.contains("page       7: zero\n"), "{text}");
}

#[test]
fn bytes_are_proven_to_somebody_who_has_only_a_root() {
    let (world, address) = counter();
    let file = world.path("proof").display().to_string();
    let bytes = ["--bytes", "0x1000..4100", "--bytes", "4..8", "--bytes", "0..4", "--bytes", "9..10"];
    for more in [&[][..], &["--world"]] {
        let made = world.json([&["prove", &address, "--out", &file], &bytes[..], more].concat());
        assert_eq!(made["bytes"], fs::metadata(&file).unwrap().len());
        let empty = World::new();
        let verify = ["verify-proof", &file, "--root", root_of(&made), "--contract", &address];
        let proven = empty.json(verify);
        assert_eq!((&proven["pages"], &proven["state"]), (&json!([]), &made["state"]));
        let range = |offset: u64, data: &str| json!({ "offset": offset, "data": data });
        let expected = [range(0, "0x2a00000000000000"), range(9, "0x00"), range(4_096, "0x00000000")];
        assert_eq!(proven["ranges"], json!(expected));
        let text = empty.text(verify);
        assert!(text.contains("bytes      0..8\n00000000  2a 00 00 00 00 00 00 00  "), "{text}");
        assert!(text.contains("bytes      9..10: zero\nbytes      4096..4100: zero\n"), "{text}");
        assert!(!empty.state().exists());
    }
    // Beside a page, and of the past.
    let made = world.json(["prove", &address, "0", "--bytes", "0..2", "--at", "0", "--out", &file]);
    assert_eq!(made["state"], ZERO_STATE);
    let proven = World::new().json(["verify-proof", &file, "--root", ZERO_STATE]);
    assert_eq!((&proven["pages"][0]["present"], &proven["ranges"][0]["data"]), (&json!(false), &json!("0x0000")));
}

/// Fills 16,384 pages.
const DENSE: &str = r#"(module
  (import "storage" "memory" (memory $storage 1024))
  (func (export "fill") (local $at i32)
    (loop $next
      (memory.fill $storage (local.get $at) (i32.const 7) (i32.const 65536))
      (local.set $at (i32.add (local.get $at) (i32.const 65536)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 0x4000000))))))"#;

#[test]
fn a_variable_of_a_contract_of_16384_pages_is_proven_from_the_world_root_in_1300_bytes() {
    let world = World::new();
    let code = world.file("dense.wat", DENSE).display().to_string();
    let address = world.json(["deploy", &code])["address"].as_str().unwrap().to_owned();
    let filled = world.json(["call", &address, "fill", "--gas", "100000000000"]);
    assert_eq!((&filled["status"], &filled["contracts"][0]["pages_changed"]), (&json!("returned"), &json!(16_384)));
    let file = world.path("proof").display().to_string();
    let made = world.json(["prove", &address, "--bytes", "33550856..33550864", "--world", "--out", &file]);
    let bytes = made["bytes"].as_u64().unwrap();
    assert!(bytes < 1_300, "{bytes}");
    let proven = World::new().json(["verify-proof", &file, "--root", root_of(&made)]);
    assert_eq!(proven["ranges"][0]["data"], format!("0x{}", "07".repeat(8)));
}

#[test]
fn without_a_root_nothing_is_verified() {
    let (world, address) = counter();
    let file = world.path("proof").display().to_string();
    world.json(["prove", &address, "0", "--out", &file]);
    let said = world.refusal(2, ["verify-proof", &file]);
    assert!(said.contains("--root <STATE_OR_WORLD_ROOT>"), "{said}");
    let output = world.output(["--json", "verify-proof", &file, "--contract", &address]);
    let document: Value = serde_json::from_str(&texts(&output).0).unwrap();
    assert_eq!((output.status.code(), &document["error"]["kind"]), (Some(2), &json!("usage")));
    assert!(document["error"]["message"].as_str().unwrap().contains("--root"), "{document}");
}

#[test]
fn accounts_and_pages_are_proven_to_somebody_who_has_only_the_world_root() {
    let (world, address) = counter();
    world.text(["fund", NOBODY, "7"]);
    let file = world.path("proof").display().to_string();
    let prove = |arguments: &[&str]| {
        let proof = world.json([&["prove"], arguments, &["--world", "--out", &file]].concat());
        let root = proof["world"].as_str().unwrap().to_owned();
        let proven = World::new().json(["verify-proof", &file, "--root", &root, "--contract", arguments[0]]);
        assert_eq!(proven["world"], proof["world"]);
        (root, proven)
    };
    let (root, proven) = prove(&[&address, "0"]);
    let account = world.json(["account", &address]);
    for field in ["balance", "nonce", "version", "code_hash"] {
        assert_eq!(proven["account"][field], account[field], "{field}");
    }
    assert_eq!((&proven["state"], proven["pages"][0]["data"].as_str().unwrap().len()), (&account["state"], 2 + 8_192));

    let (other, proven) = prove(&[NOBODY]);
    assert_eq!((other, &proven["account"]["balance"], &proven["pages"]), (root.clone(), &json!("7"), &json!([])));
    let nobody_else = NOBODY.replace("ff", "fe");
    let (other, proven) = prove(&[&nobody_else]);
    assert_eq!((other, &proven["account"], &proven["state"]), (root.clone(), &Value::Null, &Value::Null));
    let text = World::new().text(["verify-proof", &file, "--root", &root]);
    assert!(text.contains("account    none at this address\n"), "{text}");

    world.text(["fund", NOBODY, "1"]);
    assert_ne!(prove(&[NOBODY]).0, root);
}

#[test]
fn a_version_that_is_kept_is_proven_against_the_roots_of_its_time() {
    let (world, address) = counter();
    let file = world.path("proof").display().to_string();
    let prove = |more: &[&str]| world.json([&["prove", &address, "0", "--out", &file], more].concat());
    let then = (prove(&[]), prove(&["--world"]));
    let bytes = fs::read(&file).unwrap();
    // What comes after the commit is of no account, nor are deployments and fundings.
    world.text(["fund", NOBODY, "7"]);
    world.text(["fund", &address, "9"]);
    world.json(["call", &address, "add", "1"]);
    assert_ne!(prove(&[]), then.0);
    let again = prove(&["--at", "1"]);
    assert_eq!((&again, prove(&["--at", "1", "--world"])), (&then.0, then.1.clone()));
    assert_eq!(fs::read(&file).unwrap(), bytes);
    let root = then.1["world"].as_str().unwrap();
    let proven = World::new().json(["verify-proof", &file, "--root", root]);
    assert_eq!((&proven["account"]["version"], &proven["account"]["balance"]), (&json!(1), &json!("0")));
    assert!(proven["pages"][0]["data"].as_str().unwrap().starts_with("0x2a00"));

    let begun = prove(&["--at", "0"]);
    assert_eq!(begun["state"], ZERO_STATE);
    for (arguments, part) in
        [(["--at", "3"], "has no version 3; its newest is 2"), (["--at", "0"], "before version 1 was pruned")]
    {
        if arguments[1] == "0" {
            world.text(["prune", &address, "--before", "1"]);
        }
        let command = ["prove", &address, "0", "--out", &file];
        assert!(world.refusal(1, [&command[..], &arguments].concat()).contains(part), "{arguments:?}");
        assert!(world.refusal(1, [&command[..], &arguments, &["--world"]].concat()).contains(part), "{arguments:?}");
    }
    let refused = world.refusal(1, ["prove", NOBODY, "--world", "--at", "0", "--out", &file]);
    assert!(refused.contains("there is no contract at"), "{refused}");
}

#[test]
fn what_is_not_as_it_was_proven_is_refused_with_the_reason() {
    let (world, address) = counter();
    let file = world.path("proof").display().to_string();
    let state = world.json(["prove", &address, "0", "--out", &file])["state"].as_str().unwrap().to_owned();
    let proof = fs::read(&file).unwrap();
    let (document, said) = refused(&proof, &["--root", ZERO_STATE]);
    assert!(said.contains(&state) && said.contains(ZERO_STATE), "{said}");
    let reason = document["reason"].as_str().unwrap();
    assert!(said.contains(reason), "{said}");
    let error = json!({ "kind": "input", "message": said.trim_end().strip_prefix("error: ").unwrap() });
    assert_eq!(
        document,
        json!({ "valid": false, "reason": reason, "state": null, "pages": [], "ranges": [], "error": error })
    );
    let root = ["--root", &state];
    assert!(
        refused(&proof, &[&root[..], &["--contract", NOBODY]].concat())
            .1
            .contains(&format!("is of {address}, and not of {NOBODY}"))
    );
    for bit in (0..proof.len() * 8).step_by(29) {
        let mut altered = proof.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(refused(&altered, &root).0["valid"], false);
    }
    assert!(refused(b"", &root).1.contains("it is not a proof"));
    assert!(refused(&[0; 5_000], &root).1.contains("it is not a proof"));
    assert!(refused(&proof[..40], &root).1.contains("the proof is damaged"));
    let first_form = [&proof[..12], &[1], &proof[13..]].concat();
    assert!(refused(&first_form, &root).1.contains("the proof has format 1; this program verifies format 2"));
    // Without --json, nothing is said on standard output.
    assert!(world.refusal(1, ["verify-proof", &file, "--root", ZERO_STATE]).contains("and not to"));
}

#[test]
fn what_cannot_be_proven_or_read_is_an_error() {
    let (world, address) = counter();
    let before = world.stored();
    for (arguments, part) in [
        (vec!["prove", NOBODY, "0", "--out", "p"], "there is no account"),
        (vec!["prove", NOBODY, "0", "--world", "--out", "p"], "there is no account"),
        (vec!["prove", &address, "65536", "--out", "p"], "65536 pages"),
        (vec!["prove", &address, "0", "4294967295", "--world", "--out", "p"], "65536 pages"),
        (vec!["prove", &address, "--bytes", "0..0x10000001", "--out", "p"], "bytes 0 to 0 + 268435457 are not within"),
        (vec!["prove", &address, "--bytes", "5..0xffffffffffffffff", "--world", "--out", "p"], "65536 pages"),
        (vec!["prove", &address, "--bytes", "0..0x100001", "--out", "p"], "ranges of 1048577 bytes together"),
        (vec!["prove", NOBODY, "--bytes", "0..8", "--out", "p"], "there is no account"),
        (vec!["prove", &address, "0", "--out", "no/such/directory"], "no/such/directory"),
        (vec!["verify-proof", "not-there", "--root", ZERO_STATE], "not-there"),
        (vec!["verify-proof", ".", "--root", ZERO_STATE], "reading ."),
    ] {
        assert!(world.refusal(1, &arguments).contains(part), "{arguments:?}");
    }
    for arguments in [
        vec!["prove", &address, "--out", "p"],
        vec!["prove", &address, "0"],
        vec!["prove", &address, "-1", "--out", "p"],
        vec!["verify-proof"],
        vec!["verify-proof", "p", "--root", "0x12"],
        vec!["verify-proof", "p", "--root", ZERO_STATE, "--contract", ZERO_STATE],
    ] {
        assert_eq!(world.output(&arguments).status.code(), Some(2), "{arguments:?}");
    }
    for (bytes, part) in [
        ("5", "it should be OFFSET..END"),
        ("8..8", "END should be more than 8"),
        ("8..5", "END should be more than 8"),
        ("0..=8", "\"=8\" is not an integer"),
        ("..8", "\"\" is not an integer"),
        ("0..-8", r#""-8" is not an integer from 0 to"#),
    ] {
        let said = world.refusal(2, ["prove", &address, "--bytes", bytes, "--out", "p"]);
        assert!(said.contains(part), "{said}");
    }
    assert!(!world.path("p").exists());
    assert_eq!(world.stored(), before);
    world.text(["fund", NOBODY, "1"]);
    assert!(world.refusal(1, ["prove", NOBODY, "0", "--out", "p"]).contains("there is no contract"));
}

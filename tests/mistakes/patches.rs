//! The patches are well-formed, and errors name a patch that does not fit.

use crate::copy::{copying, mistakes, sources};
use crate::patch::{Files, Patch, apply};

#[test]
fn each_patch_says_what_is_wrong_and_has_its_own_switch_and_no_other() {
    for mistake in mistakes() {
        let added = mistake.patch.added();
        let switches: Vec<&str> =
            added.split("crate::mistake(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(!switches.is_empty(), "{} makes no mistake", mistake.patch.path);
        assert!(switches.iter().all(|name| *name == mistake.name), "{} has {switches:?}", mistake.patch.path);
        let comment = &mistake.patch.comment;
        assert!(comment.ends_with('.') && !comment.contains('\n'), "{}: {comment:?}", mistake.patch.path);
    }
}

/// Applies patches, each with its name, to one file.
fn applied(text: &str, patches: &[(&str, &str)]) -> Result<String, String> {
    let mut files = Files::from([("src/a.rs".to_owned(), text.as_bytes().to_vec())]);
    let patches: Result<Vec<Patch>, String> = patches
        .iter()
        .map(|(name, hunks)| Patch::parse(name, &format!("Wrong.\n--- a/src/a.rs\n+++ b/src/a.rs\n{hunks}")))
        .collect();
    apply(&patches?, &mut files)?;
    Ok(String::from_utf8(files.remove("src/a.rs").unwrap()).unwrap())
}

#[test]
fn patches_are_laid_in_whatever_their_order() {
    let text = "one\ntwo\nthree\nfour\nfive\n";
    let before = ("before", "@@ -2,2 +2,3 @@\n two\n+before\n three\n");
    let instead = ("instead", "@@ -3,1 +3,2 @@\n-three\n+3\n+III\n");
    let after = ("after", "@@ -9 +9 @@ fn elsewhere()\n three\n+after\n four\n@@ -1 +1 @@\n-five\n");
    let expected = "one\ntwo\nbefore\n3\nIII\nafter\nfour\n";
    for patches in [[before, instead, after], [after, instead, before], [instead, after, before]] {
        assert_eq!(applied(text, &patches).unwrap(), expected);
    }
}

#[test]
fn a_patch_that_does_not_fit_is_told_with_its_file_its_hunk_and_why() {
    let text = "one\ntwo\none\nthree\n";
    for (hunks, said) in [
        (
            "@@\n one\n-too\n+2\n",
            "p, hunk 1 of src/a.rs: these lines, which it keeps and removes, are not in the file:\none\ntoo",
        ),
        (
            "@@\n two\n+2\n@@\n one\n+1\n",
            "p, hunk 2 of src/a.rs: these lines, which it keeps and removes, begin at each of the lines [1, 3]:\none",
        ),
        ("@@\n+1\n", "p, hunk 1 of src/a.rs: it keeps and removes nothing, so it belongs nowhere"),
        (
            "@@\n-two\n@@\n two\n-one\n three\n@@\n one\n-two\n",
            "p, hunk 1 of src/a.rs and p, hunk 3 of src/a.rs change the same line, 2",
        ),
        ("--- a/src/b.rs\n+++ b/src/b.rs\n@@\n two\n", "p, hunk 1 of src/b.rs: there is no such text"),
        ("--- a/src/b.rs\n+++ b/src/c.rs\n", "p:5: the line before should name the same file: \"+++ b/src/c.rs\""),
        ("@@\n two\n2\n", "p:6: a line of a hunk should begin with a space, - or +: \"2\""),
        ("+2\n", "p:4: a hunk should begin with @@: \"+2\""),
        ("", "p: no hunk is in it"),
    ] {
        assert_eq!(applied(text, &[("p", hunks)]).unwrap_err(), said);
    }
    assert!(
        Patch::parse("p", "Wrong.\n@@ -1 +1 @@\n").unwrap_err().starts_with("p:2: no file is named before this hunk")
    );
}

#[test]
fn all_patches_that_do_not_fit_are_told_at_once() {
    let patches: Vec<Patch> = mistakes().into_iter().map(|mistake| mistake.patch).chain([copying()]).collect();
    let mut files = sources();
    files.insert("src/transaction/ledger.rs".to_owned(), Vec::new());
    files.remove("src/machine/frame.rs");
    let said = apply(&patches, &mut files).unwrap_err();
    for name in [
        "money_is_made.patch, hunk 1 of src/transaction/ledger.rs: these lines",
        "registers_are_kept.patch, hunk 1 of src/machine/frame.rs: there is no",
    ] {
        assert!(said.contains(&format!("tests/mistakes/pagers_agree/{name}")), "{said}");
    }
    assert!(!said.contains("undo_nothing"), "{said}");
}

//! Whether a line did what it was expected to do.

use serde_json::Value as Json;

/// The first difference between what was expected and what came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Another value.
    #[error("{field} should be {expected}, but is {got}")]
    Other {
        /// The way to the value, as `contracts[0].version`.
        field: String,
        expected: String,
        got: String,
    },
    /// A field that receipts had once.
    #[error(
        "{field} should be {expected}, but is no field of a receipt, as not every pager knows it: with --trace it is in `frames`"
    )]
    Moved { field: String, expected: String },
}

/// Counts that depend on the pager, and stood in receipts once.
const MOVED: [&str; 2] = ["pages_read", "pages_written"];

/// Compares objects field by field as far as expected, lists as a whole, and anything else for equality. An integer is the
/// same as a number and as decimal text.
pub fn check(expected: &Json, got: &Json) -> Result<(), Mismatch> {
    compare("", expected, Some(got))
}

fn compare(field: &str, expected: &Json, got: Option<&Json>) -> Result<(), Mismatch> {
    let mismatch = |got: String| {
        let field = if field.is_empty() { "the result" } else { field };
        Err(Mismatch::Other { field: field.to_owned(), expected: expected.to_string(), got })
    };
    let Some(got) = got else {
        let is_moved =
            field.rsplit_once('.').is_some_and(|(of, name)| of.contains("contracts[") && MOVED.contains(&name));
        return match is_moved {
            true => Err(Mismatch::Moved { field: field.to_owned(), expected: expected.to_string() }),
            false => mismatch("not there".to_owned()),
        };
    };
    match (expected, got) {
        (Json::Object(expected), Json::Object(got)) => expected.iter().try_for_each(|(name, value)| {
            let dot = if field.is_empty() { "" } else { "." };
            compare(&format!("{field}{dot}{name}"), value, got.get(name))
        }),
        (Json::Array(expected), Json::Array(got)) if expected.len() == got.len() => {
            let pairs = expected.iter().zip(got).enumerate();
            pairs
                .into_iter()
                .try_for_each(|(at, (expected, got))| compare(&format!("{field}[{at}]"), expected, Some(got)))
        }
        (Json::Number(number), Json::String(text)) | (Json::String(text), Json::Number(number))
            if *text == number.to_string() =>
        {
            Ok(())
        }
        (expected, got) if expected == got => Ok(()),
        _ => mismatch(got.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn difference(expected: Json, got: &Json) -> Option<String> {
        check(&expected, got).err().map(|mismatch| mismatch.to_string())
    }

    #[test]
    fn objects_are_compared_as_far_as_expected_and_lists_as_a_whole() {
        let got = json!({ "status": "returned", "results": [1, 2], "contracts": [{ "version": 1, "pages": null }] });
        for expected in [
            json!({}),
            json!({ "status": "returned" }),
            json!({ "contracts": [{ "version": 1 }] }),
            json!({ "contracts": [{ "pages": null }], "results": [1, 2] }),
        ] {
            assert_eq!(difference(expected, &got), None);
        }
        for (expected, message) in [
            (json!({ "status": "halted" }), r#"status should be "halted", but is "returned""#),
            (json!({ "contracts": [{ "version": 2 }] }), "contracts[0].version should be 2, but is 1"),
            (json!({ "results": [1] }), "results should be [1], but is [1,2]"),
            (json!({ "results": [1, 3] }), "results[1] should be 3, but is 2"),
            (json!({ "staus": "returned" }), r#"staus should be "returned", but is not there"#),
            (json!({ "gone": null }), "gone should be null, but is not there"),
            (json!([]), &*format!("the result should be [], but is {got}")),
        ] {
            assert_eq!(difference(expected, &got).as_deref(), Some(message));
        }
    }

    #[test]
    fn an_integer_is_the_same_as_a_number_and_as_text() {
        let got = json!({ "gas_used": "18446744073709551615", "results": ["-1", 7] });
        for expected in [
            json!({ "gas_used": u64::MAX, "results": [-1, "7"] }),
            json!({ "gas_used": "18446744073709551615", "results": ["-1", 7] }),
        ] {
            assert_eq!(difference(expected, &got), None);
        }
        for expected in [json!({ "gas_used": 1 }), json!({ "gas_used": 1.5 }), json!({ "results": [-1, "07"] })] {
            assert!(difference(expected, &got).is_some());
        }
    }

    #[test]
    fn counts_that_left_the_receipt_are_said_to_be_elsewhere() {
        let got = json!({ "contracts": [{ "version": 1 }], "receipts": [{ "contracts": [{}] }], "frames": [{}] });
        for (expected, field) in [
            (json!({ "contracts": [{ "pages_read": 1 }] }), "contracts[0].pages_read"),
            (
                json!({ "receipts": [{ "contracts": [{ "pages_written": null }] }] }),
                "receipts[0].contracts[0].pages_written",
            ),
        ] {
            let message = difference(expected, &got).unwrap();
            assert!(message.starts_with(field) && message.ends_with("with --trace it is in `frames`"), "{message}");
        }
        let message = difference(json!({ "frames": [{ "pages_read": 1 }] }), &got).unwrap();
        assert_eq!(message, "frames[0].pages_read should be 1, but is not there");
    }
}

//! Compares the result of a scenario's line with its expectation.

use serde_json::Value as Json;

/// The first difference between an expectation and a result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Another value.
    #[error("{field} should be {expected}, but is {got}")]
    Other {
        /// The path of the value, such as `contracts[0].version`.
        field: String,
        expected: String,
        got: String,
    },
    /// A field that receipts had in an earlier format.
    #[error("{field} should be {expected}, but {why}")]
    Gone { field: String, expected: String, why: &'static str },
}

/// Fields that receipts had in an earlier format: a part of the path, the field, and the reason why it is gone.
const GONE: [(&str, &str, &str); 4] = [
    ("receipts[", "state_before", "is null, as roots are computed once for a block: they are in its `states`"),
    ("receipts[", "state_after", "is null, as roots are computed once for a block: they are in its `states`"),
    ("contracts[", "pages_read", WITH_TRACE),
    ("contracts[", "pages_written", WITH_TRACE),
];
const WITH_TRACE: &str =
    "is no field of a receipt, as not every pager knows it: of a call outside a block it is in `frames`, with --trace";

/// Returns the reason why a receipt no longer has a field, or `None` if it never had it.
fn gone(field: &str) -> Option<&'static str> {
    let (of, name) = field.rsplit_once('.')?;
    GONE.iter()
        .find(|(place, gone, _)| of.contains("contracts[") && of.contains(place) && name == *gone)
        .map(|(.., why)| *why)
}

/// Compares a result with an expectation: objects by the fields of the expectation, lists as a whole, and other values for
/// equality. An integer as a number equals the same integer as decimal text.
pub fn check(expected: &Json, got: &Json) -> Result<(), Mismatch> {
    compare("", expected, Some(got))
}

fn compare(field: &str, expected: &Json, got: Option<&Json>) -> Result<(), Mismatch> {
    let mismatch = |got: String| {
        let shown = if field.is_empty() { "the result" } else { field };
        let (field, expected) = (shown.to_owned(), expected.to_string());
        Err(match gone(&field) {
            Some(why) => Mismatch::Gone { field, expected, why },
            None => Mismatch::Other { field, expected, got },
        })
    };
    let Some(got) = got else {
        return mismatch("not there".to_owned());
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
            assert!(message.starts_with(field) && message.ends_with("in `frames`, with --trace"), "{message}");
        }
        let got_block = json!({ "receipts": [{ "contracts": [{ "state_before": null }] }] });
        let expected = json!({ "receipts": [{ "contracts": [{ "state_before": "0x00" }] }] });
        assert!(difference(expected, &got_block).unwrap().ends_with("they are in its `states`"));
        let message = difference(json!({ "frames": [{ "pages_read": 1 }] }), &got).unwrap();
        assert_eq!(message, "frames[0].pages_read should be 1, but is not there");
    }
}

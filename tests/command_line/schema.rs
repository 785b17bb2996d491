//! The published shape of `data.json`, and whether data has it.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

/// The part of JSON Schema that `design/data.schema.json` is written in. A keyword that is not known here is a failure,
/// or something that the schema demands would not be looked at.
pub struct Schema(Value);

impl Schema {
    pub fn published() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("design/data.schema.json");
        Self(serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    }

    /// Where data is not what the schema says, and why.
    pub fn check(&self, data: &Value) -> Result<(), String> {
        self.matches(&self.0, data, "$")
    }

    fn matches(&self, schema: &Value, data: &Value, at: &str) -> Result<(), String> {
        let schema = schema.as_object().unwrap();
        for (keyword, value) in schema {
            self.keyword(schema, keyword, value, data).map_err(|wrong| match wrong.starts_with('$') {
                true => wrong.replacen('$', at, 1),
                false => format!("{at}: {wrong}"),
            })?;
        }
        Ok(())
    }

    fn keyword(&self, schema: &Map<String, Value>, keyword: &str, value: &Value, data: &Value) -> Result<(), String> {
        let wrong = || Err(format!("{keyword} should be {value}, but it is {}", brief(data)));
        let at_least = |found: Option<usize>| found.is_none_or(|found| found as u64 >= value.as_u64().unwrap());
        let right = match keyword {
            "$schema" | "$defs" | "title" | "description" => true,
            "$ref" => {
                let name = value.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                return self.matches(&self.0["$defs"][name], data, "$");
            }
            "type" => has_type(value.as_str().unwrap(), data),
            "const" => data == value,
            "enum" => value.as_array().unwrap().contains(data),
            "minimum" => data.as_f64().is_none_or(|number| number >= value.as_f64().unwrap()),
            "minItems" => at_least(data.as_array().map(Vec::len)),
            "maxItems" => data.as_array().is_none_or(|items| items.len() as u64 <= value.as_u64().unwrap()),
            "required" => {
                let names = value.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
                return data.as_object().map_or(Ok(()), |object| {
                    names
                        .filter(|name| !object.contains_key(*name))
                        .try_for_each(|name| Err(format!("{name} is missing")))
                });
            }
            "oneOf" => {
                let tries: Vec<_> = value.as_array().unwrap().iter().map(|one| self.matches(one, data, "$")).collect();
                match tries.iter().filter(|one| one.is_ok()).count() {
                    1 => true,
                    _ => return Err(format!("none or more than one of {tries:?}")),
                }
            }
            "items" => return each(data.as_array(), |item, at| self.matches(value, item, at)),
            "prefixItems" => {
                let schemas = value.as_array().unwrap();
                return each(data.as_array(), |item, at| {
                    let index: usize = at[2..at.len() - 1].parse().unwrap();
                    schemas.get(index).map_or(Ok(()), |schema| self.matches(schema, item, at))
                });
            }
            "properties" => {
                let known = value.as_object().unwrap();
                return fields(data, |name, item| {
                    known.get(name).map_or(Ok(()), |schema| self.matches(schema, item, &format!("$.{name}")))
                });
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                return fields(data, |name, item| match (known.is_some_and(|known| known.contains_key(name)), value) {
                    (true, _) => Ok(()),
                    (false, Value::Bool(false)) => Err(format!("{name} should not be there")),
                    (false, schema) => self.matches(schema, item, &format!("$.{name}")),
                });
            }
            unknown => panic!("the keyword {unknown} is not checked"),
        };
        if right { Ok(()) } else { wrong() }
    }
}

fn has_type(name: &str, data: &Value) -> bool {
    match name {
        "object" => data.is_object(),
        "array" => data.is_array(),
        "string" => data.is_string(),
        "number" => data.is_number(),
        "integer" => data.is_u64() || data.is_i64(),
        "null" => data.is_null(),
        unknown => panic!("the type {unknown} is not checked"),
    }
}

fn each(items: Option<&Vec<Value>>, check: impl Fn(&Value, &str) -> Result<(), String>) -> Result<(), String> {
    items.into_iter().flatten().enumerate().try_for_each(|(index, item)| check(item, &format!("$[{index}]")))
}

fn fields(data: &Value, check: impl Fn(&str, &Value) -> Result<(), String>) -> Result<(), String> {
    data.as_object().into_iter().flatten().try_for_each(|(name, item)| check(name, item))
}

fn brief(data: &Value) -> String {
    data.to_string().chars().take(60).collect()
}

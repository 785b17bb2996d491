//! Numeric and vector instructions. Each takes the result of the one before, so that the processor waits for it.

use super::rows::{Row, row};

/// Instructions by the types of their operands and result.
const INSTRUCTIONS: &[(&str, &str, &str, &str)] = &[
    ("i32", "i32", "i32", "clz ctz popcnt eqz extend8_s extend16_s"),
    ("i64", "i64", "i64", "clz ctz popcnt extend8_s extend16_s extend32_s"),
    ("i64", "i64", "i32", "eqz"),
    (
        "i32",
        "i32 i32",
        "i32",
        "add sub mul and or xor shl shr_s shr_u rotl rotr eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u",
    ),
    ("i64", "i64 i64", "i64", "add sub mul and or xor shl shr_s shr_u rotl rotr"),
    ("i64", "i64 i64", "i32", "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"),
    ("f32", "f32", "f32", "abs neg sqrt ceil floor trunc nearest"),
    ("f64", "f64", "f64", "abs neg sqrt ceil floor trunc nearest"),
    ("f32", "f32 f32", "f32", "add sub mul div min max copysign"),
    ("f64", "f64 f64", "f64", "add sub mul div min max copysign"),
    ("f32", "f32 f32", "i32", "eq ne lt gt le ge"),
    ("f64", "f64 f64", "i32", "eq ne lt gt le ge"),
    ("i32", "i64", "i32", "wrap_i64"),
    ("i32", "f32", "i32", "trunc_f32_s trunc_f32_u trunc_sat_f32_s trunc_sat_f32_u reinterpret_f32"),
    ("i32", "f64", "i32", "trunc_f64_s trunc_f64_u trunc_sat_f64_s trunc_sat_f64_u"),
    ("i64", "i32", "i64", "extend_i32_s extend_i32_u"),
    ("i64", "f32", "i64", "trunc_f32_s trunc_f32_u trunc_sat_f32_s trunc_sat_f32_u"),
    ("i64", "f64", "i64", "trunc_f64_s trunc_f64_u trunc_sat_f64_s trunc_sat_f64_u reinterpret_f64"),
    ("f32", "i32", "f32", "convert_i32_s convert_i32_u reinterpret_i32"),
    ("f32", "i64", "f32", "convert_i64_s convert_i64_u"),
    ("f32", "f64", "f32", "demote_f64"),
    ("f64", "i32", "f64", "convert_i32_s convert_i32_u"),
    ("f64", "i64", "f64", "convert_i64_s convert_i64_u reinterpret_i64"),
    ("f64", "f32", "f64", "promote_f32"),
    ("v128", "v128", "v128", "not"),
    ("v128", "v128 v128", "v128", "and andnot or xor"),
    ("v128", "v128 v128 v128", "v128", "bitselect"),
    ("v128", "v128", "i32", "any_true"),
    ("i8x16", "i32", "v128", "splat"),
    ("i16x8", "i32", "v128", "splat"),
    ("i32x4", "i32", "v128", "splat"),
    ("i64x2", "i64", "v128", "splat"),
    ("f32x4", "f32", "v128", "splat"),
    ("f64x2", "f64", "v128", "splat"),
    ("i8x16", "v128", "i32", "all_true bitmask extract_lane_s:3 extract_lane_u:3"),
    ("i16x8", "v128", "i32", "all_true bitmask extract_lane_s:3 extract_lane_u:3"),
    ("i32x4", "v128", "i32", "all_true bitmask extract_lane:3"),
    ("i64x2", "v128", "i32", "all_true bitmask"),
    ("i64x2", "v128", "i64", "extract_lane:1"),
    ("f32x4", "v128", "f32", "extract_lane:3"),
    ("f64x2", "v128", "f64", "extract_lane:1"),
    ("i8x16", "v128 i32", "v128", "replace_lane:3 shl shr_s shr_u"),
    ("i16x8", "v128 i32", "v128", "replace_lane:3 shl shr_s shr_u"),
    ("i32x4", "v128 i32", "v128", "replace_lane:3 shl shr_s shr_u"),
    ("i64x2", "v128 i32", "v128", "shl shr_s shr_u"),
    ("i64x2", "v128 i64", "v128", "replace_lane:1"),
    ("f32x4", "v128 f32", "v128", "replace_lane:1"),
    ("f64x2", "v128 f64", "v128", "replace_lane:1"),
    ("i8x16", "v128", "v128", "abs neg popcnt"),
    (
        "i16x8",
        "v128",
        "v128",
        "abs neg extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u",
    ),
    (
        "i32x4",
        "v128",
        "v128",
        "abs neg extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u trunc_sat_f32x4_s trunc_sat_f32x4_u trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero",
    ),
    ("i64x2", "v128", "v128", "abs neg extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u"),
    (
        "f32x4",
        "v128",
        "v128",
        "abs neg sqrt ceil floor trunc nearest convert_i32x4_s convert_i32x4_u demote_f64x2_zero",
    ),
    (
        "f64x2",
        "v128",
        "v128",
        "abs neg sqrt ceil floor trunc nearest convert_low_i32x4_s convert_low_i32x4_u promote_low_f32x4",
    ),
    (
        "i8x16",
        "v128 v128",
        "v128",
        "swizzle shuffle:0:17:2:19:4:21:6:23:8:25:10:27:12:29:14:31 eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u narrow_i16x8_s narrow_i16x8_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u min_s min_u max_s max_u avgr_u",
    ),
    (
        "i16x8",
        "v128 v128",
        "v128",
        "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u narrow_i32x4_s narrow_i32x4_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u mul min_s min_u max_s max_u avgr_u q15mulr_sat_s extmul_low_i8x16_s extmul_high_i8x16_s extmul_low_i8x16_u extmul_high_i8x16_u",
    ),
    (
        "i32x4",
        "v128 v128",
        "v128",
        "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u add sub mul min_s min_u max_s max_u dot_i16x8_s extmul_low_i16x8_s extmul_high_i16x8_s extmul_low_i16x8_u extmul_high_i16x8_u",
    ),
    (
        "i64x2",
        "v128 v128",
        "v128",
        "eq ne lt_s gt_s le_s ge_s add sub mul extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u",
    ),
    ("f32x4", "v128 v128", "v128", "eq ne lt gt le ge add sub mul div min max pmin pmax"),
    ("f64x2", "v128 v128", "v128", "eq ne lt gt le ge add sub mul div min max pmin pmax"),
];

/// The local of a type.
fn local(ty: &str) -> &'static str {
    match ty {
        "i32" => "$i",
        "i64" => "$l",
        "f32" => "$f",
        "f64" => "$d",
        _ => "$v",
    }
}

/// Returns code for the bits of a value of one type as another type.
fn converted(from: &str, to: &str, code: String) -> String {
    let as_i64 = |code: String| match from {
        "i32" => format!("(i64.extend_i32_u {code})"),
        "f32" => format!("(i64.extend_i32_u (i32.reinterpret_f32 {code}))"),
        "f64" => format!("(i64.reinterpret_f64 {code})"),
        "v128" => format!("(i64x2.extract_lane 0 {code})"),
        _ => code,
    };
    match to {
        _ if from == to => code,
        "i64" => as_i64(code),
        "i32" => format!("(i32.wrap_i64 {})", as_i64(code)),
        "f32" => format!("(f32.reinterpret_i32 (i32.wrap_i64 {}))", as_i64(code)),
        "f64" => format!("(f64.reinterpret_i64 {})", as_i64(code)),
        _ => format!("(i64x2.replace_lane 0 (local.get $v) {})", as_i64(code)),
    }
}

/// Values with which the first instruction begins: many bits, and in floats of every width numbers that are not small.
const VALUES: &str = "(local.set $i (i32.const 0x4172bf0d)) (local.set $l (i64.const 0x405edd2f1a9fbe77)) \
    (local.set $f (f32.const 1.7)) (local.set $d (f64.const 1.7)) (local.set $v (v128.const i32x4 0x3fd99999 0x3ffb3333 0x3fd99999 0x3ffb3333))";

/// A row for each numeric and vector instruction.
pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (prefix, operands, result, names) in INSTRUCTIONS {
        for name in names.split(' ') {
            let (name, immediates) = name.split_once(':').unwrap_or((name, ""));
            let first = operands.split(' ').next().unwrap_or_default();
            let mut code = format!("({prefix}.{name} {}", immediates.replace(':', " "));
            operands.split(' ').for_each(|ty| code += &format!(" (local.get {})", local(ty)));
            let code = format!("(local.set {} {})", local(first), converted(result, first, code + ")"));
            rows.push(row(format!("{prefix}.{name}"), code).after(VALUES));
        }
    }
    rows.extend(divisions());
    rows.extend(subnormal());
    rows
}

/// Divisions, of large numbers by small ones.
fn divisions() -> impl Iterator<Item = Row> {
    let of = |(ty, name): (&str, &str)| {
        let local = local(ty);
        let code = format!(
            "(local.set {local} ({ty}.{name} ({ty}.sub ({ty}.const -2) (local.get {local})) ({ty}.or (local.get {local}) ({ty}.const 3))))"
        );
        row(format!("{ty}.{name}"), code).after(VALUES)
    };
    ["i32", "i64"].into_iter().flat_map(move |ty| ["div_s", "div_u", "rem_s", "rem_u"].map(|name| of((ty, name))))
}

/// A row for each floating-point instruction with subnormal operands, for which some processors need more time, and with results that
/// are subnormal.
fn subnormal() -> Vec<Row> {
    let mut rows = Vec::new();
    let is_float = |ty: &str| matches!(ty, "f32" | "f64");
    for (prefix, operands, result, names) in INSTRUCTIONS {
        let vectors = ["f32x4", "f64x2"].contains(prefix)
            && *result == "v128"
            && !operands.contains("32")
            && !operands.contains("64");
        if !vectors && !operands.split(' ').all(is_float) || names.contains(':') {
            continue;
        }
        for name in names.split(' ') {
            let mut code = format!("({prefix}.{name}");
            for ty in operands.split(' ') {
                code += &match ty {
                    "f32" => {
                        " (f32.reinterpret_i32 (i32.or (i32.and (local.get $i) (i32.const 0xff)) (i32.const 0x1000)))"
                            .to_owned()
                    }
                    "f64" => {
                        " (f64.reinterpret_i64 (i64.or (i64.and (local.get $l) (i64.const 0xff)) (i64.const 0x100000)))"
                            .to_owned()
                    }
                    _ => format!(" (v128.or (v128.and (local.get $v) {MASK}) {SMALL})"),
                };
            }
            let first = match operands.split(' ').next() {
                Some("f32") => "i32",
                Some("f64") => "i64",
                _ => "v128",
            };
            rows.push(row(
                format!("{prefix}.{name} of subnormal numbers"),
                format!("(local.set {} {})", local(first), converted(result, first, code + ")")),
            ));
        }
    }
    for (ty, local, small) in [("f32", "$f", "0x1p-126"), ("f64", "$d", "0x1p-1022")] {
        for name in ["mul", "div", "sub"] {
            let by = match name {
                "mul" => "0.5",
                "div" => "2",
                _ => {
                    if ty == "f32" {
                        "0x1p-127"
                    } else {
                        "0x1p-1023"
                    }
                }
            };
            let code = format!(
                "(local.set {local} ({ty}.add ({ty}.{name} (local.get {local}) ({ty}.const {by})) ({ty}.const {small})))"
            );
            rows.push(
                row(format!("{ty}.{name} with a subnormal result"), code)
                    .after(format!("(local.set {local} ({ty}.const {small}))")),
            );
        }
    }
    rows.push(row("f32.demote_f64 with a subnormal result", "(local.set $f (f32.demote_f64 (f64.add (f64.promote_f32 (f32.mul (local.get $f) (f32.const 0))) (f64.const 0x1p-130))))"));
    rows.push(row("f32x4.demote_f64x2_zero with a subnormal result", "(local.set $v (f32x4.demote_f64x2_zero (v128.or (v128.and (local.get $v) (v128.const i64x2 0 0)) (v128.const f64x2 0x1p-130 0x1p-130))))"));
    rows
}

/// Bits of a vector that are kept, and that are set, so that its numbers are subnormal.
const MASK: &str = "(v128.const i32x4 0xff 0xff 0xff 0xff)";
const SMALL: &str = "(v128.const i32x4 0x1000 0x1000 0x1000 0x1000)";

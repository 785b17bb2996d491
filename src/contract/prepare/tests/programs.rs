//! Random programs compute the same as deployed and as prepared, and cost the same with and without checks.

use std::fmt::Write as _;

use proptest::prelude::*;
use wasmtime::Val;

use super::host::{Host, VARIANTS};
use crate::contract::names;
use crate::limits::CALL_DEPTH;

/// Load instructions with the types of their results.
const LOADS: &[(&str, &str)] = &[
    ("i32.load", "i32"),
    ("i32.load8_s", "i32"),
    ("i32.load16_u", "i32"),
    ("i64.load", "i64"),
    ("i64.load8_u", "i64"),
    ("i64.load16_s", "i64"),
    ("i64.load32_u", "i64"),
    ("f32.load", "f32"),
    ("f64.load", "f64"),
    ("v128.load", "v128"),
    ("v128.load16x4_u", "v128"),
    ("v128.load32_splat", "v128"),
    ("v128.load64_zero", "v128"),
];

const STORES: &[(&str, &str)] = &[
    ("i32.store", "i32"),
    ("i32.store8", "i32"),
    ("i32.store16", "i32"),
    ("i64.store", "i64"),
    ("i64.store8", "i64"),
    ("i64.store32", "i64"),
    ("f32.store", "f32"),
    ("f64.store", "f64"),
    ("v128.store", "v128"),
];

const FUNCTIONS: usize = 4;

/// Writes a program from a list of choices. After the end of the list every choice is the first alternative.
struct Writer<'a> {
    choices: std::slice::Iter<'a, u32>,
    text: String,
    function: usize,
}

impl Writer<'_> {
    fn choose(&mut self, alternatives: usize) -> usize {
        self.choices.next().map_or(0, |choice| *choice as usize % alternatives)
    }

    fn pick<T: Copy>(&mut self, alternatives: &[T]) -> T {
        alternatives[self.choose(alternatives.len())]
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Returns an address that is mostly near the end of a page and sometimes beyond the memory.
    fn address(&mut self) -> String {
        match self.choose(8) {
            0 => "(local.get $i32)".to_owned(),
            1 => "(i32.and (local.get $i32) (i32.const 0xfff8))".to_owned(),
            2 => format!("(i32.const {})", self.pick(&[65_529, 65_536, -1, -9, 0x7fff_ffff])),
            _ => {
                let (page, distance) = (self.choose(16), self.choose(20));
                format!("(i32.const {})", (page * 4096 + distance).saturating_sub(10))
            }
        }
    }

    fn memory(&mut self) -> &'static str {
        self.pick(&["$s", "$s", "$s", "$o"])
    }

    fn length(&mut self) -> String {
        match self.choose(4) {
            0 => "(i32.and (local.get $i32) (i32.const 0x1fff))".to_owned(),
            _ => format!("(i32.const {})", self.pick(&[0, 1, 8, 128, 129, 4096, 5000, 66_000])),
        }
    }

    fn access(&mut self) {
        let (memory, address, offset) = (self.memory(), self.address(), self.pick(&[0_u32, 0, 1, 8, 4095, u32::MAX]));
        match self.choose(6) {
            0 | 1 => {
                let (load, ty) = self.pick(LOADS);
                self.line(&format!("(local.set ${ty} ({load} {memory} offset={offset} {address}))"));
            }
            2 | 3 => {
                let (store, ty) = self.pick(STORES);
                self.line(&format!("({store} {memory} offset={offset} {address} (local.get ${ty}))"));
            }
            4 => {
                let width = self.pick(&[8, 16, 32, 64]);
                let lane = format!("v128.load{width}_lane {memory} offset={offset} 1");
                self.line(&format!("(local.set $v128 ({lane} {address} (local.get $v128)))"));
            }
            _ => {
                let width = self.pick(&[8, 16, 32, 64]);
                self.line(&format!("(v128.store{width}_lane {memory} offset={offset} 0 {address} (local.get $v128))"));
            }
        }
    }

    fn bulk(&mut self) {
        let (to, from, length) = (self.memory(), self.memory(), self.length());
        let (destination, source) = (self.address(), self.address());
        match self.choose(4) {
            0 => self.line(&format!("(memory.fill {to} {destination} (local.get $i32) {length})")),
            1 => self.line(&format!("(memory.init {to} $data {destination} (i32.const 1) (i32.const 9))")),
            2 => self.line(&format!("(local.set $i32 (memory.grow {to} (i32.const 1)))")),
            _ => self.line(&format!("(memory.copy {to} {from} {destination} {source} {length})")),
        }
    }

    fn arithmetic(&mut self) {
        let line = self.pick(&[
            "(local.set $i32 (i32.add (local.get $i32) (i32.const 4093)))",
            "(local.set $i64 (i64.mul (local.get $i64) (i64.const 0x9e3779b97f4a7c15)))",
            "(local.set $i32 (i32.wrap_i64 (i64.div_u (local.get $i64) (i64.extend_i32_u (local.get $i32)))))",
            "(local.set $f64 (f64.sqrt (f64.convert_i64_s (local.get $i64))))",
            "(local.set $v128 (i8x16.add (local.get $v128) (i64x2.splat (local.get $i64))))",
            "(global.set $g (i64.add (global.get $g) (local.get $i64)))",
            "(local.set $i64 (i64x2.extract_lane 1 (local.get $v128)))",
            "(local.set $i32 (memory.size $s))",
            "nop",
        ]);
        self.line(line);
    }

    fn call(&mut self) {
        let next = self.function + 1;
        match self.choose(4) {
            0 => self.line("(local.set $i64 (i64.xor (local.get $i64) (call $gas)))"),
            1 => self.line("(call $slice (local.get $i32) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0))"),
            _ if next >= FUNCTIONS => self.line("(local.set $i64 (call_indirect (type $host) (i32.const 0)))"),
            2 => self.line(&format!("(local.set $i64 (call $f{next} (local.get $i32) (local.get $i64)))")),
            _ => self.line(&format!(
                "(local.set $i64 (call_indirect (type $own) (local.get $i32) (local.get $i64) (i32.const {next})))"
            )),
        }
    }

    fn leave(&mut self, nesting: usize) {
        let depth = self.choose(nesting + 1);
        let value = if depth == nesting { "(local.get $i64)" } else { "" };
        let condition = "(i32.and (local.get $i32) (i32.const 1))";
        match self.choose(4) {
            0 => self.line(&format!("(if {condition} (then (return (local.get $i64))))")),
            1 if depth == nesting => self.line(&format!("(drop (br_if {depth} {value} {condition}))")),
            1 => self.line(&format!("(br_if {depth} {condition})")),
            2 if nesting == 0 => self.line("(if (i32.eqz (local.get $i32)) (then (unreachable)))"),
            2 => self
                .line(&format!("(block (block (br_table 0 1 (local.get $i32))) (local.set $i32 (i32.const {depth})))")),
            _ => self.line(&format!("(if {condition} (then (br {} {value})))", depth + 1)),
        }
    }

    fn statements(&mut self, nesting: usize) {
        for _ in 0..1 + self.choose(6) {
            match self.choose(12) {
                0..=4 => self.access(),
                5 => self.bulk(),
                6 | 7 => self.arithmetic(),
                8 => self.call(),
                9 => self.leave(nesting),
                _ if nesting >= 3 => self.access(),
                10 => {
                    self.line("(block");
                    self.statements(nesting + 1);
                    self.line(")");
                }
                _ => {
                    // A block is the innermost label, so a branch to it does not make the loop endless.
                    let counter = format!("$count{nesting}");
                    let rounds = 1 + self.choose(3);
                    self.line(&format!("(local.set {counter} (i32.const {rounds})) (loop (block"));
                    self.statements_in_loop(nesting + 2);
                    self.line(&format!(
                        ") (br_if 0 (local.tee {counter} (i32.sub (local.get {counter}) (i32.const 1)))))"
                    ));
                }
            }
        }
    }

    /// Does what [`statements`](Self::statements) does, but its only branches return from the function.
    fn statements_in_loop(&mut self, nesting: usize) {
        for _ in 0..1 + self.choose(4) {
            match self.choose(4) {
                0 | 1 => self.access(),
                2 => self.arithmetic(),
                _ => self.line(&format!(
                    "(if (i32.eq (local.get $i32) (i32.const 7)) (then (br {} (local.get $i64))))",
                    nesting + 1
                )),
            }
        }
    }
}

fn program(choices: &[u32]) -> String {
    let header = r#"(import "storage" "memory" (memory $s 1))
        (import "vellum" "gas_left" (func $gas (result i64)))
        (import "svm" "storage_read_to_mem" (func $slice (param i32 i32 i32 i32 i32)))
        (memory $o (export "memory") 1)
        (data $data "some bytes to copy from")
        (global $g (mut i64) (i64.const 1))
        (type $host (func (result i64)))
        (type $own (func (param i32 i64) (result i64)))
        (table funcref (elem $gas $f1 $f2 $f3))"#;
    let mut writer = Writer { choices: choices.iter(), text: format!("(module {header}\n"), function: 0 };
    for function in 0..FUNCTIONS {
        writer.function = function;
        let export = if function == 0 { r#"(export "run")"# } else { "" };
        let _ = write!(
            writer.text,
            "(func $f{function} {export} (param $i32 i32) (param $i64 i64) (result i64)
              (local $f32 f32) (local $f64 f64) (local $v128 v128)
              (local $count0 i32) (local $count1 i32) (local $count2 i32)\n"
        );
        writer.statements(0);
        writer.line("(local.get $i64))");
    }
    writer.line(r#"(export "global" (global $g)))"#);
    writer.text
}

/// Returns the state that the contract as deployed exports, too.
fn exported_state(host: &mut Host) -> (Vec<u8>, Vec<u8>, u128) {
    let mut remains = host.remains().unwrap();
    (remains.storage, remains.memories.remove("memory").unwrap(), remains.globals["global"])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_random_program_computes_the_same_in_all_variants(
        choices in proptest::collection::vec(any::<u32>(), 20..400),
        start in (prop_oneof![9 => 0..65_500_i32, 1 => any::<i32>()], any::<i64>()),
    ) {
        let text = program(&choices);
        let wasm = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let mut hosts = VARIANTS.map(|variant| Host::new(&wasm, variant, 1));
        for round in 0..3 {
            let arguments = [Val::I32(i32::wrapping_add(start.0, round)), Val::I64(start.1)];
            let [original, unchecked, checked] = hosts.each_mut().map(|host| host.call("run", &arguments));
            prop_assert_eq!(&unchecked, &checked, "{}", text);
            if original.result != unchecked.result {
                // The code as deployed has other prices, so it may run out of gas at another place. No other difference is
                // allowed.
                prop_assert!(format!("{original:?}{unchecked:?}").contains("OutOfFuel"), "{original:?} {unchecked:?} {text}");
                break;
            }
            let checked_gas = checked.gas;
            let [original, unchecked, checked] = hosts.each_mut().map(exported_state);
            prop_assert!(unchecked == checked, "{}", text);
            prop_assert!(original == unchecked, "{}", text);
            for host in &mut hosts[1..] {
                if checked_gas.is_some() {
                    prop_assert_eq!(host.exported_i32(names::DEPTH), CALL_DEPTH as i32, "{}", text);
                }
                host.put_pages_away().unwrap();
            }
            if round < 2 {
                continue;
            }
            // With too little gas a call ends at the same place and leaves the same bytes.
            for fuel in checked_gas.into_iter().flat_map(|gas| [gas, gas - 1, gas - gas / 3, gas / 2, gas / 7]) {
                let [_, unchecked, checked] =
                    hosts.each_mut().map(|host| host.call_with_fuel("run", &arguments, fuel));
                prop_assert_eq!(unchecked, checked, "with {} gas: {}", fuel, text);
                let [_, unchecked, checked] = hosts.each_mut().map(exported_state);
                prop_assert!(unchecked == checked, "with {} gas: {}", fuel, text);
            }
        }
    }
}

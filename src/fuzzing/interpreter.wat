;; The interpreter. Its input has the addresses of the accounts, and then a script. A script is a list of steps, each of five
;; little-endian 32-bit words: kind, a, b, c, d. After a call comes the script for the callee. Everything that is read is
;; folded into an accumulator, which is the result. Two more exports have parameters: they fold their arguments first, and
;; also return parts of the accumulator. The model is the same interpreter in Rust. `script/scenario.rs` has the layout of own
;; memory.
(module
  (import "storage" "memory" (memory $storage 1))
  (import "vellum" "input_len" (func $input_len (result i32)))
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "return" (func $return (param i32 i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (import "vellum" "panic" (func $panic (param i32 i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "call_static" (func $call_static (param i32 i32 i32 i32 i32 i64) (result i32)))
  (import "vellum" "output_len" (func $output_len (result i32)))
  (import "vellum" "output_copy" (func $output_copy (param i32 i32 i32)))
  (import "vellum" "emit" (func $emit (param i32 i32 i32 i32 i64)))
  (import "vellum" "balance_of" (func $balance_of (param i32) (result i64)))
  (import "vellum" "value" (func $value (result i64)))
  (import "vellum" "caller" (func $caller (param i32)))
  (import "ewasm" "storageMap" (func $storage_map (param i32 i32 i32)))
  (import "svm" "storage_read_to_mem" (func $read_to_mem (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write_from_mem (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_read_to_reg" (func $read_to_reg (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_reg" (func $write_from_reg (param i32 i32 i32 i32 i32 i32)))
  (import "svm" "reg_read_be_i64" (func $reg_read (param i32 i32) (result i64)))
  (memory $own (export "memory") 1)
  (data (memory $own) (i32.const 0x3ff0) "runpairs")
  (data $pattern "the quick brown fox jumps over the lazy dog; pack my box with five dozen liquor jugs")

  (global $accumulator (mut i64) (i64.const 0))
  (func $fold (param i64)
    (global.set $accumulator
      (i64.add (i64.mul (global.get $accumulator) (i64.const 0x100000001b3)) (local.get 0))))

  ;; The function of the next call, its arguments, and the number of their bytes that the input lacks.
  (global $function (mut i32) (i32.const 0))
  (global $first (mut i32) (i32.const 0))
  (global $second (mut i32) (i32.const 0))
  (global $lacking (mut i32) (i32.const 0))

  (func (export "run") (result i64)
    (call $execute)
    (global.get $accumulator))
  (func (export "pair") (param i32 i64) (result i64 i32)
    (call $fold (i64.extend_i32_s (local.get 0)))
    (call $fold (local.get 1))
    (call $execute)
    (global.get $accumulator)
    (i32.wrap_i64 (i64.shr_u (global.get $accumulator) (i64.const 32))))
  (func (export "pairs") (param i64 i32) (result i32 i64 i32)
    (call $fold (local.get 0))
    (call $fold (i64.extend_i32_s (local.get 1)))
    (call $execute)
    (i32.wrap_i64 (i64.shr_u (global.get $accumulator) (i64.const 32)))
    (global.get $accumulator)
    (i32.wrap_i64 (global.get $accumulator)))

  (func $execute
    (local $at i32) (local $end i32) (local $a i32) (local $b i32) (local $c i32) (local $d i32)
    (local.set $end (call $input_len))
    (call $input_copy (i32.const 0) (i32.const 0) (local.get $end))
    (local.set $at (i32.const 80))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $a (i32.load $own offset=4 (local.get $at)))
        (local.set $b (i32.load $own offset=8 (local.get $at)))
        (local.set $c (i32.load $own offset=12 (local.get $at)))
        (local.set $d (i32.load $own offset=16 (local.get $at)))
        (if (i32.eq (i32.load $own (local.get $at)) (i32.const 38))
          (then
            (call $nested (local.get $a) (i32.add (local.get $at) (i32.const 20)) (local.get $b)
              (i64.extend_i32_u (local.get $c)) (i64.extend_i32_u (local.get $d)))
            (local.set $at (i32.add (local.get $at) (local.get $b))))
          (else
            (call $step (i32.load $own (local.get $at)) (local.get $a) (local.get $b) (local.get $c) (local.get $d))))
        (local.set $at (i32.add (local.get $at) (i32.const 20)))
        (br $next))))

  ;; Makes a call, a static one if the highest bit is set. Folds its status, the length of its output, and the first sixteen
  ;; bytes of the output.
  (func $nested (param $contract i32) (param $script i32) (param $length i32) (param $value i64) (param $gas i64)
    (local $address i32) (local $name i32) (local $name_length i32) (local $arguments i32)
    (local.set $name (i32.const 0x3ff0))
    (local.set $name_length (i32.const 3))
    (if (i32.eq (global.get $function) (i32.const 1)) (then (call $pass (i32.const 0x4000) (i32.const 0x4004))))
    (if (i32.eq (global.get $function) (i32.const 2)) (then (call $pass (i32.const 0x4008) (i32.const 0x4000))))
    (if (i32.lt_u (i32.sub (global.get $function) (i32.const 1)) (i32.const 2)) (then
      (local.set $arguments (i32.const 12))
      (local.set $name (i32.const 0x3ff3))
      (local.set $name_length (i32.add (global.get $function) (i32.const 3)))))
    (if (i32.eq (global.get $function) (i32.const 3)) (then (local.set $name_length (i32.const 7))))
    (memory.copy $own $own (i32.add (local.get $arguments) (i32.const 0x4000)) (i32.const 0) (i32.const 80))
    (memory.copy $own $own (i32.add (local.get $arguments) (i32.const 0x4050)) (local.get $script) (local.get $length))
    (local.set $address (i32.mul (i32.and (local.get $contract) (i32.const 0x7fffffff)) (i32.const 20)))
    (local.set $length (i32.add (local.get $length) (i32.add (local.get $arguments) (i32.const 80))))
    (if (i32.and (i32.ne (local.get $arguments) (i32.const 0)) (i32.ne (global.get $lacking) (i32.const 0)))
      (then (local.set $length
        (select (i32.sub (i32.const 12) (global.get $lacking)) (i32.const 0)
          (i32.lt_u (global.get $lacking) (i32.const 12))))))
    (global.set $function (i32.const 0))
    (call $fold (i64.extend_i32_u
      (if (result i32) (i32.lt_s (local.get $contract) (i32.const 0))
        (then (call $call_static (local.get $address) (local.get $name) (local.get $name_length)
          (i32.const 0x4000) (local.get $length) (local.get $gas)))
        (else (call $call (local.get $address) (local.get $name) (local.get $name_length)
          (i32.const 0x4000) (local.get $length) (local.get $value) (local.get $gas))))))
    (call $fold (i64.extend_i32_u (call $output_len)))
    (call $fold_output (i32.const 0))
    (call $fold_output
      (select (call $output_len) (i32.const 8) (i32.lt_u (call $output_len) (i32.const 8)))))

  ;; Stores the arguments for a call: one of 32 bits, which is the first or the second number, and one of 64 bits, made of both.
  (func $pass (param $narrow i32) (param $wide i32)
    (i32.store $own (local.get $narrow)
      (select (global.get $first) (global.get $second) (i32.lt_u (local.get $narrow) (local.get $wide))))
    (i64.store $own (local.get $wide)
      (i64.or (i64.extend_i32_u (global.get $second)) (i64.shl (i64.extend_i32_u (global.get $first)) (i64.const 32)))))

  ;; Folds eight bytes of output, or fewer at its end.
  (func $fold_output (param $at i32)
    (local $left i32)
    (local.set $left (i32.sub (call $output_len) (local.get $at)))
    (i64.store $own (i32.const 0x3ff8) (i64.const 0))
    (call $output_copy (i32.const 0x3ff8) (local.get $at)
      (select (local.get $left) (i32.const 8) (i32.lt_u (local.get $left) (i32.const 8))))
    (call $fold (i64.load $own (i32.const 0x3ff8))))

  (func $step (param $kind i32) (param $a i32) (param $b i32) (param $c i32) (param $d i32)
    (block $trap (block $with (block $panic (block $revert (block $return (block $own_load (block $own_store (block $own_fill
    (block $own_copy (block $slice_to (block $caller (block $value (block $balance (block $emit
    (block $store_window (block $load_window (block $window (block $register_write (block $register_read
    (block $slice_write (block $slice_read (block $size (block $init (block $copy_out (block $copy_in
    (block $copy (block $fill (block $store_lane (block $store128 (block $store64 (block $store32
    (block $store16 (block $store8 (block $load128 (block $load64 (block $load32 (block $load16 (block $load8
      (br_table
        $load8 $load16 $load32 $load64 $load128 $store8 $store16 $store32 $store64 $store128 $store_lane $fill
        $copy $copy_in $copy_out $init $size $slice_read $slice_write $register_read $register_write $window
        $load_window $store_window $emit $balance $value $caller $slice_to $own_copy $own_fill $own_store
        $own_load $return $revert $trap $panic $with $trap
        (local.get $kind)))
      ;; load8
      (return (call $fold (i64.load8_s $storage (local.get $a)))))
      ;; load16
      (return (call $fold (i64.load16_u $storage offset=1 (local.get $a)))))
      ;; load32
      (return (call $fold (i64.load32_s $storage offset=4093 (local.get $a)))))
      ;; load64
      (return (call $fold (i64.load $storage (local.get $a)))))
      ;; load128
      (call $fold (i64x2.extract_lane 0 (v128.load $storage (local.get $a))))
      (return (call $fold (i64x2.extract_lane 1 (v128.load $storage (local.get $a))))))
      ;; store8
      (return (i32.store8 $storage (local.get $a) (local.get $b))))
      ;; store16
      (return (i32.store16 $storage offset=3 (local.get $a) (local.get $b))))
      ;; store32
      (return (i64.store32 $storage offset=8191 (local.get $a) (i64.extend_i32_u (local.get $b)))))
      ;; store64
      (return (i64.store $storage (local.get $a)
        (i64.or (i64.extend_i32_u (local.get $b)) (i64.shl (i64.extend_i32_u (local.get $c)) (i64.const 32))))))
      ;; store128
      (return (v128.store $storage (local.get $a) (i32x4.splat (local.get $b)))))
      ;; store_lane
      (return (v128.store32_lane $storage 2 (local.get $a) (i32x4.splat (local.get $b)))))
      ;; fill
      (return (memory.fill $storage (local.get $a) (local.get $b) (local.get $c))))
      ;; copy
      (return (memory.copy $storage $storage (local.get $a) (local.get $b) (local.get $c))))
      ;; copy_in
      (return (memory.copy $storage $own (local.get $a) (local.get $b) (local.get $c))))
      ;; copy_out
      (memory.copy $own $storage (i32.const 0x8000) (local.get $a) (local.get $b))
      (return (call $fold (i64.load $own (i32.const 0x8000)))))
      ;; init
      (return (memory.init $storage $pattern (local.get $a) (local.get $b) (local.get $c))))
      ;; size
      (call $fold (i64.extend_i32_s (memory.grow $storage (local.get $a))))
      (return (call $fold (i64.extend_i32_s (memory.size $storage)))))
      ;; slice_read
      (call $read_to_mem (local.get $a) (local.get $b) (local.get $c) (i32.const 0) (i32.const 0x8000))
      (return (call $fold (i64.load $own (i32.const 0x8000)))))
      ;; slice_write
      (return (call $write_from_mem (i32.const 0) (local.get $d) (local.get $c) (local.get $a) (local.get $b))))
      ;; register_read
      (call $read_to_reg (local.get $a) (local.get $b) (local.get $c) (i32.const 512) (i32.const 3))
      (return (call $fold (call $reg_read (i32.const 512) (i32.const 3)))))
      ;; register_write
      ;; in the form with a slice index
      (return (call $write_from_reg
        (i32.const 512) (i32.const 3) (local.get $c) (local.get $a) (i32.const 9) (local.get $b))))
      ;; window
      (return (call $storage_map
        (i32.add (local.get $a) (i32.const 0xa000)) (local.get $b) (local.get $c))))
      ;; load_window
      (return (call $fold (i64.load $own offset=0xa000 (local.get $a)))))
      ;; store_window
      (return (i32.store $own offset=0xa000 (local.get $a) (local.get $b))))
      ;; emit
      (return (call $emit (local.get $a) (local.get $b) (local.get $a) (local.get $c)
        (i64.extend_i32_u (local.get $d)))))
      ;; balance
      (return (call $fold (call $balance_of (i32.mul (local.get $a) (i32.const 20))))))
      ;; value
      (return (call $fold (call $value))))
      ;; caller
      (call $caller (i32.const 0x3fc0))
      (return (call $fold (i64.load $own (i32.const 0x3fc0)))))
      ;; slice_to
      (return (call $read_to_mem (local.get $a) (local.get $b) (local.get $c) (i32.const 0) (local.get $d))))
      ;; own_copy
      (return (memory.copy $own $own (local.get $a) (local.get $b) (local.get $c))))
      ;; own_fill
      (return (memory.fill $own (local.get $a) (local.get $b) (local.get $c))))
      ;; own_store
      (return (i32.store $own (local.get $a) (local.get $b))))
      ;; own_load
      ;; 1, 2, 4 or 8 bytes, extended like the load from storage of that width
      (return (call $fold
        (if (result i64) (i32.eqz (local.get $b)) (then (i64.load8_s $own (local.get $a))) (else
        (if (result i64) (i32.eq (local.get $b) (i32.const 1)) (then (i64.load16_u $own (local.get $a))) (else
        (if (result i64) (i32.eq (local.get $b) (i32.const 2)) (then (i64.load32_s $own (local.get $a))) (else
          (i64.load $own (local.get $a)))))))))))
      ;; return
      (call $return (local.get $a) (local.get $b)))
      ;; revert
      (call $revert (local.get $a) (local.get $b)))
      ;; panic
      (call $panic (local.get $a) (local.get $b)))
      ;; with
      (global.set $function (local.get $a))
      (global.set $first (local.get $b))
      (global.set $second (local.get $c))
      (global.set $lacking (local.get $d))
      (return))
    unreachable))

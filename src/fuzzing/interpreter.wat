;; Executes a script given as input, after the addresses of two contracts: steps of five little-endian 32-bit words (kind,
;; a, b, c, d), and after a call the script that it is to execute. What is read is folded into an accumulator, which is
;; the result. `model.rs` says the same in Rust.
(module
  (import "storage" "memory" (memory $storage 1))
  (import "vellum" "input_len" (func $input_len (result i32)))
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "call_static" (func $call_static (param i32 i32 i32 i32 i32 i64) (result i32)))
  (import "vellum" "output_len" (func $output_len (result i32)))
  (import "vellum" "output_copy" (func $output_copy (param i32 i32 i32)))
  (import "svm" "storage_read_to_mem" (func $read_to_mem (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write_from_mem (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_read_to_reg" (func $read_to_reg (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_reg" (func $write_from_reg (param i32 i32 i32 i32 i32 i32)))
  (import "svm" "reg_read_be_i64" (func $reg_read (param i32 i32) (result i64)))
  (memory $own (export "memory") 4)
  (data (memory $own) (i32.const 98304) "run")
  (data $pattern "the quick brown fox jumps over the lazy dog; pack my box with five dozen liquor jugs")

  (global $accumulator (mut i64) (i64.const 0))
  (func $fold (param i64)
    (global.set $accumulator
      (i64.add (i64.mul (global.get $accumulator) (i64.const 0x100000001b3)) (local.get 0))))

  ;; The input is put at 0; slices go through the page at 196,608.
  (func (export "run") (result i64)
    (local $at i32) (local $end i32) (local $a i32) (local $b i32) (local $c i32) (local $d i32)
    (local.set $end (call $input_len))
    (call $input_copy (i32.const 0) (i32.const 0) (local.get $end))
    (local.set $at (i32.const 40))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $a (i32.load $own offset=4 (local.get $at)))
        (local.set $b (i32.load $own offset=8 (local.get $at)))
        (local.set $c (i32.load $own offset=12 (local.get $at)))
        (local.set $d (i32.load $own offset=16 (local.get $at)))
        (if (i32.eq (i32.load $own (local.get $at)) (i32.const 23))
          (then
            (call $nested (local.get $a) (local.get $b) (i32.add (local.get $at) (i32.const 20)) (local.get $c))
            (local.set $at (i32.add (local.get $at) (local.get $c))))
          (else
            (call $step (i32.load $own (local.get $at)) (local.get $a) (local.get $b) (local.get $c) (local.get $d))))
        (local.set $at (i32.add (local.get $at) (i32.const 20)))
        (br $next)))
    (global.get $accumulator))

  ;; A call of contract 0 or 1: what it comes to is folded, and if it returned, its result too. The input is put together at
  ;; 131,072, which nothing else uses.
  (func $nested (param $contract i32) (param $static i32) (param $script i32) (param $length i32)
    (local $address i32) (local $came i32)
    (memory.copy $own $own (i32.const 131072) (i32.const 0) (i32.const 40))
    (memory.copy $own $own (i32.const 131112) (local.get $script) (local.get $length))
    (local.set $address (i32.mul (local.get $contract) (i32.const 20)))
    (local.set $length (i32.add (local.get $length) (i32.const 40)))
    (if (local.get $static)
      (then (local.set $came (call $call_static (local.get $address) (i32.const 98304) (i32.const 3)
        (i32.const 131072) (local.get $length) (i64.const 0))))
      (else (local.set $came (call $call (local.get $address) (i32.const 98304) (i32.const 3)
        (i32.const 131072) (local.get $length) (i64.const 0) (i64.const 0)))))
    (call $fold (i64.extend_i32_u (local.get $came)))
    (call $fold (i64.extend_i32_u (call $output_len)))
    (if (i32.eqz (local.get $came)) (then
      (call $output_copy (i32.const 98312) (i32.const 0) (i32.const 8))
      (call $fold (i64.load $own (i32.const 98312))))))

  (func $step (param $kind i32) (param $a i32) (param $b i32) (param $c i32) (param $d i32)
    (block $trap (block $revert (block $reg_write (block $reg_read (block $slice_write (block $slice_read
    (block $size (block $init (block $copy_out (block $copy_in (block $copy (block $fill
    (block $lane (block $store128 (block $load128
    (block $store64 (block $store32 (block $store16 (block $store8
    (block $load64 (block $load32 (block $load16 (block $load8
      (br_table $load8 $load16 $load32 $load64 $store8 $store16 $store32 $store64 $load128 $store128 $lane
        $fill $copy $copy_in $copy_out $init $size $slice_read $slice_write $reg_read $reg_write $revert $trap
        (local.get $kind)))
      ;; load8
      (return (call $fold (i64.load8_s $storage (local.get $a)))))
      ;; load16
      (return (call $fold (i64.load16_u $storage offset=1 (local.get $a)))))
      ;; load32
      (return (call $fold (i64.load32_s $storage offset=4093 (local.get $a)))))
      ;; load64
      (return (call $fold (i64.load $storage (local.get $a)))))
      ;; store8
      (return (i32.store8 $storage (local.get $a) (local.get $b))))
      ;; store16
      (return (i32.store16 $storage offset=3 (local.get $a) (local.get $b))))
      ;; store32
      (return (i64.store32 $storage offset=8191 (local.get $a) (i64.extend_i32_u (local.get $b)))))
      ;; store64
      (return (i64.store $storage (local.get $a)
        (i64.or (i64.extend_i32_u (local.get $b)) (i64.shl (i64.extend_i32_u (local.get $c)) (i64.const 32))))))
      ;; load128
      (call $fold (i64x2.extract_lane 0 (v128.load $storage (local.get $a))))
      (return (call $fold (i64x2.extract_lane 1 (v128.load $storage (local.get $a))))))
      ;; store128
      (return (v128.store $storage (local.get $a) (i32x4.splat (local.get $b)))))
      ;; lane
      (return (v128.store32_lane $storage 2 (local.get $a) (i32x4.splat (local.get $b)))))
      ;; fill
      (return (memory.fill $storage (local.get $a) (local.get $b) (local.get $c))))
      ;; copy
      (return (memory.copy $storage $storage (local.get $a) (local.get $b) (local.get $c))))
      ;; copy in: script bytes to storage
      (return (memory.copy $storage $own (local.get $a) (local.get $b) (local.get $c))))
      ;; copy out: storage to the slice buffer
      (memory.copy $own $storage (i32.const 196608) (local.get $a) (local.get $c))
      (return (call $fold (i64.load $own (i32.const 196608)))))
      ;; init
      (return (memory.init $storage $pattern (local.get $a) (local.get $b) (local.get $c))))
      ;; size: the page limit, whatever is grown
      (call $fold (i64.extend_i32_s (memory.grow $storage (local.get $a))))
      (return (call $fold (i64.extend_i32_s (memory.size $storage)))))
      ;; slice read
      (call $read_to_mem (local.get $a) (local.get $b) (local.get $c) (i32.const 0) (i32.const 196608))
      (return (call $fold (i64.load $own (i32.const 196608)))))
      ;; slice write
      (return (call $write_from_mem (i32.const 0) (local.get $d) (local.get $c) (local.get $a) (local.get $b))))
      ;; register read
      (call $read_to_reg (local.get $a) (local.get $b) (local.get $c) (i32.const 512) (i32.const 3))
      (return (call $fold (call $reg_read (i32.const 512) (i32.const 3)))))
      ;; register write, in the form with a slice index
      (return (call $write_from_reg (i32.const 512) (i32.const 3) (local.get $c) (local.get $a) (i32.const 9) (local.get $b))))
      ;; revert
      (call $revert (i32.const 0) (i32.const 0)))
    unreachable))

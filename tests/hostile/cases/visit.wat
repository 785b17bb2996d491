;; Calls the export "f" of every contract in its input, and returns how many calls returned.
(module (import "vellum" "input_len" (func $len (result i32))) (import "vellum" "input_copy" (func $copy (param i32 i32 i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (memory (export "memory") 17) (data (i32.const 0) "f")
  (func (export "visit") (result i32) (local $at i32) (local $returned i32)
    (call $copy (i32.const 64) (i32.const 0) (call $len))
    (loop $l
      (if (i32.eqz (call $call (i32.add (i32.const 64) (local.get $at)) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 10000000)))
        (then (local.set $returned (i32.add (local.get $returned) (i32.const 1)))))
      (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 20))) (call $len))))
    (local.get $returned)))

;; Grows its memory by 64 MiB, writes all of it, and calls itself.
(module (import "vellum" "self_address" (func $me (param i32))) (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "f")
  (func (export "f") (local $p i32) (local $end i32)
    (drop (memory.grow (i32.const 1023))) (local.set $p (i32.const 4096)) (local.set $end (i32.mul (memory.size) (i32.const 65536)))
    (loop $l (i32.store (local.get $p) (i32.const 1)) (local.set $p (i32.add (local.get $p) (i32.const 4096))) (br_if $l (i32.lt_u (local.get $p) (local.get $end))))
    (call $me (i32.const 100)) (drop (call $call (i32.const 100) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))))

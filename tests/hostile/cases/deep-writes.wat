;; Changes 4,000 pages at every depth.
(module (import "vellum" "self_address" (func $me (param i32))) (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "storage" "memory" (memory $s 256)) (memory $m (export "memory") 1) (data (memory $m) (i32.const 0) "f")
  (func (export "f") (local $p i32)
    (loop $l (i32.store8 $s (local.get $p) (i32.add (i32.load8_u $s (local.get $p)) (i32.const 1)))
      (local.set $p (i32.add (local.get $p) (i32.const 4096))) (br_if $l (i32.ne (local.get $p) (i32.const 16384000))))
    (call $me (i32.const 100)) (drop (call $call (i32.const 100) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))))

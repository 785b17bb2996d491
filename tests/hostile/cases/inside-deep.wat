;; Re-enters itself as deep as it can. Each call writes 64 wasm pages of own memory in front of storage, and finds them again.
(module
  (import "storage" "base" (func $base (result i32)))
  (import "vellum" "self_address" (func $self (param i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 100) "f")
  (func (export "f") (local $at i32)
    (if (i32.eq (memory.grow (i32.const 63)) (i32.const -1)) (then unreachable))
    (local.set $at (i32.const 65536))
    (loop $next
      (i64.store (local.get $at) (i64.const 5))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4096))) (i32.const 4194304))))
    (i64.store (call $base) (i64.add (i64.load (call $base)) (i64.const 1)))
    (call $self (i32.const 0))
    (drop (call $call (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))
    (if (i64.ne (i64.load (i32.const 4190208)) (i64.const 5)) (then unreachable))))

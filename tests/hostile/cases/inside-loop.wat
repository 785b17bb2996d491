;; Writes own memory of 1,024 wasm pages here and there, and then calls itself in a loop: each call sets it aside.
(module
  (import "storage" "base" (func $base (result i32)))
  (import "vellum" "self_address" (func $self (param i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (memory (export "memory") 1024)
  (data (i32.const 100) "g")
  (func (export "g") (i64.store (i32.const 30000000) (i64.const 1)))
  (func (export "f") (param $count i32) (local $at i32) (local $step i32)
    (local.set $at (i32.const 8192))
    (local.set $step (i32.const 8192))
    (loop $next
      (i64.store (local.get $at) (i64.const 5))
      (local.set $step (i32.add (local.get $step) (i32.const 28672)))
      (local.set $at (i32.add (local.get $at) (local.get $step)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 67108000))))
    (call $self (i32.const 0))
    (loop $again
      (drop (call $call (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (if (i64.ne (i64.load (i32.const 8192)) (i64.const 5)) (then unreachable))
    (if (i64.ne (i64.load (i32.const 30000000)) (i64.const 0)) (then unreachable))))

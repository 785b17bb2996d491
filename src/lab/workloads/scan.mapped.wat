;; A dense array of i64 from the start of storage; its length in bytes is a multiple of a page.
(module
  (import "storage" "memory" (memory $storage 1))

  ;; Fills the array from a seed. Returns the last value written.
  (func (export "fill") (param $seed i64) (param $bytes i32) (result i64)
    (local $at i32)
    (loop $next
      (local.set $seed (i64.add (local.get $seed) (i64.const 0x9E3779B97F4A7C15)))
      (i64.store $storage (local.get $at) (local.get $seed))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $bytes))))
    (local.get $seed))

  ;; Returns the seed plus the sum of the array.
  (func (export "sum") (param $seed i64) (param $bytes i32) (result i64)
    (local $at i32)
    (loop $next
      (local.set $seed (i64.add (local.get $seed) (i64.load $storage (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $bytes))))
    (local.get $seed)))

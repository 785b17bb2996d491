;; Records of 32 to 4,096 bytes, one to a page of storage, copied whole to own memory and back.
;; Own memory: the outgoing record from 0, the incoming one from 4,096, and a window over all records from 8,192.
(module
  (import "ewasm" "storageMap" (func $map (param i32 i32 i32)))
  (memory (export "memory") 17)

  ;; Copies `count` records in and `count` out, alternately. The first word of a written record is random, and the last is
  ;; the sum of the words read so far. Returns that sum.
  (func (export "exchange") (param $seed i64) (param $count i64) (param $records i64) (result i64)
    (local $x i64)
    (local $sum i64)
    (local $size i32)
    (local $page i32)
    (call $map (i32.const 8192) (i32.const 0) (i32.shl (i32.wrap_i64 (local.get $records)) (i32.const 12)))
    (local.set $x (local.get $seed))
    (loop $fill
      (i64.store (local.get $size) (local.get $x))
      (local.set $x (i64.add (local.get $x) (i64.const 0x9E3779B97F4A7C15)))
      (local.set $size (i32.add (local.get $size) (i32.const 8)))
      (br_if $fill (i32.lt_u (local.get $size) (i32.const 4096))))
    (loop $next
      (if (i64.ne (local.get $count) (i64.const 0)) (then
        (local.set $count (i64.sub (local.get $count) (i64.const 1)))
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $size (i32.add (i32.const 32) (i32.shl
          (i32.wrap_i64 (i64.rem_u (i64.shr_u (local.get $x) (i64.const 33)) (i64.const 509))) (i32.const 3))))
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $page (i32.wrap_i64 (i64.rem_u (i64.shr_u (local.get $x) (i64.const 33)) (local.get $records))))
        (memory.copy (i32.const 4096) (i32.add (i32.shl (local.get $page) (i32.const 12)) (i32.const 8192))
          (local.get $size))
        (local.set $sum (i64.add (local.get $sum) (i64.add (i64.load offset=4096 (i32.const 0))
          (i64.load offset=4088 (local.get $size)))))
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $page (i32.wrap_i64 (i64.rem_u (i64.shr_u (local.get $x) (i64.const 33)) (local.get $records))))
        (i64.store (i32.const 0) (local.get $x))
        (i64.store (i32.sub (local.get $size) (i32.const 8)) (local.get $sum))
        (memory.copy (i32.add (i32.shl (local.get $page) (i32.const 12)) (i32.const 8192)) (i32.const 0)
          (local.get $size))
        (br $next))))
    (local.get $sum)))

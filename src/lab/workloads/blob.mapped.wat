;; Records of 32 to 4,096 bytes, one to a page of storage, copied whole to own memory and back.
;; Own memory: the outgoing record from 0, the incoming one from 4,096.
(module
  (import "storage" "memory" (memory $storage 1))
  (memory $own (export "memory") 1)

  ;; Copies `count` records in and `count` out, alternately. The first word of a written record is random, and the last is
  ;; the sum of the words read so far. Returns that sum.
  (func (export "exchange") (param $seed i64) (param $count i64) (param $records i64) (result i64)
    (local $x i64)
    (local $sum i64)
    (local $size i32)
    (local $page i32)
    (local.set $x (local.get $seed))
    (loop $fill
      (i64.store $own (local.get $size) (local.get $x))
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
        (memory.copy $own $storage (i32.const 4096) (i32.shl (local.get $page) (i32.const 12)) (local.get $size))
        (local.set $sum (i64.add (local.get $sum) (i64.add (i64.load $own offset=4096 (i32.const 0))
          (i64.load $own offset=4088 (local.get $size)))))
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $page (i32.wrap_i64 (i64.rem_u (i64.shr_u (local.get $x) (i64.const 33)) (local.get $records))))
        (i64.store $own (i32.const 0) (local.get $x))
        (i64.store $own (i32.sub (local.get $size) (i32.const 8)) (local.get $sum))
        (memory.copy $storage $own (i32.shl (local.get $page) (i32.const 12)) (i32.const 0) (local.get $size))
        (br $next))))
    (local.get $sum)))

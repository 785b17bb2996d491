;; An append-only log with an index. At 0: the number of records. From 4,096 on: the address of each account's newest
;; record (0: none). From 65,536 on: the log. A record has 64 bytes: account, amount, the address of the account's previous
;; record, balance, and a memo of four words. Records are written whole; of earlier records the first half is read.
;; Own memory: the number of records at 0, an entry of the index at 8, the previous record at 64, the new one at 128.
(module
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)

  ;; Appends `count` records of random accounts below `accounts`. Then follows the last account back over up to eight
  ;; records. Returns the sum of all balances written and all amounts read on the way back.
  (func (export "append") (param $seed i64) (param $count i64) (param $accounts i64) (result i64)
    (local $x i64) (local $records i64) (local $entry i32) (local $at i32) (local $before i32)
    (local $balance i64) (local $sum i64) (local $steps i32)
    (local.set $x (local.get $seed))
    (call $read (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 0))
    (local.set $records (i64.load (i32.const 0)))
    (loop $next
      (if (i64.ne (local.get $count) (i64.const 0)) (then
        (local.set $count (i64.sub (local.get $count) (i64.const 1)))
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $entry (i32.shl
          (i32.wrap_i64 (i64.rem_u (i64.shr_u (local.get $x) (i64.const 33)) (local.get $accounts))) (i32.const 3)))
        (call $read (i32.add (i32.shr_u (local.get $entry) (i32.const 12)) (i32.const 1))
          (i32.and (local.get $entry) (i32.const 4095)) (i32.const 8) (i32.const 0) (i32.const 8))
        (local.set $before (i32.wrap_i64 (i64.load (i32.const 8))))
        (local.set $balance (i64.const 0))
        (if (local.get $before) (then
          (call $read (i32.shr_u (local.get $before) (i32.const 12))
            (i32.add (i32.and (local.get $before) (i32.const 4095)) (i32.const 24))
            (i32.const 8) (i32.const 0) (i32.const 88))
          (local.set $balance (i64.load offset=24 (i32.const 64)))))
        (local.set $balance (i64.add (local.get $balance) (i64.and (local.get $x) (i64.const 1023))))
        (local.set $at (i32.add (i32.const 65536) (i32.shl (i32.wrap_i64 (local.get $records)) (i32.const 6))))
        (i64.store (i32.const 128) (i64.extend_i32_u (i32.shr_u (local.get $entry) (i32.const 3))))
        (i64.store offset=8 (i32.const 128) (i64.and (local.get $x) (i64.const 1023)))
        (i64.store offset=16 (i32.const 128) (i64.extend_i32_u (local.get $before)))
        (i64.store offset=24 (i32.const 128) (local.get $balance))
        (i64.store offset=32 (i32.const 128) (local.get $x))
        (i64.store offset=40 (i32.const 128) (local.get $seed))
        (i64.store offset=48 (i32.const 128) (local.get $records))
        (i64.store offset=56 (i32.const 128) (local.get $sum))
        (call $write (i32.const 0) (i32.const 128) (i32.const 64)
          (i32.shr_u (local.get $at) (i32.const 12)) (i32.and (local.get $at) (i32.const 4095)))
        (i64.store (i32.const 8) (i64.extend_i32_u (local.get $at)))
        (call $write (i32.const 0) (i32.const 8) (i32.const 8)
          (i32.add (i32.shr_u (local.get $entry) (i32.const 12)) (i32.const 1))
          (i32.and (local.get $entry) (i32.const 4095)))
        (local.set $records (i64.add (local.get $records) (i64.const 1)))
        (local.set $sum (i64.add (local.get $sum) (local.get $balance)))
        (br $next))))
    (i64.store (i32.const 0) (local.get $records))
    (call $write (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 0))
    (local.set $steps (i32.const 8))
    (loop $back
      (if (i32.and (i32.ne (local.get $at) (i32.const 0)) (i32.ne (local.get $steps) (i32.const 0))) (then
        (local.set $steps (i32.sub (local.get $steps) (i32.const 1)))
        (call $read (i32.shr_u (local.get $at) (i32.const 12)) (i32.and (local.get $at) (i32.const 4095))
          (i32.const 32) (i32.const 0) (i32.const 64))
        (local.set $sum (i64.add (local.get $sum) (i64.load offset=8 (i32.const 64))))
        (local.set $at (i32.wrap_i64 (i64.load offset=16 (i32.const 64))))
        (br $back))))
    (local.get $sum)))

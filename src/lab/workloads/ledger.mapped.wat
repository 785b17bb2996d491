;; An append-only log with an index. At 0: the number of records. From 4,096 on: the address of each account's newest
;; record (0: none). From 65,536 on: the log. A record has 64 bytes: account, amount, the address of the account's previous
;; record, balance, and a memo of four words.
(module
  (import "storage" "memory" (memory $storage 16))

  ;; Appends `count` records of random accounts below `accounts`. Then follows the last account back over up to eight
  ;; records. Returns the sum of all balances written and all amounts read on the way back.
  (func (export "append") (param $seed i64) (param $count i64) (param $accounts i64) (result i64)
    (local $x i64) (local $records i64) (local $entry i32) (local $at i32) (local $before i32)
    (local $balance i64) (local $sum i64) (local $steps i32)
    (local.set $x (local.get $seed))
    (local.set $records (i64.load $storage (i32.const 0)))
    (loop $next
      (if (i64.ne (local.get $count) (i64.const 0)) (then
        (local.set $count (i64.sub (local.get $count) (i64.const 1)))
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $entry (i32.shl
          (i32.wrap_i64 (i64.rem_u (i64.shr_u (local.get $x) (i64.const 33)) (local.get $accounts))) (i32.const 3)))
        (local.set $before (i32.wrap_i64 (i64.load $storage offset=4096 (local.get $entry))))
        (local.set $balance (i64.const 0))
        (if (local.get $before) (then
          (local.set $balance (i64.load $storage offset=24 (local.get $before)))))
        (local.set $balance (i64.add (local.get $balance) (i64.and (local.get $x) (i64.const 1023))))
        (local.set $at (i32.add (i32.const 65536) (i32.shl (i32.wrap_i64 (local.get $records)) (i32.const 6))))
        (i64.store $storage (local.get $at) (i64.extend_i32_u (i32.shr_u (local.get $entry) (i32.const 3))))
        (i64.store $storage offset=8 (local.get $at) (i64.and (local.get $x) (i64.const 1023)))
        (i64.store $storage offset=16 (local.get $at) (i64.extend_i32_u (local.get $before)))
        (i64.store $storage offset=24 (local.get $at) (local.get $balance))
        (i64.store $storage offset=32 (local.get $at) (local.get $x))
        (i64.store $storage offset=40 (local.get $at) (local.get $seed))
        (i64.store $storage offset=48 (local.get $at) (local.get $records))
        (i64.store $storage offset=56 (local.get $at) (local.get $sum))
        (i64.store $storage offset=4096 (local.get $entry) (i64.extend_i32_u (local.get $at)))
        (local.set $records (i64.add (local.get $records) (i64.const 1)))
        (local.set $sum (i64.add (local.get $sum) (local.get $balance)))
        (br $next))))
    (i64.store $storage (i32.const 0) (local.get $records))
    (local.set $steps (i32.const 8))
    (loop $back
      (if (i32.and (i32.ne (local.get $at) (i32.const 0)) (i32.ne (local.get $steps) (i32.const 0))) (then
        (local.set $steps (i32.sub (local.get $steps) (i32.const 1)))
        (local.set $sum (i64.add (local.get $sum) (i64.load $storage offset=8 (local.get $at))))
        (local.set $at (i32.wrap_i64 (i64.load $storage offset=16 (local.get $at))))
        (br $back))))
    (local.get $sum)))

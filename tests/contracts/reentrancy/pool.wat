;; A pool of money: `join` gives a part of it for each coin, `leave` a coin for each part, `price` says what a thousand parts
;; are worth.
;;
;; It has a lock, but views do not ask for it: in the middle of `leave` the coins are gone and the parts are still counted, so the
;; price is too low for whoever reads it then (market.wat does).
;;
;; Storage: whether it is locked, at 8 the number of all parts; accounts of 32 bytes from 32 on, an address and at 24 its parts.
(module
  (import "storage" "memory" (memory $storage 1 1))
  (import "vellum" "caller" (func $caller (param i32)))
  (import "vellum" "self_address" (func $self_address (param i32)))
  (import "vellum" "value" (func $value (result i64)))
  (import "vellum" "balance_of" (func $balance_of (param i32) (result i64)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (memory $own (export "memory") 1)
  (data (memory $own) (i32.const 64) "receive")

  (func $require (param i32)
    (if (i32.eqz (local.get 0)) (then (call $revert (i32.const 0) (i32.const 0)))))

  (func $lock (call $require (i32.eqz (i32.load $storage (i32.const 0)))) (i32.store $storage (i32.const 0) (i32.const 1)))
  (func $unlock (i32.store $storage (i32.const 0) (i32.const 0)))

  ;; Where the account of the caller is; made if there is none.
  (func $account (result i32)
    (local $at i32)
    (call $caller (i32.const 0))
    (local.set $at (i32.const 32))
    (loop $next
      (if (i64.eqz (i64.load $storage (local.get $at)))
        (then (memory.copy $storage $own (local.get $at) (i32.const 0) (i32.const 20)) (return (local.get $at))))
      (if (i32.and
            (i64.eq (i64.load $storage (local.get $at)) (i64.load $own (i32.const 0)))
            (i32.and
              (i64.eq (i64.load $storage offset=8 (local.get $at)) (i64.load $own (i32.const 8)))
              (i32.eq (i32.load $storage offset=16 (local.get $at)) (i32.load $own (i32.const 16)))))
        (then (return (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 32)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 2048))))
    (call $revert (i32.const 0) (i32.const 0))
    (unreachable))

  (func $money (result i64)
    (call $self_address (i32.const 32))
    (call $balance_of (i32.const 32)))

  (func $parts (result i64) (i64.load $storage (i32.const 8)))

  (func (export "join")
    (local $account i32)
    (call $lock)
    (local.set $account (call $account))
    (i64.store $storage offset=24 (local.get $account)
      (i64.add (i64.load $storage offset=24 (local.get $account)) (call $value)))
    (i64.store $storage (i32.const 8) (i64.add (call $parts) (call $value)))
    (call $unlock))

  (func (export "leave")
    (local $account i32) (local $amount i64)
    (call $lock)
    (local.set $account (call $account))
    (local.set $amount (i64.load $storage offset=24 (local.get $account)))
    (call $require (i32.eqz (call $call (i32.const 0) (i32.const 64) (i32.const 7) (i32.const 0) (i32.const 0)
      (local.get $amount) (i64.const 0))))
    (i64.store $storage offset=24 (local.get $account) (i64.const 0))
    (i64.store $storage (i32.const 8) (i64.sub (call $parts) (local.get $amount)))
    (call $unlock))

  ;; What a thousand parts are worth.
  (func (export "price") (result i64)
    (if (i64.eqz (call $parts)) (then (return (i64.const 1000))))
    (i64.div_u (i64.mul (call $money) (i64.const 1000)) (call $parts)))

  ;; A view that is to hold even in the middle of a call: there is a coin for each part.
  (func (export "fair") (result i32) (i64.ge_u (call $money) (call $parts))))

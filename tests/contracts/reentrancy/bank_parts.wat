;; A bank that pays a part of an account before it writes down that it has paid.
;;
;; `withdraw` takes the amount and a number that must be right, and hands the money over while the account still has it. Whoever
;; receives it can withdraw once more, but only by a call that passes arguments of its own.
;;
;; Storage: accounts of 32 bytes from 32 on, an address and at 24 what is in it.
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

  ;; Where the account of the address at 0 of own memory is; made if there is none.
  (func $account (result i32)
    (local $at i32)
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

  (func (export "deposit")
    (local $account i32)
    (call $caller (i32.const 0))
    (local.set $account (call $account))
    (i64.store $storage offset=24 (local.get $account)
      (i64.add (i64.load $storage offset=24 (local.get $account)) (call $value))))

  (func (export "withdraw") (param $amount i64) (param $pin i32) (result i64)
    (local $account i32) (local $left i64)
    (call $caller (i32.const 0))
    (local.set $account (call $account))
    (local.set $left (i64.sub (i64.load $storage offset=24 (local.get $account)) (local.get $amount)))
    ;; Neither nothing nor more than there is.
    (if (i32.or
          (i32.ne (local.get $pin) (i32.const 8317))
          (i64.ge_u (i64.sub (local.get $amount) (i64.const 1)) (i64.load $storage offset=24 (local.get $account))))
      (then (call $revert (i32.const 0) (i32.const 0))))
    (if (call $call (i32.const 0) (i32.const 64) (i32.const 7) (i32.const 0) (i32.const 0) (local.get $amount) (i64.const 0))
      (then (call $revert (i32.const 0) (i32.const 0))))
    (i64.store $storage offset=24 (local.get $account) (local.get $left))
    (local.get $left))

  ;; The invariant: there is at least as much money as all accounts have in them.
  (func (export "solvent") (result i32)
    (local $at i32) (local $sum i64)
    (local.set $at (i32.const 32))
    (loop $next
      (local.set $sum (i64.add (local.get $sum) (i64.load $storage offset=24 (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 32)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 2048))))
    (call $self_address (i32.const 0))
    (i64.ge_u (call $balance_of (i32.const 0)) (local.get $sum))))

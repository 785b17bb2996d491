;; Shares of a vault: who has how many. The vault makes and takes them, and their owners pass them on.
;;
;; Storage: the vault's address, at 24 the number of all shares; accounts of 32 bytes from 32 on, an address and at 24 its shares.
(module
  (import "storage" "memory" (memory $storage 1 1))
  (import "vellum" "caller" (func $caller (param i32)))
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (memory $own (export "memory") 1)

  (func $require (param i32)
    (if (i32.eqz (local.get 0)) (then (call $revert (i32.const 0) (i32.const 0)))))

  ;; Whether a place of storage has the address at a place of own memory.
  (func $same (param $at i32) (param $own_at i32) (result i32)
    (i32.and
      (i64.eq (i64.load $storage (local.get $at)) (i64.load $own (local.get $own_at)))
      (i32.and
        (i64.eq (i64.load $storage offset=8 (local.get $at)) (i64.load $own offset=8 (local.get $own_at)))
        (i32.eq (i32.load $storage offset=16 (local.get $at)) (i32.load $own offset=16 (local.get $own_at))))))

  ;; Where the account of the address at a place of own memory is; made if there is none.
  (func $account (param $own_at i32) (result i32)
    (local $at i32)
    (local.set $at (i32.const 32))
    (loop $next
      (if (i64.eqz (i64.load $storage (local.get $at)))
        (then (memory.copy $storage $own (local.get $at) (local.get $own_at) (i32.const 20)) (return (local.get $at))))
      (if (call $same (local.get $at) (local.get $own_at)) (then (return (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 32)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 2048))))
    (call $revert (i32.const 0) (i32.const 0))
    (unreachable))

  (func $from_vault
    (call $caller (i32.const 0))
    (call $require (call $same (i32.const 0) (i32.const 0))))

  (func $set (param $account i32) (param $shares i64)
    (i64.store $storage (i32.const 24) (i64.add (i64.load $storage (i32.const 24))
      (i64.sub (local.get $shares) (i64.load $storage offset=24 (local.get $account)))))
    (i64.store $storage offset=24 (local.get $account) (local.get $shares)))

  ;; Input: the vault's address. Once.
  (func (export "init")
    (call $require (i64.eqz (i64.load $storage (i32.const 0))))
    (call $input_copy (i32.const 0) (i32.const 0) (i32.const 20))
    (memory.copy $storage $own (i32.const 0) (i32.const 0) (i32.const 20)))

  ;; Input: an address and a number. For the vault.
  (func (export "make")
    (local $account i32)
    (call $from_vault)
    (call $input_copy (i32.const 32) (i32.const 0) (i32.const 28))
    (local.set $account (call $account (i32.const 32)))
    (call $set (local.get $account)
      (i64.add (i64.load $storage offset=24 (local.get $account)) (i64.load $own (i32.const 52)))))

  ;; Input: an address, all of whose shares go. For the vault.
  (func (export "take")
    (call $from_vault)
    (call $input_copy (i32.const 32) (i32.const 0) (i32.const 20))
    (call $set (call $account (i32.const 32)) (i64.const 0)))

  ;; Input: an address and a number, which go from the caller to there.
  (func (export "transfer")
    (local $from i32) (local $to i32) (local $number i64)
    (call $caller (i32.const 0))
    (call $input_copy (i32.const 32) (i32.const 0) (i32.const 28))
    (local.set $number (i64.load $own (i32.const 52)))
    (local.set $from (call $account (i32.const 0)))
    (local.set $to (call $account (i32.const 32)))
    (call $require (i64.le_u (local.get $number) (i64.load $storage offset=24 (local.get $from))))
    (call $set (local.get $from) (i64.sub (i64.load $storage offset=24 (local.get $from)) (local.get $number)))
    (call $set (local.get $to) (i64.add (i64.load $storage offset=24 (local.get $to)) (local.get $number))))

  ;; Input: an address. How many shares it has.
  (func (export "shares_of") (result i64)
    (local $at i32)
    (call $input_copy (i32.const 32) (i32.const 0) (i32.const 20))
    (local.set $at (i32.const 32))
    (loop $next
      (if (call $same (local.get $at) (i32.const 32)) (then (return (i64.load $storage offset=24 (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 32)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 2048))))
    (i64.const 0))

  (func (export "all") (result i64) (i64.load $storage (i32.const 24))))

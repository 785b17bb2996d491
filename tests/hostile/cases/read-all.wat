;; Reads a word of every page of 256 MiB, none of which is stored.
(module (import "storage" "memory" (memory $s 4096))
  (func (export "f") (local $p i32)
    (loop $l (drop (i64.load $s (local.get $p))) (br_if $l (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 4096))) (i32.const 268435456))))))

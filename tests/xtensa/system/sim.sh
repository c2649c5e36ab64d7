#!/bin/sh
# sim.sh PROGRAM [ARGUMENT...]: runs it on QEMU's bare Xtensa machine. Its exit code is the program's;
# 128 + cause after a fault. Variables OC_* go to its environment, as first arguments.
program=$1
shift
config=enable=on,target=native
add() { config="$config,arg=$(printf %s "$1" | sed s/,/,,/g)"; }
add "$program"
for variable in $(env | grep '^OC_[A-Z_]*=[^ ]*$'); do
    add "$variable"
done
for argument; do
    add "$argument"
done
[ -f "$program" ] || {
    echo "sim.sh: no program $program" >&2
    exit 2
}
exec qemu-system-xtensa -M sim -cpu de212 -m 512 -nographic -monitor none -serial none \
    -semihosting-config "$config" -kernel "$program" </dev/null

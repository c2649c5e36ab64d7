#!/bin/sh
# expect_fault.sh RUN PROGRAM NAME CAUSE ADDR2LINE: PROGRAM NAME must end with a fault of that cause, its
# exit code must be 128 + cause, and its program counter must lie in the function NAME.
run=$1 program=$2 name=$3 cause=$4 addr2line=$5
output=$("$run" "$program" "$name")
code=$?
echo "$output"
line=$(echo "$output" | grep '^fault: ') || { echo "no fault was noticed, exit code $code"; exit 1; }
seen=$(echo "$line" | sed 's/.*(cause \([0-9]*\)).*/\1/')
[ "$code" -eq $((128 + seen)) ] || { echo "exit code $code instead of $((128 + seen))"; exit 1; }
[ "$seen" = "$cause" ] || { echo "cause $seen instead of $cause"; exit 1; }
pc=$(echo "$line" | sed 's/.* at pc \(0x[0-9a-f]*\),.*/\1/')
where=$("$addr2line" -f -e "$program" "$pc" | head -n 1)
[ "$where" = "$name" ] || [ "$name$where" = divide_by_zero__udivsi3 ] || { echo "pc $pc is in $where"; exit 1; }

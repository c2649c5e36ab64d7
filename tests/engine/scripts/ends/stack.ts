function down(depth: number): number {
    return 1 + down(depth + 1);
}
setTimeout(() => {
    console.log(down(0));
}, 1);

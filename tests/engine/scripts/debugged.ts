/** What the debugger's test stops in. */
interface Shape {
    width: number;
    height: number;
}
function area(shape: Shape): number {
    const product = shape.width * shape.height;
    return product + 1;
}
setTimeout(() => {
    console.log(area({ width: 6, height: 7 }));
}, 1);

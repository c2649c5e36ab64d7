function deep(): never {
    throw new RangeError('at start');
}
deep();

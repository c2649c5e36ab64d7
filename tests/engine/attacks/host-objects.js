// An object of the host is no buffer because a script says how long it is (XS 5ee53748e).
import Timer from 'timer';

const timer = Timer.set(() => 0, 1000);
Object.defineProperty(timer, 'byteLength', { value: 65536 });
for (const View of [Uint8Array, Float64Array, DataView]) {
    try {
        const view = new View(timer);
        for (let i = 0; i < 65536; i++) view[i] = 0x41;
        throw new Error('a timer is a buffer');
    } catch (error) {
        if (!(error instanceof TypeError)) throw error;
    }
}
Timer.clear(timer);
console.log('end');

/** Makes garbage all the time, so that the collector has much to do; it never ends. For measurements. */
import { start } from 'ocellus/app/system/application';

const kept: unknown[] = [];

function allocate(): void {
    for (let count = 0; count < 2000; count++) {
        kept[count % 5000] = { number: count, list: [count, count], text: `${count}`.padStart(40) };
    }
}

void start();
setInterval(allocate, 1);

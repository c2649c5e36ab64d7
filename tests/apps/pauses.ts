/** The camera, beside a timer that counts and a callback that computes for half a second of each: for tests that stop the process. */
import { start } from 'ocellus/app/system/application';
import { Host } from 'ocellus/host';

const host = new Host();

function report(event: string): void {
    host.print(JSON.stringify({ event }));
}

function compute(): void {
    const end = Date.now() + 500;
    report('computes');
    while (Date.now() < end) {
        // until a pause is over, when one comes
    }
    report('computed');
}

await start();
setInterval(compute, 1000);
setInterval(() => report('tick'), 500);

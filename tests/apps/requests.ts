/** The camera, beside 100 requests at a time that never end; for bench/script-requests.mjs. */
import { request } from 'ocellus/app/net/request';
import { start } from 'ocellus/app/system/application';

async function again(): Promise<void> {
    for (;;) {
        await request('http://127.42.0.2:8043/');
    }
}

await start();
for (let i = 0; i < 100; i++) {
    void again();
}

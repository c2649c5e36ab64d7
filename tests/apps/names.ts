// needs: network
/** Begins requests for names that nobody answers, and stops each, until it is refused; for tests/hosts/names.test.mjs. */
import HTTPClient, { type HttpError } from 'embedded:network/http/client';
import { Host } from 'ocellus/host';
import { sleep } from 'ocellus/app/base/time';

const host = new Host();

/** The failure of a request that is stopped after a moment; undefined: it was not refused. */
async function begin(name: string): Promise<HttpError | undefined> {
    let failure: HttpError | undefined;
    const client = new HTTPClient({ host: name, onError: (error) => (failure = error) });
    client.request({ path: '/' });
    await sleep(20);
    if (failure === undefined) {
        client.close();
    }
    return failure;
}

async function run(): Promise<void> {
    let failure: HttpError | undefined;
    let count = 0;
    for (; failure === undefined && count < 2000; count++) {
        failure = await begin(`n${count}.silent.test`);
    }
    const address = await begin('127.42.0.9'); // nobody listens there: refused by the kernel, not by us
    const shown = { code: failure?.code, text: failure?.message, address: address?.code };
    host.print(JSON.stringify({ event: 'refused', count, ...shown }));
}

void run();

/** Sends a file of its folder over HTTP when it is asked to; what came of it is an event. */
import { fileBody } from 'ocellus/body';
import { Host } from 'ocellus/host';
import { HttpServer } from 'ocellus/http';
import { Plane } from 'ocellus/plane';
import { request } from 'ocellus/app/net/request';

const host = new Host();
const plane = new Plane();

function report(event: string, values: object = {}): void {
    host.print(JSON.stringify({ event, ...values }));
}

async function send(port: string): Promise<void> {
    try {
        const body = fileBody('big.bin');
        const reply = await request(`http://127.0.0.1:${port}/kept`, { body, timeoutMs: 60_000 });
        report('sent', { status: reply.status, text: reply.text() });
        body.close();
    } catch (error) {
        report('sent', { error: String(error) });
    }
}

const server = new HttpServer({ plane })
    .route('GET', '/api/idle', () => ({}))
    .route('GET', '/api/send', ({ query }) => {
        void send(query);
        return {};
    })
    .route('GET', '/api/end', ({ query }) => {
        for (let i = 0; i < 150; i++) {
            void request(`http://127.0.0.1:${query}/stall`);
        }
        void request('http://no-such-name.invalid/');
        setTimeout(() => {
            throw new Error('as it should');
        }, 300);
        return {};
    });
const { port } = await server.serve(plane);
report('listening', { url: `http://127.0.0.1:${port}/` });

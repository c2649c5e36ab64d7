/** The camera as it comes, with live pushes that a test names: `PUT /api/targets` has the list, which is kept; `GET` what has become of it. */
import { startOn } from 'ocellus/app/system/application';
import { Host } from 'ocellus/host';
import { Plane, type PushTarget } from 'ocellus/plane';

const plane = new Plane();
const store = 'targets';

function shown(): string {
    const pushes = plane.pushes().map((row) => ({ ...row, why: plane.pushWhy(row.id) }));
    return JSON.stringify({ nowMs: plane.now(), pushes });
}

await startOn(
    { plane, host: new Host() },
    {
        async started(app) {
            app.route('GET', '/api/targets', () => ({ body: shown() }));
            app.route('PUT', '/api/targets', async (request) => {
                const list = request.text();
                await plane.setPushes(JSON.parse(list) as PushTarget[]);
                await plane.writeStore(store, list);
                return { body: shown() };
            });
            await plane.setPushes(JSON.parse((await plane.readStore(store)) ?? '[]') as PushTarget[]);
        },
    },
);

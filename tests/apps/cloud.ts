/** The camera as it comes, with cloud storage on the port that a test names; `/api/sending` has how it stands. */
import { CloudStorage } from 'ocellus/app/cloud/cloud-storage';
import { keysOf } from 'ocellus/app/cloud/credentials';
import { S3Client } from 'ocellus/app/cloud/s3-client';
import { startOn } from 'ocellus/app/system/application';
import { recordingBody } from 'ocellus/body';
import { Host } from 'ocellus/host';
import { Plane } from 'ocellus/plane';

const [plane, host] = [new Plane(), new Host()];
let cloud: CloudStorage | undefined;

async function begin(port: string): Promise<void> {
    const keys = keysOf({ accessKeyId: 'STUBKEY', secretAccessKey: 'stub/secret+key' });
    const wallMs = () => host.clock().wallMs;
    cloud = new CloudStorage({
        plane,
        store: new S3Client({
            endpoint: `http://127.0.0.1:${port}`,
            region: 'us-east-1',
            bucket: 'film',
            pathStyle: true,
            keys: () => keys,
            now: wallMs,
            stallMs: 5000,
        }),
        prefix: 'home',
        device: 'cam',
        deviceId: 'one',
        channels: () => plane.channels().map(({ name }) => name),
        plan: 'continuous',
        maxGopSize: 4_194_304,
        segmentSeconds: 2,
        preRollSeconds: 10,
        postRollSeconds: 10,
        bytesPerSecond: () => 0,
        wallMs,
        now: () => plane.now(),
        body: recordingBody,
    });
    await cloud.start();
}

await startOn(
    { plane, host },
    {
        started(app) {
            app.route('GET', '/api/sending', () => ({ body: JSON.stringify(cloud?.state() ?? {}) }));
            app.route('GET', '/api/sending/begin', async ({ query }) => {
                await begin(query);
                return {};
            });
            app.route('GET', '/api/sending/close', async () => {
                await cloud?.close();
                return {};
            });
        },
    },
);

/** Ends in the service of the webhook soon after its start, in the first scripts of the process. */
import { WebhookService } from 'ocellus/app/events/webhook-service';
import { misbehave } from 'ocellus/test/apps/misbehave';

const settings = (): never => {
    throw new Error('hostile answer');
};

void misbehave(() => {
    const unused = {} as ConstructorParameters<typeof WebhookService>[0];
    new WebhookService({ ...unused, settings }).follow();
}, 3);

/** As `throws-at-start`, in so many scripts that the pause before the next one is seconds. */
import { throwAtStart } from 'ocellus/test/apps/misbehave';

throwAtStart(6);

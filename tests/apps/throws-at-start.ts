/** Throws while its main module runs, in the second and third script; the first one ends by throwing later. */
import { bad, throwAtStart } from 'ocellus/test/apps/misbehave';

throwAtStart(bad + 1);

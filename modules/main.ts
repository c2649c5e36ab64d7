/** The application of a camera: reads its settings, wires its services, starts. No logic here. */
import { start } from 'ocellus/app/system/application';

void start();

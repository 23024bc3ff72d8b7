/** Makes the sample study away from the page, and ends when it is sent. */
import { makeSampleStudy } from './simulation/sampleStudy.ts';

self.postMessage(makeSampleStudy());

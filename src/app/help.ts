/** What a reader can do about a problem, by its code. */
const another = 'Another series of the study may do.';
const whole = 'The whole series is needed, as the scanner sent it.';
const original = 'The original files of the scanner may do; these were changed on their way.';
const processor = 'Choose the processor as engine above, and run the analysis again.';
const send = 'Copy the diagnostics (Menu, Page, About) for whoever looks after this program.';

export const whatHelps: Readonly<Record<string, string>> = {
  'open-nothing': 'Drop another folder, or the one above it.',
  'open-program': send,
  'read-program': send,
  'read-set-aside': another,
  'read-not-ct': another,
  'read-not-hu': original,
  'read-no-position': original,
  'read-no-spacing': original,
  'read-bad-orientation': original,
  'read-mixed-orientation': another,
  'read-mixed-matrix': another,
  'read-mixed-spacing': another,
  'read-overlapping-stacks': 'A series of one phase alone is needed.',
  'read-missing-slices': whole,
  'read-too-few-slices': whole,
  'read-too-little-coverage': whole,
  'read-slices-too-far-apart': 'A thinner series of the study may do.',
  'read-too-large': 'Less of it can be read where that is offered below; or close other pages and try again.',
  'read-unreadable': 'Have the files sent again.',
  models: 'Reload the page. If it stays, the server lacks the folder of models.',
  model: 'Choose another model above. If all fail, the files on the server are damaged.',
  'engine-unavailable': 'Choose "chosen by itself" as engine above.',
  'engine-device-lost': processor,
  'engine-out-of-memory': processor,
  'engine-wrong-result': `${processor} A newer driver of the graphics card may mend it.`,
  'engine-failed': `Choose the other engine above. ${send}`,
  'out-of-memory': 'Close other pages and run it again, or read one slice in a few.',
  worker: 'Reload the page and open the study again.',
  failed: send,
};

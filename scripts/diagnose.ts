/** Reads a study in headless Chromium, in the same built page that a reader opens, and writes what it finds. */
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { preview } from 'vite';
import { chromiumArgs } from '../e2e/chromium.ts';
import type { HeadlessOptions, HeadlessOutcome } from '../src/app/headless.ts';
import { ensureChromium } from './chromium.mjs';

const usage = `npm run diagnose -- FOLDER --out DIR [--engine webgpu|wasm] [--model NAME] [--show-untrained]

FOLDER is a folder of DICOM files, a .zip, or a NIfTI file. DIR gets result.json, lesions.nii.gz and lungs.nii.gz
(1 right, 2 left). Exit status 0; 2 for input that cannot be used, with the reason; 1 for a failure of this program.`;

/** What the caller gave, not what we did. */
class Unusable extends Error {}

interface Asked {
  readonly input: string;
  readonly out: string;
  readonly options: HeadlessOptions;
}

function asked(): Asked {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      engine: { type: 'string', default: 'auto' },
      model: { type: 'string' },
      'show-untrained': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const [input, ...more] = positionals;
  const { out, engine } = values;
  if (!input || more.length > 0 || !out) throw new Unusable(usage);
  if (engine !== 'auto' && engine !== 'webgpu' && engine !== 'wasm') throw new Unusable(`--engine is webgpu or wasm.`);
  if (!existsSync(input)) throw new Unusable(`${input} is not there.`);
  return { input, out, options: { engine, modelName: values.model ?? null, showUntrained: values['show-untrained'] } };
}

/** Runs work in a page of the built app, and ends the browser and the server behind it. */
async function inPage(input: string, options: HeadlessOptions): Promise<HeadlessOutcome> {
  const executablePath = await ensureChromium();
  const server = await preview({ logLevel: 'silent', preview: { port: 0, open: false, host: 'localhost' } });
  const browser = await chromium.launch({ executablePath, args: chromiumArgs });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(error.message));
    await page.goto(`${server.resolvedUrls?.local[0]}?headless`);
    const isFolder = statSync(input).isDirectory();
    await page.locator(isFolder ? '#headless-folder' : '#headless-file').setInputFiles(input);
    return await page.evaluate((given) => window.runHeadless(given), options);
  } finally {
    await browser.close();
    await server.close();
  }
}

async function main(): Promise<void> {
  const { input, out, options } = asked();
  const outcome = await inPage(input, options);
  if (outcome.kind === 'unusable') throw new Unusable(outcome.message);
  mkdirSync(out, { recursive: true });
  for (const [name, base64] of Object.entries(outcome.files))
    writeFileSync(join(out, name), Buffer.from(base64, 'base64'));
  for (const line of outcome.summary) console.log(line);
}

main().then(
  // A server that has been closed may still hold a socket open for a while.
  () => process.exit(0),
  (error: unknown) => {
    const isTheirs = error instanceof Unusable || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    console.error(error instanceof Error && (isTheirs || !error.stack) ? error.message : error);
    process.exit(isTheirs ? 2 : 1);
  },
);

/** npm run import-checkpoint -- FOLDER|FILE.safetensors --name NAME [--version V] [--plan full|lite|tiny]
 *    [--training TEXT] [--intensity window|slice] [--lesion-input probability|logit] [--axes yx|xy]
 *    [--depth feet-first|head-first]
 *  FOLDER holds the five files of the released PyTorch code; a .safetensors file has the network's own names.
 *  Makes public/models/NAME, marked unverified. */
import { parseArgs } from 'node:util';
import { manifestSchema, modelName } from '../src/network/manifest.ts';
import { importCheckpoint } from './importCheckpoint.ts';

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

const option = { type: 'string' } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: option,
    version: option,
    plan: option,
    training: option,
    intensity: option,
    'lesion-input': option,
    axes: option,
    depth: option,
  },
});
const { name, version, training, 'lesion-input': lesionInput } = values;
if (positionals.length !== 1 || name === undefined) {
  fail(
    'usage: npm run import-checkpoint -- FOLDER|FILE.safetensors --name NAME [--plan full|lite|tiny] [--axes yx|xy] …',
  );
}
if (!modelName.safeParse(name).success) fail(`--name ${name}: small letters, digits, dots and hyphens only.`);

const plan = manifestSchema.shape.plan.optional().safeParse(values.plan);
if (!plan.success) fail(`--plan ${values.plan}: full, lite or tiny.`);
const given = Object.entries({ intensity: values.intensity, lesionInput, axes: values.axes, depth: values.depth });
const preprocessing = manifestSchema.shape.preprocessing
  .partial()
  .safeParse(Object.fromEntries(given.filter(([, value]) => value !== undefined)));
if (!preprocessing.success)
  fail(preprocessing.error.issues.map(({ path, message }) => `${path}: ${message}`).join('; '));

const result = await importCheckpoint({
  source: positionals[0],
  name,
  version,
  plan: plan.data,
  training,
  preprocessing: preprocessing.data,
});
if (result.kind === 'refused') fail(result.message);
console.log(`${result.path}: plan ${result.plan}, marked unverified.`);

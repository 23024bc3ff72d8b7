import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { writeWeights } from '../formats/weights.ts';
import { describeParameters } from './describe.ts';
import type { Parameter } from './graph.ts';
import { seededWeights } from './initialWeights.ts';
import { manifestSchema, statedEvidence, type Manifest } from './manifest.ts';
import { loadManifest, loadModel, loadModelIndex, problemOfWeights, type FetchBytes } from './model.ts';
import { sha256Of } from './sha256.ts';
import { plans } from './plans.ts';
import { ourPreprocessing } from './preprocessing.ts';

const plan = plans.tiny;
const weights = seededWeights(plan, 1);

const manifest = (from: Manifest['weights']): Manifest => ({
  name: 'toy',
  version: '3',
  card: 'A toy.',
  plan: 'tiny',
  classes: ['covid19', 'cap', 'nonPneumonia'],
  preprocessing: ourPreprocessing,
  weights: from,
  training: 'None.',
  evidence: 'simulated',
  verified: true,
});

/** A models' folder in memory. */
function folder(files: Readonly<Record<string, Uint8Array | object | string>>): FetchBytes {
  return (path) => {
    const file = files[path];
    if (file === undefined) return Promise.reject(new Error('404'));
    if (file instanceof Uint8Array) return Promise.resolve(file);
    return Promise.resolve(new TextEncoder().encode(typeof file === 'string' ? file : JSON.stringify(file)));
  };
}
async function withWeights(bytes: Uint8Array, change: Partial<Manifest> = {}) {
  const sha256 = await sha256Of(bytes);
  return folder({
    'toy/manifest.json': { ...manifest({ file: 'weights.safetensors', sha256 }), ...change },
    'toy/weights.safetensors': bytes,
  });
}
const changed = (name: string, parameter: Parameter | null) => {
  const map = new Map(weights);
  if (parameter) map.set(name, parameter);
  else map.delete(name);
  return map;
};

describe('the SHA-256', () => {
  it('is the usual one', async () => {
    expect(await sha256Of(new TextEncoder().encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});

describe('loading a model', () => {
  it('gives manifest, plan and weights', async () => {
    const model = await loadModel(await withWeights(writeWeights(weights)), 'toy');
    if (model.kind === 'refused') return expect.fail(model.message);
    expect(model.value.plan).toBe(plan);
    expect(model.value.manifest.version).toBe('3');
    expect(model.value.weights.get('cls.fc.weight')).toEqual(weights.get('cls.fc.weight'));
  });

  it('makes seeded weights, with the checksum that their file would have', async () => {
    const model = await loadModel(folder({ 'toy/manifest.json': manifest({ seeded: 1 }) }), 'toy');
    if (model.kind === 'refused') return expect.fail(model.message);
    expect(model.value.weights.get('seg.poly4.weight')).toEqual(weights.get('seg.poly4.weight'));
    expect(model.value.sha256).toBe(await sha256Of(writeWeights(weights)));
  });

  const refusal = async (fetchBytes: FetchBytes) => {
    const model = await loadModel(fetchBytes, 'toy');
    return model.kind === 'refused' ? model.message : expect.fail('it was loaded');
  };

  it('refuses weights that are not the ones', async () => {
    const bytes = writeWeights(weights);
    const sha256 = await sha256Of(bytes);
    bytes[bytes.length - 1] ^= 1;
    const files = {
      'toy/manifest.json': manifest({ file: 'weights.safetensors', sha256 }),
      'toy/weights.safetensors': bytes,
    };
    expect(await refusal(folder(files))).toMatch('weights.safetensors is damaged or not the one it should be');
  });

  it('refuses weights of which one is missing', async () => {
    const bytes = writeWeights(changed('seg.poly1.bias', null));
    expect(await refusal(await withWeights(bytes))).toBe(
      'toy/weights.safetensors: Tensor seg.poly1.bias of plan tiny is missing.',
    );
  });

  it('says which file is not there', async () => {
    const lost = manifest({ file: 'weights.safetensors', sha256: '0'.repeat(64) });
    expect(await refusal(folder({}))).toMatch('toy/manifest.json could not be loaded');
    expect(await refusal(folder({ 'toy/manifest.json': lost }))).toMatch('toy/weights.safetensors could not be loaded');
  });

  it('says what is wrong with a manifest', async () => {
    const wrong = { ...manifest({ seeded: 1 }), plan: 'huge', verified: undefined };
    const message = await refusal(folder({ 'toy/manifest.json': wrong }));
    expect(message).toMatch('plan: ');
    expect(message).toMatch('verified: ');
    expect(await refusal(folder({ 'toy/manifest.json': '<html>' }))).toMatch('is not JSON');
    const other = { ...manifest({ seeded: 1 }), name: 'other' };
    expect(await refusal(folder({ 'toy/manifest.json': other }))).toMatch('calls itself other');
  });

  it.each(['../../secret.safetensors', 'a/b.safetensors', 'weights.pth'])('takes no weights from %s', (file) => {
    expect(manifestSchema.safeParse(manifest({ file, sha256: '0'.repeat(64) })).success).toBe(false);
  });
});

describe('weights of a plan', () => {
  it('are all there, and nothing else', () => {
    expect(problemOfWeights(plan, weights)).toBeNull();
    const parameter = { shape: [2], data: new Float32Array(2) };
    expect(problemOfWeights(plan, changed('seg.poly1.bias', null))).toBe(
      'Tensor seg.poly1.bias of plan tiny is missing.',
    );
    expect(problemOfWeights(plan, changed('extra', parameter))).toBe('Tensor extra is not part of plan tiny.');
    expect(problemOfWeights(plan, new Map())).toMatch(
      /^Tensors stem_cls.branch1.weight, .* and \d+ others of plan tiny are missing\.$/,
    );
  });

  it('have the plan’s sizes, and are numbers', () => {
    const wide = { shape: [3], data: new Float32Array(3) };
    expect(problemOfWeights(plan, changed('seg.poly1.bias', wide))).toBe(
      'Tensor seg.poly1.bias is 3, plan tiny needs 2.',
    );
    const broken = { shape: [2], data: Float32Array.of(0, NaN) };
    expect(problemOfWeights(plan, changed('seg.poly1.bias', broken))).toMatch('not numbers');
    expect(problemOfWeights(plans.full, weights)).toMatch('plan full needs');
  });
});

describe('seeded weights', () => {
  it('are the same for the same seed, and have the variance that keeps signals alive', () => {
    expect(seededWeights(plan, 1).get('seg.poly4.weight')).toEqual(weights.get('seg.poly4.weight'));
    expect(seededWeights(plan, 2).get('seg.poly4.weight')).not.toEqual(weights.get('seg.poly4.weight'));
    for (const { name, role, fanIn } of describeParameters(plan)) {
      const data = weights.get(name)?.data ?? new Float32Array();
      if (role !== 'weight' || data.length < 5000) continue;
      const variance = data.reduce((sum, value) => sum + value * value, 0) / data.length;
      expect(variance * fanIn).toBeGreaterThan(1.9);
      expect(variance * fanIn).toBeLessThan(2.1);
    }
  });
});

it('says nothing for a model that is not verified', () => {
  const trained = { ...manifest({ seeded: 1 }), evidence: 'clinical' as const };
  expect(statedEvidence(trained)).toBe('clinical');
  expect(statedEvidence({ ...trained, verified: false })).toBe('none');
});

describe('the models that ship', () => {
  const root = fileURLToPath(new URL('../../public/models/', import.meta.url));
  const shipped: FetchBytes = (path) => readFile(root + path);

  it('are all listed, and the default among them', async () => {
    const index = await loadModelIndex(shipped);
    if (index.kind === 'refused') return expect.fail(index.message);
    expect(index.value.models).toContain(index.value.default);
    for (const name of index.value.models) expect(await loadManifest(shipped, name)).toMatchObject({ kind: 'loaded' });
  });

  it('the trained one says what speaks for it, and has a card', async () => {
    const model = await loadModel(shipped, 'lite');
    if (model.kind === 'refused') return expect.fail(model.message);
    expect(statedEvidence(model.value.manifest)).toBe('annotated');
    expect(problemOfWeights(model.value.plan, model.value.weights)).toBeNull();
    expect(await readFile(`${root}lite/README.md`, 'utf8')).toContain('must not be used');
  });

  it.each(['full-untrained', 'tiny-untrained'])('%s loads, and claims nothing', async (name) => {
    const model = await loadModel(shipped, name);
    if (model.kind === 'refused') return expect.fail(model.message);
    expect(statedEvidence(model.value.manifest)).toBe('none');
    expect(problemOfWeights(model.value.plan, model.value.weights)).toBeNull();
  });
});

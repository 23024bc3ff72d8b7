import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formulaWeights } from '../src/engine/cases/formula.ts';
import { floats, zipFile } from '../src/formats/checkpoint/torchSave.ts';
import { writeWeights } from '../src/formats/weights.ts';
import type { Weights } from '../src/network/graph.ts';
import { checkpointParts } from '../src/network/importWeights.ts';
import { loadModel, loadModelIndex } from '../src/network/model.ts';
import { statedEvidence } from '../src/network/manifest.ts';
import { plans } from '../src/network/plans.ts';
import { importCheckpoint } from './importCheckpoint.ts';
import { sharedPath } from './shared.ts';

const lite = formulaWeights(plans.lite);
let source: string;
let folder: string;
beforeEach(async () => {
  source = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  folder = await mkdtemp(join(tmpdir(), 'models-'));
});
afterEach(async () => {
  for (const made of [source, folder]) await rm(made, { recursive: true });
});

/** Writes the five files as the released code would, with the statistics that it collects. */
async function writeParts(weights: Weights, leaveOut: readonly string[] = []) {
  for (const [part, prefix] of Object.entries(checkpointParts)) {
    const own = [...weights].filter(([name]) =>
      prefix === '' ? !name.includes('.') : name.startsWith(prefix) && !leaveOut.includes(name),
    );
    const tensors = own.map(([name, { shape, data }]) => [`module.${name.slice(prefix.length)}`, floats(shape, data)]);
    const statistics = part === 'best_seg' ? [['down_tr128.ops.0.bn1.running_mean', floats([1], [0])]] : [];
    await writeFile(join(source, `${part}.pth`), zipFile(Object.fromEntries([...tensors, ...statistics])));
  }
}
const fetchBytes = (path: string) => readFile(join(folder, path));
const refusal = async () => {
  const result = await importCheckpoint({ source, name: 'theirs', folder });
  return result.kind === 'refused' ? result.message : expect.fail('it was imported');
};

describe('importing the five files', () => {
  it('makes a model that loads, marked unverified', async () => {
    await writeParts(lite);
    expect(await importCheckpoint({ source, name: 'theirs', folder, training: 'By them.' })).toMatchObject({
      plan: 'lite',
    });
    const model = await loadModel(fetchBytes, 'theirs');
    if (model.kind === 'refused') return expect.fail(model.message);
    const { manifest, weights } = model.value;
    expect(manifest).toMatchObject({ verified: false, training: 'By them.', version: '1' });
    expect(manifest.preprocessing).toEqual({
      intensity: 'slice',
      lesionInput: 'logit',
      axes: 'xy',
      depth: 'head-first',
    });
    expect(statedEvidence(manifest)).toBe('none');
    expect(weights).toEqual(lite);
    expect(await loadModelIndex(fetchBytes)).toMatchObject({ value: { models: ['theirs'] } });
  });

  it('takes preprocessing that was found out otherwise', async () => {
    await writeParts(lite);
    await importCheckpoint({ source, name: 'theirs', folder, preprocessing: { axes: 'yx' } });
    const model = await loadModel(fetchBytes, 'theirs');
    expect(model).toMatchObject({ value: { manifest: { preprocessing: { axes: 'yx', depth: 'head-first' } } } });
  });

  it('says which tensor is missing', async () => {
    await writeParts(lite, ['seg.poly2.weight']);
    expect(await refusal()).toMatch('Tensor seg.poly2.weight of plan lite is missing.');
  });

  it('says which file is missing, cut off or foreign', async () => {
    await writeParts(lite);
    const path = join(source, 'best_cls.pth');
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length / 2));
    expect(await refusal()).toMatch('best_cls.pth: The file is cut off');
    await writeFile(path, 'hello');
    expect(await refusal()).toMatch('best_cls.pth: This is not a PyTorch checkpoint');
    await rm(path);
    expect(await refusal()).toMatch('holds no best_cls.pth');
    const nowhere = await importCheckpoint({ source: join(source, 'nowhere'), name: 'theirs', folder });
    expect(nowhere).toMatchObject({ message: expect.stringMatching('does not exist') });
  });

  it('says when the width fits no plan', async () => {
    await writeParts(new Map([...lite, ['stem_seg.bn1.weight', { shape: [16], data: new Float32Array(16) }]]));
    expect(await refusal()).toMatch('fits no plan');
  });

  const golden = sharedPath('data/golden/');
  it.skipIf(!golden)('takes the reference data’s files at full width (skipped where ../shared is absent)', async () => {
    const full = formulaWeights(plans.full);
    await writeParts(full);
    for (const part of ['best_stem_cls', 'best_stem_seg', 'best_cross_stitch']) {
      await rm(join(source, `${part}.pth`));
      await copyFile(`${golden}${part}.pth`, join(source, `${part}.pth`));
    }
    expect(await importCheckpoint({ source, name: 'theirs', folder })).toMatchObject({ plan: 'full' });
    const model = await loadModel(fetchBytes, 'theirs');
    if (model.kind === 'refused') return expect.fail(model.message);
    for (const name of ['stem_cls.branch33.weight', 'stem_seg.bn1.bias', 'cls.fc.weight']) {
      expect(model.value.weights.get(name)).toEqual(full.get(name));
    }
  });
});

describe('importing a safetensors file', () => {
  it('takes our own preprocessing, and another plan of the same width by name', async () => {
    const path = join(source, 'w.safetensors');
    await writeFile(path, writeWeights(new Map([...lite].map(([key, tensor]) => [`module.${key}`, tensor]))));
    expect(await importCheckpoint({ source: path, name: 'own', folder, plan: 'tiny' })).toMatchObject({ plan: 'tiny' });
    const model = await loadModel(fetchBytes, 'own');
    expect(model).toMatchObject({ value: { manifest: { verified: false, preprocessing: { axes: 'yx' } } } });
    const wrong = await importCheckpoint({ source: path, name: 'own', folder, plan: 'full' });
    expect(wrong).toMatchObject({ kind: 'refused', message: expect.stringMatching('plan full needs') });
  });

  it('says what it cannot take', async () => {
    const path = join(source, 'w.onnx');
    await writeFile(path, 'x');
    const result = await importCheckpoint({ source: path, name: 'own', folder });
    expect(result).toMatchObject({ message: expect.stringMatching('neither a folder of .pth files nor') });
  });
});

import { expect, it } from 'vitest';
import { sharedPath } from '../../../scripts/shared.ts';
import { tensor } from '../cases/engineCase.ts';
import { runEngineCases } from '../cases/runEngineCases.ts';
import { createReferenceEngine } from './referenceEngine.ts';

runEngineCases(createReferenceEngine, { golden: sharedPath('data/golden/'), isReference: true });

const graph = {
  name: 'g',
  inputs: [{ name: 'x', shape: [1, 1, 1, 2], type: 'float32' as const }],
  nodes: [{ kind: 'relu' as const, name: 'y', inputs: ['x'] }],
  outputs: ['y'],
};

it('says in plain words what does not fit', async () => {
  const prepared = await createReferenceEngine().prepare(graph, new Map());
  await expect(prepared.run({})).rejects.toThrow('graph g: input x is missing');
  await expect(prepared.run({ x: tensor([1, 1, 1, 3], [1, 2, 3]) })).rejects.toThrow(
    'is [1,1,1,3], expected [1,1,1,2]',
  );
  const integers = { shape: [1, 1, 1, 2], data: Int32Array.of(1, 2) };
  await expect(prepared.run({ x: integers })).rejects.toThrow('holds int32 values, expected float32');
});

it('feeds the result of one graph to the next', async () => {
  const prepared = await createReferenceEngine().prepare(graph, new Map());
  const first = await prepared.run({ x: tensor([1, 1, 1, 2], [-1, 2]) });
  const second = await prepared.run({ x: first.y });
  first.y.dispose();
  expect([...(await second.y.read())]).toEqual([0, 2]);
  await expect(first.y.read()).rejects.toThrow('after it was disposed');
});
